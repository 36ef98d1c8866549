"""What stopped the engine today: ideas left alone by gate, and whatever keeps it from entering at all."""

from collections import Counter
from typing import Any, Final

from engine.core.nouns import Decision
from engine.core.summary import IDLE
from engine.core.timing import in_window
from engine.core.words import Autonomy, Origin, Side
from engine.view import View
from skills.explain.left import opens_at
from skills.explain.telling import reason_of
from skills.held import held_back
from skills.skill import Say

TOP: Final = 3


def why_stopped_today(view: View) -> Say:
    left = left_today(view)
    facts = {
        "day": view.scene.day.date,
        **standing(view),
        "out": sorted({one.ticker for one in sold_at_stops(view)}) or None,
        "left": Say("explain.day.left", tally(left, view)) if left else None,
        "none": None if left else Say("explain.day.none"),
    }
    return Say("explain.day", facts, ("limits", "status"))


def anything_stops(view: View) -> bool:
    """Whether ideas were left alone today, or something keeps it from entering now."""
    return bool(left_today(view)) or any(standing(view).values())


def left_today(view: View) -> list[Decision]:
    """All ideas that were left alone in this session, newest first: those that the day's summary counts."""
    day = view.scene.day.date
    left = (one for one in view.decisions() if one.session == day and not one.acts)
    return [one for one in left if one.reason not in IDLE]


def tally(left: list[Decision], view: View) -> dict[str, Any]:
    """How many by gate, the most frequent first; the newest of each of the first three with its numbers."""
    counted = Counter(one.reason for one in left).most_common()
    newest = [next(one for one in left if one.reason is reason) for reason, _ in counted[:TOP]]
    gates = [{"times": times, "gate": Say(f"skip_word.{reason.code}")} for reason, times in counted]
    return {
        "count": len(left),
        "gates": Say("explain.day.gates", {"rows": gates}),
        "rows": [{"ticker": one.ticker, "reason": reason_of(one, view)} for one in newest],
    }


def standing(view: View) -> dict[str, Say | None]:
    """What keeps it from entering now: kill switch, pause or breaker, autonomy, and the hour."""
    is_off = view.state.preferences.trading.autonomy is Autonomy.OFF
    is_open = in_window(view.scene, view.policy)
    return {
        "standing": held_back(view),
        "autonomy": Say("autonomy.off") if is_off else None,
        "window": None if is_open else Say("explain.day.window", {"opens_at": opens_at(view)}),
    }


def sold_at_stops(view: View) -> list[Decision]:
    """What was sold in this session because a stop was hit."""
    day, stops = view.scene.day.date, (Origin.STOP, Origin.SINGLE_POSITION)
    return [one for one in view.decisions(side=Side.SELL) if one.session == day and one.acts and one.origin in stops]
