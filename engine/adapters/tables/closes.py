"""Real daily closes of twenty large US stocks and the S&P 500, 2018 to 2022."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Final, NamedTuple

from engine.adapters.tables import TABLES

BENCHMARK: Final = "SPX"

_PER_CENT: Final = 100  # ten-thousandths


class Closes(NamedTuple):
    """Closes after every session: whole cents, all in ten-thousandths of a dollar.

    They are adjusted for splits and dividends, hence not the prices printed at the time.
    """

    dates: tuple[date, ...]  # ascending
    prices: Mapping[str, tuple[int, ...]]  # by ticker, one a date
    benchmark: tuple[int, ...]  # the S&P 500 in the same unit: one point counts as one dollar


@cache
def load_closes() -> Closes:
    """The whole table; exact, no figure passes through a float."""
    text = (TABLES / "closes.csv").read_text(encoding="utf-8")
    # every figure has two decimals, so without its dot it is the count of cents
    header, *rows = text.replace(".", "").splitlines()
    days, *columns = zip(*(row.split(",") for row in rows), strict=True)
    prices = (tuple(int(cents) * _PER_CENT for cents in column) for column in columns)
    series = dict(zip(header.split(",")[1:], prices, strict=True))
    benchmark = series.pop(BENCHMARK)
    return Closes(tuple(map(date.fromisoformat, days)), series, benchmark)
