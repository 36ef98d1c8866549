"""Names of persons in a message: words that are none of ours, or written with a capital letter inside a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from intents.spelling import nearest_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from intents.language import Language
    from intents.normalise import Token

DOUBTED: Final = "?doubtful"  # in small letters, and one slip from a name that is known


def persons_at(tokens: Sequence[Token], text: str, language: Language) -> Mapping[int, list[tuple[int, str]]]:
    """Every name of one word or two, by where it starts, with the letters as they were written in `text`."""
    names = [_name(token, text, language, first=at == 0) for at, token in enumerate(tokens)]
    found: dict[int, list[tuple[int, str]]] = {}
    for at, name in enumerate(names):
        if name is not None:
            found[at] = [(at + 1, name)]
            after = names[at + 1] if at + 1 < len(names) and not tokens[at + 1].before else None
            if after is not None and after != DOUBTED and name.istitle() and after.istitle():
                found[at].append((at + 2, f"{name} {after}"))
    return found


def _spoken(token: Token, text: str) -> str:
    """The word as written, without a genitive's ending."""
    written = text[token.start : token.end]
    return written[: len(token.text)] if written[: len(token.text)].lower() == token.text else token.text


def _is_ticker(token: Token, language: Language) -> bool:
    return token.capital and token.text.upper() in language.companies.tickers


def _name(token: Token, text: str, language: Language, *, first: bool) -> str | None:
    """The word as it was written, if it can be a name."""
    known = token.text in language.lists.names
    ours = token.text in language.vocabulary or token.text in language.lists.common
    small = text[token.start : token.start + 1].islower()
    if token.kind != "word" or (ours and small and not known) or _is_ticker(token, language):
        return None
    written = _spoken(token, text)
    if len(written) < 2 or not written.replace("'", "").isalpha():
        return None
    if known:
        return written
    if written.istitle() and not first:
        return None if token.text in language.openers else written
    slip = first and bool(nearest_words(token.text, language))  # where an order begins, a slip is likelier than a name
    if ours or slip:
        return None
    return (
        DOUBTED
        if small and process.extractOne(token.text, language.lists.names, scorer=OSA.distance, score_cutoff=1)
        else written
    )
