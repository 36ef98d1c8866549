"""How people say the names of companies and funds; used only when the tables are built."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from engine.core.instruments import Instrument

_LEGAL: Final = frozenset(
    {"inc", "incorporated", "corp", "corporation", "co", "ltd", "limited", "plc", "llc", "lp", "nv", "sa"}
)
_LONG_WINDED: Final = frozenset({"company", "companies", "group", "holdings", "holding"})
_TYPED: Final = str.maketrans({"\N{RIGHT SINGLE QUOTATION MARK}": "'", "\N{EN DASH}": "-", ",": " "})
_PLAIN: Final = str.maketrans({"&": " and ", "-": " ", "'": ""})


def spoken_names(
    instruments: Mapping[str, Instrument], by_hand: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Lower-case names by ticker, the main one first; names by hand stand instead of derived ones.

    A name that two companies share stays with both; one that has no other name also gets its whole name.
    """
    names = {ticker: by_hand.get(ticker) or _derived(one.name) for ticker, one in instruments.items()}
    claims = Counter(name for ours in names.values() for name in set(ours))
    return {
        ticker: _with_variants((*ours, _whole(instruments[ticker].name)) if _shared(ours, claims) else ours)
        for ticker, ours in names.items()
    }


def _shared(names: Iterable[str], claims: Mapping[str, int]) -> bool:
    return all(claims[name] > 1 for name in names)


def _derived(name: str) -> tuple[str, ...]:
    words = _words(re.sub(r"\(.*\)", "", name))
    long = _without_tail(words[1:] if words[0] == "the" else words, _LEGAL)
    short = _without_tail(long, _LEGAL | _LONG_WINDED)
    return tuple(dict.fromkeys((" ".join(short), " ".join(long))))


def _whole(name: str) -> str:
    return " ".join(_words(re.sub(r"[()]", "", name)))


def _words(name: str) -> list[str]:
    text = name.lower().translate(_TYPED)
    # the dot of "wix.com" is said, the dots of "j.b. hunt" are not
    return re.sub(r"\.(?!(com|ai)\b)", " ", text).split()


def _without_tail(words: list[str], tail: frozenset[str]) -> list[str]:
    end = len(words)
    while end > 1 and (words[end - 1] in tail or words[end - 1] == "&"):
        end -= 1
    return words[:end]


def _with_variants(names: Iterable[str]) -> tuple[str, ...]:
    """Each name, followed by how it is typed by someone in a hurry: no accents, no punctuation, "and" for "&"."""
    return tuple(dict.fromkeys(variant for name in names for variant in (name, _plain(name))))


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return " ".join(letters.translate(_PLAIN).split())
