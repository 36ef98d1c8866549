"""Where amounts become whole again: fractions of money, and prices on the tick.

Fractions are binary, people's percents are decimal: 0.29 of 1,000,000 comes out as 289,999.99999999994. A product
this near a whole number (relative 1e-15, at most a thousandth) is that number; so 29 % of $100 is $29.00, and an
amount exactly at its limit is at it.
"""

from typing import Final

DOLLAR: Final = 10_000
CENT: Final = 100


def part(amount: int, fraction: float) -> int:
    """The share `fraction` of an amount, rounded down; both non-negative, the product under 9 × 10^18.

    Exact to the unit for products up to 2^53 (900 billion dollars), to 2 units above.
    """
    product = amount * fraction
    near = int(product + 0.5)
    return near if abs(near - product) <= min(product * 1e-15, 0.001) else int(product)


def part_up(amount: int, fraction: float) -> int:
    """The share `fraction` of an amount, rounded up; both non-negative, the product under 9 × 10^18."""
    product = amount * fraction
    near = int(product + 0.5)
    return near if abs(near - product) <= min(product * 1e-15, 0.001) else int(product) + 1


def tick(price: int) -> int:
    """The smallest step of a price: one cent, a hundredth of a cent under one dollar."""
    return CENT if price >= DOLLAR else 1


def tick_up(price: int) -> int:
    """The nearest price on the tick that is not lower."""
    step = tick(price)
    return (price + step - 1) // step * step


def tick_down(price: int) -> int:
    """The nearest price on the tick that is not higher."""
    step = tick(price)
    return price // step * step


def tick_below(price: int) -> int:
    """The highest price on the tick that is at least one tick under `price`."""
    return tick_down(price - tick(price))


def tick_above(price: int) -> int:
    """The lowest price on the tick that is at least one tick over `price`."""
    return tick_up(price + tick(price))
