"""How well a recommended buy fits this owner, from 0 to 100 (docs/engine.md, Fit score).

Each merit is a share from 0 to 1 of what it can bring at most; together they can bring 100. Confidence and limits as
fractions.
"""

from typing import Final, NamedTuple

from engine.core.rules.sizing import correlation_factor

TIER: Final = 20
STYLE: Final = 20
CONFIDENCE: Final = 20
ROOM: Final = 15
LIKENESS: Final = 10
WATCHED: Final = 10
CLASS: Final = 5


class Merits(NamedTuple):
    """All that the fit of a recommended buy depends on.

    `least` is the least confidence of the tier in force, `horizon` how well the trend window suits the owner's style,
    `room` the share of the sector's limit that is still free, `correlation` the mean with what is held, 0 where
    nothing is. `allowed`: the asset class is one that is bought. `excluded`: ticker or sector is never bought.
    """

    confidence: float
    least: float
    horizon: float
    room: float
    correlation: float
    watched: bool
    allowed: bool
    excluded: bool


class Points(NamedTuple):
    """What each merit brings, together at most 100."""

    tier: float
    style: float
    confidence: float
    room: float
    likeness: float
    watched: float
    allowed: float


def bounded(fraction: float) -> float:
    """The fraction, no less than 0 and no more than 1."""
    return min(1.0, max(0.0, fraction))


def above_least(confidence: float, least: float) -> float:
    """How far the confidence stands above the least, of all that it could: 0 under it, 1 where no more can be asked."""
    if confidence < least:
        return 0.0
    return 1.0 if least >= 1.0 else bounded((confidence - least) / (1.0 - least))


def room_left(held: int, tradable: int, most: float) -> float:
    """Share of a limit that is still free: none where it is reached, and where there is nothing to trade with."""
    limit = tradable * most
    return bounded(1.0 - held / limit) if limit > 0.0 else 0.0


def points(merits: Merits) -> Points:
    """What each merit brings by itself; an exclusion does not count here."""
    return Points(
        TIER * above_least(merits.confidence, merits.least),
        STYLE * bounded(merits.horizon),
        CONFIDENCE * bounded(merits.confidence),
        ROOM * bounded(merits.room),
        LIKENESS * correlation_factor(merits.correlation),
        WATCHED * 1.0 if merits.watched else 0.0,
        CLASS * 1.0 if merits.allowed else 0.0,
    )


def score(merits: Merits) -> int:
    """The points together, rounded to whole ones; 0 for what is never bought."""
    if merits.excluded:
        return 0
    found = points(merits)
    total = found.tier + found.style + found.confidence + found.room
    return int(total + found.likeness + found.watched + found.allowed + 0.5)
