"""What splits and dividends make of shares, prices and costs (docs/engine.md, Splits and dividends).

A split makes `new` shares of `old`, both at most 1,000. Shares are at most 10^9, prices 10^10, costs 10^16
ten-thousandths of a dollar, a dividend 10^9 for each share. Parts that are paid out are fewer than `old`, and costs are
multiplied in two steps: every product stays under 9 × 10^18.
"""

from collections.abc import Sequence

from engine.core.rules.rounding import tick_above, tick_up


def split_shares(shares: int, new: int, old: int) -> int:
    """The whole shares after a split, rounded down."""
    return shares * new // old


def fraction(shares: int, new: int, old: int) -> int:
    """What is left over beside the whole shares, in parts of which `old` make a share."""
    return shares * new % old


def split_price(price: int, new: int, old: int) -> int:
    """A price as it counts after a split, to the nearest ten-thousandth, at least one; 0 stays 0."""
    if price <= 0:
        return 0
    return max(1, (2 * price * old + new) // (2 * new))


def split_level(level: int, new: int, old: int) -> int:
    """A stop or take after a split: rounded up to the tick, at least one tick."""
    return max(1, tick_up((level * old + new - 1) // new))


def split_take(take: int, stop: int, new: int, old: int) -> int:
    """A take after a split: rounded up to the tick, at least one tick over the stop that it has then."""
    return max(split_level(take, new, old), tick_above(stop))


def fraction_paid(parts: int, close: int, old: int) -> int:
    """Cash for `parts` of a share, of which `old` make one, at the last close as it counts after the split."""
    return parts * close // old


def part_of_cost(cost: int, parts: int, whole: int) -> int:
    """The share `parts` of `whole` of a cost, rounded down; nothing of nothing."""
    if whole <= 0:
        return 0
    return cost // whole * parts + cost % whole * parts // whole


def dividend(shares: int, per_share: int) -> int:
    """Cash paid for shares held before the ex-date."""
    return shares * per_share


def shares_through(shares: Sequence[int], place: int, new: int, old: int) -> int:
    """The whole shares after a split of all lots up to `place`, that one included."""
    total = 0
    for each in range(place + 1):
        total += shares[each]
    return total * new // old


def parts_taken(shares: Sequence[int], place: int, new: int, old: int) -> int:
    """How many parts of a share, of which `old` make one, the lot at `place` loses to the fraction that is paid out.

    The fraction comes from the newest lot, the last, and from the one before where that lot is smaller.
    """
    total = 0
    for each in range(len(shares)):
        total += shares[each]
    left = fraction(total, new, old)
    for each in range(len(shares) - 1, place, -1):
        left -= min(left, shares[each] * new)
    return min(left, shares[place] * new)
