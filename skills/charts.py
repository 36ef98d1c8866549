"""Charts in characters: equity, drawdown and returns from the closes kept, what the money is in, a company's price."""

from collections.abc import Sequence
from datetime import date
from itertools import accumulate, groupby, pairwise
from operator import mul
from typing import Any, Final, NamedTuple

from engine.core.performance import Standing, series
from engine.core.rules.metrics import session_return
from engine.core.units import Money, Ticker
from engine.view import View
from skills.periods import period_words, span
from skills.skill import Say, Skill, SlotModel

FEWEST: Final = 2
COLUMNS: Final = 40
CHARTS: Final = 3
"""Companies drawn at once at most."""

USUAL: Final = {"price": "last_90_days"}
"""The period where none is named; everything else is drawn from the start."""


class Chart(SlotModel):
    """`show_chart`: what, of which companies (for their price), and over which period of market time."""

    what: str
    tickers: tuple[Ticker, ...] = ()
    period: str | None = None


class Point(NamedTuple):
    """A value at the end of a session, or now."""

    day: date
    value: float


def show_chart(slots: Chart, view: View) -> Say:
    if slots.what == "price":
        return prices(slots, view)
    if slots.tickers:
        return Say("charts.of_company", {"what": slots.what, "tickers": list(slots.tickers)})
    return allocation(view) if slots.what == "allocation" else of_account(slots, view)


def of_account(slots: Chart, view: View) -> Say:
    """A line through the closes of the period and the value now."""
    closes = [one for one in view.closes(*days_of(slots, view)) if one.day > date.min]
    facts = {"account": view.state.kind.value, "period": said(slots)}
    if len(closes) < FEWEST:
        return Say("charts.too_few", {**facts, "what": slots.what, "closes": len(closes)}, ("pnl",))
    return Say(f"charts.{slots.what}", {**facts, **LINES[slots.what](closes)}, ("pnl",))


def days_of(slots: Chart, view: View) -> tuple[date, date]:
    return span(slots.period or USUAL.get(slots.what, "all"), view.scene.day.date)


def said(slots: Chart) -> Say:
    return Say(*period_words(slots.period or USUAL.get(slots.what, "all")))


def drawn(points: Sequence[Point]) -> dict[str, Any]:
    """What a line shows: its values, where it begins and ends, and its lowest and highest point, the first of each."""
    low = min(points, key=lambda point: point.value)
    high = max(points, key=lambda point: point.value)
    first, last = points[0], points[-1]
    return {
        "points": [point.value for point in points],
        "first": first.value,
        "first_day": first.day,
        "last": last.value,
        "last_day": last.day,
        "low": low.value,
        "low_day": low.day,
        "high": high.value,
        "high_day": high.day,
        "change_frac": last.value / first.value - 1 if first.value else None,
    }


def equity(closes: Sequence[Standing]) -> dict[str, Any]:
    """The account's value; what it changed by leaves money put in or taken out aside."""
    shown = drawn([Point(close.day, close.equity) for close in closes])
    return {**shown, "change_frac": worth(closes)[-1].value - 1}


def worth(closes: Sequence[Standing]) -> list[Point]:
    """What a dollar of the first close has become; money put in or taken out is no gain and no loss."""
    found = series(closes, ())
    growths = (1 + session_return(found, place) for place in range(1, len(closes)))
    return [Point(close.day, value) for close, value in zip(closes, accumulate(growths, mul, initial=1.0), strict=True)]


def drawdown(closes: Sequence[Standing]) -> dict[str, Any]:
    """How far each close lies under the highest before it, as a negative fraction."""
    line = worth(closes)
    peaks = accumulate((point.value for point in line), max)
    falls = (point.value / peak - 1 if peak else 0.0 for point, peak in zip(line, peaks, strict=True))
    return drawn([Point(point.day, fall) for point, fall in zip(line, falls, strict=True)])


def returns(closes: Sequence[Standing]) -> dict[str, Any]:
    """What each session made, as a fraction; each week where there are more sessions than fit, then each month."""
    line = worth(closes)
    marks = {name: ends(line) for name, ends in ENDS.items()}
    name = next((one for one, found in marks.items() if len(found) <= COLUMNS + 1), "months")
    points = [
        Point(later.day, later.value / before.value - 1 if before.value else 0.0)
        for before, later in pairwise(marks[name])
    ]
    steps = Say(f"charts.steps.{name}", {"count": len(points)})
    return {**drawn(points), "steps": steps, "up": sum(1 for point in points if point.value > 0)}


def sessions(line: Sequence[Point]) -> list[Point]:
    return [*line]


def weeks(line: Sequence[Point]) -> list[Point]:
    """The first point, and the last of each week after it."""
    return [*line[:1], *(list(week)[-1] for _, week in groupby(line[1:], lambda point: point.day.isocalendar()[:2]))]


def months(line: Sequence[Point]) -> list[Point]:
    """The first point, and the last of each month after it."""
    return [
        *line[:1],
        *(list(one)[-1] for _, one in groupby(line[1:], lambda point: (point.day.year, point.day.month))),
    ]


ENDS: Final = {"sessions": sessions, "weeks": weeks, "months": months}
LINES: Final = {"equity": equity, "drawdown": drawdown, "returns": returns}


def allocation(view: View) -> Say:
    """What the money is in: each holding at the mark, the largest first, then cash and reserve."""
    state, whole = view.state, view.worth.equity
    held = {
        ticker: position.shares * (view.scene.price(ticker) or position.entry)
        for ticker, position in state.positions.items()
    }
    parts: list[tuple[str, Money]] = sorted(held.items(), key=lambda one: (-one[1], one[0]))
    rest = [("cash", state.cash - state.reserve), ("reserve", state.reserve)]
    rows = [
        {"name": name, "value": value, "frac": value / whole}
        for name, value in [*parts, *rest]
        if value > 0 and whole > 0
    ]
    facts = {"account": state.kind.value, "equity": whole, "positions": len(held)}
    return Say("charts.allocation", {**facts, "rows": rows}, ("positions", "limits"))


def prices(slots: Chart, view: View) -> Say:
    if not slots.tickers:
        return Say("ask.missing", {"slot": Say("slot.tickers")})
    rows = [{"said": price(ticker, slots, view)} for ticker in slots.tickers[:CHARTS]]
    return Say("charts.prices", {"rows": rows, "more": list(slots.tickers[CHARTS:]) or None})


def price(ticker: Ticker, slots: Chart, view: View) -> Say:
    """A company's closes within the period, and its price now."""
    first, last = days_of(slots, view)
    points = [point for point in closes_of(ticker, view) if first <= point.day <= last]
    if ticker not in view.scene.quotes:
        return Say("charts.no_price", {"ticker": ticker})
    if len(points) < FEWEST:
        return Say("charts.few_prices", {"ticker": ticker, "period": said(slots)})
    return Say("charts.price", {"ticker": ticker, "period": said(slots), **drawn(points)})


def closes_of(ticker: Ticker, view: View) -> list[Point]:
    """The closes known, oldest first, and the price of today's session while that goes on."""
    row, days = view.scene.closes.get(ticker, ()), view.scene.closed
    both = min(len(row), len(days))
    points = [Point(day, close) for day, close in zip(days[len(days) - both :], row[len(row) - both :], strict=True)]
    now = view.scene.price(ticker)
    if now is not None and view.scene.session is not None:
        points.append(Point(view.scene.day.date, now))
    return points


SKILLS = (Skill("show_chart", Chart, show_chart, "look"),)
