"""What was done, in words: from events to phrases."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot import differences, happenings, news, orders, pools, strategies
from bot.foresight import STOP_LOSS, binds, usual_distance
from bot.grave import may
from bot.readback import AUTONOMY, ended, pausing
from bot.terms import from_to, lasts, moves
from engine.bus import Done
from engine.core import events as e
from engine.core.journal import plain
from engine.core.judge.withdraw import open_entries
from engine.core.limits import Limits
from engine.core.nouns import Decision, Term
from engine.core.questions import open_questions
from engine.core.scene import Scene
from engine.core.timing import summary_at
from engine.core.undo import pause_word
from engine.core.words import Side, Skip
from engine.view import View
from skills.adjusting import TIERED
from skills.exclusions import COMPANIES, SECTORS, excluded
from skills.skill import Say

WATCHLIST: Final = "trading.watchlist"
SUMMARY_TIME: Final = "notifications.summary_time"
ZONE: Final = "notifications.timezone"


def told(outcome: Done, view: View) -> Say:
    """What was done, with what only the outside knows: the tier's limit that stays in force, the next summary."""
    say = in_force_stays(done(outcome), replace(view, state=outcome.new))
    if say.key == "done.summary_time":
        return replace(say, facts={**say.facts, **next_summary(outcome, view.scene)})
    return replace(say, facts={**say.facts, "now": view.scene.at}) if say.key == "done.timezone" else say


def next_summary(outcome: Done, scene: Scene) -> dict[str, Any]:
    """When the next summary comes (market time), and the owner's hour where it has to come at another.

    Both are None where no session is known in which it could come.
    """
    own, sessions = outcome.new.preferences, (scene.day, *scene.upcoming)
    first = 1 if outcome.new.tally.summarised else 0
    times = [summary_at(sessions[n], sessions[n + 1 :], own) for n in range(first, len(sessions))]
    found = next((one for one in times if one > scene.at), None)
    shown = found.astimezone(ZoneInfo(own.notifications.timezone)).strftime("%H:%M") if found else None
    wanted = own.notifications.summary_time
    return {"next": found, "missed": wanted if shown not in (None, wanted) else None}


def done(outcome: Done) -> Say:
    """What a person's command led to, told by the first of its events that has words."""
    for event in outcome.events:
        teller = TELLERS.get(type(event))
        say = teller(event, outcome) if teller else None
        if say is not None:
            return say
    return Say("done.other")


def preferences_changed(event: e.PreferencesChanged, outcome: Done) -> Say:
    paths = {path for path, _, _ in event.change.fields}
    if event.undoes:
        count = len(event.undoes) if len(event.undoes) > 1 else None
        rows = [*rows_of(event), *pause_undone(outcome)]
        return Say("done.undone" if rows else "undo.same", {"changes": count, "rows": rows})
    if paths == {AUTONOMY}:
        new = outcome.new.preferences.trading.autonomy.value
        facts = {"withdrawn": withdrawn(outcome), **term(event, AUTONOMY), **lasts(*terms_of(event, AUTONOMY))}
        return Say(f"done.autonomy.{new}", facts, ("undo", "status"))
    timed = bool(event.terms or event.change.before)
    special = None if timed else of_its_own(event, paths, outcome)
    return special or Say("done.changed", {"rows": rows_of(event)}, ("undo", "limits"))


def of_its_own(event: e.PreferencesChanged, paths: set[str], outcome: Done) -> Say | None:
    """The answer to a change that has a sentence of its own."""
    if paths == {WATCHLIST}:
        return watchlist_changed(event)
    if paths <= {COMPANIES, SECTORS}:
        return exclusions_changed(outcome)
    if paths in ({SUMMARY_TIME}, {ZONE}):
        return clock_changed(event)
    return news.news_changed(event, outcome)


def clock_changed(event: e.PreferencesChanged) -> Say:
    path, old, new = event.change.fields[0]
    return Say(f"done.{path.partition('.')[2]}", {"old": old, "new": new}, ("undo",))


def pause_undone(outcome: Done) -> list[dict[str, Any]]:
    """The pause that was put back together with settings, if one was."""
    old, new = pause_word(outcome.old.pause), pause_word(outcome.new.pause)
    return [pausing(old, new)] if old != new else []


def rows_of(event: e.PreferencesChanged) -> list[dict[str, Any]]:
    return [
        {"field": path, "said": from_to(path, (old, new), was, until), "new": new, **term(event, path)}
        for path, old, new in event.change.fields
        for was, until in [terms_of(event, path)]
        if moves(old, new, was, until)
    ]


def terms_of(event: e.PreferencesChanged, path: str) -> tuple[Term | None, datetime | None]:
    """The term under which a setting stood, and until when it holds now."""
    was, now = (next((one for one in terms if one.path == path), None) for terms in (event.change.before, event.terms))
    return was, now.until if now else None


def term(event: e.PreferencesChanged, path: str) -> dict[str, Any]:
    return ended(next((one for one in event.terms if one.path == path), None))


def exclusions_changed(outcome: Done) -> Say:
    """What is never bought from now on, or may be again; what is held of it stays."""
    was, now = excluded(outcome.old.preferences), excluded(outcome.new.preferences)
    added, removed = [one for one in now if one not in was], [one for one in was if one not in now]
    held = [one.ticker for one in outcome.new.positions.values() if {one.ticker, one.sector} & set(added)]
    left = now if removed else []
    return Say("done.exclusions", {"added": added, "removed": removed, "held": sorted(held), "left": left}, ("undo",))


def in_force_stays(say: Say, view: View) -> Say:
    """The answer to a change, saying so where the tier's stricter limit stays in force whatever the owner's own is."""
    if say.key != "done.changed":
        return say
    tier, limits = view.state.tier.value, view.limits
    rows = [{**row, **stricter(row, limits), **nearer(row, view), "tier": tier} for row in say.facts["rows"]]
    return replace(say, facts={**say.facts, "rows": rows})


def stricter(row: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    """The limit in force, as a fraction, where it is stricter than the value just set; else None."""
    attribute, value = TIERED.get(row["field"]), row["new"]
    if attribute is None or value is None:
        return {"force": None}
    own = value if attribute == "min_confidence" else value / 100
    force: float = getattr(limits, attribute)
    looser = own < force if attribute == "min_confidence" else own > force
    return {"force": force if looser else None}


def nearer(row: Mapping[str, Any], view: View) -> dict[str, Any]:
    """How far a first stop usually stands, as a fraction, where the distance just set brings none of them nearer."""
    idle = row["field"] == STOP_LOSS and row["new"] is not None and not binds(view.limits, view)
    return {"stops": usual_distance(view.limits, view) if idle else None}


def watchlist_changed(event: e.PreferencesChanged) -> Say:
    _, old, new = event.change.fields[0]
    added, removed = sorted(set(new) - set(old)), sorted(set(old) - set(new))
    key = "done.watchlist" if new else "done.watchlist.empty"
    return Say(key, {"added": added or None, "removed": removed or None, "count": len(new)}, ("undo",))


def withdrawn(outcome: Done) -> int | None:
    """How many open questions and entry orders a command took back; None for none."""
    questions = len(open_questions(outcome.old)) - len(open_questions(outcome.new))
    return questions + len(open_entries(outcome.old)) - len(open_entries(outcome.new)) or None


def cash_moved(event: e.CashMoved, outcome: Done) -> Say:
    amount, old, new = event.transfer.amount, outcome.old.free_cash, outcome.new.free_cash
    facts = {"account": outcome.new.kind.value, "amount": abs(amount), "old": old, "cash": new}
    return Say("done.cash.in" if amount > 0 else "done.cash.out", facts, ("balance",))


def account_reset(event: e.AccountReset, outcome: Done) -> Say:
    facts = {
        "account": outcome.new.kind.value,
        "cash": event.transfer.amount,
        "positions": len(outcome.old.positions) or None,
        "autonomy": outcome.new.preferences.trading.autonomy,
    }
    return Say("done.account_reset", facts, ("status",))


def role_set(event: e.RoleSet, outcome: Done) -> Say:
    known = outcome.old.people.get(event.person.id)
    facts = {"name": event.person.name or event.person.id, "old": known.role if known else None}
    return (
        Say("done.role_set", {**facts, "new": event.role, "may": may(event.role)})
        if event.role
        else Say("done.removed", facts)
    )


def admitted(event: e.Admitted, outcome: Done) -> Say:  # noqa: ARG001
    person = event.person
    return Say("done.admitted", {"name": person.name or person.id, "role": person.role, "may": may(person.role)})


def invited(event: e.Invited, outcome: Done) -> Say:  # noqa: ARG001
    return Say("done.invited", {"role": event.invitation.role, "until": event.invitation.lapses_at})


def entries_paused(event: e.EntriesPaused, outcome: Done) -> Say:
    facts = {"until": plain(event.pause.until), "positions": len(outcome.new.positions) or None}
    return Say("done.undone_resume" if event.undoes else "done.paused", facts, () if event.undoes else ("undo",))


def entries_resumed(event: e.EntriesResumed, outcome: Done) -> Say:
    if event.undoes and outcome.old.pause is None:
        return Say("undo.same", {"changes": len(event.undoes) if len(event.undoes) > 1 else None})
    autonomy = Say(f"autonomy.{outcome.new.preferences.trading.autonomy.value}")
    still = next(iter(outcome.new.breakers), None)
    facts = {"autonomy": autonomy, "breaker": still[0].value if still else None, "killed": outcome.new.killed_at}
    return Say("done.resumed", facts, ("status",))


def killed(event: e.EngineKilled, outcome: Done) -> Say:  # noqa: ARG001  # all tellers take both
    facts = {"positions": len(outcome.new.positions) or None, "withdrawn": withdrawn(outcome)}
    return Say("done.killed", facts, ("status", "positions"))


def decided(event: e.Decided, outcome: Done) -> Say | None:
    """An owner's buy or sell, or the answer to proposals."""
    decision = event.decision
    if decision.id in outcome.old.proposals:
        told = [answered(one.decision) for one in outcome.events if isinstance(one, e.Decided)]
        weekly = [rebalanced(one, outcome) for one in outcome.events if isinstance(one, e.Rebalanced)]
        told += [one for one in weekly if one is not None]
        return told[0] if len(told) == 1 else Say("several", {"rows": [{"said": one} for one in told]})
    if decision.acts and decision.side is Side.BUY:
        return orders.buying(decision, outcome)
    if decision.acts:
        sales = [one.order for one in outcome.events if isinstance(one, e.OrderIntended)]
        rows = [{"ticker": order.ticker, "shares": order.shares} for order in sales]
        return Say("done.closing", {"rows": rows, "account": outcome.new.kind.value}, ("positions",))
    return None


def answered(decision: Decision) -> Say:
    facts = {"ticker": decision.ticker, "side": decision.side.value, "shares": decision.shares}
    if decision.acts:
        return Say("done.approved", facts, ("positions",))
    if decision.reason is Skip.DECLINED:
        return Say("done.declined", facts)
    failed = next((line for line in reversed(decision.trace) if line.outcome == "reject"), None)
    values = {"value": failed.value if failed else None, "limit": failed.limit if failed else None}
    reason = Say(f"skip.{decision.reason.code}", {**values, "ticker": decision.ticker, "tier": "", "passed": 0})
    return Say("done.gate_closed", {**facts, "reason": reason})


def rebalanced(event: e.Rebalanced, outcome: Done) -> Say | None:  # noqa: ARG001
    """The answer to the week's question, where nothing is sold; sales are told as what they are."""
    if event.outcome is Skip.NONE:
        return None if event.trims else Say("done.rebalance.nothing")
    if event.outcome is Skip.DECLINED:
        return Say("done.rebalance.declined")
    return Say("done.rebalance.off", {"reason": Say(f"skip.{event.outcome.code}", {"value": None, "limit": None})})


Teller = Callable[[Any, Done], Say | None]

TELLERS: Final[Mapping[type[e.Event], Teller]] = MappingProxyType(
    {
        e.PreferencesChanged: preferences_changed,
        e.CashMoved: cash_moved,
        e.AccountReset: account_reset,
        e.ReserveMoved: pools.reserve_moved,
        e.TierChanged: pools.tier_changed,
        e.BreakerTripped: pools.breaker_tripped,
        e.BreakerResolved: pools.breaker_resolved,
        e.FlattenBegan: pools.flatten_began,
        e.BrokerAccepted: differences.broker_accepted,
        e.RoleSet: role_set,
        e.Admitted: admitted,
        e.Invited: invited,
        e.EventMarked: happenings.event_marked,
        e.EventEnded: happenings.event_ended,
        e.EarningsImported: happenings.earnings_imported,
        e.EntriesPaused: entries_paused,
        e.EntriesResumed: entries_resumed,
        e.EngineKilled: killed,
        e.StopMoved: orders.stop_moved,
        e.TakeMoved: orders.take_moved,
        e.Decided: decided,
        e.OrderUpdated: orders.given_up,
        e.TranchesEnded: orders.given_up,
        e.Rebalanced: rebalanced,
        e.StrategySet: strategies.strategy_set,
        e.Noted: news.tested,
    }
)
