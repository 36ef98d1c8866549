import csv
import gzip
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from engine.adapters.calendar import load_calendar
from engine.adapters.instruments import load_instruments
from engine.adapters.tables import TABLES, build
from engine.adapters.tables.closes import load_closes
from engine.core.instruments import Instrument

CLOSES = load_closes()
INSTRUMENTS = load_instruments()

with build.COMPANIES.open(encoding="utf-8", newline="") as lines:
    COMPANIES = {row["ticker"]: row["names"].split("|") for row in csv.DictReader(lines)}

SECTORS = {
    "communication_services": "GOOG GOOGL META DIS NFLX RBLX T VZ CMCSA SPOT",
    "consumer_discretionary": "BBY HD TSLA ABNB AMZN F GM MCD NKE SBUX GRMN",
    "consumer_staples": "KO PEP PG WMT COST TGT MO",
    "energy": "CVX RRC XOM COP BKR",
    "financials": "BAC JPM V MA PYPL COIN XYZ BRK.A BRK.B ALL GS MCO MSCI NLY",
    "health_care": "JNJ LLY MRK PFE UNH A STE NVO",
    "industrials": "GE UBER BA GEV ADP",
    "information_technology": "AAPL AMD MSFT NVDA INTC PLTR SHOP SNOW ON IT NOW ARM TSM",
    "materials": "LIN SHW NEM",
    "real_estate": "ARE O PLD EQIX CBRE",
    "utilities": "SO DUK NEE CEG",
}
FUNDS = "SPY QQQ IWM DIA VTI VOO GLD SLV TLT XLK XLF XLE XLV XLY XLP XLI XLB XLU XLRE XLC ARKK SMH EEM EFA HYG LQD"
STOCKS = "AAPL AMD BAC BBY CVX GE HD JNJ JPM KO LLY MRK MSFT PEP PFE PG RRC UNH WMT XOM"


def close(ticker: str, day: str) -> int:
    return CLOSES.prices[ticker][CLOSES.dates.index(date.fromisoformat(day))]


def test_closes_are_there_for_every_session_and_no_other_day() -> None:
    sessions = load_calendar().sessions(date(2018, 1, 2), date(2022, 12, 28))
    assert list(CLOSES.dates) == [session.date for session in sessions]
    assert len(CLOSES.dates) == 1257


def test_each_of_the_twenty_has_a_price_in_every_session() -> None:
    assert list(CLOSES.prices) == STOCKS.split()
    for prices in (*CLOSES.prices.values(), CLOSES.benchmark):
        assert len(prices) == 1257
        assert min(prices) > 0


def test_every_figure_is_written_with_two_decimals() -> None:
    _, *rows = (TABLES / "closes.csv").read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d(,\d+\.\d{2}){21}", row) for row in rows)


def test_closes_are_exact() -> None:
    assert close("AAPL", "2018-01-02") == 408_300
    assert close("XOM", "2022-12-28") == 1_066_300
    assert CLOSES.benchmark[0] == 26_958_100
    assert CLOSES.benchmark[-1] == 37_832_200


def test_closes_are_rounded_to_the_cent_half_to_even(tmp_path: Path) -> None:
    folder = tmp_path / "skfolio" / "datasets" / "data"
    folder.mkdir(parents=True)
    stocks = "Date,AAPL,KO\n2017-12-29,1.0,2.0\n2018-01-02,40.832,38.257\n2018-01-03,1.005,1.015\n2018-01-04,7,8.1\n"
    index = "Date,SP500\n2017-12-29,1.0\n2018-01-02,2695.81\n2018-01-03,2.675\n2018-01-04,0.125\n"
    for file, text in (("sp500_dataset.csv.gz", stocks), ("sp500_index.csv.gz", index)):
        (folder / file).write_bytes(gzip.compress(text.encode()))
    assert build.closes_table(tmp_path) == (
        "date,AAPL,KO,SPX\n2018-01-02,40.83,38.26,2695.81\n2018-01-03,1.00,1.02,2.68\n2018-01-04,7.00,8.10,0.12\n"
    )


def test_apple_fell_with_the_market_in_march_2020() -> None:
    assert close("AAPL", "2020-02-12") == pytest.approx(800_000, rel=0.02)
    assert close("AAPL", "2020-03-16") / close("AAPL", "2020-03-13") == pytest.approx(0.8714, abs=0.0005)
    assert min(CLOSES.benchmark) == 22_374_000  # 2237.40 on 2020-03-23


def test_no_split_is_left_in_the_closes() -> None:
    assert close("AAPL", "2020-08-31") / close("AAPL", "2020-08-28") == pytest.approx(1.0339, abs=0.0005)
    assert close("GE", "2021-08-02") / close("GE", "2021-07-30") == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize(("sector", "tickers"), SECTORS.items())
def test_well_known_stocks_are_in_their_sector(sector: str, tickers: str) -> None:
    assert {ticker: INSTRUMENTS[ticker].sector for ticker in tickers.split()} == dict.fromkeys(tickers.split(), sector)


def test_every_sector_is_one_of_eleven_and_only_funds_have_none() -> None:
    assert {one.sector for one in INSTRUMENTS.values()} == {*SECTORS, None}
    assert {one.asset_class for one in INSTRUMENTS.values() if one.sector is None} == {"etfs"}


def test_funds_are_funds() -> None:
    assert {(INSTRUMENTS[fund].asset_class, INSTRUMENTS[fund].sector) for fund in FUNDS.split()} == {("etfs", None)}


def test_asset_classes_tell_trusts_and_foreign_receipts_from_shares() -> None:
    assert {one.asset_class for one in INSTRUMENTS.values()} == {"equities", "etfs", "adrs", "reits"}
    assert {INSTRUMENTS[ticker].asset_class for ticker in STOCKS.split()} == {"equities"}
    assert INSTRUMENTS["O"].asset_class == "reits"
    assert INSTRUMENTS["NLY"].asset_class == "reits"
    assert INSTRUMENTS["CBRE"].asset_class == "equities"
    assert INSTRUMENTS["TSM"].asset_class == "adrs"


def test_an_instrument_is_known_by_its_own_ticker() -> None:
    assert INSTRUMENTS["AAPL"] == Instrument("AAPL", "Apple Inc.", "information_technology", "equities")
    for ticker, one in INSTRUMENTS.items():
        assert one.ticker == ticker
        assert re.fullmatch(r"[A-Z]{1,5}(\.[AB])?", ticker)
        assert one.name


@pytest.mark.parametrize("table", [*TABLES.glob("*.csv"), build.COMPANIES], ids=lambda table: table.name)
def test_no_row_is_there_twice_and_rows_are_sorted(table: Path) -> None:
    with table.open(encoding="utf-8", newline="") as lines:
        keys = [row[0] for row in csv.reader(lines)][1:]
    assert keys == sorted(set(keys))


def test_what_can_be_said_is_what_can_be_traded() -> None:
    assert list(COMPANIES) == list(INSTRUMENTS)


@pytest.mark.parametrize("table", ["by_hand.csv", "nicknames.csv"])
def test_nothing_written_by_hand_is_lost(table: str) -> None:
    with (TABLES / table).open(encoding="utf-8", newline="") as lines:
        assert {row["ticker"] for row in csv.DictReader(lines)} <= INSTRUMENTS.keys()


def test_every_company_has_a_name_of_its_own() -> None:
    claims = Counter(name for names in COMPANIES.values() for name in names)
    assert [ticker for ticker, names in COMPANIES.items() if min(claims[name] for name in names) > 1] == []


def test_names_are_lower_case_words() -> None:
    for names in COMPANIES.values():
        assert len(names) == len(set(names))
        for name in names:
            assert name == " ".join(name.lower().split())
            assert name


@pytest.mark.parametrize(
    ("said", "tickers"),
    [
        ("apple", {"AAPL"}),
        ("bofa", {"BAC"}),
        ("coke", {"KO"}),
        ("coca cola", {"KO"}),
        ("google", {"GOOGL"}),
        ("alphabet class c", {"GOOG"}),
        ("facebook", {"META"}),
        ("exxon mobil", {"XOM"}),
        ("chase", {"JPM"}),
        ("procter and gamble", {"PG"}),
        ("j and j", {"JNJ"}),
        ("lilly", {"LLY"}),
        ("wal mart", {"WMT"}),
        ("mcdonalds", {"MCD"}),
        ("berkshire b", {"BRK.B"}),
        ("berkshire", {"BRK.A", "BRK.B"}),
        ("under armour", {"UA", "UAA"}),
        ("first bancorp", {"FBNC", "FBP"}),
        ("nasdaq etf", {"QQQ"}),
        ("akamai technologies", {"AKAM"}),
        ("carlyle", {"CG"}),
        ("carlyle group", {"CG"}),
    ],
)
def test_a_spoken_name_leads_to_its_companies(said: str, tickers: set[str]) -> None:
    assert {ticker for ticker, names in COMPANIES.items() if said in names} == tickers


@pytest.mark.parametrize(
    ("write", "path"),
    [(build.instruments_table, TABLES / "instruments.csv"), (build.companies_table, build.COMPANIES)],
    ids=["instruments", "companies"],
)
def test_building_again_changes_nothing(write: Callable[[], str], path: Path) -> None:
    assert write().encode() == path.read_bytes()
