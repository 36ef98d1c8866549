"""The skill's own tests: what is answered of a view, and what is understood."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from parley_sectors import PACKAGE, Sectors, show_sectors

from intents.evaluate import hear, judge
from intents.load import load_language
from intents.outside import extended
from intents.rows import context_of, rows_in

FOLDER = Path(PACKAGE.folder)
LANGUAGE = extended(load_language(), FOLDER)
SCENE = context_of({"now": "2026-03-11T14:30:00-04:00", "tz": "America/New_York"})
ROWS = rows_in(FOLDER / "rows" / "en")["show_sectors"]


def a_view(**sectors: int) -> Any:
    """As much of a view as the skill reads: $1,000 in all, money in ten-thousandths of a dollar."""
    worth = SimpleNamespace(sectors={name.strip("_"): amount * 10_000 for name, amount in sectors.items()})
    worth.equity = 10_000_000
    return SimpleNamespace(worth=worth, state=SimpleNamespace(kind=SimpleNamespace(value="paper")))


def test_sectors_come_by_size_with_their_share() -> None:
    said = show_sectors(Sectors(), a_view(energy=100, financials=250, _=50))
    assert said.key == "sectors.shares"
    shares = [(row["sector"], row["share"]) for row in said.facts["rows"]]
    assert shares == [("financials", 0.25), ("energy", 0.1), ("unknown", 0.05)]


def test_a_sector_without_a_holding_has_no_share() -> None:
    said = show_sectors(Sectors(sectors=["utilities"]), a_view(energy=100))
    assert said.facts["rows"] == [{"sector": "utilities", "amount": 0, "share": 0.0}]


def test_an_empty_account_is_said() -> None:
    assert show_sectors(Sectors(), a_view()).key == "sectors.none"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["t"])
def test_every_row_is_understood(row: dict[str, Any]) -> None:
    assert judge(row, hear(row, SCENE, LANGUAGE)) == "exact"
