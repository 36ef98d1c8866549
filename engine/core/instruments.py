"""What can be traded."""

from typing import NamedTuple


class Instrument(NamedTuple):
    """A listed security; `sector` is one GICS sector in snake case, None where unknown (funds, new listings)."""

    ticker: str
    name: str
    sector: str | None
    asset_class: str
