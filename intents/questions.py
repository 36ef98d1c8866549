"""Whether words are a question, or ask to be shown something; and whether they are turned around."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intents.language import Lists

TURNING: Final = frozenset({"negated", "exception", "conditional", "hypothetical"})
DOUBTING: Final = frozenset({"maybe", "perhaps", "possibly", "might", "wonder", "wondering"})  # a look may be doubted
HELPING: Final = frozenset(
    {"is", "are", "am", "was", "were", "does", "did", "do", "will", "would", "can", "could", "has", "have", "should"}
)
KNOWING: Final = frozenset({"check", "see", "wondering", "wonder", "ask", "asking", "sure", "hear", "know"})
SUBJECTS: Final = frozenset({"i", "we", "you", "it", "they", "he", "she"})
MAKING: Final = frozenset({"do", "can", "could", "would", "might", "must"})
STANDING: Final = frozenset({"stand", "look", "compare", "fare", "rate", "measure", "stack", "know"})
NAMED: Final = 10  # words of a thing that is only named
OPENING: Final = 4  # words within which a question begins
SELVES: Final = frozenset({"i", "we", "you", "it", "they", "my", "our", "the", "there", "anything", "any", "that"})


def asks_for(texts: Sequence[str], lists: Lists, *, marked: bool) -> bool:
    """Whether something is asked, by a mark, by how it begins, or by a word that asks to be shown something."""
    if lists.looks.asking.within(texts):
        return True
    return (marked and texts[0] not in {"i", "we"}) or _opening(texts, lists) in lists.looks.opening


def names_only(texts: Sequence[str], lists: Lists) -> bool:
    """Whether a thing is named and nothing told of it: my orders please."""
    if len(texts) > NAMED or texts[0] in SUBJECTS:
        return False
    told = [two for one, two in pairwise(texts) if one not in SUBJECTS and two in lists.looks.happened]
    return not told and texts[0] not in lists.looks.happened and lists.looks.orders.isdisjoint(texts)


def _opening(texts: Sequence[str], lists: Lists) -> str:
    """The first word that says something, of the first few."""
    first = [text for text in texts[:OPENING] if text in lists.looks.opening or text not in lists.soft]
    return first[0] if first else ""


def turned(texts: Sequence[str], lists: Lists, allowed: frozenset[str]) -> bool:
    """Whether the words are negated, on a condition, supposed, or ask whether one should; but for what is allowed."""
    if "should" not in allowed and any(one in {"should", "shall"} and two in SUBJECTS for one, two in pairwise(texts)):
        return True
    if "how" not in allowed and any(_ways(texts, at) for at in range(len(texts))):
        return True
    return any(_turns(texts, at, lists) for at, text in enumerate(texts) if text not in allowed)


def _ways(texts: Sequence[str], at: int) -> bool:
    """Whether one asks how something is done: how do I …, how can we …."""
    if texts[at] != "how" or at + 2 >= len(texts):
        return False
    helping, subject, doing = texts[at + 1], texts[at + 2], "".join(texts[at + 3 : at + 4])
    return (helping == "to" or (helping in MAKING and subject in {"i", "we", "one"})) and doing not in STANDING


def _turns(texts: Sequence[str], at: int, lists: Lists) -> bool:
    text = texts[at]
    code = lists.guards.get(text)
    if code in TURNING and text not in DOUBTING and not _asked(texts, at):
        return True
    if text == "what":  # what would … only asks
        return False
    return any(code in TURNING for _, code in lists.guard_phrases.at(texts, at))


def _asked(texts: Sequence[str], at: int) -> bool:
    """Whether a word that could turn a message only asks: when does …, let me know whether …, have we not …."""
    text = texts[at]
    after = texts[at + 1] if at + 1 < len(texts) else ""
    before = texts[at - 1] if at else ""
    if text == "when":
        return after in HELPING
    if text in {"if", "whether"}:
        return text == "whether" or _told(texts, at)
    if text == "not" and at == 1:
        return before in HELPING and (before != "do" or after in {"i", "we"}) and after in SELVES
    return text in {"no", "none"} and before == "or"


def _told(texts: Sequence[str], at: int) -> bool:
    """Whether an `if` says what one would like to know of now: tell me if … is …, but not: let me know if …."""
    before, two = texts[at - 1] if at else "", " ".join(texts[max(0, at - 2) : at])
    if two == "tell me":
        return not HELPING.isdisjoint(texts[at:])
    return before in KNOWING and two != "me know"
