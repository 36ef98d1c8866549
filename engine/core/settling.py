"""The gates about money that has not arrived yet, and about sells of what was bought the same day."""

from engine.core.check import Check
from engine.core.rules import settlement as rule
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.units import Money
from engine.core.words import Settlement


def settled(price: Money, power: Money, coming: Money) -> Check:
    """Proceeds that have not arrived yet buy nothing: `coming` is what they will add to the buying power."""
    return Check(not rule.waits_for_settlement(price, power, coming), power, price)


def day_trades(state: State, scene: Scene, equity: Money) -> Check:
    """On margin no entry where one more day trade would break the pattern-day-trader rule."""
    made = lately_made(state, scene) if state.day_trades else 0
    on_margin = state.preferences.trading.settlement is Settlement.MARGIN
    return Check(not on_margin or not rule.day_trades_used_up(made, equity), made, rule.DAY_TRADES_ALLOWED)


def lately_made(state: State, scene: Scene) -> int:
    """How many day trades were made in the last five sessions, the latest that has begun included."""
    counted = (*scene.recent, scene.day)[-rule.DAY_TRADE_SESSIONS :]
    return sum(1 for day in state.day_trades if day >= counted[0].date)
