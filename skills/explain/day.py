"""What stopped the engine today: ideas left alone by gate, and whatever keeps it from entering at all."""

from collections import Counter
from typing import Any, Final

from engine.core.nouns import Decision
from engine.core.timing import in_window
from engine.core.words import Autonomy, Side
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
        "standing": standing(view),
        "left": Say("explain.day.left", tally(left, view)) if left else None,
        "none": None if left else Say("explain.day.none"),
    }
    return Say("explain.day", facts, ("limits", "status"))


def anything_stops(view: View) -> bool:
    return bool(left_today(view)) or standing(view) is not None


def left_today(view: View) -> list[Decision]:
    """Ideas to buy that were left alone in this session, newest first."""
    day = view.scene.day.date
    return [one for one in view.decisions(side=Side.BUY) if one.session == day and not one.acts]


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


def standing(view: View) -> Say | None:
    """What keeps it from entering now, the most final first; None where nothing does."""
    held = held_back(view)
    if held is not None:
        return held
    if view.state.preferences.trading.autonomy is Autonomy.OFF:
        return Say("autonomy.off")
    if not in_window(view.scene, view.policy):
        return Say("explain.day.window", {"opens_at": opens_at(view)})
    return None
