"""Every property has its tests, and the page that lists them is made from them."""

from tests.house.properties import PAGE, WORDS, held, page

WANTED = {*range(1, 30), *range(31, 36), 37, 38, 40}


def test_every_property_is_held_and_has_words() -> None:
    assert set(held()) == set(WORDS) == WANTED


def test_the_page_is_made_from_the_tests() -> None:
    """Else: `uv run python -m tests.house.properties`."""
    assert PAGE.read_text(encoding="utf-8") == page()
