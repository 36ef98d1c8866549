"""How money, percent, times and shares look and sound: the units that a phrase may name, `{loss:pct}`.

Money and prices come as whole ten-thousandths of a dollar, shares of a whole as fractions, instants aware or as ISO
text, durations in seconds. Every unit has two forms: text, and speech without symbols.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from enum import Enum, IntEnum
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from bot import drawing, numerals
from bot.as_written import as_written, exactly, seconds_of, speakable
from bot.locales import Locale
from bot.wording import SPELT, field_name, items_of, kind_of, zone_place
from engine.core.units import DOLLAR

EXCHANGE: Final = ZoneInfo("America/New_York")
CENT: Final = Decimal("0.01")
SPANS: Final = ((86400, "day", "days"), (3600, "h", "h"), (60, "min", "min"), (1, "s", "s"))
SPOKEN_SPANS: Final = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
SPOKEN: Final = {" · ": ", ", "·": ",", "→": "to", " – ": ", ", "–": "to", " = ": ", ", "×": "times", "%": " percent",
                 "&": "and", "PAPER": "paper", "LIVE": "live", "$": "", "•": "", "…": ".", "−": "minus "}  # fmt: skip
SYMBOL: Final = re.compile("|".join(re.escape(symbol) for symbol in SPOKEN))
AMOUNT: Final = re.compile(r"\$(\d[\d,]*(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom we speak to: the names by which he knows companies (the ticker itself if unknown), his time zone now.

    `locale` is how values are written in his language; None in English.
    """

    company: Callable[[str], str] = str
    zone: Callable[[], tzinfo] = lambda: EXCHANGE
    locale: Locale | None = None


class Unit(NamedTuple):
    """A value in text and in speech; both take the value, the rest of the spec after its name, and the reader."""

    text: Callable[[Any, str, Reader], str]
    speech: Callable[[Any, str, Reader], str]


def without_symbols(text: str) -> str:
    """Written words as one would say them."""
    text = AMOUNT.sub(r"\1 dollars", text)
    return SYMBOL.sub(lambda found: SPOKEN[found[0]], text)


def _cents(amount: Any) -> int:  # noqa: ANN401  # ten-thousandths, as a number of any kind
    return int((Decimal(amount) / (DOLLAR // 100)).to_integral_value(ROUND_HALF_EVEN))


def _dollars_text(cents: int, plus: str = "") -> str:
    sign = "−" if cents < 0 else plus if cents else ""
    return f"{sign}${abs(cents) / Decimal(100):,.2f}"


def _signed_speech(cents: int) -> str:
    return ("plus " if cents > 0 else "") + numerals.dollars_and_cents(cents)


def _small_price(amount: int) -> Decimal | None:
    """Cents and their parts, for a price under a dollar that whole cents do not hold."""
    return Decimal(amount) / 100 if abs(amount) < DOLLAR and amount % 100 else None


def _price_text(amount: int) -> str:
    if _small_price(amount) is None:
        return _dollars_text(_cents(amount))
    return f"{'−' if amount < 0 else ''}${abs(Decimal(amount)) / DOLLAR:.4f}".rstrip("0")


def _price_speech(amount: int) -> str:
    part = _small_price(amount)
    return f"{numerals.decimal(part)} cents" if part is not None else numerals.dollars_and_cents(_cents(amount))


def _rounded(number: Any) -> Decimal:  # noqa: ANN401  # a number of any kind
    """To two places, so that what is said can be read; never a negative zero."""
    return Decimal(str(number)).quantize(CENT, ROUND_HALF_EVEN) + 0


def _number_text(number: Any, plus: str = "") -> str:  # noqa: ANN401
    rounded = _rounded(number)
    sign = "−" if rounded < 0 else plus if rounded else ""
    digits = f"{abs(rounded):,.2f}".rstrip("0").rstrip(".")
    return sign + digits


def _percent_speech(number: Any, plus: str = "") -> str:  # noqa: ANN401
    rounded = _rounded(number)
    return f"{plus if rounded > 0 else ''}{numerals.decimal(rounded)} percent"


def _hundredfold(fraction: Any) -> Decimal:  # noqa: ANN401
    return Decimal(str(fraction)) * 100


def _instant(value: datetime | str, reader: Reader) -> datetime:
    when = datetime.fromisoformat(value) if isinstance(value, str) else value
    return when.astimezone(reader.zone())


def _day(value: date | str, reader: Reader) -> date:
    if isinstance(value, str):
        value = date.fromisoformat(value) if len(value) == len("2020-02-03") else datetime.fromisoformat(value)
    return _instant(value, reader).date() if isinstance(value, datetime) else value


def _time_text(value: datetime | str, reader: Reader) -> str:
    when = _instant(value, reader)
    return f"{when:%a} {when.day} {when:%b} {when:%H:%M}"


def _time_speech(value: datetime | str, reader: Reader) -> str:
    when = _instant(value, reader)
    return f"{numerals.day(when)} at {numerals.clock(when)}"


def _day_text(value: date | str, reader: Reader) -> str:
    when = _day(value, reader)
    return f"{when:%a} {when.day} {when:%b %Y}"


def _day_speech(value: date | str, reader: Reader) -> str:
    when = _day(value, reader)
    return f"{numerals.day(when)} {numerals.year(when.year)}"


def _spans(value: timedelta | float) -> list[tuple[int, int]]:
    """The two largest units that are not zero, as places in SPANS with their counts; none under half a second."""
    left = round(value.total_seconds() if isinstance(value, timedelta) else value)
    found = []
    for place, (size, _, _) in enumerate(SPANS):
        count, left = divmod(left, size)
        if count:
            found.append((place, count))
    return found[:2]


def _duration_text(value: timedelta | float) -> str:
    return " ".join(f"{n} {SPANS[at][1 if n == 1 else 2]}" for at, n in _spans(value)) or "0 s"


def _duration_speech(value: timedelta | float) -> str:
    parts = [numerals.counted(n, SPOKEN_SPANS[at][1], f"{SPOKEN_SPANS[at][1]}s") for at, n in _spans(value)]
    return " and ".join(parts) or "no time"


def _items(value: Any) -> list[Any]:  # noqa: ANN401  # one thing, or several
    if isinstance(value, str) or not isinstance(value, Iterable):
        return [value]
    return sorted(value) if isinstance(value, set | frozenset) else list(value)


def _and(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words) or "none"


def _company_speech(ticker: str, reader: Reader) -> str:
    """A company's name; letter by letter where it has none."""
    name = reader.company(ticker)
    return " ".join(re.sub(r"\W", "", ticker)) if name == ticker else name


def _company_text(ticker: str, reader: Reader) -> str:
    name = reader.company(ticker)
    return ticker if name == ticker else f"{name} ({ticker})"


def _word(value: Any) -> str:  # noqa: ANN401  # codes of any kind
    if isinstance(value, bool):
        return "on" if value else "off"
    code = value.name.lower() if isinstance(value, IntEnum) else value.value if isinstance(value, Enum) else value
    return SPELT.get(str(code)) or str(code).replace("_", " ")


def _time_of_day(value: str) -> str:
    return numerals.clock(datetime.combine(date.min, time.fromisoformat(value)))


def _noun(count: int, argument: str) -> str:
    one, _, many = argument.partition("|")
    return one if count == 1 else many or f"{one}s"


def _count_text(value: int, argument: str) -> str:
    return f"{_number_text(value)} {_noun(value, argument)}" if argument else _number_text(value)


def _count_speech(value: int, argument: str) -> str:
    said = numerals.decimal(_rounded(value))
    return f"{said if value else 'no'} {_noun(value, argument)}" if argument else said


def _times_text(value: int, counted: Callable[[int, str], str] = _count_text) -> str:
    return "once" if value == 1 else "twice" if value == 2 else counted(value, "time")


def _bare(value: Any) -> str:  # noqa: ANN401  # words, or a count
    return _number_text(value) if isinstance(value, int) and not isinstance(value, bool | Enum) else _word(value)


def _bare_speech(value: Any) -> str:  # noqa: ANN401
    return numerals.cardinal(value) if isinstance(value, int) and not isinstance(value, bool | Enum) else _word(value)


def _setting(form: str) -> Callable[[Any, str, Reader], str]:
    """A preference's value with its unit, `{"value": 3, "unit": "percent"}`; without one it speaks for itself."""

    def rendered(value: Any, _: str, reader: Reader) -> str:  # noqa: ANN401
        unit: str | None = None
        if isinstance(value, Mapping) and "value" in value:
            value, unit = value["value"], value.get("unit")
        if value is None:
            return "none"
        if unit in ("seconds", "minutes", "days"):
            value, unit = value * {"seconds": 1, "minutes": 60, "days": 86400}[unit], "duration"
        name = kind_of(value) if unit is None else "pct" if unit == "fraction" else unit
        said: str = getattr(UNITS[name], form)(items_of(value) if name == "list" else value, "", reader)
        return said

    return rendered


def _asked(value: Mapping[str, Any]) -> str:
    """A value that is not possible, with its unit; any kind of value, in full."""
    seconds = seconds_of(value["value"], value["unit"])
    return exactly(value["value"], value["unit"]) if seconds is None else _duration_text(seconds)


def _asked_speech(value: Mapping[str, Any]) -> str:
    seconds = seconds_of(value["value"], value["unit"])
    return speakable(without_symbols(_asked(value))) if seconds is None else _duration_speech(seconds)


UNITS: Final[Mapping[str, Unit]] = {
    "": Unit(
        lambda v, _a, _r: v if type(v) is str else _bare(v),
        lambda v, _a, _r: without_symbols(v) if type(v) is str else _bare_speech(v),
    ),
    "money": Unit(lambda v, _a, _r: _dollars_text(_cents(v)), lambda v, _a, _r: numerals.dollars_and_cents(_cents(v))),
    "signed": Unit(lambda v, _a, _r: _dollars_text(_cents(v), "+"), lambda v, _a, _r: _signed_speech(_cents(v))),
    "price": Unit(lambda v, _a, _r: _price_text(v), lambda v, _a, _r: _price_speech(v)),
    "dollars": Unit(
        lambda v, _a, _r: _dollars_text(int(_rounded(v) * 100)),
        lambda v, _a, _r: numerals.dollars_and_cents(int(_rounded(v) * 100)),
    ),
    "pct": Unit(
        lambda v, _a, _r: f"{_number_text(_hundredfold(v))}%", lambda v, _a, _r: _percent_speech(_hundredfold(v))
    ),
    "signed_pct": Unit(
        lambda v, _a, _r: f"{_number_text(_hundredfold(v), '+')}%",
        lambda v, _a, _r: _percent_speech(_hundredfold(v), "plus "),
    ),
    "percent": Unit(lambda v, _a, _r: f"{_number_text(v)}%", lambda v, _a, _r: _percent_speech(v)),
    "number": Unit(lambda v, _a, _r: _number_text(v), lambda v, _a, _r: numerals.decimal(_rounded(v))),
    "count": Unit(lambda v, a, _r: _count_text(v, a), lambda v, a, _r: _count_speech(v, a)),
    "times": Unit(lambda v, _a, _r: _times_text(v), lambda v, _a, _r: _times_text(v, _count_speech)),
    "shares": Unit(lambda v, _a, _r: _count_text(v, "share"), lambda v, _a, _r: _count_speech(v, "share")),
    "time": Unit(lambda v, _a, r: _time_text(v, r), lambda v, _a, r: _time_speech(v, r)),
    "clock": Unit(lambda v, _a, r: f"{_instant(v, r):%H:%M}", lambda v, _a, r: numerals.clock(_instant(v, r))),
    "day": Unit(lambda v, _a, r: _day_text(v, r), lambda v, _a, r: _day_speech(v, r)),
    "duration": Unit(lambda v, _a, _r: _duration_text(v), lambda v, _a, _r: _duration_speech(v)),
    "ticker": Unit(lambda v, _a, _r: v, lambda v, _a, r: _company_speech(v, r)),
    "company": Unit(lambda v, _a, r: _company_text(v, r), lambda v, _a, r: _company_speech(v, r)),
    "list": Unit(
        lambda v, _a, _r: _and([_word(one) for one in _items(v)]),
        lambda v, _a, r: _and([_company_speech(one, r) if _is_ticker(one) else _word(one) for one in _items(v)]),
    ),
    "word": Unit(lambda v, _a, _r: _word(v), lambda v, _a, _r: _word(v)),
    "field": Unit(lambda v, _a, _r: field_name(v), lambda v, _a, _r: field_name(v)),
    "time_of_day": Unit(lambda v, _a, _r: v, lambda v, _a, _r: _time_of_day(v)),
    "hours": Unit(
        lambda v, _a, _r: f"{v['start']} to {v['end']}",
        lambda v, _a, _r: f"{_time_of_day(v['start'])} to {_time_of_day(v['end'])}",
    ),
    "zone": Unit(lambda v, _a, _r: zone_place(v), lambda v, _a, _r: zone_place(v)),
    "rules": Unit(lambda v, _a, _r: _count_text(len(v), "rule"), lambda v, _a, _r: _count_speech(len(v), "rule")),
    "setting": Unit(_setting("text"), _setting("speech")),
    "asked": Unit(lambda v, _a, _r: _asked(v), lambda v, _a, _r: _asked_speech(v)),
    "written": Unit(lambda v, _a, _r: as_written(v), lambda v, _a, _r: speakable(without_symbols(as_written(v)))),
    "account": Unit(lambda v, _a, _r: v.upper(), lambda v, _a, _r: v),
    "line": Unit(lambda v, _a, _r: drawing.sparkline(v), lambda _v, _a, _r: ""),
    "bar": Unit(lambda v, _a, _r: drawing.bar(v), lambda _v, _a, _r: ""),
    "said": Unit(lambda v, _a, _r: v.text, lambda v, _a, _r: v.speech),
}


def _is_ticker(item: object) -> bool:
    return type(item) is str and item.isupper()
