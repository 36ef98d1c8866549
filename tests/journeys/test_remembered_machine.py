"""Two people in two channels, with starts and silences between: nobody's word ever counts for another's question."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeAlias, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bot.channels.lines import PERSON
from engine.core import commands as c
from engine.core.words import Role
from tests.journeys.house import People, Visit, visit

FIELDS = {
    (PERSON, "terminal"): ("risk.daily_loss_limit_pct", "daily loss limit"),
    (PERSON, "phone"): ("risk.max_drawdown_pct", "max drawdown"),
    ("chat:ben", "terminal"): ("trading.max_open_positions", "max open positions"),
    ("chat:ben", "phone"): ("risk.max_exposure_pct", "max exposure"),
}
"""Who sets what and where: each place its own setting, so that an effect shows whose it is."""
PLACES = st.sampled_from(sorted(FIELDS))
LONGEST_YES, LONGEST_ANSWER = 120, 300


T = TypeVar("T")
Place: TypeAlias = tuple[str, str]


class Remembered(RuleBasedStateMachine):
    """A model of what is open in each place: a yes to a value, a value that is wanted, or both; and since when."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder, self.people = Path(mkdtemp()), People()
        self.open: dict[Place, tuple[str, float | None]] = {}
        self.since: dict[Place, datetime] = {}
        self.stack = AsyncExitStack()
        self.house: Visit | None = None

    @initialize()
    def begin(self) -> None:
        self.start()
        self.done(self.visit.house.engine.bus.do(c.Admit(person="chat:ben", by=PERSON, channel="start")))
        assert self.visit.state.people["chat:ben"].role is Role.OWNER

    @property
    def visit(self) -> Visit:
        assert self.house is not None
        return self.house

    def done(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def start(self) -> None:
        self.house = self.done(self.stack.enter_async_context(visit(self.folder, self.people)))

    def value(self, place: Place) -> float:
        category, _, name = FIELDS[place][0].partition(".")
        return float(getattr(getattr(self.visit.state.preferences, category), name) or 0)

    def said(self, place: Place, text: str) -> str:
        """Say it, and see that nothing changed which is not this place's."""
        person, channel = place
        before = {other: self.value(other) for other in FIELDS if other != place}
        answer = self.done(self.visit.say(text, person=person, channel=channel))
        assert {other: self.value(other) for other in before} == before
        return answer

    def is_open(self, place: Place, kind: str) -> bool:
        asked = self.open.get(place)
        age = self.people.now - self.since[place] if asked else timedelta.max
        longest = LONGEST_YES if kind == "yes" else LONGEST_ANSWER
        return asked is not None and asked[0] == kind and age < timedelta(seconds=longest)

    @rule(place=PLACES)
    def ask_riskier(self, place: Place) -> None:
        wanted = self.value(place) + 1
        answer = self.said(place, f"set my {FIELDS[place][1]} to {wanted:g}")
        assert "Yes or no?" in answer, answer
        self.open[place], self.since[place] = ("yes", wanted), self.people.now

    @rule(place=PLACES)
    def leave_the_value_out(self, place: Place) -> None:
        waits = self.is_open(place, "yes")
        assert self.said(place, f"set my {FIELDS[place][1]}").startswith("What should the")
        self.open[place], self.since[place] = ("both" if waits else "value", None), self.people.now

    @rule(place=PLACES)
    def say_yes(self, place: Place) -> None:
        before, (_, wanted) = self.value(place), self.open.get(place, ("", None))
        counts, asked = self.is_open(place, "yes"), self.is_open(place, "value")
        self.said(place, "yes")
        assert self.value(place) == (wanted if counts else before)
        if asked:  # it is asked again
            self.since[place] = self.people.now
        else:
            self.drop(place)

    @rule(place=PLACES)
    def say_no(self, place: Place) -> None:
        before = self.value(place)
        self.said(place, "no")
        assert self.value(place) == before
        self.drop(place)

    @rule(place=PLACES)
    def say_a_value(self, place: Place) -> None:
        if self.open.get(place, ("",))[0] == "both":
            self.drop(place)
        before, counts = self.value(place), self.is_open(place, "value")
        answer = self.said(place, "2")
        assert self.value(place) == (2 if counts else before), answer
        self.drop(place)

    def drop(self, place: Place) -> None:
        """Whatever is open there is not any more."""
        self.open.pop(place, None)
        before = self.value(place)
        self.said(place, "never mind")
        assert self.value(place) == before

    @rule(seconds=st.sampled_from([1, 60, 119, 121, 301]))
    def wait(self, seconds: int) -> None:
        self.people.wait(seconds)

    @precondition(lambda self: self.house is not None)
    @rule()
    def stop_and_start(self) -> None:
        self.done(self.stack.aclose())
        self.start()

    def teardown(self) -> None:
        self.done(self.stack.aclose())
        self.loop.close()


TestRemembered = Remembered.TestCase
TestRemembered.settings = settings(
    max_examples=5, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
)
