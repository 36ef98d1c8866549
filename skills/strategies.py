"""The strategies that recommend: which are listened to and why, and how each did lately."""

from typing import Any

from engine.core.review import reviewed, switched_on_at
from engine.core.rules.review import FEWEST
from engine.core.strategies import known, listened_to
from engine.view import View
from skills.held import standing
from skills.skill import NoSlots, Say, Skill


def show_strategies(slots: NoSlots, view: View) -> Say:  # noqa: ARG001  # every skill sees its slots
    state, scene, own = view.state, view.scene, view.state.preferences.strategy
    names = known(state, scene)
    if not names:
        return Say("strategies.none", {"account": state.kind.value})
    review = "strategies.review" if own.auto_pause_underperforming else "strategies.no_review"
    reviewing = {"limit": own.underperformance_pct, "days": own.review_period_days, "fewest": FEWEST}
    facts = {
        "account": state.kind.value,
        "listened": len(listened_to(state, scene)),
        "most": own.max_strategies,
        "review": Say(review, reviewing),
        "rows": [row(name, view) for name in names],
    }
    return Say("strategies", facts, ("positions",))


def row(name: str, view: View) -> dict[str, Any]:
    """One strategy with its result since it is judged; None where nothing of it was put to work."""
    found = reviewed(view.state, view.scene, name)
    on = switched_on_at(view.state, found.since, name)
    held = sum(position.source == name for position in view.state.positions.values())
    return {
        "name": name,
        "standing": standing(name, view),
        "trades": found.trades,
        "held": held or None,
        "result": found.result if found.cost else None,
        "won": found.won if found.cost else None,
        "since": Say("strategies.since_on" if on else "strategies.since", {"at": found.since}),
        "few": None if found.is_enough else Say("strategies.too_few"),
    }


SKILLS = (Skill("show_strategies", NoSlots, show_strategies, "look"),)
