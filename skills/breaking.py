"""The owner's hand on the breakers: tripping one, resetting all, and a drill on a copy that shows what they do."""

from typing import Any

from engine.core.commands import ResetBreakers, TripBreaker
from engine.core.drill import Drilled, drill
from engine.core.words import BreakerKind, Skip
from engine.view import View
from skills.skill import Answer, NoSlots, Say, Skill


def trip_breaker(slots: NoSlots, view: View) -> Answer:  # noqa: ARG001  # every skill sees its slots
    standing = view.state.breakers.get((BreakerKind.MANUAL, None))
    if standing is not None:
        return Say("breaking.stands", {"at": standing.tripped_at}, ("breakers",))
    return TripBreaker(kind=BreakerKind.MANUAL, ticker=None, threshold=0.0, actual=0.0)


def reset_breaker(slots: NoSlots, view: View) -> Answer:  # noqa: ARG001
    return ResetBreakers()


def breaker_drill(slots: NoSlots, view: View) -> Say:  # noqa: ARG001
    """What each breaker does, tried on a copy of the account of which nothing is stored."""
    found = drill(view.state, view.scene, view.policy)
    account = view.state.kind.value
    if not found:
        return Say("drill.no_prices", {"account": account})
    facts = {"account": account, "ticker": found[0].ticker, "rows": [row(one) for one in found]}
    return Say("drill", {**facts, "verdict": verdict(found)}, ("breakers", "limits"))


def row(one: Drilled) -> dict[str, Any]:
    """What one breaker let pass: entry and exit, and how long it would stand."""
    refused = one.reason is not Skip.NONE
    return {
        "kind": one.kind.value,
        "entry": Say("drill.refused", {"reason": reason(one.reason)}) if refused else Say("drill.passed"),
        "sold": one.sold,
        "held": one.held,
        "until": one.until,
        "way_out": None if one.until else 'until you say "resume"',
    }


def reason(skip: Skip) -> Say:
    return Say(f"skip_word.{skip.code}")


def verdict(found: tuple[Drilled, ...]) -> Say:
    """Whether every breaker holds, and whether it was the breaker that held the entry back."""
    failed = [one.kind.value.replace("_", " ") for one in found if not one.holds]
    if failed:
        return Say("drill.failed", {"kinds": failed})
    if all(one.proves for one in found):
        return Say("drill.proved", {"count": len(found)})
    return Say("drill.not_proved", {"reason": reason(next(one.before for one in found if not one.proves))})


SKILLS = (
    Skill("trip_breaker", NoSlots, trip_breaker, "safer"),
    Skill("reset_breaker", NoSlots, reset_breaker, "riskier"),
    Skill("breaker_drill", NoSlots, breaker_drill, "neutral"),
)
