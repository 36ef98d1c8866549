"""News on their way out: in order, each once, marked when shown, never in the way."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot import notify
from bot.message import Button
from bot.notify import Notifier
from bot.phrases import Phrases
from engine.adapters.memory_store import MemoryStore
from engine.bus import Done
from engine.core.announcement import id_of
from engine.core.state import State
from engine.core.words import Priority
from engine.ports import Unavailable
from tests.builders import ACCOUNT, NOON, a_batch, a_state, an_announcement
from tests.engine.scenes import prefer
from tests.fakes import FakeClock

PHRASES = Phrases(
    {"push.one": "{ticker} one", "push.trade_proposed": "shall I?", **{
        key: key for name in ("yes", "no", "why") for key in (f"button.{name}", f"button.{name}.says")
    }}
)  # fmt: skip


class Screen:
    """What was shown; while `dark`, nothing can be."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.buttons: list[str] = []
        self.dark = False

    async def push(self, text: str, buttons: Sequence[Button]) -> None:
        if self.dark:
            raise Unavailable("nobody is there")
        self.shown.append(text)
        self.buttons += [button.says for button in buttons]


async def stored(*keys: str) -> MemoryStore:
    store = MemoryStore()
    news = tuple(an_announcement(id=f"{n:04d}", key=key, facts={"ticker": f"T{n}"}) for n, key in enumerate(keys))
    await store.save(a_batch(announcements=news))
    return store


def a_notifier(store: MemoryStore, screen: Screen) -> Notifier:
    return Notifier(a_state, store, FakeClock(NOON), PHRASES, screen.push)


async def test_everything_is_shown_in_order_once_and_marked() -> None:
    store, screen = await stored(*["push.one"] * 250), Screen()
    notifier = a_notifier(store, screen)
    await notifier.flush()
    await notifier.flush()
    assert screen.shown == [f"T{n} one" for n in range(250)]
    assert await store.undelivered(ACCOUNT, 999) == ()


async def test_a_proposal_has_its_buttons() -> None:
    store, screen = await stored("push.trade_proposed"), Screen()
    await a_notifier(store, screen).flush()
    assert screen.buttons[:2] == ["button.yes.says", "button.no.says"]


async def test_what_has_no_words_is_told_by_its_name() -> None:
    store, screen = await stored("push.strange", "push.one"), Screen()
    await a_notifier(store, screen).flush()
    assert screen.shown == ["trade opened", "T1 one"]


async def test_what_could_not_be_shown_waits() -> None:
    store, screen = await stored("push.one", "push.one"), Screen()
    notifier, screen.dark = a_notifier(store, screen), True
    with pytest.raises(Unavailable):
        await notifier.flush()
    assert len(await store.undelivered(ACCOUNT, 9)) == 2
    screen.dark = False
    await notifier.flush()
    assert screen.shown == ["T0 one", "T1 one"]


async def test_what_was_shown_but_could_not_be_marked_is_not_shown_again(monkeypatch: pytest.MonkeyPatch) -> None:
    store, screen = await stored("push.one", "push.one"), Screen()
    notifier = a_notifier(store, screen)

    async def full(*_: object) -> None:
        raise Unavailable("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(store, "delivered", full)
        for _ in range(3):
            with pytest.raises(Unavailable):
                await notifier.flush()
    await notifier.flush()
    assert screen.shown == ["T0 one", "T1 one"]
    assert await store.undelivered(ACCOUNT, 9) == ()


async def test_it_runs_when_something_happened_and_again_after_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "RETRY_S", 0.001)
    store, screen = await stored("push.one"), Screen()
    screen.dark = True
    notifier = a_notifier(store, screen)
    running = asyncio.create_task(notifier.run())
    await asyncio.sleep(0.01)
    assert screen.shown == []
    screen.dark = False
    await asyncio.sleep(0.02)
    assert screen.shown == ["T0 one"]
    state = await store.load(ACCOUNT)
    batch = a_batch(state, announcements=(an_announcement(id="9999", key="push.one", facts={"ticker": "KO"}),))
    await store.save(batch)
    await notifier(Done((), a_state(), a_state()))
    await asyncio.sleep(0.02)
    assert screen.shown == ["T0 one", "KO one"]
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_what_no_store_can_hold_is_shown_at_once() -> None:
    screen = Screen()
    await a_notifier(MemoryStore(), screen).cry(an_announcement(key="push.one", facts={"ticker": "KO"}))
    assert screen.shown == ["KO one"]


class Owner:
    """The account as it stands, whose settings of news a test changes."""

    def __init__(self, **settings: Any) -> None:
        self.state = a_state()
        self.sets(**settings)

    def sets(self, **settings: Any) -> None:
        fields = {f"notifications__{name}": value for name, value in settings.items()}
        self.state = replace(self.state, preferences=prefer(**fields))

    def __call__(self) -> State:
        return self.state


def told_to(owner: Owner, store: MemoryStore, screen: Screen, clock: FakeClock | None = None) -> Notifier:
    return Notifier(owner, store, clock or FakeClock(NOON), PHRASES, screen.push)


async def holding(*news: dict[str, Any]) -> MemoryStore:
    """A store with these news, of the event `stop_moved` where they name no other."""
    store, usual = MemoryStore(), {"event_type": "stop_moved", "key": "push.one", "priority": Priority.LOW}
    made = [
        an_announcement(**{**usual, "id": id_of(n), "facts": {"ticker": f"T{n}"}, **one})
        for n, one in enumerate(news, 1)
    ]
    await store.save(a_batch(announcements=tuple(made)))
    return store


async def test_what_is_muted_is_marked_and_never_shown() -> None:
    store, screen = await holding({}, {"event_type": "trade_opened"}), Screen()
    await told_to(Owner(muted=[{"event": "stop_moved"}]), store, screen).flush()
    assert screen.shown == ["T2 one"]
    assert await store.undelivered(ACCOUNT, 9) == ()


async def test_what_was_made_under_a_mute_stays_held_back_when_it_is_over_before_it_is_looked_at() -> None:
    store, screen, owner = await holding({}, {}), Screen(), Owner(muted=[{"event": "stop_moved"}])
    notifier = told_to(owner, store, screen)
    first, second = await store.undelivered(ACCOUNT, 2)
    await notifier(Done((), owner.state, owner.state, news=(first,)))
    owner.sets(muted=[])
    await notifier(Done((), owner.state, owner.state, news=(second,)))
    await notifier.flush()
    assert screen.shown == ["T2 one"]


@pytest.mark.parametrize("heard", [1, 0], ids=["heard of", "found at a start"])
async def test_a_mute_that_comes_while_news_wait_for_the_end_of_quiet_hours_does_not_reach_them(heard: int) -> None:
    store, screen, clock = await holding({}), Screen(), FakeClock(NOON)
    owner = Owner(quiet_hours=["11:00", "13:00"])
    notifier = told_to(owner, store, screen, clock)
    await notifier(Done((), owner.state, owner.state, news=tuple(await store.undelivered(ACCOUNT, 1))[:heard]))
    await notifier.flush()
    until = (NOON + timedelta(hours=3)).isoformat()
    owner.sets(quiet_hours=["11:00", "13:00"], muted=[{"event": "all", "until": until}])
    clock.forward(timedelta(hours=1))
    await notifier.flush()
    assert screen.shown == ["T1 one"]


async def test_nothing_is_remembered_of_news_that_are_told_nor_of_rows_that_make_none() -> None:
    store, screen, owner = await holding({}, {}), Screen(), Owner(muted=[{"event": "stop_hit"}])
    notifier, news = told_to(owner, store, screen), await store.undelivered(ACCOUNT, 2)
    await notifier(Done((), replace(owner.state, seq=0), replace(owner.state, seq=1_000), news=(news[0],)))
    await notifier.flush()
    await notifier(Done((), owner.state, owner.state, news=(news[1],)))  # it was shown before it was heard of
    await notifier.flush()
    assert screen.shown == ["T1 one", "T2 one"]
    assert notifier._made_under == {}


async def test_in_quiet_hours_the_less_urgent_waits_behind_nothing_and_comes_when_they_end() -> None:
    many: list[dict[str, Any]] = [{} for _ in range(150)]
    store, screen = await holding(*many, {"priority": Priority.HIGH, "facts": {"ticker": "KO"}}), Screen()
    clock = FakeClock(NOON)
    night = {"start": "11:00", "end": "13:00"}
    notifier = told_to(Owner(quiet_hours=night), store, screen, clock)
    await notifier.flush()
    assert screen.shown == ["KO one"]
    assert len(await store.undelivered(ACCOUNT, 999)) == 150
    clock.forward(timedelta(hours=1))
    await notifier.flush()
    assert screen.shown == ["KO one", *(f"T{n} one" for n in range(1, 151))]
    assert await store.undelivered(ACCOUNT, 9) == ()


async def test_what_waits_comes_by_itself_when_quiet_hours_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "RETRY_S", 0.001)
    store, screen, clock = await holding({}), Screen(), FakeClock(NOON)
    running = asyncio.create_task(told_to(Owner(quiet_hours=["11:00", "13:00"]), store, screen, clock).run())
    await asyncio.sleep(0.02)
    assert screen.shown == []
    clock.forward(timedelta(hours=1))
    await asyncio.sleep(0.05)
    assert screen.shown == ["T1 one"]
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_news_of_one_event_and_ticker_come_at_most_as_often_as_its_rule_says() -> None:
    same = {"facts": {"ticker": "KO"}}
    minutes = [same | {"at": NOON + timedelta(minutes=n)} for n in (0, 30, 60)]
    store, screen = await holding(*minutes, {"at": NOON}), Screen()
    await told_to(Owner(rules=[{"event_type": "stop_moved", "throttle_minutes": 60}]), store, screen).flush()
    assert screen.shown == ["KO one", "KO one", "T4 one"]
    assert await store.undelivered(ACCOUNT, 9) == ()
