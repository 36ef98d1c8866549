"""Help is the contract, said aloud; what buttons say is understood."""

import pytest

from bot.help import about, help_facts, reading, values
from bot.phrases import Phrases
from intents.context import Context, Question
from intents.parser import parse
from intents.result import Request
from skills.skill import Say
from tests.journeys.house import NOON, the_language

PHRASES = Phrases.load()
BUTTONS = sorted(key for key in PHRASES if key.startswith("button.") and key.endswith(".says"))


def test_all_of_the_contract_is_in_it() -> None:
    rows = help_facts(Say("help.all", {"topic": None}), the_language()).facts["rows"]
    contract = the_language().contract
    wanted = [(spec.example, spec.says) for spec in contract.values() if spec.harm != "dialogue"]
    assert [(row["example"], row["says"]) for row in rows] == wanted
    text = PHRASES.say("help.all", {"rows": rows}).text
    assert all(example in text for example, _ in wanted)


def test_every_example_means_what_it_stands_for() -> None:
    for intent, spec in the_language().contract.items():
        held = (Request("set_autonomy", {"level": "auto"}), Request("approve", {"tickers": ["AMD"]}))
        question = Question(candidates=(Request("pause"), Request("resume")))
        last = Request("set_preference", {"field": "risk.daily_loss_limit_pct", "value": 2, "unit": "percent"})
        context = Context(NOON, "America/New_York", positions=("AAPL",), held=held, question=question, last=last)
        if intent == "correct":
            context = Context(NOON, "America/New_York", last=last)
        elif spec.harm != "dialogue":
            context = Context(NOON, "America/New_York", positions=("AAPL", "AMD"))
        parsed = parse(spec.example, context, the_language())
        assert parsed.status == "ok", (spec.example, parsed)
        assert parsed.requests[0].intent == ("set_preference" if intent == "correct" else intent)


@pytest.mark.parametrize("key", BUTTONS)
def test_what_a_button_says_is_understood(key: str) -> None:
    held = (Request("set_autonomy", {"level": "auto"}),)
    context = Context(NOON, "America/New_York", held=held, last=Request("show_pnl", {"period": "today"}))
    parsed = parse(PHRASES.say(key).text, context, the_language())
    assert parsed.status == "ok", parsed


def test_every_button_has_something_to_say() -> None:
    labels = {key for key in PHRASES if key.startswith("button.") and not key.endswith(".says")}
    assert {f"{label}.says" for label in labels} == set(BUTTONS)


def test_help_with_a_topic_is_about_it() -> None:
    rows = help_facts(Say("help.topic", {"topic": "watchlist"}), the_language()).facts["rows"]
    assert {row["example"] for row in rows} >= {"show my watchlist", "add Microsoft to my watchlist"}
    assert not any("limits" in row["example"] for row in rows)
    assert help_facts(Say("help.topic", {"topic": "gardening"}), the_language()) == Say(
        "help.nothing", {"topic": "gardening"}, ("help",)
    )
    assert about("positions", "close_position", "sell a holding")


def test_a_request_in_words() -> None:
    language = the_language()
    assert reading(Request("show_pnl", {"period": "last_week"}), language) == "show pnl: last week"
    assert reading(Request("close_position", {"tickers": ["KO", "PEP"]}), language) == "close position: KO and PEP"
    assert reading(Request("pause"), language) == "pause"
    assert reading(Request("nothing_of_ours"), language) is None
    assert values({"field": "risk.daily_loss_limit_pct", "value": 2, "unit": None}) == ": daily loss limit, 2"
