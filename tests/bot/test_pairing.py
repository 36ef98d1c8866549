"""Codes that let people in, and how strangers are kept at the door."""

import re
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pairing import ALPHABET, Doorstep, code_in, display_name, hashed, new_code, without_codes
from engine.adapters.memory_limiter import MemoryLimiter
from tests.builders import NOON

codes = st.text(ALPHABET, min_size=8, max_size=8).map(lambda letters: f"{letters[:4]}-{letters[4:]}")


def test_a_code_is_two_times_four_letters_that_nobody_mistakes() -> None:
    made = {new_code() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}", code) for code in made)


def test_only_a_hash_of_it_is_kept() -> None:
    assert hashed("ABCD-EFGH") == "9ac2197d9258257b1ae8463e4214e4cd0a578bc1517f2415928b91be4283fc48"


@given(codes)
def test_a_code_counts_however_it_is_written(code: str) -> None:
    forms = (code, f" {code.lower()} ", f"pair {code}", f"/pair {code.replace('-', '')}", f"Pair me: {code}")
    for form in forms:
        for stranger in (True, False):
            found = code_in(form, stranger=stranger)
            assert found == code
            assert hashed(form.split()[-1]) == hashed(code)


@pytest.mark.parametrize("word", ["payments", "PAYMENTS"])
def test_a_word_is_a_code_only_from_a_stranger(word: str) -> None:
    assert code_in(word, stranger=False) is None
    assert code_in(word, stranger=True) == "PAYM-ENTS"


@pytest.mark.parametrize(
    "text", ["", "status", "my repair ABCD-EFGH is", "ABCD-EFG1", "ABCD-EFGHJ", "show my positions"]
)
def test_other_texts_are_no_codes(text: str) -> None:
    assert code_in(text, stranger=True) is None


@given(codes, st.sampled_from(["{}", "pair {}", "please, pair with {}"]))
def test_a_code_is_not_kept_in_the_journal(code: str, form: str) -> None:
    assert code not in without_codes(form.format(code))


@given(st.text(max_size=200))
def test_a_name_is_one_short_line_that_is_no_id(name: str) -> None:
    shown = display_name(name)
    assert shown.isprintable()
    assert len(shown) <= 40
    assert ":" not in shown
    assert display_name(shown) == shown


def test_a_name_stays_what_it_is() -> None:
    assert display_name("Anna  Maria\n") == "Anna Maria"
    assert display_name("terminal:local") == "terminal local"


class Hand:
    """People's time, which stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def minutes_later(self, minutes: float) -> None:
        self.at = NOON + timedelta(minutes=minutes)


async def test_a_hint_a_minute_for_each() -> None:
    hand = Hand()
    doorstep = Doorstep(MemoryLimiter(hand))
    assert await doorstep.may_hint("a")
    hand.minutes_later(59 / 60)
    assert not await doorstep.may_hint("a")
    assert await doorstep.may_hint("b")
    hand.minutes_later(1)
    assert await doorstep.may_hint("a")
    hand.minutes_later(119 / 60)
    assert not await doorstep.may_hint("a")


async def test_five_codes_an_hour() -> None:
    hand = Hand()
    doorstep = Doorstep(MemoryLimiter(hand))
    for minute in range(5):
        hand.minutes_later(minute)
        assert await doorstep.may_try("a")
    hand.minutes_later(59)
    assert not await doorstep.may_try("a")
    assert await doorstep.may_try("b")
    hand.minutes_later(60)
    assert await doorstep.may_try("a")
    assert not await doorstep.may_try("a")
    hand.minutes_later(61)
    assert await doorstep.may_try("a")
