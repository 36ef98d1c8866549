"""docs/redis.md names every key that the code has, and no other."""

import inspect
import re
from types import FunctionType

from engine.adapters.redis import keys
from tests.house.tree import text

PAGES = ("docs/redis.md", "docs/broker-queue.md")
NO_KEYS = {"breaker", "value", "limited"}
"""The name of a field, what stands under a key, and what two keys begin with."""


def keys_of_the_code() -> set[str]:
    """Each key as pages write it, with the names of what varies in braces."""
    fixed = {value for value in vars(keys).values() if isinstance(value, str) and value.startswith("stonks:")}
    made = {
        function(*(f"{{{name}}}" for name in inspect.signature(function).parameters))
        for name, function in vars(keys).items()
        if isinstance(function, FunctionType) and function.__module__ == keys.__name__ and name not in NO_KEYS
    }
    return fixed | made


def test_the_pages_name_every_key_and_no_other() -> None:
    named = {key for page in PAGES for key in re.findall(r"`(stonks:[\w:{}]+)`", text(page))}

    assert named == keys_of_the_code()


def test_the_page_tells_versions_and_lives_as_they_are() -> None:
    page = text("docs/redis.md")

    assert f'`"v": {keys.VERSION}`' in page
    assert (keys.DEDUPE_S, keys.STREAM_LENGTH) == (24 * 3600, 10_000)
    assert keys.WHOLE_S == 15
    assert "| 24 h |" in page
    assert "| 15 s |" in page
    assert "about the newest 10,000" in page
