"""A conversation as a text and back: nothing is lost or prolonged, and what cannot be read is said to be so."""

from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.confirm import EXPIRES, Held, overtaken
from bot.confirm import held as question
from bot.desk import Did
from bot.kept import COMMANDS, Kept, Unreadable, as_text, from_text
from bot.message import Button, Reply
from bot.turn import Memory
from engine.core import commands as c
from engine.core.journal import plain
from engine.core.policy import DEFAULT_POLICY
from engine.core.state import State
from engine.core.undo import PAUSE
from engine.core.units import money
from engine.core.words import Autonomy, Harm, Role
from engine.view import History, View
from intents.context import Question
from intents.result import Request
from tests.builders import NOON, a_change, a_position, a_state
from tests.engine.scenes import a_scene, holding, prefer

LOSS = "risk.daily_loss_limit_pct"
ASKED = Request("set_preference", {"field": LOSS, "value": 5, "unit": "percent"}, 0.9, corrects=True)
COMMANDS_HELD: tuple[c.Command, ...] = (
    c.ChangePreferences(patch={LOSS: 5.0, "trading.autonomy": Autonomy.AUTO}, until=NOON, agreed=Harm.RISKIER),
    c.UndoChanges(count=2),
    c.ResumeEntries(agreed=Harm.RISKIER),
    c.ClosePosition(tickers=("KO", "T"), fraction=0.5),
    c.Buy(ticker="KO", amount=money("1000.25"), by="anna", channel="chat", key="k"),
    c.MoveStop(ticker="KO", stop=money("55.5")),
    c.SetRole(person="ben", role=Role.VIEWER),
    c.SetRole(person="ben", role=None),
)


def a_view(state: State | None = None, ko: str = "60", later: timedelta = timedelta()) -> View:
    held = state or holding(a_state(preferences=prefer(), changes=(a_change(),)), a_position())
    scene = a_scene(prices={"KO": ko})
    return View(held, replace(scene, wall=scene.wall + later), DEFAULT_POLICY, History())


def a_held(*commands: c.Command, phrase: str | None = None) -> Held:
    return replace(
        question((ASKED,), commands or COMMANDS_HELD, a_view(), phrase),
        message="m1",
        beside=frozenset("ab"),
        aside=True,
    )


def a_memory() -> Memory:
    return Memory(
        at=a_view().scene.wall,
        question=Question(("value",), (ASKED, Request("watch", {"tickers": ["KO", "T"]}))),
        last=Request("set_stop", {"ticker": "KO", "price": 55.5}),
        reply=Reply("60 $ → 5 %", "five", (Button("Yes", "yes"),), b"\x89PNG", "ask.change", {"rows": [{"old": 1}]}),
        message="m0",
        listed=("KO", "T"),
        listed_at=a_view().scene.wall,
    )


def again(kept: Kept, view: View | None = None) -> Kept:
    return from_text(as_text(kept, a_view().state), view or a_view())


def test_everything_comes_back_as_it_was() -> None:
    held, did = a_held(phrase="flatten paper"), Did("chat:m0", COMMANDS_HELD[4])
    kept = Kept(
        a_memory(), replace(held, settings=plain(held.settings)), unanswered=True, did=did, final="buy", tongue="de"
    )
    found = again(kept)
    assert found.held is not None
    assert plain(found.held.settings) == plain(held.settings)
    assert replace(found, held=replace(found.held, settings=plain(held.settings))) == kept
    assert again(Kept()) == Kept()


def test_nothing_that_is_remembered_is_left_out() -> None:
    """Each part has another value than its default above, so that a new one cannot be forgotten."""
    kept = again(
        Kept(a_memory(), a_held(phrase="x"), unanswered=True, did=Did("a", COMMANDS_HELD[0]), final="buy", tongue="de")
    )
    assert kept.memory is not None
    assert kept.held is not None
    for noun in (kept, kept.memory, kept.memory.question, kept.held, ASKED):
        assert is_dataclass(noun)
        assert [one.name for one in fields(noun) if getattr(noun, one.name) in (None, (), "", False)] == []


@pytest.mark.parametrize("command", COMMANDS_HELD, ids=lambda one: type(one).__name__)
def test_a_command_comes_back_with_what_it_may_do(command: c.Command) -> None:
    found = again(Kept(held=a_held(command))).held
    assert found is not None
    assert (found.commands[0], found.commands[0].agreed) == (command, command.agreed)
    if isinstance(command, c.ChangePreferences):
        (change,) = found.commands
        assert isinstance(change, c.ChangePreferences)
        assert [type(value) for value in change.patch.values()] == [float, Autonomy]


def test_every_command_has_a_name_to_come_back_by() -> None:
    assert set(COMMANDS.values()) >= {type(one) for one in COMMANDS_HELD}
    assert COMMANDS["Buy"] is c.Buy


def test_what_was_asked_is_overtaken_after_a_start_as_it_was_before() -> None:
    view = a_view()
    found = again(Kept(held=a_held())).held
    assert found is not None
    assert overtaken(found, view) is None
    assert overtaken(found, a_view(ko="61")) == ("price", "KO")
    other = replace(view.state, preferences=prefer(**{LOSS: 1.0}))
    assert overtaken(found, a_view(other)) == ("field", LOSS)
    assert any(path == PAUSE for path, _ in found.settings)


def test_a_question_is_no_younger_after_a_start(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [1000.0]
    for module in ("bot.confirm", "bot.kept"):
        monkeypatch.setattr(f"{module}.awake_and_asleep", lambda: seconds[0])
    kept, asked_at = Kept(held=a_held()), a_view().scene.wall
    later = timedelta(seconds=30)

    seconds[0] = 1030.0
    found = again(kept, a_view(later=later)).held
    assert found is not None
    assert found.age(asked_at + later) == later

    seconds[0] = 1100.0  # people's clock was put back by 70 seconds meanwhile
    found = again(kept, a_view(later=later)).held
    assert found is not None
    assert not found.expired(asked_at + later)
    seconds[0] = 1120.0
    assert found.expired(asked_at + later)

    seconds[0] = 5.0  # the machine was started anew: only people's clock is left
    found = again(kept, a_view(later=later)).held
    assert found is not None
    assert found.age(asked_at + later) == later
    seconds[0] = 5.0 + EXPIRES.total_seconds() - later.total_seconds()
    assert found.expired(asked_at)


@pytest.mark.parametrize("part", [{"held": a_held()}, {"memory": a_memory()}], ids=lambda part: next(iter(part)))
def test_a_clock_that_was_put_back_drops_it(part: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="put back"):
        again(Kept(**part), a_view(later=timedelta(seconds=-1)))


def test_an_account_that_was_restored_does_not_go_on_with_it() -> None:
    other = a_view(replace(a_view().state, restored="r1"))
    with pytest.raises(Unreadable, match="restored"):
        again(Kept(held=a_held()), other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"restored":""}',
        "[" * 100_000,
        as_text(Kept(held=a_held()), a_view().state).replace('"Buy"', '"Steal"'),
        as_text(Kept(held=a_held()), a_view().state).replace('"asked_at"', '"asked"'),
        as_text(Kept(held=a_held()), a_view().state).replace('"auto"', '"always"'),
        as_text(Kept(memory=a_memory()), a_view().state).replace('"intent"', '"wish"'),
        as_text(Kept(did=Did("a", COMMANDS_HELD[0])), a_view().state).replace(LOSS, "risk.no_such_setting"),
    ],
)
def test_a_text_of_another_version_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        from_text(text, a_view())


def test_what_lets_somebody_in_is_not_written_down() -> None:
    invitation = c.Invite(code="c0de", role=Role.VIEWER, lapses_at=NOON)
    text = as_text(Kept(held=a_held(invitation)), a_view().state)
    assert "c0de" not in text
    assert from_text(text, a_view()).held is None


def test_a_picture_that_is_too_large_is_left_out() -> None:
    memory = a_memory()
    assert memory.reply is not None
    large = replace(memory, reply=replace(memory.reply, picture=b"x" * 200_000))
    found = again(Kept(memory=large)).memory
    assert found == replace(memory, reply=replace(memory.reply, picture=None))
