from engine.core import commands as c
from skills.proposals import Tickers, approve, reject
from tests.skills.views import a_view


def test_the_owners_answer_is_a_command() -> None:
    assert approve(Tickers(tickers=("KO",)), a_view()) == c.Approve(tickers=("KO",))
    assert approve(Tickers(), a_view()) == c.Approve()
    assert reject(Tickers(tickers=("KO",)), a_view()) == c.Reject(tickers=("KO",))
