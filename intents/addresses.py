"""Addresses in a message, as they were written: of mail, of a phone, of a web page with or without its https."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from intents.normalise import Token

ADDRESS: Final = re.compile(
    r"""
      [\w.+-]+@[\w-]+(?:\.[\w-]+)+                # anna@example.com
    | \+\d[\d ().-]{6,}\d                         # +1 555 123-4567
    | \b\d{3}[ .-]\d{3}[ .-]\d{4}\b               # 555-123-4567
    | (?:https?://)?\b[\w-]+(?:\.[\w-]+)+(?::\d+)?/[\w./?=&%-]+  # https://hooks.example.com/news
    """,
    re.VERBOSE,
)


def addresses_at(tokens: Sequence[Token], text: str) -> Mapping[int, tuple[int, str]]:
    """Every address, by the place of its first word, with the place after its last."""
    found: dict[int, tuple[int, str]] = {}
    for one in ADDRESS.finditer(text):
        inside = [at for at, token in enumerate(tokens) if one.start() <= token.start and token.end <= one.end()]
        if inside:
            found[inside[0]] = inside[-1] + 1, one.group()
    return found
