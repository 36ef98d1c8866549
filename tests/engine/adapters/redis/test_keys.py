"""The names under which things stand, written out: others read them, so they do not change."""

import json

from engine.adapters.redis import keys
from engine.core.words import BreakerKind


def test_keys_are_these() -> None:
    assert keys.dedupe("paper", "momentum-1") == "stonks:dedupe:trading:paper:momentum-1"
    assert keys.breakers("paper") == "stonks:trading:circuit_breaker:paper"
    assert keys.preferences("paper") == "stonks:trading:preferences:paper"
    assert keys.notification_rate("telegram", "ann") == "stonks:trading:notification_rate:telegram:ann"
    assert keys.rate("pair", "ann") == "stonks:trading:rate:pair:ann"
    assert keys.told("paper") == "stonks:trading:told:paper"
    assert keys.whole("paper") == "stonks:trading:whole:paper"
    assert keys.QUOTES == "stonks:trading:quotes"
    assert keys.EVENTS == "stonks:stream:trading"
    assert keys.CHANGED == "stonks:trading:changed"
    assert keys.BROKER_ORDERS == "stonks:queue:broker_orders"
    assert keys.BROKER_TAKEN == "stonks:queue:broker_taken"
    assert keys.broker_epoch("paper") == "stonks:broker:epoch:paper"


def test_a_breaker_of_one_ticker_names_it() -> None:
    assert keys.breaker(BreakerKind.DAILY_LOSS, None) == "daily_loss"
    assert keys.breaker(BreakerKind.SINGLE_POSITION, "KO") == "single_position:KO"


def test_every_value_carries_its_version() -> None:
    assert json.loads(keys.value(seq=3)) == {"v": 1, "seq": 3}
