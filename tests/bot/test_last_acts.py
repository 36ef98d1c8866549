"""What was done last that undo does not put back, by the journal's rows."""

from typing import Any

import pytest

from bot.last_acts import finals
from engine.core.journal import Body, Entry
from tests.builders import ACCOUNT, NOON

CHANGED = ("PreferencesChanged", {"change": {"seq": 1}})
SOLD = ("OrderIntended", {"order": {"side": "sell"}})
YES = ("ProposalClosed", {"outcome": "none"})


def row(kind: str, body: dict[str, Any], actor: str = "anna", channel: str = "chat") -> Entry:
    return Entry(account=ACCOUNT, seq=1, at=NOON, actor=actor, channel=channel, kind=kind, body=Body.of(body))


@pytest.mark.parametrize(
    ("rows", "final"),
    [
        ([SOLD], "close"),
        ([("OrderIntended", {"order": {"side": "buy"}}), YES], "approve"),
        ([("ProposalClosed", {"outcome": "declined"})], "reject"),
        ([("EntriesResumed", {"change": None})], "resume"),
        ([("EngineKilled", {})], "stop"),
        ([CHANGED, SOLD, ("Witnessed", {})], "close"),
        ([SOLD, CHANGED], None),
        ([SOLD, CHANGED, ("TierChanged", {"change": {}})], None),
        ([("EngineKilled", {}), ("EntriesPaused", {"change": {}})], None),
    ],
)
def test_the_last_act_counts(rows: list[tuple[str, dict[str, Any]]], final: str | None) -> None:
    assert finals([row(*one) for one in rows]) == ({("anna", "chat"): final} if final else {})


def test_people_and_channels_stay_apart() -> None:
    rows = [row(*SOLD), row(*CHANGED, actor="ben"), row(*CHANGED, channel="phone")]
    assert finals(rows) == {("anna", "chat"): "close"}
