"""What somebody tells of himself beside an order: I can not sleep, my phone is broken; it asks for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from intents.spelling import guarded, nearest_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intents.language import Language
    from intents.match import Lattice

VALUES: Final = frozenset({"tickers", "ticker", "value", "until", "clock", "sectors", "asset_classes"})
TURNING: Final = frozenset({"negated", "past", "question"})  # what a sentence of its own may hold
LEAST: Final = 2  # words of the sentence after its subject, at least


def told(grid: Lattice, start: int, end: int, language: Language) -> bool:
    """Whether these words are a sentence about whoever speaks, that weighs nothing and holds no order."""
    texts = list(grid.texts[start:end])
    body = _body(texts, language)
    short = len(body) < LEAST and language.lists.telling.happened.isdisjoint(body)
    if short or _valued(grid, start, end):
        return False
    led = len(body) + 1 < len(texts)
    if any(_weighs(word, language) for word in body) or language.lists.guard_phrases.within(tuple(texts)):
        return False
    return not (_orders(body, language) or _unsaid(body, language, led=led))


def _body(texts: Sequence[str], language: Language) -> list[str]:
    """What follows the subject; nothing where somebody else is spoken of, or nobody."""
    lists, at = language.lists, 0
    while ends := lists.telling.leads.at(texts, at):
        at = max(end for end, _ in ends)
    rest = list(texts[at:])
    if rest[:1] and rest[0] in lists.telling.tellers:
        return rest[1:]
    if rest[:1] and rest[0] in lists.telling.things:
        return rest[1:] if _states(rest[1:], language) else []
    owned = rest[:1] and rest[0] in lists.telling.owners and len(rest) > 2 and rest[1] not in lists.domain
    return rest[2:] if owned else []


def _states(rest: Sequence[str], language: Language) -> bool:
    """Whether something is said of a thing: the machine died; no `not`, which might belong to the order."""
    lists = language.lists
    if any(lists.guards.get(word) == "negated" for word in rest):
        return False
    return any(word in lists.stating or word in lists.telling.happened for word in rest)


def _valued(grid: Lattice, start: int, end: int) -> bool:
    """Whether a value is named; one that is a single small word (one, a) is none."""
    return any(
        kind in VALUES and (stop > at + 1 or grid.texts[at] not in {"one", "a", "an", "half"})
        for at in range(start, end)
        for stop, kind, _ in grid.values.get(at, ())
    )


def _weighs(word: str, language: Language) -> bool:
    """Whether a word is of the trade, turns more than its own sentence, or might be such a word misspelt."""
    lists, telling = language.lists, language.lists.telling
    if word in telling.never or word in lists.looks.orders - telling.homely:
        return True
    if word in telling.homely:
        return False
    if word in lists.guards and word not in lists.domain:
        return lists.guards[word] not in TURNING
    if word in lists.domain or word in lists.uneasy or not word.isalpha():
        return True
    if word in language.vocabulary or word in lists.common or word in lists.idle:
        return False
    return guarded(word, language) or any(near in lists.domain for near in nearest_words(word, language))


def _orders(body: Sequence[str], language: Language) -> bool:
    """Whether it wishes that something be done: I want to move …"""
    wishing = not language.lists.telling.wishing.isdisjoint(body)
    return wishing and not language.lists.weighty.isdisjoint(body)


def _unsaid(body: Sequence[str], language: Language, *, led: bool) -> bool:
    """Whether a `not` may belong to the order: I do not, I never want that."""
    lists = language.lists
    nots = [at for at, word in enumerate(body) if lists.guards.get(word) == "negated"]
    if not nots:
        return lists.telling.happened.isdisjoint(body) and not any(_tells(word, language) for word in body)
    after = [word for word in body[nots[0] + 1 :] if _tells(word, language)]
    bare = not led and not (lists.pointers | {"this", "that"}).isdisjoint((*body[nots[0] :],)[-1:])
    return len(nots) > 1 or not after or bare


def _tells(word: str, language: Language) -> bool:
    """Whether a word says something of its own."""
    lists = language.lists
    return word not in lists.guards and (word not in lists.explained or word in lists.telling.homely)
