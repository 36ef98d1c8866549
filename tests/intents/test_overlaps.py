"""Words that two intents could own, and words that are doubted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from intents.load import load_language
from intents.overlaps import Overlaps, read_overlaps
from intents.parser import parse
from intents.result import Request
from intents.rows import context_of
from intents.verdict import doubted
from tests.intents.conftest import scene_of_rows

if TYPE_CHECKING:
    from intents.context import Context
    from intents.load import Language

LANGUAGE = load_language()
SCENE = context_of({**scene_of_rows(), "watchlist": (), "positions": ()})
INTENTS = sorted(LANGUAGE.contract)


def overlaps() -> Overlaps:
    return read_overlaps({"meant": {"pause": ["set_autonomy"]}, "asked": [["cancel", "reject"]]})


def test_an_intent_yields_to_the_one_above_it() -> None:
    assert overlaps().meant(["set_autonomy", "pause"]) == {"pause"}


def test_an_intent_that_stands_alone_keeps_its_words() -> None:
    assert overlaps().meant(["set_autonomy"]) == {"set_autonomy"}


def test_a_pair_that_is_asked_back_is_settled_and_another_is_not() -> None:
    assert overlaps().settled(["reject", "cancel"])
    assert not overlaps().settled(["reject", "pause"])


def test_only_intents_of_the_contract_overlap(language: Language) -> None:
    known = language.lists.overlaps
    named = {*known.above, *(one for winners in known.above.values() for one in winners)}
    assert named | {one for pair in known.asked for one in pair} <= set(language.contract)


@given(st.sets(st.sampled_from(INTENTS), min_size=1, max_size=4))
def test_whatever_could_be_meant_something_is_left(intents: set[str]) -> None:
    meant = LANGUAGE.lists.overlaps.meant(intents)
    assert meant
    assert meant <= intents


@settings(max_examples=60, deadline=None)
@given(ticker=st.sampled_from(sorted(LANGUAGE.companies.tickers)))
def test_a_word_in_small_letters_that_is_no_name_approves_no_ticker(ticker: str) -> None:
    parsed = parse(f"let's do {ticker.lower()} trades", SCENE, LANGUAGE)
    plain = not LANGUAGE.companies.names.at([ticker.lower()], 0)
    asked = any(one.intent == "approve" and ticker in one.slots.get("tickers", ()) for one in parsed.requests)
    assert not (plain and asked)


def test_words_that_were_repaired_give_no_yes_and_nothing_grave(language: Language) -> None:
    assert doubted(Request("approve", {}, 0.9), language)
    assert doubted(Request("reset_paper_account", {}, 0.9), language)
    assert not doubted(Request("approve", {}, 1.0), language)
    assert not doubted(Request("watch", {"tickers": ["AMD"]}, 0.9), language)


def test_what_stands_beside_a_doubted_name_is_kept(scene: Context, language: Language) -> None:
    parsed = parse("make annna a viewer", scene, language)
    assert (parsed.status, parsed.missing, parsed.why) == ("clarify", ("person",), "doubtful")
    assert parsed.candidates == (Request("set_role", {"role": "viewer"}),)
