"""Why a command was not done: codes with facts, whose sentences are in phrases.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Refusal(StrEnum):
    BAD_VALUE = "bad_value"
    NOTHING_CHANGED = "nothing_changed"
    NOTHING_TO_UNDO = "nothing_to_undo"
    TOLERANCE_COOLDOWN = "tolerance_cooldown"
    TOLERANCE_ONE_STEP = "tolerance_one_step"
    AUTO_NEEDS_HEALTH = "auto_needs_health"
    AUTO_NEEDS_NO_BREAKER = "auto_needs_no_breaker"
    CHANGE_RATE = "change_rate"
    NO_PRICE_HERE = "no_price_here"
    EMPTY_UNIVERSE = "empty_universe"
    NOT_HERE = "not_here"
    NO_ASSET_CLASS = "no_asset_class"
    NO_ORDER_TYPE = "no_order_type"
    ALL_SECTORS_EXCLUDED = "all_sectors_excluded"
    AUTO_NEEDS_CEREMONY = "auto_needs_ceremony"
    OVERTAKEN = "overtaken"
    NO_TERM = "no_term"
    PAPER_ONLY = "paper_only"
    NOT_ENOUGH_CASH = "not_enough_cash"
    TOO_MUCH_CASH = "too_much_cash"
    NO_SUCH_PERSON = "no_such_person"
    WHICH_PERSON = "which_person"
    LAST_OWNER = "last_owner"
    BAD_CODE = "bad_code"
    TOO_MANY_CODES = "too_many_codes"
    NOT_ALLOWED = "not_allowed"
    NOT_HELD = "not_held"
    NO_PROPOSAL = "no_proposal"
    WHICH_PROPOSAL = "which_proposal"
    ALREADY_PAUSED = "already_paused"
    ALREADY_KILLED = "already_killed"
    NOT_PAUSED = "not_paused"
    UNTIL_PASSED = "until_passed"
    ALREADY_SELLING = "already_selling"
    ALREADY_DONE = "already_done"
    NOT_KNOWN = "not_known"
    STORE_DOWN = "store_down"
    MAYBE_STORED = "maybe_stored"
    STOP_OWED = "stop_owed"
    NOT_READY = "not_ready"
    STOP_TOO_WIDE = "stop_too_wide"
    LEVEL_CROSSED = "level_crossed"
    NO_ORDERS = "no_orders"
    NO_BREAKER = "no_breaker"
    NOT_TRADED = "not_traded"
    NOT_BOUGHT = "not_bought"
    NOT_ENOUGH_RESERVE = "not_enough_reserve"
    NO_STRATEGY = "no_strategy"
    TOO_MANY_STRATEGIES = "too_many_strategies"
    STRATEGY_IS_SO = "strategy_is_so"
    NO_EVENT = "no_event"
    ALREADY_FLAT = "already_flat"
    TOO_MANY_SHARES = "too_many_shares"
    NO_DIFFERENCE = "no_difference"
    SHARES_LACKING = "shares_lacking"
    BOOK_UNSETTLED = "book_unsettled"
    FILL_MISFITS = "fill_misfits"
    FENCED = "fenced"
    NO_SUCH_PART = "no_such_part"


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that was not done. `facts` fill the sentence of `code`."""

    code: Refusal
    facts: Mapping[str, Any] = field(default_factory=dict)
