"""Money and prices inside the engine: whole ten-thousandths of a dollar, and the two ways in and out."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, TypeAlias

Money: TypeAlias = int
"""An amount or a price of one share, in ten-thousandths of a dollar."""

Ticker: TypeAlias = str

DOLLAR: Final = 10_000
CENT: Final = 100
MAX_PRICE: Final[Money] = 1_000_000 * DOLLAR
MAX_SHARES: Final = 10**9
MAX_CASH: Final[Money] = 10**12 * DOLLAR


def money(amount: Decimal | int | str) -> Money:
    """Dollars as ten-thousandths, rounded half to even; raises ValueError beyond a trillion dollars."""
    whole = int((Decimal(amount) * DOLLAR).to_integral_value(ROUND_HALF_EVEN))
    if abs(whole) > MAX_CASH:
        raise ValueError(f"{amount} dollars are more than this engine counts")
    return whole


def dollars(amount: Money) -> Decimal:
    """Ten-thousandths as exact dollars."""
    return Decimal(amount) / DOLLAR
