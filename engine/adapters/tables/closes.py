"""Real daily closes of twenty large US stocks and the S&P 500, 2018 to 2022."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Final, NamedTuple

from engine.adapters.tables import TABLES

BENCHMARK: Final = "SPX"


class Closes(NamedTuple):
    """Closes after every session, all in ten-thousandths of a dollar.

    They are adjusted for splits and dividends, hence not the prices printed at the time.
    """

    dates: tuple[date, ...]  # ascending
    prices: Mapping[str, tuple[int, ...]]  # by ticker, one a date
    benchmark: tuple[int, ...]  # the S&P 500 in the same unit: one point counts as one dollar


@cache
def load_closes() -> Closes:
    """The whole table; exact, no figure passes through a float."""
    text = (TABLES / "closes.csv").read_text(encoding="utf-8")
    # every figure has four decimals, so without its dot it is the count of ten-thousandths
    header, *rows = text.replace(".", "").splitlines()
    days, *columns = zip(*(row.split(",") for row in rows), strict=True)
    series = dict(zip(header.split(",")[1:], (tuple(map(int, column)) for column in columns), strict=True))
    benchmark = series.pop(BENCHMARK)
    return Closes(tuple(map(date.fromisoformat, days)), series, benchmark)
