"""What goes through every channel: a message in, a reply out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

How: TypeAlias = Literal["text", "voice", "button"]
HOWS: Final[tuple[How, ...]] = ("text", "voice", "button")
"""The ways in which something is said; a button counts for what it says, but never where words must be typed."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a person said. `person` and `id` are the channel's stable ones; `at` is people's time, aware UTC.

    `name` is how the channel calls the person, for people to read. With a `document`, a file of settings in YAML, it
    asks to put them in force, whatever the text says. `conversation` tells apart those whom a channel hears at once
    under one name, and `reply_to` is the id of the message whose question this answers, where it names that.
    """

    text: str
    person: str
    channel: str
    id: str
    at: datetime
    reply_to: str | None = None
    how: How = "text"
    name: str = ""
    document: str | None = None
    conversation: str = ""

    @property
    def where(self) -> str:
        """The channel and, where it has several, the conversation: a yes counts there alone."""
        return f"{self.channel} {self.conversation}".rstrip()


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
