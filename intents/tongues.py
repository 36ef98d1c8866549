"""A message in its person's language, and where that gives nothing, in the one in which all can be said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from intents.guards import guard
from intents.normalise import normalise, rejoined
from intents.parser import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intents.context import Context
    from intents.language import Language
    from intents.result import Parsed

OPEN: Final = frozenset({"not_understood", "partly_unclear", "not_served"})
"""Why nothing was read where another language may be meant."""


def parse_in(text: str, context: Context, languages: Sequence[Language]) -> Parsed:
    """What a message asks for, in the first of these languages that understands it.

    In any but the first only a reading that is sure counts, and none where a word of the first turns it around.
    """
    own, *others = languages
    parsed = parse(text, context, own)
    if parsed.status == "ok" or parsed.missing or parsed.why not in OPEN or _guarded(text, own):
        return parsed
    for other in others:
        found = parse(text, context, other)
        if found.status == "ok" and all(one.confidence == 1 for one in found.requests):
            return found
    return parsed


def _guarded(text: str, language: Language) -> bool:
    """Whether a word of this language turns the message around; a mere question mark does not."""
    said = normalise(text, language.lists.spell)
    tokens = rejoined(said.tokens, language.lists.joined)
    return guard(replace(said, question=False), tokens, language) not in {None, "question"}
