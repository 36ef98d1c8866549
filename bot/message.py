"""What goes through every channel: a message in, a reply out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """What a person said. `person` and `id` are the channel's stable ones; `at` is people's time, aware UTC."""

    text: str
    person: str
    channel: str
    id: str
    at: datetime
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """Something one would do next; pressing it sends the text `says`."""

    label: str
    says: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Our answer, written and spoken; `picture` is a PNG. `key` and `facts` name the phrase that it was made from."""

    text: str
    speech: str
    buttons: tuple[Button, ...] = ()
    picture: bytes | None = None
    key: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
