"""Names of persons in a message: words that are none of ours, or written with a capital letter inside a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intents.spelling import nearest_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from intents.language import Language
    from intents.normalise import Token


def persons_at(tokens: Sequence[Token], text: str, language: Language) -> Mapping[int, list[tuple[int, str]]]:
    """Every name of one word or two, by where it starts, with the letters as they were written in `text`."""
    names = [_name(token, text, language, first=at == 0) for at, token in enumerate(tokens)]
    found: dict[int, list[tuple[int, str]]] = {}
    for at, name in enumerate(names):
        if name is not None:
            found[at] = [(at + 1, name)]
            after = names[at + 1] if at + 1 < len(names) and not tokens[at + 1].before else None
            if after is not None and name.istitle() and after.istitle():
                found[at].append((at + 2, f"{name} {after}"))
    return found


def _spoken(token: Token, text: str) -> str:
    """The word as written, without a genitive's ending."""
    written = text[token.start : token.end]
    return written[: len(token.text)] if written[: len(token.text)].lower() == token.text else token.text


def _name(token: Token, text: str, language: Language, *, first: bool) -> str | None:
    """The word as it was written, if it can be a name."""
    ours = token.text in language.vocabulary or token.text in language.lists.common
    if token.kind != "word" or (
        ours and text[token.start : token.start + 1].islower() and token.text not in language.lists.names
    ):
        return None
    written = _spoken(token, text)
    if len(written) < 2 or not written.replace("'", "").isalpha():
        return None
    if token.text in language.lists.names:
        return written
    if written.istitle() and not first:
        return None if token.text in language.openers else written
    slip = first and bool(nearest_words(token.text, language))  # where an order begins, a slip is likelier than a name
    return None if ours or slip else written
