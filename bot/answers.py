"""What is said when something was done, refused or not understood: from outcomes to phrases."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from bot.help import reading
from bot.message import Button, Reply
from bot.phrases import Phrases, Spoken
from bot.readback import pausing
from engine.bus import Done
from engine.core import events as e
from engine.core.journal import plain
from engine.core.limits import Limits, in_force
from engine.core.nouns import Decision
from engine.core.policy import Policy
from engine.core.preferences import Preferences, valued
from engine.core.refusals import Refused
from engine.core.undo import PAUSE, pause_word
from engine.core.words import Side, Skip
from engine.view import View
from intents.result import Parsed, Request
from skills.skill import Say
from skills.status import held_back

WATCHLIST: Final = "trading.watchlist"
MANY: Final = 2
TIERED: Final[Mapping[str, str]] = {
    "trading.position_size_pct": "base_allocation",
    "trading.min_confidence": "min_confidence",
    "risk.max_position_pct": "max_position",
    "risk.max_sector_pct": "max_sector",
}
"""Fields that a tier limits too, and the limit in force that they share."""


def rendered(say: Say, phrases: Phrases) -> Spoken:
    """An answer in words; facts that are answers themselves are put into words first."""
    return phrases.say(say.key, {name: inner(value, phrases) for name, value in say.facts.items()})


def inner(value: Any, phrases: Phrases) -> Any:  # noqa: ANN401  # facts are of any kind
    if isinstance(value, Say):
        return rendered(value, phrases)
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return [{name: inner(one, phrases) for name, one in row.items()} for row in value]
    return value


def reply(says: list[Say], phrases: Phrases) -> Reply:
    """Several answers as one reply, with the buttons of the last."""
    spoken = [rendered(say, phrases) for say in says]
    last = says[-1]
    return Reply(
        text="\n".join(one.text for one in spoken),
        speech=" ".join(one.speech for one in spoken),
        buttons=tuple(button(name, phrases) for name in last.buttons),
        key=last.key,
        facts=last.facts,
    )


def button(name: str, phrases: Phrases) -> Button:
    return Button(phrases.say(f"button.{name}").text, phrases.say(f"button.{name}.says").text)


def done(outcome: Done) -> Say:
    """What a person's command led to, told by the first of its events that has words."""
    for event in outcome.events:
        teller = TELLERS.get(type(event))
        say = teller(event, outcome) if teller else None
        if say is not None:
            return say
    return Say("done.other")


def preferences_changed(event: e.PreferencesChanged, outcome: Done) -> Say:
    paths = [path for path, _, _ in event.change.fields]
    if event.undoes:
        return Say("done.undone", {"rows": [*from_to(event), *pause_undone(outcome)]})
    if paths == [WATCHLIST]:
        return watchlist_changed(event)
    if paths == ["trading.autonomy"]:
        new = outcome.new.preferences.trading.autonomy.value
        return Say(f"done.autonomy.{new}", {"withdrawn": withdrawn(outcome)}, ("undo", "status"))
    return Say("done.changed", {"rows": from_to(event)}, ("undo", "limits"))


def pause_undone(outcome: Done) -> list[dict[str, Any]]:
    """The pause that was put back together with settings, if one was."""
    old, new = pause_word(outcome.old.pause), pause_word(outcome.new.pause)
    return [pausing(old, new)] if old != new else []


def from_to(event: e.PreferencesChanged) -> list[dict[str, Any]]:
    return [
        {"field": path, "old": valued(path, old), "new": valued(path, new)} for path, old, new in event.change.fields
    ]


def in_force_stays(say: Say, preferences: Preferences, policy: Policy) -> Say:
    """The answer to a change, saying so where the tier's stricter limit stays in force whatever the owner's own is."""
    if say.key != "done.changed":
        return say
    tier = preferences.trading.risk_tolerance
    limits = in_force(tier, preferences, policy)
    rows = [{**row, **stricter(row, limits), "tier": tier.value} for row in say.facts["rows"]]
    return replace(say, facts={**say.facts, "rows": rows})


def stricter(row: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    """The limit in force, as a fraction, where it is stricter than the value just set; else None."""
    attribute, value = TIERED.get(row["field"]), row["new"]["value"]
    if attribute is None or value is None:
        return {"force": None}
    own = value if attribute == "min_confidence" else value / 100
    force: float = getattr(limits, attribute)
    looser = own < force if attribute == "min_confidence" else own > force
    return {"force": force if looser else None}


def watchlist_changed(event: e.PreferencesChanged) -> Say:
    _, old, new = event.change.fields[0]
    added, removed = sorted(set(new) - set(old)), sorted(set(old) - set(new))
    return Say("done.watchlist", {"added": added or None, "removed": removed or None, "count": len(new)}, ("undo",))


def withdrawn(outcome: Done) -> int | None:
    """How many open questions and entry orders a command took back; None for none."""
    before = len(outcome.old.proposals) + sum(1 for one in outcome.old.orders.values() if one.side is Side.BUY)
    return before - len(outcome.new.proposals) or None


def entries_paused(event: e.EntriesPaused, outcome: Done) -> Say:
    facts = {"until": plain(event.pause.until), "positions": len(outcome.new.positions) or None}
    return Say("done.undone_resume" if event.undoes else "done.paused", facts, () if event.undoes else ("undo",))


def entries_resumed(event: e.EntriesResumed, outcome: Done) -> Say:  # noqa: ARG001
    autonomy = Say(f"autonomy.{outcome.new.preferences.trading.autonomy.value}")
    still = next(iter(outcome.new.breakers), None)
    facts = {"autonomy": autonomy, "breaker": still[0].value if still else None, "killed": outcome.new.killed_at}
    return Say("done.resumed", facts, ("status",))


def killed(event: e.EngineKilled, outcome: Done) -> Say:  # noqa: ARG001  # all tellers take both
    facts = {"positions": len(outcome.new.positions) or None, "withdrawn": withdrawn(outcome)}
    return Say("done.killed", facts, ("status", "positions"))


def decided(event: e.Decided, outcome: Done) -> Say | None:
    """An owner's close, or the answer to proposals."""
    decision = event.decision
    if decision.id in outcome.old.proposals:
        told = [answered(one.decision) for one in outcome.events if isinstance(one, e.Decided)]
        return told[0] if len(told) == 1 else Say("several", {"rows": [{"said": one} for one in told]})
    if decision.acts:
        orders = [one.order for one in outcome.events if isinstance(one, e.OrderIntended)]
        rows = [{"ticker": order.ticker, "shares": order.shares} for order in orders]
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


Teller = Callable[[Any, Done], Say | None]

TELLERS: Final[Mapping[type[e.Event], Teller]] = {
    e.PreferencesChanged: preferences_changed,
    e.EntriesPaused: entries_paused,
    e.EntriesResumed: entries_resumed,
    e.EngineKilled: killed,
    e.Decided: decided,
}


def refused(outcome: Refused) -> Say:
    """Why a command was not done, and what to do instead."""
    facts = dict(outcome.facts)
    if "fields" in facts:
        facts = {"rows": [{"field": path, "old": valued(path, value)} for path, value in facts["fields"]]}
    elif "field" in facts and "asked" in facts:
        facts["asked"] = valued(facts["field"], facts["asked"])
    if facts.get("field") == PAUSE:
        facts["field"] = None
    return Say(f"refused.{outcome.code.value}", facts)


def not_understood(parsed: Parsed, examples: Callable[[Request], str | None]) -> Say:
    """What to ask back: the missing piece, the readings to choose from, or what can be said at all."""
    readings = [text for request in parsed.candidates[:3] if (text := examples(request))]
    why = Say(f"why_not.{parsed.why or parsed.status}")
    if parsed.missing and len(readings) < MANY:
        field = parsed.candidates[0].slots.get("field") if parsed.candidates else None
        of_field = field is not None and parsed.missing[0] == "value"
        slot = Say("slot.value_of", {"field": field}) if of_field else Say(f"slot.{parsed.missing[0]}")
        return Say("ask.missing", {"slot": slot, "why": why if parsed.why not in (None, "missing") else None})
    rows = [{"number": number, "reading": text} for number, text in enumerate(readings, 1)]
    return Say("ask.readings" if rows else "ask.again", {"why": why, "rows": rows}, () if rows else ("help",))


def refusal(outcome: Refused, view: View) -> Say:
    """A refusal in words, with the account's own tickers where it is about tickers."""
    say = refused(outcome)
    autonomy = Say(f"autonomy.{view.state.preferences.trading.autonomy.value}")
    around = {"known": sorted(view.scene.quotes), "held_back": held_back(view), "autonomy": autonomy}
    return replace(say, facts={**around, **say.facts})


def worded(say: Say, phrases: Phrases) -> Say:
    """A reason without words of its own is told by the general one."""
    why = say.facts.get("why")
    if isinstance(why, Say) and why.key not in phrases:
        return replace(say, facts={**say.facts, "why": Say("why_not.unknown")})
    return say


def said(parsed: Parsed) -> str:
    """What we would answer to a message, as far as that can be said without an account."""
    from intents.load import load_language  # noqa: PLC0415

    phrases, language = Phrases.load(), load_language()
    if parsed.status != "ok":
        say = not_understood(parsed, lambda request: reading(request, language))
        return reply([worded(say, phrases)], phrases).text
    rows = [{"reading": reading(request, language) or request.intent} for request in parsed.requests]
    return phrases.say("understood", {"rows": rows}).text
