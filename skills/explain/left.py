"""Why an idea was left alone, what would have to be different for it to pass, and what would stop it even then."""

from dataclasses import replace
from typing import Any, Final

from engine.core.nouns import Decision, Recommendation
from engine.core.preferences import value_of, valued
from engine.core.remedies import TOLERANCE, Closed, Patch, Question, closed, remedies
from engine.core.timing import is_over, next_window, window
from engine.core.words import Side, Skip, Tier
from engine.view import View
from skills.explain.telling import reason_of, told
from skills.skill import Button, Offer, Say

OFFERED: Final = 2
"""Ways out that are named, and put on buttons."""

WORDED: Final = frozenset(
    (
        "trading.autonomy",
        "trading.asset_classes",
        "trading.excluded_tickers",
        "trading.excluded_sectors",
        "trading.watchlist",
        "trading.micro_trading",
        TOLERANCE,
    )
)
"""Settings whose change is no number, with words of their own."""


def why_skipped(decision: Decision, view: View, key: str = "explain.skipped") -> Say:
    """Which gate closed, its value against its limit, what would have to change, and what would stop it even then."""
    facts = {**told(decision), "side": decision.side.value, "reason": reason_of(decision, view)}
    if decision.side is not Side.BUY:
        return Say(key, facts)
    question = anew(decision, view)
    found = remedies(question, decision.reason)[:OFFERED]
    change = {"change": conditions(decision, found, view), "passes": passing(found, view)}
    buttons: tuple[Button, ...] = (*(offer(one, decision) for one in found if len(one) == 1), "limits")
    return Say(key, {**facts, **change, "then": then(question, decision, found, view)}, buttons)


def what_must_change(decision: Decision, view: View) -> Say:
    return why_skipped(decision, view, "explain.change")


def anew(decision: Decision, view: View) -> Question:
    """The same idea as if it came now; where it is no longer kept, as far as its decision tells."""
    kept = view.history.ideas.get(decision.recommendation_id or "")
    return Question(view.ground, kept or told_by(decision))


def told_by(decision: Decision) -> Recommendation:
    atr = next((int(line.value) for line in decision.trace if line.step == "atr" and line.value), None)
    return Recommendation(
        id=decision.id,
        source=decision.source or "",
        ticker=decision.ticker,
        action=decision.side,
        confidence=decision.confidence or 0.0,
        window="1d" if decision.micro else "7d",
        thesis=decision.thesis,
        generated_at=decision.at,
        paper_eligible=decision.reason is not Skip.MODE,
        atr=atr,
    )


def conditions(decision: Decision, found: tuple[Patch, ...], view: View) -> Say:
    """What would have to be different outside the settings: a time, a price, what is held."""
    failed = decision.failed
    facts: dict[str, Any] = {
        "ticker": decision.ticker,
        "value": failed.value if failed else None,
        "limit": failed.limit if failed else None,
        "opens_at": opens_at(view),
        "until": until(decision, view),
        "taker": None if found else taker(decision, view),
    }
    return Say(f"change.{decision.reason.code}", facts)


def opens_at(view: View) -> Any:  # noqa: ANN401  # an instant, or None where the market's prices end before
    """When entries are possible next, in this session or the one after it."""
    session, at = view.scene.session, view.scene.at
    today = window(session, view.policy)[0] if session else at
    opens = today if today > at else next_window(view.scene, view.policy)
    return None if is_over(view.scene, opens) else opens


def until(decision: Decision, view: View) -> Any:  # noqa: ANN401
    """When the breaker ends that stands in its way."""
    ticker = decision.ticker if decision.reason is Skip.TICKER_COOLDOWN else None
    ends = [one.until for one in view.state.breakers.values() if one.ticker == ticker]
    return next((one for one in ends if one is not None), None)


def taker(decision: Decision, view: View) -> Say | None:
    """The first risk tolerance that takes an idea of this confidence."""
    bundles, sure = view.policy.tiers, decision.confidence or 0.0
    tier = next((one for one in Tier if bundles[one].min_confidence <= sure), None)
    return Say("change.taker", {"tier": tier.value, "least": bundles[tier].min_confidence}) if tier else None


def passing(found: tuple[Patch, ...], view: View) -> Say | None:
    """The settings with which it would pass; None where no setting alone would do."""
    said = [told_change(patch, view) for patch in found]
    return Say("explain.passes", {"first": said[0], "second": said[1] if said[1:] else None}) if said else None


def told_change(patch: Patch, view: View) -> Say:
    one, *more = [told_setting(path, value, view) for path, value in patch.items()]
    return Say("remedy.both", {"one": one, "two": more[0]}) if more else one


def told_setting(path: str, value: Any, view: View) -> Say:  # noqa: ANN401
    old = value_of(view.state.preferences, path)
    facts = {"field": path, "new": valued(path, value), "old": None if old is None else valued(path, old)}
    if path == TOLERANCE:
        least = view.policy.tiers[value].min_confidence
        return Say("remedy.risk_tolerance", {"tier": value.value, "least": least})
    return Say(f"remedy.{path.partition('.')[2]}" if path in WORDED else "remedy.setting", facts)


def offer(patch: Patch, decision: Decision) -> Offer:
    """A button that says the sentence by which the owner changes it."""
    ((path, value),) = patch.items()
    facts = {"field": path, "new": valued(path, value), "ticker": decision.ticker, "value": value}
    line = decision.failed
    return Offer(
        path.partition(".")[2] if path in WORDED else "setting", {**facts, "met": line.value if line else None}
    )


def then(question: Question, decision: Decision, found: tuple[Patch, ...], view: View) -> Say:
    """What would stop it even then, by the account and the market of now."""
    changed = question.under(found[0]) if found else surer(question, decision)
    now, others = closed(question), [one for one in closed(changed or question) if one.reason is not decision.reason]
    open_now = all(one.reason is not decision.reason for one in now)
    gone = Say("explain.open_by_now") if open_now and decision.reason in GATED else None
    if not others:
        return Say("explain.then.passes", {"gone": gone})
    rows = [{"said": closed_now(one, view)} for one in others]
    return Say("explain.then.closed", {"gone": gone, "rows": rows})


def surer(question: Question, decision: Decision) -> Question:
    """The same idea, sure enough where it was not, so that what comes after is looked at, too."""
    if decision.reason is not Skip.LOW_CONFIDENCE:
        return question
    sure = max(question.wanted.confidence, question.ground.limits.min_confidence)
    return question._replace(wanted=replace(question.wanted, confidence=sure))


def closed_now(one: Closed, view: View) -> Say:
    return Say(f"now.{one.reason.code}", {"value": one.value, "limit": one.limit, "opens_at": opens_at(view)})


GATED: Final = frozenset(Skip) - {Skip.DUPLICATE, Skip.DECLINED, Skip.LAPSED, Skip.EVALUATION_ERROR, Skip.STALE}
"""Reasons that can be looked at again; the others are of that one time."""
