"""Large positions come in parts, each with its own order; what the owner says ends them at once."""

import re
from pathlib import Path

from engine.core.words import Side
from engine.verify import verify_files
from tests.journeys.house import Visit

FIRST = re.compile(
    r"PAPER · Mon 3 Feb 09:45 · Bought (\d+) shares of [A-Z]+ at \$[\d.,]+ = \$[\d.,]+ "
    r"\([\d.]+% of the account\), 1 of 3 parts\. .+"
)
LAST = re.compile(
    r"PAPER · Mon 3 Feb 09:55 · Bought in 3 parts: (\d+) shares of [A-Z]+ in all\. "
    r"You hold (\d+) shares at \$[\d.,]+ = \$[\d.,]+ \([\d.]+% of the account\)\. "
    r"Stop \$[\d.,]+, take \$[\d.,]+; \$[\d.,]+ \([\d.]+%\) at risk\."
)


async def moderate(account: Visit) -> None:
    await account.agree("trade for me")
    await account.agree("set my risk to moderate")


async def test_a_large_position_is_bought_in_three_parts_and_told_twice(new: Visit, tmp_path: Path) -> None:
    await moderate(new)
    await new.days(1)
    told = await new.news()
    firsts = [found for text in told if (found := FIRST.fullmatch(text))]
    lasts = [found for text in told if (found := LAST.fullmatch(text))]
    assert len(firsts) == len(lasts) > 0, told
    for first, last in zip(firsts, lasts, strict=True):
        assert last[1] == last[2]
        assert 0 <= 3 * int(first[1]) - int(last[1]) <= 2, "the first part is a third, or a share more"
    decided = [one for one in new.house.engine.history.decisions if one.acts and one.side is Side.BUY]
    assert len(decided) == new.state.tally.entries == len(new.state.positions), "parts are one entry"
    assert not new.state.tranches
    report = verify_files(tmp_path / "account" / "parley.sqlite", tmp_path / "account" / "paper.sqlite")
    assert report.sound, report.as_text()


async def test_why_tells_of_the_parts(new: Visit) -> None:
    await moderate(new)
    await new.days(1)
    ticker = next(
        name for text in await new.news() if FIRST.match(text) for name in re.findall(r"of ([A-Z]+) at", text)
    )
    said = await new.say(f"why did you buy {ticker}?")
    assert said.startswith("Decided on Mon 3 Feb 09:45 to buy ")
    assert "in 3 parts, the first of" in said
    assert "In parts, as it is more than $5,000.00; each later part is judged anew" in said


async def test_a_pause_between_two_parts_gives_up_the_rest(new: Visit) -> None:
    await moderate(new)
    await new.until(lambda state: bool(state.tranches))
    planned = {plan.recommendation.ticker: plan for plan in new.state.tranches}
    held = {ticker: position.shares for ticker, position in new.state.positions.items()}
    await new.say("pause")
    assert not new.state.tranches
    news = [text for text in await new.news() if "fewer than meant, as entries are paused" in text]
    assert len(news) == len(planned)
    await new.days(1)
    assert {ticker: new.state.positions[ticker].shares for ticker in held} == held
    assert all(held[ticker] == plan.bought[0] for ticker, plan in planned.items())


async def test_who_wants_none_of_it_buys_at_once(new: Visit) -> None:
    await moderate(new)
    await new.say("turn gradual entry off")
    assert not new.state.preferences.trading.gradual_entry
    await new.days(1)
    assert not [text for text in await new.news() if "parts" in text]
    assert new.state.positions
