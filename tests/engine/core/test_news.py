"""What there is to be told of: the table of events agrees with what announcers do."""

import ast
from pathlib import Path

from engine.core import announce
from engine.core.announcers import alerts, happenings
from engine.core.news import EVENTS, LARGE, Grade
from engine.core.words import Priority

CORE = Path(announce.__file__).parent
NOT_TOLD_YET = {LARGE, "recommendation", "weekly_digest", "price_unavailable", "heartbeat"}
"""Told as something else besides, or by nobody so far."""


def priorities(node: ast.AST) -> set[Priority]:
    """The priorities that an expression names."""
    names = {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
    return {Priority[name] for name in names if name in Priority.__members__}


def tellings(function: ast.FunctionDef) -> list[tuple[str, set[Priority]]]:
    """What a function tells, and how urgently; what it puts into a variable first is looked for in all of it."""
    calls = [one for one in ast.walk(function) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)]
    named = [one.args[:2] for one in calls if isinstance(one.func, ast.Name) and one.func.id == "Told"]
    whole = set[Priority]().union(*(priorities(one) for one in function.body if isinstance(one, ast.Assign)))
    return [
        (str(event.value), whole if isinstance(priority, ast.Name) else priorities(priority))
        for event, priority in named
        if isinstance(event, ast.Constant)
    ]


def told() -> dict[str, set[Priority]]:
    """Of each event that the announcers name the priorities with which they tell it, as the code has them."""
    found: dict[str, set[Priority]] = {}
    for path in (CORE / "announce.py", *(CORE / "announcers").glob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                for event, priority in tellings(function):
                    found.setdefault(event, set()).update(priority)
    return found


def test_each_event_is_told_with_its_usual_priority_and_never_with_a_graver_one_than_the_table_knows() -> None:
    named = {event: found for event, found in told().items() if found}
    assert {event: Grade(EVENTS[event].usual, max(found)) for event, found in named.items()} == {
        event: EVENTS[event] for event in named
    }
    assert [event for event, found in named.items() if EVENTS[event].usual not in found] == []


def test_notes_and_alerts_have_the_priorities_of_the_table() -> None:
    assert {name: EVENTS[name].usual for name in announce.NOTE_PRIORITY} == dict(announce.NOTE_PRIORITY)
    assert {one: EVENTS[one.value].gravest for one in alerts.PRIORITY} == dict(alerts.PRIORITY)
    assert EVENTS["market_event"].gravest is max(happenings.PRIORITY.values())


def test_every_event_is_one_that_somebody_tells_or_is_named_here() -> None:
    others = {*announce.NOTE_PRIORITY, *announce.CLOSED_BY.values(), "trade_closed", "engine_started", "machine_slept"}
    assert set(EVENTS) == set(told()) | others | {one.value for one in alerts.PRIORITY} | NOT_TOLD_YET
