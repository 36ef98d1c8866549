"""What a turn leaves behind for the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from intents.context import follow
from intents.evaluate import hear
from intents.parser import parse
from intents.result import Request, as_json
from intents.slots import Gap, fill

if TYPE_CHECKING:
    from intents.context import Context
    from intents.load import Language


def after(context: Context, language: Language, *texts: str) -> Context:
    for text in texts:
        context = follow(context, parse(text, context, language), language)
    return context


def test_a_riskier_request_is_held_until_a_yes(language: Language, scene: Context) -> None:
    held = after(scene, language, "resume trading")
    assert held.held == (Request("resume", {}),)
    assert after(held, language, "yes").held == ()


def test_a_look_leaves_what_is_held(language: Language, scene: Context) -> None:
    assert after(scene, language, "resume trading", "show my positions").held == (Request("resume", {}),)


def test_a_correction_replaces_what_is_held(language: Language, scene: Context) -> None:
    held = after(scene, language, "set my daily loss limit to 2%", "3% rather").held
    assert [one.slots["value"] for one in held] == [3]


def test_an_open_question_holds_the_half_filled_request(language: Language, scene: Context) -> None:
    asked = after(scene, language, "set my daily loss limit").question
    assert asked is not None
    assert asked.missing == ("value",)
    assert asked.candidates == (Request("set_preference", {"field": "risk.daily_loss_limit_pct"}),)


def test_what_is_not_understood_leaves_no_trace(language: Language, scene: Context) -> None:
    held = after(scene, language, "resume trading")
    assert after(held, language, "play some jazz in the kitchen") == held


def test_a_yes_where_nothing_is_open_is_asked_back(language: Language, scene: Context) -> None:
    parsed = parse("yes", after(scene, language, "show my positions"), language)
    assert (parsed.status, parsed.why) == ("clarify", "nothing_open")


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("go conservative until Friday", "2026-03-13T00:00:00-04:00"),
        ("autonomy auto for two hours", "2026-03-11T16:30:00-04:00"),
        ("max drawdown 5% until tomorrow at 9am", "2026-03-12T09:00:00-04:00"),
        ("trade after hours until Friday", "2026-03-13T00:00:00-04:00"),
        ("go conservative until further notice", None),
    ],
)
def test_a_setting_may_hold_for_a_time(text: str, until: str | None, language: Language, scene: Context) -> None:
    (request,) = parse(text, scene, language).requests
    assert request.slots.get("until") == until


def test_a_time_that_cannot_be_kept_is_asked_back(language: Language) -> None:
    asked = fill("adjust_preference", {"field": "trading.risk_tolerance", "direction": "down", "until": "x"}, language)
    assert isinstance(asked, Gap)
    assert asked.why == "until_not_supported"


def test_the_reading_as_json(language: Language, scene: Context) -> None:
    assert as_json(parse("watch Tesla and AMD", scene, language)) == {
        "text": "watch Tesla and AMD",
        "status": "ok",
        "requests": [{"intent": "watch", "slots": {"tickers": ["AMD", "TSLA"]}, "confidence": 1.0}],
        "missing": [],
        "candidates": [],
        "why": None,
    }


def test_a_bare_number_picks_among_readings_offered(language: Language, scene: Context) -> None:
    offered = follow(scene, parse("watch berkshire", scene, language), language)
    (picked,) = parse("2", offered, language).requests
    assert picked.same(Request("pick", {"number": 2}))
    assert parse("3", offered, language).status != "ok"
    assert parse("2", scene, language).status != "ok"


@pytest.mark.parametrize("text", ["set my daily loss limit to 2\u00b2%", "set max positions to 5\u00b2"])
def test_a_raised_digit_is_no_further_digit(text: str, language: Language, scene: Context) -> None:
    assert parse(text, scene, language).status != "ok"


@pytest.mark.parametrize("text", ["to the reserve", "turn it back on", "until friday", "make it apple"])
def test_nothing_is_said_to_be_waiting_for_no_answer_while_a_question_is(
    text: str, language: Language, scene: Context
) -> None:
    parsed = parse(text, after(scene, language, "resume trading"), language)
    assert parsed.status != "ok"
    assert parsed.why != "nothing_open"


def test_what_is_not_understood_offers_nothing_else_beside_a_held_question(language: Language, scene: Context) -> None:
    parsed = parse("resume tradings position", after(scene, language, "resume trading"), language)
    assert parsed.status != "ok"
    assert parsed.candidates == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("set max positions to 2.5", "whole_number"),
        ("undo the last 0", "whole_number"),
        ("let orders wait a day and a half", None),
        ("set my daily loss limit to 2.0000001%", "too_fine"),
        ("set my minimum confidence to 65.555%", "too_fine"),
        ("take $90,000.005 out", "too_fine"),
        ("set my daily loss limit to 2\u2030", "wrong_unit"),
        ("never lose more than 2% a week", "not_served"),
        ("no more than 100 dollars a position and 20 positions", "partly_unclear"),
        ("set my summary time to 17:00 until friday", "until_not_supported"),
        ("set my time zone to Berlin until friday", "until_not_supported"),
        ("double my daily loss limit", "missing"),
    ],
)
def test_why_a_value_is_asked_back(text: str, why: str | None, language: Language, scene: Context) -> None:
    assert parse(text, scene, language).why == why


@pytest.mark.parametrize(
    ("turns", "slots"),
    [
        (["buy Apple", "10"], {"ticker": "AAPL", "shares": 10}),
        (["buy Apple", "$10"], {"ticker": "AAPL", "dollars": 10}),
        (["buy $400 of Apple", "make it 10"], {"ticker": "AAPL", "dollars": 10}),
        (["buy $400 of Apple", "make it 10 shares"], {"ticker": "AAPL", "shares": 10}),
        (["buy 4 Apple", "make it 10"], {"ticker": "AAPL", "shares": 10}),
        (["buy 4 Apple", "no, $10"], {"ticker": "AAPL", "dollars": 10}),
        (["sell Apple", "a quarter"], {"ticker": "AAPL", "fraction": 0.25}),
        (["sell 4 Apple", "no, all of it"], {"ticker": "AAPL", "fraction": 1.0}),
        (["put a stop on Apple", "150"], {"ticker": "AAPL", "price": 150}),
        (["put a 5% stop on Apple", "make it 7%"], {"ticker": "AAPL", "percent": 7}),
        (["put a 5% stop on Apple", "no, $150"], {"ticker": "AAPL", "price": 150}),
    ],
)
def test_of_a_size_or_level_one_way_of_saying_it_holds(
    turns: list[str], slots: dict[str, object], language: Language, scene: Context
) -> None:
    """A number without a unit stands for what was said before, at first for shares or a price."""
    parsed = hear({"turns": turns}, scene, language)
    assert [dict(one.slots) for one in parsed.requests] == [slots]


def test_a_bare_number_does_not_turn_percent_into_a_price(language: Language, scene: Context) -> None:
    parsed = hear({"turns": ["put a 5% stop on Apple", "make it 7"]}, scene, language)
    assert parsed.status == "clarify"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("buy Apple", ("shares", "dollars")),
        ("buy", ("ticker", "shares", "dollars")),
        ("buy 5", ("ticker",)),
        ("sell Apple", ("shares", "dollars", "fraction")),
        ("move the stop on Coke", ("price", "percent")),
        ("set a stop", ("ticker", "price", "percent")),
    ],
)
def test_what_is_missing_in_an_order_is_asked_for(
    text: str, missing: tuple[str, ...], language: Language, scene: Context
) -> None:
    parsed = parse(text, scene, language)
    assert (parsed.status, parsed.why, parsed.missing) == ("clarify", "missing", missing)
