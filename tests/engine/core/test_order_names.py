"""The names of orders: short enough for any broker, and never the same for two."""

from hypothesis import given
from hypothesis import strategies as st

from engine.core.ordering import client_order_id

accounts = st.one_of(st.text(min_size=1, max_size=80), st.sampled_from(["paper", "a", "a-d1", "a-d1-1"]))
decisions = st.integers(1, 10**9).map(lambda number: f"d{number}")
named = st.tuples(accounts, decisions, st.integers(1, 99))


def test_a_usual_name_can_be_read() -> None:
    assert client_order_id("paper", "d123", 2) == "paper-d123-2"


def test_a_long_accounts_orders_have_short_names() -> None:
    long = "the-account-of-somebody-with-a-very-long-name"
    assert client_order_id(long, "d123", 2) == "870fe4dcac415b348c5e86720ef6a0b5cf9a741602999989"


@given(named)
def test_a_name_has_48_characters_at_most_that_every_broker_takes(order: tuple[str, str, int]) -> None:
    name = client_order_id(*order)
    assert 0 < len(name) <= 48
    assert all("!" <= character <= "~" for character in name)


@given(named, named)
def test_two_orders_never_share_a_name(one: tuple[str, str, int], other: tuple[str, str, int]) -> None:
    assert (client_order_id(*one) == client_order_id(*other)) == (one == other)


@given(named)
def test_the_same_order_has_the_same_name_again(order: tuple[str, str, int]) -> None:
    assert client_order_id(*order) == client_order_id(*order)
