"""Fills the tables from public packages: `uv run python -m engine.adapters.tables.build [closes FOLDER]`.

Without an argument it writes sessions.csv, instruments.csv and intents/lists/companies.csv; with `closes` and the
folder of an unpacked skfolio wheel it writes closes.csv. Nothing that runs imports this file.
"""

import csv
import gzip
import io
import sys
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Final

from pytickersymbols import PyTickerSymbols  # type: ignore[import-untyped]  # ships no types

from engine.adapters.tables import TABLES
from engine.adapters.tables.closes import BENCHMARK
from engine.adapters.tables.spoken import spoken_names
from engine.core.instruments import Instrument

COMPANIES: Final = TABLES.parents[2] / "intents" / "lists" / "companies.csv"

SECTORS: Final = frozenset(
    {
        "communication_services",
        "consumer_discretionary",
        "consumer_staples",
        "energy",
        "financials",
        "health_care",
        "industrials",
        "information_technology",
        "materials",
        "real_estate",
        "utilities",
    }
)

# the S&P lists come first: their sectors are GICS sectors, those of the other lists are not always
_INDEXES: Final = ("S&P 500", "S&P 600", "NASDAQ 100", "DOW JONES", "S&P 100")
_CLOSES_FROM: Final = "2018-01-02"
_CENT: Final = Decimal("0.01")


def sessions_table() -> str:
    """Days, opens and closes of XNYS, 2017 to 2027."""
    # brings pandas, which takes seconds; the other tables do without
    import exchange_calendars  # type: ignore[import-untyped]  # noqa: PLC0415  # ships no types

    exchange = exchange_calendars.get_calendar("XNYS", start="2017-01-01", end="2027-12-31")
    opens, closes = exchange.opens, exchange.closes
    return _csv(
        ("date", "opens_at_s", "closes_at_s"),
        ((day.date(), int(opens[day].timestamp()), int(closes[day].timestamp())) for day in exchange.sessions),
    )


def instruments_table() -> str:
    """All instruments by ticker."""
    return _csv(Instrument._fields, _instruments().values())


def companies_table() -> str:
    """The spoken names of all instruments by ticker."""
    by_hand = {ticker: tuple(names.split("|")) for ticker, names in _rows(TABLES / "nicknames.csv")}
    names = spoken_names(_instruments(), by_hand)
    return _csv(("ticker", "names"), ((ticker, "|".join(ours)) for ticker, ours in names.items()))


def closes_table(skfolio: Path) -> str:
    """Closes of the stocks and of the index since 2018, each rounded to the cent, half to even."""
    stocks = _closes(skfolio, "sp500_dataset.csv.gz")
    index = _closes(skfolio, "sp500_index.csv.gz")
    header = ("date", *stocks.pop("Date"), BENCHMARK)
    days = (day for day in stocks if day >= _CLOSES_FROM)
    return _csv(header, ((day, *map(_cents, (*stocks[day], *index[day]))) for day in days))


def _instruments() -> dict[str, Instrument]:
    """What the indexes hold, completed and corrected by hand, in alphabetical order."""
    found = {one.ticker: one for one in _members()}
    for ticker, name, sector, asset_class in _rows(TABLES / "by_hand.csv"):
        known = found.get(ticker, Instrument(ticker, name, None, ""))
        found[ticker] = Instrument(ticker, name or known.name, sector or known.sector, asset_class or known.asset_class)
    return {ticker: _classed(found[ticker]) for ticker in sorted(found)}


def _members() -> Iterator[Instrument]:
    """The stocks of the indexes, each as the first index that has it describes it."""
    seen: set[str] = set()
    symbols = PyTickerSymbols()
    for stock in (stock for index in _INDEXES for stock in symbols.get_stocks_by_index(index)):
        if stock["symbol"] not in seen:
            seen.add(stock["symbol"])
            yield Instrument(stock["symbol"], stock["name"], _sector(stock["industries"]), "")


def _sector(industries: Iterable[str]) -> str | None:
    """The one sector among the labels; None if there is none or more than one, by_hand.csv decides those."""
    sectors = {label.lower().replace(" ", "_") for label in industries} & SECTORS
    return sectors.pop() if len(sectors) == 1 else None


def _classed(one: Instrument) -> Instrument:
    """Real estate is held by trusts unless by_hand.csv says otherwise; all else is plain stock."""
    default = "reits" if one.sector == "real_estate" else "equities"
    return one._replace(asset_class=one.asset_class or default)


def _closes(skfolio: Path, file: str) -> dict[str, list[str]]:
    """Closes as text by day, the tickers under "Date"."""
    with gzip.open(skfolio / "skfolio" / "datasets" / "data" / file, "rt", encoding="utf-8", newline="") as lines:
        return {day: closes for day, *closes in csv.reader(lines)}


def _cents(close: str) -> Decimal:
    """From the text itself: a float would round some halves the wrong way."""
    return Decimal(close).quantize(_CENT, ROUND_HALF_EVEN)


def _rows(table: Path) -> list[list[str]]:
    with table.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))[1:]


def _csv(header: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows((header, *rows))
    return text.getvalue()


def main(arguments: list[str]) -> None:
    match arguments:
        case ["closes", folder]:
            tables = {TABLES / "closes.csv": closes_table(Path(folder))}
        case []:
            tables = {
                TABLES / "sessions.csv": sessions_table(),
                TABLES / "instruments.csv": instruments_table(),
                COMPANIES: companies_table(),
            }
        case _:
            raise SystemExit(__doc__)
    for path, text in tables.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
