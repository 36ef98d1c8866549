"""Companies and tickers in a message: NVDA, $NVDA, Nvidia, Bank of America; words that are also tickers stay words."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeVar

from rapidfuzz import process
from rapidfuzz.distance import OSA

from intents.phrases import PhraseTable, Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from intents.normalise import Token

One = TypeVar("One")
SHORTEST_FUZZY: Final = 5  # letters; below, a slip of the finger is another word
ALL: Final = ("all", "any", "both", "each", "every")
JOINERS: Final = ("and", "or", "&", "plus")


@dataclass(frozen=True, slots=True)
class Company:
    """What a name stands for: one ticker, or several that are near alike and must be asked back.

    `slip` is the number of letters that had to be repaired, `small` a ticker in small letters that may be a plain word.
    """

    tickers: tuple[str, ...]
    slip: int = 0
    small: bool = False


@dataclass(slots=True)
class Companies:
    """The index of tickers and names; read once, never changed after."""

    tickers: set[str] = field(default_factory=set)
    names: PhraseTable = field(default_factory=lambda: PhraseTable(()))
    openings: dict[str, set[str]] = field(default_factory=dict)  # first word of longer names → tickers
    singles: dict[str, str] = field(default_factory=dict)  # one-word name → ticker
    initials: dict[str, list[str]] = field(default_factory=dict)  # first letter → one-word names
    common: frozenset[str] = frozenset()  # words of the language: never a ticker in small letters
    worded: frozenset[str] = frozenset()  # words of templates: never the first word of a name by itself


def read_companies(path: Path, common: Iterable[str], worded: Iterable[str]) -> Companies:
    """The index from a table `ticker,names`, names separated by `|` in small letters."""
    index = Companies(common=frozenset(common), worded=frozenset(worded))
    named: list[tuple[Words, str]] = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            index.tickers.add(row["ticker"])
            named.extend((words, row["ticker"]) for words in map(_words, row["names"].split("|")) if words)
    index.names = PhraseTable(named)
    for words, ticker in named:
        _add(index, words, ticker)
    return index


def _words(name: str) -> Words:
    return tuple(name.replace("-", " ").replace(",", " ").replace("'s", "").split())


def _add(index: Companies, words: Words, ticker: str) -> None:
    if len(words) > 1:
        index.openings.setdefault(words[0], set()).add(ticker)
    elif len(words[0]) >= SHORTEST_FUZZY:
        index.singles[words[0]] = ticker
        index.initials.setdefault(words[0][0], []).append(words[0])


def company_at(
    tokens: Sequence[Token], at: int, index: Companies, vocabulary: frozenset[str], near: frozenset[str]
) -> list[tuple[int, Company]]:
    """Every company reading at `at`, exact ones first; `near` are the owner's own tickers."""
    found = _exact(tokens, at, index)
    written = _ticker(tokens[at], index, near)
    if written is not None and (tokens[at].capital or tokens[at].kind == "cash" or not found):
        found = [pair for pair in found if pair[0] != at + 1] + [(at + 1, _doubted(tokens[at], written, index, near))]
    return found or _loose(tokens, at, index, vocabulary)


def _exact(tokens: Sequence[Token], at: int, index: Companies) -> list[tuple[int, Company]]:
    if tokens[at].text not in index.names.firsts:
        return []
    ends: dict[int, set[str]] = {}
    for end, ticker in index.names.at([token.text for token in tokens], at):
        ends.setdefault(end, set()).add(ticker)
    return [(end, Company(tuple(sorted(tickers)))) for end, tickers in ends.items()]


def _ticker(token: Token, index: Companies, near: frozenset[str]) -> Company | None:
    """A ticker as written; a word of the language only with a $ or in capitals, one letter only so."""
    text = token.text.lstrip("$").upper().replace("-", ".")
    if text not in index.tickers and text not in near:
        return None
    if token.kind == "cash":
        return Company((text,))
    if token.kind != "word":
        return None
    if token.capital and text not in {"A", "I"}:
        return Company((text,))
    plain = len(text) > 1 and token.text not in index.common and not _quantifier(token.text)
    return Company((text,), small=text not in near) if plain else None


def _doubted(token: Token, written: Company, index: Companies, near: frozenset[str]) -> Company:
    """A ticker in small letters that is one slip from a well-known name (aple) may be either."""
    if token.capital or token.kind == "cash" or len(token.text) < 4 or written.tickers[0] in near:
        return written
    names = index.initials.get(token.text[0], [])
    close = process.extract(token.text, names, scorer=OSA.distance, score_cutoff=1, limit=3)
    meant = {index.singles[name] for name, _, _ in close} - set(written.tickers)
    return replace(written, tickers=tuple(sorted({*written.tickers, *meant})))


def _quantifier(word: str) -> bool:
    """Whether a short word may be a slip of `all` or `any`, which must never become a company."""
    return any(
        word != one and (sorted(word) == sorted(one) or word in {one[1:], one[:-1], one[0] + one[2:]}) for one in ALL
    )


def _loose(tokens: Sequence[Token], at: int, index: Companies, vocabulary: frozenset[str]) -> list[tuple[int, Company]]:
    """The first word of several names (General …), or a name with a slip of the finger."""
    word = tokens[at].text
    if tokens[at].kind != "word" or len(word) < SHORTEST_FUZZY:
        return []
    if word in index.openings and word not in index.worded:
        return [(at + 1, Company(tuple(sorted(index.openings[word]))))]
    if word in vocabulary or word in index.common:
        return []
    plural = index.singles.get(word.removesuffix("s"))
    if plural:
        return [(at + 1, Company((plural,)))]
    return _repaired(word, at, index)


def _repaired(word: str, at: int, index: Companies) -> list[tuple[int, Company]]:
    names = index.initials.get(word[0], [])
    allowed = 1 if len(word) < 8 else 2
    close = process.extract(word, names, scorer=OSA.distance, score_cutoff=allowed, limit=3)
    if not close:
        return []
    best = min(distance for _, distance, _ in close)
    if process.extractOne(word, index.worded, scorer=OSA.distance, score_cutoff=best) is not None:
        return []  # as near to a word of ours
    tickers = {index.singles[name] for name, distance, _ in close if distance <= best}
    return [(at + 1, Company(tuple(sorted(tickers)), int(best)))]


def lists_from(
    ones: Mapping[int, Sequence[tuple[int, One]]], tokens: Sequence[Token], at: int
) -> list[tuple[int, tuple[One, ...]]]:
    """Every list that starts at `at`: Apple · Apple and Coke · AMD, INTC and Costco."""
    return [(end, named) for end, named, _ in _lists(ones, tokens, at)]


def _lists(
    ones: Mapping[int, Sequence[tuple[int, One]]], tokens: Sequence[Token], at: int
) -> list[tuple[int, tuple[One, ...], bool]]:
    """End, what is named, and whether a comma or an `and` joins it; spoken lists have one before the last only."""
    lists: list[tuple[int, tuple[One, ...], bool]] = []
    for end, one in ones.get(at, ()):
        lists.append((end, (one,), False))
        after = end + 1 if end < len(tokens) and tokens[end].text in JOINERS else end
        joined = after > end or (end < len(tokens) and bool(tokens[end].before))
        if after in ones:
            rest = _lists(ones, tokens, after)
            lists.extend((last, (one, *more), True) for last, more, tied in rest if joined or tied)
    return lists
