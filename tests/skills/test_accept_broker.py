"""The owner's word that the broker's numbers count."""

from engine.core.commands import AcceptBroker
from skills.accept_broker import Accepted, accept_broker
from tests.skills.views import a_view


def test_with_a_company_its_shares_are_meant_and_without_one_the_cash() -> None:
    assert accept_broker(Accepted(ticker="KO"), a_view()) == AcceptBroker(ticker="KO")
    assert accept_broker(Accepted(), a_view()) == AcceptBroker(ticker=None)
