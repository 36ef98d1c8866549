"""Help is the contract, said aloud; what buttons say is understood."""

import pytest

from bot.answers import rendered
from bot.help import SUBJECTS, about, help_facts, reading, values
from bot.phrases import Phrases
from intents.context import Context, Question
from intents.parser import parse
from intents.result import Request
from skills.skill import Say
from tests.journeys.house import NOON, the_language

PHRASES = Phrases.load()
BUTTONS = sorted(key for key in PHRASES if key.startswith("button.") and key.endswith(".says"))


def helped(topic: str | None) -> Say:
    key = "help.all" if topic is None else "help.topic"
    return help_facts(Say(key, {"topic": topic}), the_language())


def test_every_intent_is_under_one_subject() -> None:
    """But greetings, thanks and help itself."""
    under = [intent for intents in SUBJECTS.values() for intent in intents]
    wanted = {name for name, spec in the_language().contract.items() if spec.harm != "dialogue"}
    assert sorted(under) == sorted(wanted - {"greet", "thank", "help"})


def test_help_alone_has_a_line_for_each_subject_and_is_short() -> None:
    text = rendered(helped(None), PHRASES).text
    lines = text.splitlines()
    assert len(lines) == len(SUBJECTS) + 2 <= 30
    assert max(map(len, lines)) <= 240
    assert lines[1].startswith('  positions: "show my positions", "how much did I make today" and "what is my balance"')


@pytest.mark.parametrize("subject", list(SUBJECTS))
def test_help_with_a_subject_is_understood_and_lists_all_of_it(subject: str) -> None:
    name = PHRASES.say(f"help.subject.{subject}").text
    parsed = parse(f"help with {name}", Context(NOON, "America/New_York"), the_language())
    assert [(one.intent, dict(one.slots)) for one in parsed.requests] == [("help", {"topic": subject})]
    text = rendered(helped(subject), PHRASES).text
    contract = the_language().contract
    assert all(f"  {contract[one].example} – {contract[one].says}" in text for one in SUBJECTS[subject])


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


def test_help_with_packages_says_that_there_are_none() -> None:
    assert helped("outside").key == "help.nothing"


def test_help_with_another_topic_is_about_it() -> None:
    rows = helped("stops").facts["rows"]
    assert "show my stops" in [row["example"] for row in rows]
    assert "show my positions" not in [row["example"] for row in rows]
    assert helped("gardening") == Say("help.nothing", {"topic": "gardening"}, ("help",))
    assert about("positions", "close_position", "sell a holding")


def test_a_request_in_words() -> None:
    language = the_language()
    assert reading(Request("show_pnl", {"period": "last_week"}), language) == "show pnl: last week"
    assert reading(Request("close_position", {"tickers": ["KO", "PEP"]}), language) == "sell KO and PEP"
    assert reading(Request("pause"), language) == "pause"
    assert reading(Request("nothing_of_ours"), language) is None
    assert reading(Request("set_strategy", {"strategy": "momentum", "on": False}), language) == (
        "turn the strategy momentum off"
    )
    assert values({"field": "risk.daily_loss_limit_pct", "value": 2, "unit": None}) == ": daily loss limit, 2"


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (
            Request("set_preference", {"field": "risk.max_position_pct", "value": 20, "unit": "percent"}),
            "set max position to 20%",
        ),
        (Request("set_preference", {"field": "trading.min_confidence", "value": 0.8}), "set minimum confidence to 80%"),
        (Request("set_quiet_hours", {"from": "22:00", "to": "07:00"}), "quiet hours 22:00 to 07:00"),
        (Request("set_quiet_hours", {"on": False}), "no quiet hours"),
        (Request("pick", {"number": 2}), "buy number 2"),
        (
            Request(
                "adjust_preference", {"field": "risk.max_position_pct", "direction": "down", "by": 1, "unit": "percent"}
            ),
            "lower max position by 1%",
        ),
        (Request("buy", {"ticker": "KO", "dollars": 500}), "buy $500.00 of KO"),
        (Request("sell", {"ticker": "KO", "shares": 3}), "sell 3 shares of KO"),
        (Request("set_stop", {"ticker": "KO", "percent": 8}), "set the stop of KO 8% below the price"),
    ],
)
def test_a_reading_is_a_sentence_with_its_units(request_: Request, said: str) -> None:
    assert reading(request_, the_language()) == said
