"""The instruments we know by name, from a table that ships with the package."""

import csv
from collections.abc import Mapping

from engine.adapters.tables import TABLES
from engine.core.instruments import Instrument


def load_instruments() -> Mapping[str, Instrument]:
    """Every instrument of the table by its ticker, in alphabetical order."""
    with (TABLES / "instruments.csv").open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        return {
            ticker: Instrument(ticker, name, sector or None, asset_class) for ticker, name, sector, asset_class in rows
        }
