"""Why a trade was not made: the closed list of reasons."""

from enum import IntEnum


class Skip(IntEnum):
    """Why a trade was not made; the rules return these codes, 0 means that nothing stands against it."""

    NONE = 0
    DUPLICATE = 1
    AUTONOMY_OFF = 2
    KILLED = 3
    PAUSED = 4
    BREAKER = 5
    TICKER_COOLDOWN = 6
    FROZEN = 7
    MODE = 8
    NOT_ON_WATCHLIST = 9
    WINDOW = 10
    STALE = 11
    DAILY_LIMIT = 12
    MAX_POSITIONS = 13
    BROAD_DECLINE = 14
    MAX_DRAWDOWN = 15
    LOW_CONFIDENCE = 16
    ACTIVE_POOL_MINIMUM = 17
    PRICE_TOO_LOW = 18
    EARNINGS_IMMINENT = 19
    CORRELATED = 20
    POSITION_FULL = 21
    SECTOR_FULL = 22
    EXPOSURE = 23
    HEAT = 24
    BELOW_ONE_SHARE = 25
    NO_ATR = 26
    ATR_TOO_LARGE = 27
    NO_PRICE = 28
    NO_POSITION = 29
    DECLINED = 30
    LAPSED = 31
    EVALUATION_ERROR = 32
    MICRO_OFF = 33
    ABSOLUTE_CAP = 34
    BUYING_POWER = 35
    DEGRADED = 36
    EXCLUDED = 37
    SECTOR_EXCLUDED = 38
    ASSET_CLASS = 39
    RESET = 40
    TRANCHE_STOPPED = 41
    ORDER_TIMEOUT = 42
    HALTED = 43
    STRATEGY_OFF = 44
    UNSETTLED = 45
    DAY_TRADES = 46
    MICRO_LIMIT = 47
    OTHER_KIND = 48
    SPLIT = 49
    CANCELLED = 50
    STALE_PRICE = 51
    PRICE_FAR = 52
    ORDER_VALUE = 53
    ORDER_SHARES = 54
    REPEATED = 55
    ORDER_RATE = 56
    OWN_CROSSING = 57
    CASH_DIFFERS = 58
    STOPPING = 59
    BROKER_ACCEPTED = 60
    DAY_OVER = 61

    @property
    def code(self) -> str:
        """The name as it stands in tables, traces and phrases: `low_confidence`."""
        return self.name.lower()
