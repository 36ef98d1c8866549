"""Where the owner wants a holding sold: its stop and its take-profit."""

from decimal import ROUND_CEILING, Decimal
from typing import Annotated, TypeAlias

from pydantic import Field

from engine.core.commands import MoveStop, MoveTake
from engine.core.nouns import Position
from engine.core.units import MAX_PRICE, Money, Ticker, dollars, money
from engine.view import View
from skills.skill import Answer, Say, Skill, SlotModel

Price: TypeAlias = Annotated[Decimal, Field(gt=0, le=dollars(MAX_PRICE))]
WHOLE = 100


class Stop(SlotModel):
    """`set_stop`: a price in dollars, or percent under the price of now."""

    ticker: Ticker
    price: Price | None = None
    percent: Annotated[Decimal, Field(gt=0, lt=WHOLE)] | None = None


class Take(SlotModel):
    """`set_take_profit`: a price in dollars, or percent over what was paid for a share on average."""

    ticker: Ticker
    price: Price | None = None
    percent: Annotated[Decimal, Field(gt=0)] | None = None


def set_stop(slots: Stop, view: View) -> Answer:
    held = view.position(slots.ticker)
    if held is None:
        return Say("positions.not_held", {"tickers": [slots.ticker]})
    if (slots.price is None) is (slots.percent is None):
        return Say("ask.missing", {"slot": Say("slot.price")})
    stop = money(slots.price) if slots.price is not None else below(slots.percent or Decimal(0), held, view)
    return MoveStop(ticker=slots.ticker, stop=stop)


def set_take_profit(slots: Take, view: View) -> Answer:
    held = view.position(slots.ticker)
    if held is None:
        return Say("positions.not_held", {"tickers": [slots.ticker]})
    if (slots.price is None) is (slots.percent is None):
        return Say("ask.missing", {"slot": Say("slot.price")})
    take = money(slots.price) if slots.price is not None else over_cost(slots.percent or Decimal(0), held)
    return MoveTake(ticker=slots.ticker, take=take)


def below(percent: Decimal, held: Position, view: View) -> Money:
    """So many percent under the last price, rounded up; under the entry where there is none."""
    price = view.scene.price(held.ticker) or held.entry
    return up(price * (WHOLE - percent) / WHOLE)


def over_cost(percent: Decimal, held: Position) -> Money:
    """So many percent over what a share cost on average, rounded up."""
    return up(held.cost * (WHOLE + percent) / WHOLE / held.shares)


def up(price: Decimal) -> Money:
    return int(price.to_integral_value(ROUND_CEILING))


SKILLS = (
    Skill("set_stop", Stop, set_stop, "by_direction"),
    Skill("set_take_profit", Take, set_take_profit, "by_direction"),
)
