"""What a command changes, as one batch: the new account, its journal rows and its announcements."""

from typing import Any

from engine.core import commands as c
from engine.core.announce import announced
from engine.core.announcement import Moment
from engine.core.apply import applied
from engine.core.copying import replace
from engine.core.events import Event, PreferencesChanged
from engine.core.journal import Body, Entry, digest
from engine.core.scene import Scene
from engine.core.state import State
from engine.ports import Batch


def batch_of(command: c.Command, events: tuple[Event, ...], old: State, scene: Scene) -> Batch:
    """All that is written for a command: the new account, its journal rows and its announcements."""
    entries = journaled(command, events, old, scene)
    new = replace(applied(old, events), market_at=scene.at, seq=entries[-1].seq, head=entries[-1].hash)
    return Batch(
        key=command.key,
        old=old if old.seq else None,
        new=new,
        events=events,
        entries=entries,
        announcements=announced(events, Moment(old, new, scene)),
    )


def joined(first: Batch, second: Batch) -> Batch:
    """Two batches of one account, the second of a command without a key, as one."""
    return replace(
        first,
        new=second.new,
        events=first.events + second.events,
        entries=first.entries + second.entries,
        announcements=first.announcements + second.announcements,
    )


def journaled(command: c.Command, events: tuple[Event, ...], old: State, scene: Scene) -> tuple[Entry, ...]:
    """One row an event, each bound to the one before."""
    rows: list[Entry] = []
    head = old.head
    for seq, event in enumerate(events, old.seq + 1):
        row = Entry(
            account=old.account,
            seq=seq,
            at=scene.wall,
            actor=command.by,
            channel=command.channel,
            kind=type(event).__name__,
            body=Body.of(event),
            previous=head,
            **changed_setting(event),
        )
        row = replace(row, hash=digest(row))
        head = row.hash
        rows.append(row)
    return tuple(rows)


def changed_setting(event: Event) -> dict[str, Any]:
    """Path, old and new value of an event that changed exactly one setting."""
    if not isinstance(event, PreferencesChanged) or len(event.change.fields) != 1:
        return {}
    path, old, new = event.change.fields[0]
    return {"path": path, "old": str(old), "new": str(new)}
