"""Words that turn an order around: negation, condition, question, past, quotation. A code for each, or None."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intents.spelling import guarded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intents.load import Language
    from intents.normalise import Token, Utterance


def guard(said: Utterance, tokens: Sequence[Token], language: Language) -> str | None:
    """The code of the first thing that turns the message around."""
    if said.quoted:
        return "quoted"
    texts = tuple(token.text for token in tokens)
    for at, token in enumerate(tokens):
        found = language.lists.guard_phrases.at(texts, at)
        if found:
            return str(found[0][1])
        code = language.lists.guards.get(token.text)
        if code is not None:
            return code
    if any(guarded(token.text, language) for token in tokens if token.kind == "word"):
        return "negated"
    return "question" if said.question else None


def asks(said: Utterance, tokens: Sequence[Token], language: Language) -> bool:
    """Whether the message only asks: a question mark without a polite frame (could you …?, … ok?)."""
    texts = tuple(token.text for token in tokens)
    if _foresees(texts, language):
        return True
    if not said.question and not any("?" in token.before for token in tokens):
        return False
    framed = any(language.lists.polite.at(texts, at) for at in range(len(texts)))
    tagged = any(end == len(texts) for at in range(1, len(texts)) for end, _ in language.lists.tail.at(texts, at))
    return not framed and not tagged


def _foresees(texts: Sequence[str], language: Language) -> bool:
    """Whether it begins by asking what will be: will you …, without a please."""
    return bool(language.lists.foreseeing.at(texts, 0)) and language.lists.begging.isdisjoint(texts)
