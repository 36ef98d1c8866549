"""What is said at once, before a missing piece is asked for: that it could not be done, or what comes first."""

from types import MappingProxyType
from typing import Final

from bot.readback import tongue
from bot.turn import Turn
from intents.result import Parsed
from skills.skill import Say

OF_HOLDINGS: Final = frozenset({"sell", "set_stop", "set_take_profit"})
FIRST: Final = MappingProxyType(
    {
        "phrase.reset": "reset the paper account",
        "phrase.flatten": "sell everything",
        "phrase.reserve": "take $500 out of the reserve",
    }
)
"""What leads to the words that are typed before something grave is done."""


def untimely(turn: Turn) -> Say | None:
    """What to say first, where the words were typed that something grave would have waited for."""
    typed, account = turn.message.text.strip().casefold(), {"account": turn.view.state.kind.value}
    for key, first in FIRST.items():
        phrase = tongue().say(key, account).text
        if typed == phrase.casefold():
            return Say("confirm.phrase_first", {"phrase": phrase, "first": first})
    return None


def not_held(turn: Turn, parsed: Parsed) -> Say | None:
    """That a company is not held, where how much of it or at what price would be asked in vain."""
    if not parsed.missing or len(parsed.candidates) != 1 or parsed.candidates[0].intent not in OF_HOLDINGS:
        return None
    ticker = parsed.candidates[0].slots.get("ticker")
    if ticker is None or ticker in turn.view.state.positions:
        return None
    return Say("positions.not_held", {"tickers": [ticker]})
