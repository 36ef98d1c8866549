"""What stands in Redis of an account: settings, breakers, prices, recommendations that were stored."""

import asyncio
import json
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

from redis.asyncio import Redis

from engine.adapters.memory_store import MemoryStore
from engine.adapters.redis import keys, writes
from engine.adapters.redis.seen import Seen
from engine.core.events import Noted, RecommendationReceived
from engine.core.nouns import Pause
from engine.core.scene import Quote
from engine.core.units import money
from engine.core.words import BreakerKind
from tests.builders import NOON, a_breaker, a_recommendation, a_state
from tests.engine.adapters.redis.house import Desk, a_desk, until
from tests.engine.scenes import prefer

DAILY = (BreakerKind.DAILY_LOSS, None)
ANEW = Noted(topic="engine_started", facts={"begins": "another day"})
OF_KO = (BreakerKind.SINGLE_POSITION, "KO")


def settings(version: int, reserve: float) -> dict[str, Any]:
    return {"version": version, "preferences": prefer(**{"risk.reserve_pct": reserve})}


async def value(there: Redis, key: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await there.get(key) or "{}")
    return found


async def test_settings_stand_there_with_their_version(desk: Desk, there: Redis) -> None:
    await desk.do(a_state(**settings(3, 30)))
    await desk.written()
    found = await value(there, "stonks:trading:preferences:paper")
    assert (found["v"], found["version"]) == (1, 3)
    assert found["preferences"]["risk"]["reserve_pct"] == 30


async def test_only_a_higher_version_replaces_settings(desk: Desk, there: Redis) -> None:
    """An engine that lags behind another writes what it knows, and that is not believed."""
    state = await desk.do(a_state(**settings(3, 30)))
    await desk.written()
    history = desk.mirror.stream.history("paper") or ""
    await desk.link.send(writes.preferences(replace(state, **settings(2, 10)), history))
    assert (await value(there, keys.preferences("paper")))["version"] == 3
    await desk.link.send(writes.preferences(replace(state, **settings(4, 40)), history))
    assert (await value(there, keys.preferences("paper")))["version"] == 4


async def test_settings_of_an_account_begun_anew_replace_those_of_the_old_one(desk: Desk, there: Redis) -> None:
    await desk.do(a_state(**settings(7, 30)))
    await desk.written()
    async with a_desk_beside(desk) as other:
        await other.do(a_state(**settings(0, 10)), ANEW)
        await other.written()
        assert (await value(there, keys.preferences("paper")))["version"] == 0


async def test_what_nobody_of_ours_wrote_is_replaced(desk: Desk, there: Redis) -> None:
    for strange in ("", "no JSON", "[]", "7", '{"history": 3}'):
        await there.set(keys.preferences("paper"), strange)
        await desk.link.send(writes.preferences(a_state(**settings(3, 30)), "h"))
        assert (await value(there, keys.preferences("paper")))["version"] == 3


async def test_breakers_pause_and_kill_switch_stand_there_and_go(desk: Desk, there: Redis) -> None:
    breakers = {DAILY: a_breaker(), OF_KO: a_breaker(kind=BreakerKind.SINGLE_POSITION, ticker="KO", actual=0.12)}
    await desk.do(a_state(breakers=breakers, pause=Pause(since=NOON, until=None), killed_at=NOON))
    await desk.written()
    found = await there.hgetall("stonks:trading:circuit_breaker:paper")
    assert set(found) == {"daily_loss", "single_position:KO", "pause", "killed"}
    assert json.loads(found["single_position:KO"]) == {
        "v": 1,
        "kind": "single_position",
        "ticker": "KO",
        "tripped_at": "2026-11-20T17:00:00+00:00",
        "threshold": 0.03,
        "actual": 0.12,
        "until": "2026-11-23T17:00:00+00:00",
    }
    assert json.loads(found["killed"]) == {"v": 1, "since": "2026-11-20T17:00:00+00:00"}
    assert desk.state is not None
    await desk.do(replace(desk.state, breakers={DAILY: a_breaker()}, pause=None, killed_at=None))
    await desk.written()
    assert set(await there.hgetall("stonks:trading:circuit_breaker:paper")) == {"daily_loss"}


async def test_prices_stand_there_once_each(desk: Desk, there: Redis) -> None:
    quotes = {"KO": Quote(money("60"), NOON, money("59.5")), "PEP": Quote(money("150"), NOON, None)}
    desk.mirror.priced(quotes)
    await desk.written()
    assert json.loads(await there.hget(keys.QUOTES, "KO") or "{}") == {
        "v": 1,
        "price": 600_000,
        "at": "2026-11-20T17:00:00+00:00",
        "previous": 595_000,
    }
    await there.hset(keys.QUOTES, "PEP", "not written again")
    desk.mirror.priced({**quotes, "KO": Quote(money("61"), NOON, None)})
    await desk.written()
    assert json.loads(await there.hget(keys.QUOTES, "KO") or "{}")["price"] == 610_000
    assert await there.hget(keys.QUOTES, "PEP") == "not written again"


async def test_what_changed_is_told_on_the_channel(desk: Desk, there: Redis) -> None:
    async with there.pubsub(ignore_subscribe_messages=True) as channel:
        await channel.subscribe("stonks:trading:changed")
        await channel.get_message(timeout=1)
        await desk.do(a_state(**settings(3, 30)))
        await desk.written()
        said = []
        while message := await channel.get_message(timeout=0.1):
            said.append(json.loads(message["data"]))
    assert said == [
        {"v": 1, "what": "preferences", "account": "paper", "version": 3},
        {"v": 1, "what": "breakers", "account": "paper", "seq": 1},
    ]


async def test_a_recommendation_is_known_only_after_it_was_stored(desk: Desk, there: Redis) -> None:
    seen = Seen(desk.link, desk.mirror.stream.history)
    await desk.do()
    assert not await seen("paper", "momentum-1")
    await desk.do(None, RecommendationReceived(recommendation=a_recommendation(id="momentum-1")))
    await desk.written()
    assert await seen("paper", "momentum-1")
    assert not await seen("paper", "momentum-2")
    assert 86_000 < await there.ttl("stonks:dedupe:trading:paper:momentum-1") <= 86_400


async def test_a_key_of_another_history_of_the_account_is_not_believed(desk: Desk) -> None:
    """The same days replayed by an account that was begun anew bring the same recommendations."""
    await desk.do(None, RecommendationReceived(recommendation=a_recommendation(id="momentum-1")))
    await desk.written()
    async with a_desk_beside(desk) as other:
        await other.do(a_state(cash="5"), ANEW)
        await other.written()
        assert not await Seen(other.link, other.mirror.stream.history)("paper", "momentum-1")


async def test_a_key_that_says_something_else_is_not_believed(desk: Desk, there: Redis) -> None:
    seen = Seen(desk.link, desk.mirror.stream.history)
    await desk.do()
    await desk.written()
    for strange in ("1", "", '{"v":2}', "[]", '{"v":1,"history":"another"}'):
        await there.set(keys.dedupe("paper", "momentum-1"), strange)
        assert not await seen("paper", "momentum-1")


async def test_everything_is_written_again_after_redis_forgot_it(desk: Desk, there: Redis) -> None:
    """Nothing breaks off when somebody empties it; it is noticed at the next look."""
    wanted = a_recommendation(id="momentum-1")
    state = a_state(**settings(3, 30), breakers={DAILY: a_breaker()}, pending={wanted.id: wanted})
    await desk.do(state, RecommendationReceived(recommendation=wanted))
    desk.mirror.priced({"KO": Quote(money("60"), NOON, None)})
    await desk.written()
    before = set(await there.keys("*"))
    assert len(before) == 7
    await there.flushall()
    await until(lambda: "again" in desk.tenant.news)
    assert set(await there.keys("*")) == before
    assert await there.xlen(keys.EVENTS) == 1


async def test_whoever_changes_an_account_does_not_wait(desk: Desk) -> None:
    """Listener and look come back before anything was written."""
    async with asyncio.timeout(0.05):
        for _ in range(20):
            await desk.do()
            desk.mirror.priced({"KO": Quote(money("60"), NOON, None)})


async def test_an_engine_that_was_overtaken_writes_nothing_any_more(desk: Desk, there: Redis) -> None:
    """What it knows is old; the other engine of the same account goes on."""
    old = await desk.do(a_state(**settings(3, 30), breakers={DAILY: a_breaker()}))
    await desk.written()
    async with a_desk_beside(desk, desk.store) as other:
        other.state = old
        await other.do(replace(old, **settings(4, 40), breakers={}))
        await other.written()
        desk.link.fails(ConnectionError())
        await until(lambda: desk.link.up)
        await desk.written()
        assert (await value(there, keys.preferences("paper")))["version"] == 4
        assert await there.hgetall(keys.breakers("paper")) == {}
        assert await there.xlen(keys.EVENTS) == 2


def a_desk_beside(desk: Desk, store: MemoryStore | None = None) -> AbstractAsyncContextManager[Desk]:
    host = desk.link.pool.connection_kwargs
    return a_desk(f"redis://{host['host']}:{host['port']}/0", store)
