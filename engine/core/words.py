"""The closed lists of words that orders, decisions and limits are made of."""

from enum import IntEnum, StrEnum

from engine.core.skips import Skip as Skip  # noqa: PLC0414  # still one of the words, from a page of its own


class Side(StrEnum):
    BUY = "buy"
    SELL = "sell"


class Tier(StrEnum):
    """A named bundle of limits, from tightest to loosest."""

    CONSERVATIVE = "conservative"
    MODERATE = "moderate"
    AGGRESSIVE = "aggressive"

    @property
    def rank(self) -> int:
        return list(Tier).index(self)


class Autonomy(StrEnum):
    """How far the engine may go alone, from least to most."""

    OFF = "off"
    ASK = "ask"
    AUTO = "auto"

    @property
    def rank(self) -> int:
        return list(Autonomy).index(self)


class AccountKind(StrEnum):
    PAPER = "paper"
    LIVE = "live"


class Origin(StrEnum):
    """Who or what asked for a trade; decides which gates it must pass."""

    RECOMMENDED = "recommended"
    PROPOSAL = "proposal"
    TRANCHE = "tranche"
    OWNER = "owner"
    STOP = "stop"
    TAKE = "take"
    SINGLE_POSITION = "single_position"
    PRICE_UNAVAILABLE = "price_unavailable"
    MICRO_EXPIRY = "micro_expiry"
    REBALANCE = "rebalance"
    FLATTEN = "flatten"


class Style(StrEnum):
    """How long ideas are meant to be held, from shortest to longest."""

    DAY = "day"
    SWING = "swing"
    POSITION = "position"
    LONG_TERM = "long_term"


class AssetClass(StrEnum):
    EQUITIES = "equities"
    ETFS = "etfs"
    ADRS = "adrs"
    REITS = "reits"
    OPTIONS = "options"
    FUTURES = "futures"
    CRYPTO = "crypto"


class OrderType(StrEnum):
    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"


class TimeInForce(StrEnum):
    """How long an order waits for its fill: for its session, or until it is cancelled."""

    DAY = "day"
    GTC = "gtc"


class Settlement(StrEnum):
    CASH = "cash"
    MARGIN = "margin"


class Verbosity(StrEnum):
    TERSE = "terse"
    NORMAL = "normal"
    FULL = "full"


class Sector(StrEnum):
    """The eleven GICS sectors."""

    COMMUNICATION_SERVICES = "communication_services"
    CONSUMER_DISCRETIONARY = "consumer_discretionary"
    CONSUMER_STAPLES = "consumer_staples"
    ENERGY = "energy"
    FINANCIALS = "financials"
    HEALTH_CARE = "health_care"
    INDUSTRIALS = "industrials"
    INFORMATION_TECHNOLOGY = "information_technology"
    MATERIALS = "materials"
    REAL_ESTATE = "real_estate"
    UTILITIES = "utilities"


class Role(StrEnum):
    """Who somebody is to an account; a stranger has none."""

    OWNER = "owner"
    OPERATOR = "operator"
    VIEWER = "viewer"


class Alert(StrEnum):
    """What is told once a crossing a session."""

    GAIN = "gain_alert"
    LOSS = "loss_alert"
    DRAWDOWN = "drawdown_alert"


class Topic(StrEnum):
    """What the journal witnesses besides what changed the account."""

    LOGIN = "login"
    REFUSED = "refused"
    ASKED = "asked"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    EXPIRED = "expired"
    OVERTAKEN = "overtaken"
    WRONG_PHRASE = "wrong_phrase"
    STRANGER = "stranger"
    ENGINE_CONFIG = "engine_config"
    STORE_BACK = "store_back"
    EXPORT = "export"
    IMPORT = "import"


class OrderStatus(StrEnum):
    INTENDED = "intended"
    ACCEPTED = "accepted"
    IN_DOUBT = "in_doubt"
    CANCELLING = "cancelling"
    FILLED = "filled"
    REJECTED = "rejected"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        return self not in (OrderStatus.FILLED, OrderStatus.REJECTED, OrderStatus.CANCELLED)


class BreakerKind(StrEnum):
    DAILY_LOSS = "daily_loss"
    SINGLE_POSITION = "single_position"
    VOLATILITY = "volatility"
    MAX_DRAWDOWN = "max_drawdown"
    MANUAL = "manual"


class StopReason(StrEnum):
    INITIAL = "initial"
    AVERAGED = "averaged"
    TRAILING = "trailing"
    ATR_MOVED = "atr_moved"
    HEAT = "heat"
    EARNINGS = "earnings"
    EVENT = "event"
    SIGNAL = "signal"
    RAPID_MOVE = "rapid_move"
    OWNER = "owner"


class TierSource(StrEnum):
    """Who moved the risk tier."""

    AUTO = "auto"
    OWNER = "owner"
    EMERGENCY = "emergency"


class EventScope(StrEnum):
    MARKET = "market"
    SECTOR = "sector"
    TICKER = "ticker"


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class ActionKind(StrEnum):
    SPLIT = "split"
    DIVIDEND = "dividend"


class Harm(IntEnum):
    """How much a command can hurt its owner, which decides how much is asked before it is done."""

    LOOK = 0
    SAFER = 1
    NEUTRAL = 2
    RISKIER = 3
    GRAVE = 4


class Priority(IntEnum):
    LOW = 0
    MEDIUM = 1
    HIGH = 2
    CRITICAL = 3
