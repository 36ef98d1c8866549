"""Judging the end of settings for a time: what was agreed when they were set goes back, unless it may not be so now."""

from collections.abc import Iterator

from engine.core import commands as c
from engine.core import events as e
from engine.core.harm import holding_now, in_effect, loosens, loosens_in_force
from engine.core.journal import plain
from engine.core.judge.change import Fields, change_of
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.objections import not_here, objection
from engine.core.judge.settings import validated, with_consequences
from engine.core.nouns import Term
from engine.core.preferences import Preferences, value_of
from engine.core.refusals import Refusal, Refused
from engine.core.tiering import tier_change
from engine.core.words import TierSource


def end_term(command: c.EndTerm, ground: Ground) -> Verdict:
    """Put back this setting and all others whose time is over; one that may not go back stays, and that is said."""
    due = tuple(term for term in ground.state.terms if term.until <= ground.scene.at)
    term = next((term for term in due if term.path == command.path), None)
    if term is None:
        return Refused(Refusal.NO_TERM, {"field": command.path})
    refused = Refused(Refusal.NO_TERM)
    for together in groups(due, term):
        new = possible(ground, together)
        if isinstance(new, Preferences):
            return with_consequences(ground, put_back(command, ground, together, new), tier_put_back(ground, new))
        refused = new
    return (e.TermDropped(path=term.path, back=term.back, why=refused.code.value, facts=refused.facts),)


def groups(due: tuple[Term, ...], term: Term) -> Iterator[tuple[Term, ...]]:
    """What may go back together with a term, most first: settings that were set together may need each other."""
    yield due
    if len(due) > 1:
        for other in due:
            if other is not term:
                yield tuple(one for one in due if one is not other)
        yield (term,)


def possible(ground: Ground, terms: tuple[Term, ...]) -> Preferences | Refused:
    """The settings with these put back, without the rules of rising and of haste: it was agreed when they were set.

    Where nothing gets looser, it may be something under which nothing is bought, or of which no price is known now.
    """
    old = ground.state.preferences
    new = validated(old, {term.path: term.back for term in terms})
    if isinstance(new, Refused):
        return new
    return (objection if loosens(old, new) else not_here)(ground, new) or new


def tier_put_back(ground: Ground, new: Preferences) -> tuple[e.TierChanged, ...]:
    """The move of the tier in force, if it moves: what the engine lowered stays lowered when a time is over."""
    tier = in_effect(new, ground.state.ceiling).trading.risk_tolerance
    if tier is ground.state.tier:
        return ()
    return (e.TierChanged(change=tier_change(ground.state, ground.scene, tier, TierSource.OWNER)),)


def put_back(command: c.EndTerm, ground: Ground, terms: tuple[Term, ...], new: Preferences) -> e.PreferencesChanged:
    old = ground.state.preferences
    fields: Fields = tuple(
        (term.path, plain(value_of(old, term.path)), plain(value_of(new, term.path))) for term in terms
    )
    change = change_of(command, ground, fields, "term", terms)
    now, then = holding_now(ground.state), in_effect(new, ground.state.ceiling)
    loosened = loosens_in_force(now, then, ground.policy)
    return e.PreferencesChanged(change=change, preferences=new, loosened=loosened, ended=True)
