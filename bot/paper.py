"""The paper broker's terms as config.yaml has them, and what they let an entry cost."""

from bot.config import Paper
from engine.core.policy import Policy
from engine.core.units import money
from engine.wiring import Terms

BASIS_POINT = 0.0001


def terms_of(paper: Paper) -> Terms:
    """The same numbers as the broker uses them: fractions and ten-thousandths of a dollar."""
    return Terms(
        spread=paper.spread_bps * BASIS_POINT,
        slippage=paper.slippage_bps * BASIS_POINT,
        fee_per_order=money(paper.fee_per_order_dollars),
        fee_per_share=money(paper.fee_per_share_dollars),
        fee_rate=paper.fee_pct / 100,
        fee_minimum=money(paper.fee_minimum_dollars),
        fill_share=paper.fill_pct / 100,
        collar=None if paper.collar_pct is None else paper.collar_pct / 100,
    )


def costed(policy: Policy, terms: Terms) -> Policy:
    """The policy with what this broker takes for an entry at most, so that cash is held for it."""
    away = terms.spread / 2 + terms.slippage
    return policy._replace(
        cost_rate=(1 + away) * (1 + terms.fee_rate) - 1,
        cost_a_share=terms.fee_per_share + (2 if away else 0),  # a share's price is rounded up
        cost_an_order=terms.fee_per_order + terms.fee_minimum + (1 if terms.fee_rate else 0),
    )
