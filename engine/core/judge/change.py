"""The record of an act that can be put back: who did what, where, by which message."""

from engine.core import commands as c
from engine.core.judge.ground import Ground
from engine.core.nouns import Change, Term

Fields = tuple[tuple[str, object, object], ...]


def change_of(
    command: c.Command, ground: Ground, fields: Fields, how: str = "set", before: tuple[Term, ...] = ()
) -> Change:
    """The change that a command makes of these fields (path, old value, new value)."""
    return Change(
        seq=ground.next_seq,
        at=ground.scene.wall,
        by=command.by,
        fields=fields,
        message=message_of(command.key),
        how=how,
        channel=command.channel,
        before=before,
    )


def message_of(key: str | None) -> str | None:
    """The message that a command came with: its key without the last part; None where it came with none."""
    return (key or "").rpartition(":")[0] or None
