from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.phrases import PhraseError, Phrases, check, facts_of
from bot.render import Reader
from engine.core.journal import plain
from engine.core.preferences import FIELDS, valued
from engine.core.words import Skip, Tier

NAMES = {"KO": "Coca-Cola", "AAPL": "Apple", "XOM": "Exxon Mobil"}
READER = Reader(lambda ticker: NAMES.get(ticker, ticker))
OPEN = datetime(2020, 2, 3, 14, 45, tzinfo=UTC)


def said(template: str, **facts: Any) -> tuple[str, str]:
    return Phrases({"key": template}, READER).say("key", facts)


@pytest.mark.parametrize(
    ("unit", "value", "text", "speech"),
    [
        ("money", 12_345_000, "$1,234.50", "one thousand two hundred thirty-four dollars and fifty cents"),
        ("money", -123_000, "−$12.30", "minus twelve dollars and thirty cents"),
        ("money", 1_000_000, "$100.00", "one hundred dollars"),
        ("money", 10_100, "$1.01", "one dollar and one cent"),
        ("money", -49, "$0.00", "zero dollars"),
        ("signed", 123_000, "+$12.30", "plus twelve dollars and thirty cents"),
        ("signed", -5_000, "−$0.50", "minus fifty cents"),
        ("signed", 0, "$0.00", "zero dollars"),
        ("price", 582_000, "$58.20", "fifty-eight dollars and twenty cents"),
        ("price", 582_049, "$58.20", "fifty-eight dollars and twenty cents"),
        ("price", 1_234, "$0.1234", "twelve point three four cents"),
        ("price", 5_000, "$0.50", "fifty cents"),
        ("dollars", Decimal(25), "$25.00", "twenty-five dollars"),
        ("pct", 0.024, "2.4%", "two point four percent"),
        ("pct", 0.2, "20%", "twenty percent"),
        ("pct", -0.0043, "−0.43%", "minus zero point four three percent"),
        ("pct", -0.000001, "0%", "zero percent"),
        ("signed_pct", 0.0105, "+1.05%", "plus one point zero five percent"),
        ("percent", 2.5, "2.5%", "two point five percent"),
        ("number", 1.5, "1.5", "one point five"),
        ("shares", 12, "12 shares", "twelve shares"),
        ("shares", 1, "1 share", "one share"),
        ("count", 1200, "1,200", "one thousand two hundred"),
        ("count position", 3, "3 positions", "three positions"),
        ("count position", 0, "0 positions", "no positions"),
        ("count entry|entries", 2, "2 entries", "two entries"),
        ("time", OPEN, "Mon 3 Feb 09:45", "Monday the third of February at nine forty-five in the morning"),
        (
            "time",
            "2020-02-03T20:00:00+00:00",
            "Mon 3 Feb 15:00",
            "Monday the third of February at three o'clock in the afternoon",
        ),
        ("clock", datetime(2020, 2, 3, 17, tzinfo=UTC), "12:00", "noon"),
        ("clock", datetime(2020, 2, 4, 0, 5, tzinfo=UTC), "19:05", "seven oh five in the evening"),
        ("day", date(2020, 2, 21), "Fri 21 Feb 2020", "Friday the twenty-first of February twenty twenty"),
        ("day", "2020-02-12", "Wed 12 Feb 2020", "Wednesday the twelfth of February twenty twenty"),
        ("day", datetime(2020, 2, 4, 1, tzinfo=UTC), "Mon 3 Feb 2020", "Monday the third of February twenty twenty"),
        ("duration", 7500, "2 h 5 min", "two hours and five minutes"),
        ("duration", timedelta(days=1), "1 day", "one day"),
        ("duration", 45, "45 s", "forty-five seconds"),
        ("duration", 0, "0 s", "no time"),
        ("list", ["AAPL", "KO", "XOM"], "AAPL, KO and XOM", "Apple, Coca-Cola and Exxon Mobil"),
        ("list", ("information_technology",), "information technology", "information technology"),
        ("ticker", "KO", "KO", "Coca-Cola"),
        ("company", "KO", "Coca-Cola (KO)", "Coca-Cola"),
        ("company", "BRK.B", "BRK.B", "B R K B"),
        ("word", "daily_loss", "daily loss", "daily loss"),
        ("word", Skip.LOW_CONFIDENCE, "low confidence", "low confidence"),
        ("word", Tier.MODERATE, "moderate", "moderate"),
        ("word", False, "off", "off"),
        ("field", "risk.daily_loss_limit_pct", "daily loss limit", "daily loss limit"),
        ("setting", {"value": 3, "unit": "percent"}, "3%", "three percent"),
        ("setting", {"value": Decimal(25), "unit": "dollars"}, "$25.00", "twenty-five dollars"),
        ("setting", {"value": 0.8, "unit": "fraction"}, "80%", "eighty percent"),
        ("setting", {"value": 5, "unit": "minutes"}, "5 min", "five minutes"),
        ("setting", None, "none", "none"),
        ("setting", True, "on", "on"),
        ("setting", (), "none", "none"),
        ("setting", Tier.AGGRESSIVE, "aggressive", "aggressive"),
        ("setting", False, "off", "off"),
        ("setting", "watchlist_only", "watchlist only", "watchlist only"),
        ("setting", "18:05", "18:05", "six oh five in the evening"),
        (
            "setting",
            {"start": "22:00", "end": "07:30"},
            "22:00 to 07:30",
            "ten o'clock in the evening to seven thirty in the morning",
        ),
        ("setting", "America/New_York", "New York", "New York"),
        ("setting", "UTC", "UTC", "U T C"),
        ("setting", "KO", "KO", "Coca-Cola"),
        ("setting", "en", "English", "English"),
        ("setting", {"value": 90, "unit": "seconds"}, "1 min 30 s", "one minute and thirty seconds"),
        ("setting", {"value": 30, "unit": "days"}, "30 days", "thirty days"),
        ("setting", ["energy", "health_care"], "energy and health care", "energy and health care"),
        ("setting", ["etfs", "reits"], "ETFs and REITs", "ETFs and REITs"),
        ("setting", {"sms": "+1", "email": "a@b"}, "email and text message", "email and text message"),
        ("setting", {"value": {}, "unit": None}, "none", "none"),
        ("setting", [{"event_type": "stop_hit"}], "1 rule", "one rule"),
        ("setting", Decimal("1.5"), "1.5", "one point five"),
        ("field", "trading.excluded_tickers", "excluded companies", "excluded companies"),
        ("field", "market_data.refresh_seconds", "time between prices", "time between prices"),
        ("zone", "America/Argentina/Buenos_Aires", "Buenos Aires", "Buenos Aires"),
        ("", "as it_is", "as it_is", "as it_is"),
        ("", 12, "12", "twelve"),
    ],
)
def test_each_unit_is_written_and_spoken(unit: str, value: object, text: str, speech: str) -> None:
    assert said(f"{{fact:{unit}}}", fact=value) == (text, speech)


def test_times_are_the_readers_own() -> None:
    phrases = Phrases({"key": "{at:time}"}, Reader(zone=lambda: ZoneInfo("Asia/Tokyo")))
    assert phrases.say("key", {"at": OPEN}).text == "Mon 3 Feb 23:45"


@pytest.mark.parametrize("path", list(FIELDS))
def test_every_setting_has_a_name_and_a_value_to_read_and_to_hear(path: str) -> None:
    value = valued(path, plain(FIELDS[path].default))
    text, speech = said("{field:field} is {value:setting}", field=path, value=value)
    assert not set("_{}[]'") & set(text), text
    assert not set("_{}[]'/$%") & set(speech), speech


def test_an_optional_part_goes_with_its_fact() -> None:
    template = "Sold[[ at {price:price}]][[, with {n:count} left]]."
    assert said(template, price=None)[0] == "Sold."
    assert said(template, price=500_000)[0] == "Sold at $50.00."
    assert said(template, price=500_000, n=0)[0] == "Sold at $50.00, with 0 left."
    assert said("All[[: {tickers:list}]]", tickers=[])[0] == "All"


def test_rows_are_lines_with_the_facts_around_them() -> None:
    entry = {"text": "{n:count position}:\n{rows}", "row": "{mark}{ticker:ticker} · {cost:money}[[ · {note}]]"}
    facts = {
        "n": 2,
        "mark": "#",
        "rows": [{"ticker": "KO", "cost": 10_000}, {"ticker": "AAPL", "cost": 0, "note": "new"}],
    }
    text, speech = Phrases({"key": entry}, READER).say("key", facts)
    assert text == "2 positions:\n#KO · $1.00\n#AAPL · $0.00 · new"
    assert speech == "two positions: #Coca-Cola, one dollar. #Apple, zero dollars, new"


def test_speech_is_its_own_sentence_or_the_text_without_symbols() -> None:
    own = {"text": "{a:money}", "speech": "You have {a:money}."}
    assert Phrases({"key": own}).say("key", {"a": 10_000}).speech == "You have one dollar."
    assert said("PAPER · stop {old:price} → {new:price}\nDone", old=10_000, new=20_000)[1] == (
        "paper, stop one dollar to two dollars. Done"
    )


@pytest.mark.parametrize(
    ("template", "facts"),
    [
        ("{a:money}", {}),
        ("{a:money}", {"a": None}),
        ("{a:money}", {"a": "much"}),
        ("{a:nothing}", {"a": 1}),
        ("{rows}", {"rows": [{}]}),
    ],
)
def test_a_sentence_that_cannot_be_said_is_a_bug(template: str, facts: dict[str, object]) -> None:
    with pytest.raises(PhraseError, match=r"^key: "):
        said(template, **facts)


def test_a_missing_key_is_a_bug() -> None:
    with pytest.raises(PhraseError, match=r"^stop\.moved: there is no such phrase"):
        Phrases({}).say("stop.moved")


def test_check_names_what_cannot_be_read() -> None:
    phrases = Phrases(
        {
            "good": {"text": "{a:money}[[ {b:count share}]]", "speech": "yes"},
            "unit": "{a:monney}",
            "braces": "{a",
            "name": "{a.b:money}",
            "rows": "{rows}",
            "part": {"text": "x", "spech": "y"},
            "none": {"speech": "x"},
        }
    )
    assert [line.split(":")[0] for line in check(phrases)] == ["unit", "braces", "name", "rows", "part", "none"]
    assert check(phrases)[0] == "unit: monney is not a unit (a in text)"


def test_needed_facts_are_known() -> None:
    assert facts_of(Phrases({"key": "{a:money} {b}[[ {c}]]"}), "key") == {"a", "b"}


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "phrases.yaml").write_text("greet: Hello.\nbye:\n  text: Bye.\n", encoding="utf-8")
    phrases = Phrases.load(tmp_path / "phrases.yaml")
    assert phrases.say("bye") == ("Bye.", "Bye.")
    assert list(phrases) == ["greet", "bye"]
    assert "greet" in phrases


@given(st.integers(-(10**16), 10**16), st.floats(-100, 100), st.integers(-(10**9), 10**9))
def test_speech_has_no_symbols(amount: int, fraction: float, count: int) -> None:
    template = "{a:money} {a:signed} {a:price} {f:pct} {f:number} {n:count} {n:shares}"
    speech = said(template, a=amount, f=fraction, n=count)[1]
    assert set(speech) <= set("abcdefghijklmnopqrstuvwxyz- ")


@pytest.mark.parametrize(
    ("names", "said_of_them"),
    [
        (["KO"], "Sold: KO."),
        (["KO", "PEP"], "Sold: KO and PEP."),
        (["KO", "PEP", "GE"], "Sold: KO, PEP and GE."),
        (["KO, half", "PEP"], "Sold: KO, half; PEP."),
    ],
)
def test_rows_that_a_sentence_goes_on_to_are_a_list_within_it(names: list[str], said_of_them: str) -> None:
    rows = [{"name": name} for name in names]
    phrases = Phrases({"key": {"text": "Sold: {rows}.", "row": "{name}"}})
    assert phrases.say("key", {"rows": rows}).text == said_of_them


def test_a_count_of_times_is_said_as_people_say_it() -> None:
    assert [said("left alone {n:times}", n=n)[0] for n in (1, 2, 3)] == [
        "left alone once",
        "left alone twice",
        "left alone 3 times",
    ]
