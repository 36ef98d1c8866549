"""The words by which somebody is heard to speak of himself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from intents.phrases import PhraseTable

GROUPS: Final = ("tellers", "owners", "homely", "never", "wishing", "things", "happened", "joining")


@dataclass(frozen=True, slots=True)
class Telling:
    """By what such a sentence is known in a language."""

    leads: PhraseTable  # what it may begin with: because
    tellers: frozenset[str]
    owners: frozenset[str]  # before the noun that it speaks of: my phone
    homely: frozenset[str]  # words of the trade that say nothing there
    never: frozenset[str]  # words that would take an order back
    wishing: frozenset[str]  # words that make a verb after them an order
    things: frozenset[str]  # other subjects, of which a verb must follow
    happened: frozenset[str]  # verbs of what befell them
    joining: frozenset[str]  # by what the order goes on after it: so, hence


def read_telling(entry: Mapping[str, Any], phrases: Callable[[Iterable[tuple[str, Any]]], PhraseTable]) -> Telling:
    """The words of a language from its list; one without any tells nothing."""
    groups = (frozenset(entry.get(name, "").split()) for name in GROUPS)
    return Telling(phrases((text, None) for text in entry.get("leads", ())), *groups)
