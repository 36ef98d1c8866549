"""Whatever is set is written down: who, when, from what to what."""

from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.bus import Done
from engine.core import commands as c
from engine.core.journal import first_bad, plain
from engine.core.preferences import value_of
from engine.core.words import Topic
from tests.builders import ACCOUNT
from tests.engine.scenes import a_house
from tests.strategies import settings_asked


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(settings_asked, min_size=1, max_size=4))
async def test_p35_every_change_of_a_setting_stands_in_the_journal(asked: list[Mapping[str, Any]]) -> None:
    house = await a_house(autonomy="off")
    for number, patch in enumerate(asked):
        before, rows = house.state, len(await house.store.journal(ACCOUNT))
        outcome = await house.do(c.ChangePreferences(patch=patch, by=f"person-{number}", channel="telegram"))
        written = [row for row in (await house.store.journal(ACCOUNT))[rows:] if row.kind == "PreferencesChanged"]
        changed = {
            path for path in patch if value_of(before.preferences, path) != value_of(house.state.preferences, path)
        }

        assert len(written) == (1 if isinstance(outcome, Done) else 0)
        assert bool(changed) <= bool(written)
        for row in written:
            told = {path: (old, new) for path, old, new in row.body["change"]["fields"]}
            assert (row.actor, row.channel, row.at) == (f"person-{number}", "telegram", house.clock.wall())
            for path in changed:
                was, now = value_of(before.preferences, path), value_of(house.state.preferences, path)
                assert told[path] == (plain(was), plain(now))
    assert first_bad(await house.store.journal(ACCOUNT)) is None


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["one", "two", "three"]), min_size=1, max_size=6))
async def test_p35_every_other_configuration_stands_in_the_journal(digests: list[str]) -> None:
    """The same one again is no news."""
    house = await a_house()
    for digest in digests:
        await house.do(c.Witness(topic=Topic.ENGINE_CONFIG, facts={"digest": digest, "policy": {}}))
    rows = [row.body["facts"]["digest"] for row in await house.store.journal(ACCOUNT) if row.kind == "Witnessed"]

    assert rows == [digest for place, digest in enumerate(digests) if not place or digests[place - 1] != digest]
