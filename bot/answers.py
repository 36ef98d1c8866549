"""What is said when something was refused or not understood, and how answers become replies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from bot.help import reading
from bot.message import Button, Reply
from bot.phrases import Phrases, Spoken
from engine.core.preferences import FIELDS, valued
from engine.core.refusals import Refusal, Refused
from engine.core.timing import is_over, next_window, window
from engine.core.undo import PAUSE
from engine.core.words import Skip
from engine.view import View
from intents.result import Parsed, Request
from skills.held import held_back
from skills.skill import Offer, Say

MANY: Final = 2


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


def button(one: str | Offer, phrases: Phrases) -> Button:
    key, facts = (f"button.{one}", {}) if isinstance(one, str) else (f"offer.{one.name}", one.facts)
    return Button(phrases.say(key, facts).text, phrases.say(f"{key}.says", facts).text)


def refused(outcome: Refused) -> Say:
    """Why a command was not done, and what to do instead."""
    facts = dict(outcome.facts)
    if facts.get("text") and facts.get("field") in FIELDS and FIELDS[facts["field"]].unit is not None:
        return Say("refused.bad_value.text", {**facts, "such": a_number_for(facts["field"])})
    if "fields" in facts:
        facts = {"rows": [{"field": path, "old": valued(path, value)} for path, value in facts["fields"]]}
    elif "field" in facts and "asked" in facts:
        facts["asked"] = valued(facts["field"], facts["asked"])
    if outcome.code is Refusal.NOT_BOUGHT:
        return not_bought(facts)
    if outcome.code is Refusal.NO_SUCH_PART:
        facts["part"] = Say(f"part.{facts['part']}")
    if "needs" in facts:
        facts["needs"] = Say(f"needs.{facts['needs']}")
    if facts.get("field") == PAUSE:
        facts["field"] = None
    return Say(f"refused.{outcome.code.value}", facts)


def not_bought(facts: Mapping[str, Any]) -> Say:
    """Why the owner's buy was not made: too little money for a share, more than there is room for, or a gate."""
    if facts["shares"] is None:
        return Say("refused.not_bought.too_little", facts)
    if facts["possible"]:
        return Say("refused.not_bought.too_many", {**facts, "why": facts["reason"]})
    reason = Say(f"skip.{facts['reason']}", {**facts, "tier": "", "passed": 0})
    return Say("refused.not_bought", {**facts, "closed": facts["reason"] == Skip.WINDOW.code or None, "reason": reason})


def a_number_for(path: str) -> Any:  # noqa: ANN401  # defaults are of any kind
    """A number that a setting may have."""
    field = FIELDS[path]
    return field.default if field.default is not None else field.step


def such(path: str) -> Any:  # noqa: ANN401  # values are of any kind
    """A value that a setting of numbers may have, for an example; None for another setting."""
    return valued(path, a_number_for(path)) if path in FIELDS and FIELDS[path].unit is not None else None


def not_understood(
    parsed: Parsed, examples: Callable[[Request], str | None], choices: Callable[[Parsed], Sequence[str]] = lambda _: ()
) -> Say:
    """What to ask back: the missing piece, the readings to choose from, or what can be said at all."""
    readings = [text for request in parsed.candidates[:3] if (text := examples(request))]
    why = Say(f"why_not.{parsed.why or parsed.status}", {"unclear": parsed.unclear})
    if parsed.missing and len(readings) < MANY:
        field = parsed.candidates[0].slots.get("field") if parsed.candidates else None
        of_field = field is not None and parsed.missing[0] == "value"
        about = parsed.candidates[0].slots.get("ticker") if parsed.candidates else None
        slot = Say(f"slot.{parsed.missing[0]}", {"ticker": about})
        if of_field:
            slot = Say("slot.value_of", {"field": field, "such": such(str(field))})
        offers = tuple(Offer("choice", {"words": words}) for words in choices(parsed))
        if parsed.why == "not_understood" and readings:
            return Say("ask.missing_of", {"why": why, "reading": readings[0], "slot": slot}, offers)
        return Say("ask.missing", {"slot": slot, "why": why if parsed.why not in (None, "missing") else None}, offers)
    rows = [{"number": number, "reading": text} for number, text in enumerate(readings, 1)]
    buttons = tuple(Offer("number", {"number": row["number"]}) for row in rows) if len(rows) > 1 else ("yes", "no")
    return Say("ask.readings" if rows else "ask.again", {"why": why, "rows": rows}, buttons if rows else ("help",))


def refusal(outcome: Refused, view: View) -> Say:
    """A refusal in words, with the account's own tickers where it is about tickers."""
    say = refused(outcome)
    autonomy = Say(f"autonomy.{view.state.preferences.trading.autonomy.value}")
    around: dict[str, Any] = {"known": sorted(view.scene.quotes), "held_back": held_back(view), "autonomy": autonomy}
    if say.facts.get("closed"):
        around |= {"opens_at": (opens := opens_at(view)), "ended": None if opens else view.scene.ends_at}
    return replace(say, facts={**around, **say.facts})


def opens_at(view: View) -> datetime | None:
    """When entries are possible again, in this session or the next; None where the market's prices end before."""
    session = view.scene.session
    today = window(session, view.policy)[0] if session else view.scene.at
    at = today if today > view.scene.at else next_window(view.scene, view.policy)
    return None if is_over(view.scene, at) else at


def worded(say: Say, phrases: Phrases) -> Say:
    """A reason without words of its own is told by the general one."""
    why = say.facts.get("why")
    if isinstance(why, Say) and why.key not in phrases:
        return replace(say, facts={**say.facts, "why": Say("why_not.unknown")})
    return say


def said(parsed: Parsed) -> str:
    """What we would answer to a message, as far as that can be said without an account."""
    from bot.packages import installed  # noqa: PLC0415  # only where no account is open

    phrases, language = Phrases.load(), installed().language
    if parsed.status != "ok":
        say = not_understood(parsed, lambda request: reading(request, language))
        return reply([worded(say, phrases)], phrases).text
    rows = [{"reading": reading(request, language) or request.intent} for request in parsed.requests]
    return phrases.say("understood", {"rows": rows}).text
