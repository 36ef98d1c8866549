"""Letting people in: one-time codes, who may try how often, and the one hint that strangers get."""

import hashlib
import re
import secrets
from typing import Final

from engine.ports import Limit, Limiter
from engine.ports.limiter import rate

ALPHABET: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without letters and digits that are taken for each other: I, L, O, 0, 1."""

LENGTH: Final = 8
TRIES: Final = Limit(5, 3600)
HINTS: Final = Limit(1, 60)

LONGEST_NAME: Final = 40
HALF: Final = f"[{ALPHABET}]{{{LENGTH // 2}}}"
ALONE: Final = re.compile(rf"\s*({HALF})[-\u2010-\u2015]({HALF})\s*", re.IGNORECASE)
AFTER_PAIR: Final = re.compile(rf"\bpair\b.*?\b({HALF})[-\u2010-\u2015 ]?({HALF})\s*$", re.IGNORECASE | re.DOTALL)
BARE: Final = re.compile(rf"\s*({HALF}) ?({HALF})\s*", re.IGNORECASE)


def new_code() -> str:
    """A code such as `ABCD-EFGH`, which nobody can guess."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return f"{letters[: LENGTH // 2]}-{letters[LENGTH // 2 :]}"


def hashed(code: str) -> str:
    """What is kept of a code: SHA-256 in hex of its letters and digits, however they were written."""
    return hashlib.sha256(re.sub(r"[^A-Z0-9]", "", code.upper()).encode()).hexdigest()


def code_in(text: str, *, stranger: bool) -> str | None:
    """The pairing code that a message is, or that stands after the word "pair"; None where there is none.

    Only from a stranger eight letters without a dash count as well: from anybody else they may be a word.
    """
    found = ALONE.fullmatch(text) or AFTER_PAIR.search(text) or (BARE.fullmatch(text) if stranger else None)
    return f"{found[1]}-{found[2]}".upper() if found else None


def without_codes(text: str) -> str:
    """The text with whatever may be a pairing code taken out, to be kept."""
    found = ALONE.search(text) or AFTER_PAIR.search(text)
    return text if found is None else f"{text[: found.start(1)]}…{text[found.end(2) :]}"


def display_name(name: str) -> str:
    """A name as its channel gives it, fit to be shown: one short line that cannot pass for somebody's id."""
    shown = "".join(" " if not letter.isprintable() else letter for letter in name.replace(":", " "))
    return " ".join(shown.split())[:LONGEST_NAME].rstrip()


class Doorstep:
    """Who stands before the door, what they were told, and how often they tried codes; counted by `limiter`."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter

    async def may_hint(self, person: str) -> bool:
        """Whether this stranger is due another hint how to be let in: one a minute at most."""
        return await self._limiter.allow(rate("hint", person), HINTS) is None

    async def may_try(self, person: str) -> bool:
        """Whether this person may try a code, which counts as tried: five within any hour."""
        return await self._limiter.allow(rate("pair", person), TRIES) is None
