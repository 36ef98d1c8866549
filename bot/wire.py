"""How messages and replies cross the local socket: one JSON object a line."""

import base64
import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from bot.message import HOWS, Button, Message, Reply
from engine.core.journal import plain

LONGEST: Final = 1_000_000
"""Bytes that a line may have: a file of settings at most, with room for what JSON makes of it."""

CHANNEL: Final = "socket"


class BadRequest(Exception):
    """A line that is none of ours; the text says what is wrong with it."""


def line(held: Mapping[str, Any]) -> bytes:
    """One object as a line."""
    return json.dumps(held, ensure_ascii=True, default=str).encode() + b"\n"


def object_of(raw: bytes) -> dict[str, Any]:
    """The object that a line is; raises BadRequest."""
    try:
        held = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadRequest("not JSON") from None
    if not isinstance(held, dict):
        raise BadRequest("not a JSON object")
    return held


def text_of(held: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """A piece of text by its name, with "?" for what is no character; raises BadRequest where there is none."""
    value = held.get(name, default)
    if not isinstance(value, str):
        raise BadRequest(f"{name} must be text")
    return value.encode(errors="replace").decode()


def asked(text: str, document: str | None = None, **named: str) -> dict[str, Any]:
    """A message as a request; its `conversation`, and the message that it answers, where they are named."""
    return {"message": {"text": text, "id": uuid.uuid4().hex, "document": document, **named}}


def message_of(held: Mapping[str, Any], person: str, at: datetime) -> Message:
    """A message as it came in; who says it is not the line's to say. Raises BadRequest."""
    how, document, reply_to = held.get("how", "text"), held.get("document"), held.get("reply_to")
    if how not in HOWS:
        raise BadRequest(f"how must be one of {', '.join(HOWS)}")
    return Message(
        text=text_of(held, "text"),
        person=person,
        channel=CHANNEL,
        id=text_of(held, "id", uuid.uuid4().hex),
        at=at,
        reply_to=None if reply_to is None else text_of(held, "reply_to"),
        how=how,
        document=None if document is None else text_of(held, "document"),
        conversation=text_of(held, "conversation", ""),
    )


def from_reply(reply: Reply) -> dict[str, Any]:
    """A reply as it goes out."""
    return {
        "text": reply.text,
        "speech": reply.speech,
        "buttons": [{"label": one.label, "says": one.says} for one in reply.buttons],
        "picture": base64.b64encode(reply.picture).decode() if reply.picture else None,
        "key": reply.key,
        "facts": plain(reply.facts),
    }


def to_reply(held: Mapping[str, Any]) -> Reply:
    """A reply as it came back."""
    return Reply(
        text=held["text"],
        speech=held["speech"],
        buttons=tuple(Button(one["label"], one["says"]) for one in held["buttons"]),
        picture=base64.b64decode(held["picture"]) if held["picture"] else None,
        key=held["key"],
        facts=held["facts"],
    )
