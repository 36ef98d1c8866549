"""Seven weeks of 2020, from calm into the crash: what the breakers promise, held against what was stored."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from engine.core.journal import Entry
from engine.core.words import Tier
from engine.verify import verify_files
from tests.journeys.house import People, copied, visit

SESSIONS = 31
ACCOUNT_WIDE = {"daily_loss", "volatility", "max_drawdown", "manual"}


class Crash(NamedTuple):
    """What was stored of those weeks, and what was pushed."""

    folder: Path
    journal: Sequence[Entry]
    news: list[str]
    skips: Counter[str]


@pytest.fixture(params=[Tier.CONSERVATIVE, pytest.param(Tier.MODERATE, marks=pytest.mark.slow)])
async def crash(request: pytest.FixtureRequest, begun_files: Path, tmp_path: Path, people: People) -> Crash:
    folder = copied(begun_files, tmp_path / "account")
    async with visit(folder, people) as account:
        await account.agree("trade for me")
        if request.param is Tier.MODERATE:
            await account.agree("set my risk to moderate")
        await account.days(SESSIONS)
        engine = account.house.engine
        skips = Counter(one.reason.code for one in engine.history.decisions if not one.acts)
        return Crash(folder, await engine.store.journal("paper"), await account.news(), skips)


def entries_and_what_stood(journal: Sequence[Entry]) -> Iterator[tuple[dict[str, Any], set[tuple[str, str | None]]]]:
    """Every decision to trade, with the breakers that stood when it was made."""
    standing: set[tuple[str, str | None]] = set()
    for row in journal:
        body = row.body
        if row.kind == "BreakerTripped":
            standing.add((body["breaker"]["kind"], body["breaker"]["ticker"]))
        elif row.kind == "BreakerResolved":
            standing.discard((body["kind"], body["ticker"]))
        elif row.kind == "Decided" and body["decision"]["reason"] == "none":
            yield body["decision"], set(standing)


async def test_breakers_trip_and_nothing_is_entered_while_one_stands(crash: Crash) -> None:
    trades = list(entries_and_what_stood(crash.journal))
    entries = [(one, stood) for one, stood in trades if one["side"] == "buy"]
    exits = [(one, stood) for one, stood in trades if one["side"] == "sell"]
    assert len(entries) > 30
    assert [one for one, stood in entries if ACCOUNT_WIDE & {kind for kind, _ in stood}] == []
    assert [one for one, stood in entries if ("single_position", one["ticker"]) in stood] == []
    assert [one for one, stood in exits if stood], "exits went on"

    planned = {row.body["tranches"]["decision_id"] for row in crash.journal if row.kind == "TranchesPlanned"}
    over = [row.body["tranches"]["decision_id"] for row in crash.journal if row.kind == "TranchesEnded"]
    assert sorted(over) == sorted(planned), "entries in parts came to an end, each once"

    tripped = [text for text in crash.news if "BREAKER" in text]
    stored = [row.body["breaker"] for row in crash.journal if row.kind == "BreakerTripped"]
    assert len(tripped) == len(stored) > 5
    assert {one["kind"] for one in stored} >= {"single_position", "volatility"}
    assert crash.skips["breaker"] > 0
    assert crash.skips["ticker_cooldown"] > 0
    resolved = [text for text in crash.news if "breaker is over" in text]
    assert len(resolved) == sum(row.kind == "BreakerResolved" for row in crash.journal)

    for text in crash.news:
        assert text.startswith("PAPER · "), text
        assert "{" not in text
        assert not re.search(r"\bNone\b|_", text), text
    summaries = [text for text in crash.news if "since the start" in text]
    assert len(summaries) == SESSIONS
    assert not any(re.search(r"single position(,| and) single position", text) for text in summaries)

    for name in ("parley.sqlite", "paper.sqlite"):
        assert (crash.folder / name).exists()
    assert verify_files(crash.folder / "parley.sqlite", crash.folder / "paper.sqlite").sound
