"""The languages that we speak: what is understood in each, and what is said."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, get_args

from bot.phrases import Facts, Phrase, Phrases, Spoken
from bot.turn import Tongue
from engine.core.categories import Spoken as Code
from intents.language import Language
from intents.load import FIRST, load_language

CODES: Final[tuple[str, ...]] = get_args(Code)
"""The languages that can be chosen."""


class Tongues:
    """The languages by their codes; all but the first are read when somebody speaks them."""

    def __init__(self, first: Tongue) -> None:
        self._first = first
        self._known = {FIRST: first}

    def of(self, code: str) -> Tongue:
        """A language with its sentences; raises what reading its files raises."""
        if code not in self._known:
            language = load_language(tongue=code)
            contract = {**self._first.language.contract, **language.contract}
            self._known[code] = Tongue(replace(language, contract=contract), self._first.phrases.translated(code))
        return self._known[code]

    def read_in(self, language: Language) -> tuple[Language, ...]:
        """The languages that a message is read in, one's own before the first."""
        return (language,) if language.tongue == FIRST else (language, self._first.language)


class Following(Phrases):
    """The sentences in the language that somebody speaks at the moment."""

    def __init__(self, tongues: Tongues, code: Callable[[], str]) -> None:
        self._tongues, self._code = tongues, code
        super().__init__({}, self._now.reader)

    @property
    def _now(self) -> Phrases:
        return self._tongues.of(self._code()).phrases

    def __contains__(self, key: str) -> bool:
        return key in self._now

    def __iter__(self) -> Iterator[str]:
        return iter(self._now)

    def phrase(self, key: str) -> Phrase:
        """One key's templates; raises PhraseError for a key that has none."""
        return self._now.phrase(key)

    def say(self, key: str, facts: Facts | None = None) -> Spoken:
        """The sentence of `key` with its facts; raises PhraseError for a key or fact that is missing."""
        return self._now.say(key, facts)
