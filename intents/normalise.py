"""A message as words: lower case, contractions written out, every word with its place in the original text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from intents.phrases import PhraseTable

THOUSAND: Final = 3  # digits that a mark parts from those before
LONGEST: Final = 600  # characters; what people say is shorter, and time grows with length
MARKUP: Final = re.compile(r"[<>{}\[\]`|\\]|\$\(|://|--\s*$|\.\./")
WEBHOOK: Final = re.compile(r"\bweb ?hook\b", re.IGNORECASE)
LINK: Final = re.compile(r"(?<!\S)https?://(?=[\w-]+(?:\.[\w-]+)+(?::\d+)?/)", re.IGNORECASE)
QUOTED: Final = re.compile(r"[\"“”«»„]|(?<!\w)['‘][^']{3,}['’](?!\w)")  # noqa: RUF001 - quotes
QUESTION: Final = re.compile(r"\?[\s!?.]*$")
ALLOWED_CONTROLS: Final = "\n\t\r\u200d\ufe0f"
TOKEN: Final = re.compile(
    r"""
      (?P<date>\d{4}-\d{2}-\d{2})
    | (?P<clock>\d{1,2}(?::\d{2})?\s?[ap]\.?\s?m\b\.?|\d{1,2}:\d{2}(?!\w))
    | (?P<ordinal>\d{1,3}(?:st|nd|rd|th)\b)
    | (?P<cash>\$[a-z]{1,5}(?:[.\-][a-z])?\b)
    | (?P<number>(?:(?<![\w%])[-+−]\s?)?(?:[$\u00a2-\u00a5\u20a0-\u20bf]\s?)?(?:\.(?=\d))?\d+(?:[.,]\d+)*(?:k|m|bn)?
        (?![\w])(?:%|\s?\$(?!\w)|\s?[\u2030\u2031\u00b0\u00a2-\u00a5\u20a0-\u20bf])?)
    | (?P<word>[^\W_]+(?:['&][^\W_]+)+|[a-z]{1,4}\.[ab]\b|p/l|[^\W_]+|%|&|=)
    | (?P<mark>[,;:.!?…\-–—/+]+)
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number, date or clock time; `start` and `end` are its place in the original text.

    `kind` is word, number, date, clock, ordinal or cash ($NVDA); `before` holds the marks that stand before it;
    `capital` says that it was written in capitals inside a sentence that is not all capitals.
    """

    text: str
    start: int
    end: int
    kind: str = "word"
    before: str = ""
    capital: bool = False


COMMA: Final = re.compile(TOKEN.pattern.replace(r"(?:%|\s?[", r"(?:%|\s?\$(?![\w$])|\s?["), re.VERBOSE | re.IGNORECASE)
"""The same where decimals begin with a comma: there the dollar stands behind."""
GROUPED: Final = re.compile(r"\d{1,3}(?:\.\d{3})+")


class Spelling(dict[str, tuple[str, ...]]):
    """How a language is written: written forms and the words that they stand for (don't → do not).

    `letters` are written as others, too (ü as ue); with a `comma` decimals begin with one, and points part thousands.
    """

    def __init__(
        self,
        words: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
        letters: Mapping[str, str] = MappingProxyType({}),
        *,
        comma: bool = False,
    ) -> None:
        super().__init__(words)
        self.letters, self.comma = str.maketrans(dict(letters)), comma

    def folded(self, text: str) -> str:
        """The text in the letters that all of them can be written as."""
        return text.translate(self.letters) if self.letters and not text.isascii() else text


@dataclass(frozen=True, slots=True)
class Utterance:
    """A message after normalising; `refusal` is a code when it is not read at all."""

    tokens: tuple[Token, ...]
    question: bool = False
    quoted: bool = False
    refusal: str | None = None


def refusal(text: str) -> str | None:
    """Why a text is not read at all: too long, markup, hidden or foreign characters."""
    if len(text) > LONGEST:
        return "too_long"
    if MARKUP.search(_linked(text)):
        return "markup"
    return None if text.isascii() and text.isprintable() else _odd(text)


def _linked(text: str) -> str:
    """The text without what one web address begins with, where it is about a webhook: there it is meant."""
    links = LINK.findall(text)
    return LINK.sub("", text) if len(links) == 1 and WEBHOOK.search(text) else text


def _odd(text: str) -> str | None:
    for char in text:
        if char.isalpha():
            if not unicodedata.name(char, "").startswith(("LATIN", "FULLWIDTH LATIN", "FEMININE", "MASCULINE")):
                return "other_script"
        elif unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs"} and char not in ALLOWED_CONTROLS:
            return "hidden_characters"
    return None


def normalise(text: str, spell: Spelling) -> Utterance:
    """The words of `text`, as its language is written."""
    code = refusal(text)
    if code is not None:
        return Utterance((), refusal=code)
    folded = _folded(text)
    quoted = bool(QUOTED.search(folded))
    return Utterance(tuple(_tokens(folded, spell)), bool(QUESTION.search(folded)), quoted)


def _folded(text: str) -> str:
    """NFKC, plain apostrophes; keeps every place where NFKC changes no length, and raised digits as they are."""
    if text.isascii():
        return text
    return "".join(map(_plain, text)).replace("’", "'").replace("‘", "'").replace("´", "'")  # noqa: RUF001


def _plain(char: str) -> str:
    part = unicodedata.normalize("NFKC", char)
    return char if len(part) != 1 or unicodedata.category(char) == "No" else part


def _tokens(text: str, spell: Spelling) -> list[Token]:
    shouted = _shouted(text)
    tokens: list[Token] = []
    before = ""
    for found in (COMMA if spell.comma else TOKEN).finditer(text):
        kind = found.lastgroup or "word"
        if kind == "mark":
            before += found.group()
            continue
        tokens.extend(_spelt(found, kind, before, spell, shouted=shouted))
        before = ""
    return tokens


def _shouted(text: str) -> bool:
    """Whether most of it is in capitals."""
    if text[1:].islower():
        return False
    letters = sum(map(str.isalpha, text))
    return sum(map(str.isupper, text)) > 0.7 * letters and letters > 5


def _spelt(found: re.Match[str], kind: str, before: str, spell: Spelling, *, shouted: bool) -> list[Token]:
    raw = found.group()
    capital = raw.isupper() and not shouted and raw.isascii()
    if kind != "word":
        text = re.sub(r"\s+", "", raw).lower()
        text = _with_point(text) if kind == "number" and spell.comma else text
        return [Token(text, found.start(), found.end(), kind, before, capital)]
    text = spell.folded(raw.lower())
    words = spell.get(text)
    if words is None:
        words = spell.get(text[:-2], (text[:-2],)) if text.endswith("'s") else (text,)
    if len(words) == 1:
        return [Token(words[0], found.start(), found.end(), kind, before, capital)]
    return [
        Token(word, found.start(), found.end(), kind, before if place == 0 else "") for place, word in enumerate(words)
    ]


def _with_point(text: str) -> str:
    """A number with a decimal comma as it is written with a point; what may be either keeps its comma and is odd."""
    whole, _, decimals = text.partition(",")
    digits = whole.lstrip("-+−$")
    if "." in digits and not GROUPED.fullmatch(digits if decimals else digits.rstrip("%$")):
        return text.replace(".", ",")
    thousand = len(decimals.rstrip("%$")) == THOUSAND and "." not in digits and digits != "0"
    if thousand:  # 1,250 by whoever thinks in English
        return text.replace(",", ",,")
    return text if "," in decimals else whole.replace(".", ",") + ("." + decimals if decimals else "")


def rejoined(tokens: Sequence[Token], phrases: PhraseTable) -> list[Token]:
    """Tokens with spellings in several words made one (watch list → watchlist)."""
    texts = tuple(token.text for token in tokens)
    if phrases.firsts.isdisjoint(texts):
        return list(tokens)
    made: list[Token] = []
    place = 0
    while place < len(tokens):
        found = phrases.at(texts, place)
        if found:
            end, single = found[0]
            made.append(Token(single, tokens[place].start, tokens[end - 1].end, "word", tokens[place].before))
            place = end
        else:
            made.append(tokens[place])
            place += 1
    return made
