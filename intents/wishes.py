"""What is wished for in the past tense: I would rather you stayed out, I would sleep better if we never had more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intents.language import Lists
    from intents.normalise import Token

REACH: Final = 3  # words after the wish within which its verb stands: never really had


def wished(tokens: Sequence[Token], lists: Lists) -> list[Token]:
    """The words with the verb of each wish in the present tense, as it would be ordered."""
    texts = [token.text for token in tokens]
    said = list(tokens)
    for at in range(len(texts)):
        for end, _ in lists.wishes.at(texts, at)[:1]:
            verb = next((place for place in range(end, len(texts))[:REACH] if texts[place] in lists.present), None)
            if verb is not None:
                said[verb] = replace(said[verb], text=lists.present[texts[verb]])
    return said
