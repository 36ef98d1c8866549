"""Why a trade is not made, as the plain ints that rules return: each equals the Skip of its name."""

from typing import Final

NONE: Final = 0
LOW_CONFIDENCE: Final = 16
ACTIVE_POOL_MINIMUM: Final = 17
PRICE_TOO_LOW: Final = 18
EARNINGS_IMMINENT: Final = 19
CORRELATED: Final = 20
POSITION_FULL: Final = 21
SECTOR_FULL: Final = 22
EXPOSURE: Final = 23
HEAT: Final = 24
BELOW_ONE_SHARE: Final = 25
ABSOLUTE_CAP: Final = 34
BUYING_POWER: Final = 35
