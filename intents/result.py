"""What reading one message gives: requests that are safe to hand on, or what to ask back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Status = Literal["ok", "clarify", "unknown"]


@dataclass(frozen=True, slots=True)
class Request:
    """One thing that was asked for: an intent of the contract with its canonical slot values.

    `confidence` is 1.0 for words taken as they stand, lower when spelling was repaired or the sentence was composed.
    `corrects` says that it gives what was asked for just before another value.
    """

    intent: str
    slots: Mapping[str, Any] = field(default_factory=dict)
    confidence: float = 1.0
    corrects: bool = False

    def same(self, other: Request) -> bool:
        """Whether both ask for exactly the same, however surely it was heard."""
        return self.intent == other.intent and dict(self.slots) == dict(other.slots)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The reading of one message.

    `requests` is empty unless the status is ok. `missing` names the slots to ask for; the half-filled request is then
    the first of `candidates`. `why` is the code of the guard or gap, None when all is clear. `unclear` are the words of
    a part that was not understood, where the others were.
    """

    text: str
    status: Status
    requests: tuple[Request, ...] = ()
    missing: tuple[str, ...] = ()
    candidates: tuple[Request, ...] = ()
    why: str | None = None
    unclear: str | None = None

    def alike(self, other: Parsed) -> bool:
        """Whether another reading comes to the same, whatever its words."""
        return (
            self.status == other.status
            and len(self.requests) == len(other.requests)
            and all(mine.same(yours) for mine, yours in zip(self.requests, other.requests, strict=True))
        )


def as_json(parsed: Parsed) -> dict[str, Any]:
    """The reading as plain JSON values, keys in the order of the manual."""
    return {
        "text": parsed.text,
        "status": parsed.status,
        "requests": [_request(one) for one in parsed.requests],
        "missing": list(parsed.missing),
        "candidates": [_request(one) for one in parsed.candidates],
        "why": parsed.why,
    }


def _request(request: Request) -> dict[str, Any]:
    slots = {name: list(value) if isinstance(value, tuple) else value for name, value in request.slots.items()}
    return {"intent": request.intent, "slots": slots, "confidence": round(request.confidence, 2)}
