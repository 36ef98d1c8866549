"""The quick look at many positions finds every one that the exact look would sell."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.exiting import being_sold, exit_of, exits, suspects
from engine.core.nouns import Position
from engine.core.scene import Quote
from engine.core.words import Origin, Side
from tests.builders import NOON, an_order
from tests.engine.scenes import MINUTE_S, a_ground, a_holding, a_scene, an_account, holding, prefer

TICKERS = ("AAPL", "JNJ", "JPM", "KO", "PEP", "XOM")


@st.composite
def held(draw: st.DrawFn, ticker: str) -> Position:
    entry = draw(st.integers(1, 2_000))
    shares = draw(st.integers(1, 10**6))
    position = a_holding(ticker, str(entry), shares)
    stop, take = draw(st.integers(1, entry * 10_000 - 1)), draw(st.integers(entry * 10_000 + 1, 10**8))
    ends = draw(st.sampled_from([None, None, NOON - timedelta(seconds=1), NOON, NOON + timedelta(seconds=1)]))
    return replace(position, stop=stop, take=take, micro=ends is not None, expires_at=ends)


@st.composite
def quotes(draw: st.DrawFn, position: Position) -> Quote | None:
    """At a level, at the very loss that is too much, somewhere else, old, or none."""
    least = position.entry * 9 // 10
    near = st.sampled_from([position.stop, position.take, least, position.entry]).flatmap(
        lambda level: st.integers(max(1, level - 2), level + 2)
    )
    price = draw(near | st.integers(1, 10**8))
    age = draw(st.sampled_from([0, 0, 899, 900, 901, 9_001, 86_400, 129_600, 129_601, 345_600]))
    return draw(st.sampled_from([Quote(price, NOON - timedelta(seconds=age), None)] * 5 + [None]))


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from([MINUTE_S, 86_400]), st.sampled_from([10.0, 0.5, 33.3]))
def test_p10_the_quick_look_misses_nothing(data: st.DataObject, interval_s: int, loss_pct: float) -> None:
    positions = [data.draw(held(ticker)) for ticker in TICKERS]
    seen = {position.ticker: data.draw(quotes(position)) for position in positions}
    halts = st.dictionaries(st.sampled_from(TICKERS), st.sampled_from([NOON, NOON - timedelta(seconds=901)]))
    scene = replace(
        a_scene(interval_s=interval_s, traded_since=data.draw(halts)),
        quotes={name: quote for name, quote in seen.items() if quote},
    )
    account = an_account("10000000000", preferences=prefer(risk__single_position_loss_pct=loss_pct))
    ground = a_ground(holding(account, *positions), scene)

    due = {position.ticker for position in positions if [*exit_of(ground, position)]}

    assert due <= {position.ticker for position in suspects(ground)}


def test_what_is_wholly_being_sold_is_not_sold_again() -> None:
    state = holding(an_account(), a_holding("KO", "60", 100), a_holding("PEP", "150", 10))
    selling = an_order(client_order_id="s", ticker="KO", side=Side.SELL, shares=100, filled_shares=0)
    part = an_order(client_order_id="p", ticker="PEP", side=Side.SELL, shares=6, filled_shares=2)
    state = replace(state, orders={"s": selling, "p": part})
    scene = a_scene(prices={"KO": "50", "PEP": "100"})

    assert being_sold(state) == {"KO": 100, "PEP": 4}
    sold = [command for command in exits(a_ground(state, scene)) if getattr(command, "origin", None)]
    assert [(command.ticker, command.origin) for command in sold] == [("PEP", Origin.SINGLE_POSITION)]  # type: ignore[attr-defined]
