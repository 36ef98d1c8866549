"""The fast path for recommendations that are stored already changes nothing but how soon they are answered."""

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.adapters.redis import keys
from engine.adapters.redis.seen import Seen
from engine.bus import Done
from engine.core import commands as c
from engine.core.refusals import Refusal, Refused
from tests.builders import a_recommendation
from tests.engine.adapters.redis.house import a_desk, looking
from tests.engine.scenes import House, a_house
from tests.servers import Redis as Server

NAMES = ("a", "b", "c", "d")
ACTS = st.one_of(
    st.tuples(st.just("receive"), st.sampled_from(NAMES)),
    st.tuples(st.just("double"), st.sampled_from(NAMES)),
    st.tuples(st.sampled_from(["write", "lose"]), st.just("")),
    st.tuples(st.just("evict"), st.sampled_from(NAMES)),
)


async def received(house: House, name: str) -> str:
    outcome = await house.do(c.ReceiveRecommendation(recommendation=a_recommendation(id=name, ticker="KO")))
    return "done" if isinstance(outcome, Done) else outcome.code.value


async def told_without(acts: Sequence[tuple[str, str]]) -> list[str]:
    house = await a_house()
    return [await received(house, name) for act, name in acts if act == "receive"]


@given(st.lists(ACTS, max_size=12))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_lost_late_and_doubled_keys_change_no_answer(redis_server: Server, acts: list[tuple[str, str]]) -> None:
    redis_server.empty()
    house, answers = await a_house(), []
    async with a_desk(redis_server.address, house.store) as desk, looking(redis_server.address) as there:
        desk.mirror.knows(house.state)
        house.bus.listen(desk.mirror)
        house.bus.seen = Seen(desk.link, desk.mirror.stream.history)
        for act, name in acts:
            if act == "receive":
                answers.append(await received(house, name))
            elif act == "write":
                await desk.written()
            elif act == "evict":
                await there.delete(keys.dedupe("paper", name))
            elif act == "double" and (value := await there.get(keys.dedupe("paper", name))):
                await there.set(keys.dedupe("paper", name), value, ex=86_400)
            elif act == "lose":
                desk.link.fails(ConnectionError())
    assert answers == await told_without(acts)


async def test_what_is_known_is_answered_without_the_store(redis_address: str) -> None:
    house = await a_house()
    async with a_desk(redis_address, house.store) as desk:
        desk.mirror.knows(house.state)
        house.bus.listen(desk.mirror)
        assert await received(house, "a") == "done"
        await desk.written()
        wanted, before = c.ReceiveRecommendation(recommendation=a_recommendation(id="a")), house.state

        async def no_look(_: object) -> object:
            raise AssertionError("nobody needs to look")

        house.bus.seen = Seen(desk.link, desk.mirror.stream.history)
        house.bus._look = no_look  # type: ignore[assignment]
        assert await house.do(wanted) == Refused(Refusal.ALREADY_DONE, {"id": "a"})
        assert house.state is before


async def test_a_redis_that_is_down_knows_nothing(redis_address: str) -> None:
    async with a_desk(redis_address) as desk:
        seen = Seen(desk.link, lambda _: "h")
        desk.link.fails(ConnectionError())
        assert not await seen("paper", "a")
