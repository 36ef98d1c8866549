"""What the open positions risk together (docs/engine.md, Words; Sizing). Ten-thousandths of a dollar."""

from collections.abc import Sequence


def heat(quantities: Sequence[int], entries: Sequence[int], stops: Sequence[int]) -> int:
    """Money lost if every stop is hit: Σ quantity × max(entry − stop, 0).

    A stop over its entry offsets nothing. A position's cost is at most 10^16, so 900 positions stay within int64.
    """
    total = 0
    for place in range(len(quantities)):
        total += quantities[place] * max(entries[place] - stops[place], 0)
    return total


def weighted_correlation(correlations: Sequence[float], values: Sequence[int]) -> float:
    """Mean correlation with the other positions, weighted by their market values; 0 without any value."""
    total, weight = 0.0, 0.0
    for place in range(len(values)):
        total += correlations[place] * values[place]
        weight += values[place]
    return total / weight if weight > 0.0 else 0.0
