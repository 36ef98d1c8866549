"""One kind alone, "only trade ETFs": nothing is done; what comes nearest is offered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from intents.result import Request
from intents.slots import Gap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intents.language import Language
    from intents.match import Reading

ONLY: Final = "_only"
SURE: Final = 1.0


def alone(found: Sequence[Reading], served: Sequence[Reading], language: Language) -> Gap | None:
    """What to ask when a message wants one kind and no other; None where something served explains more words."""
    wanted = [one for one in found if one.template.intent == ONLY]
    if not wanted:
        return None
    best = min(wanted, key=lambda one: one.skipped)
    if any(one.skipped < best.skipped for one in served):
        return None
    kind, named = best.values[0]
    return Gap("only", (), _nearest(kind, frozenset(named), language))


def _nearest(kind: str, named: frozenset[str], language: Language) -> tuple[Request, ...]:
    """All other kinds left out; a kind of securities may also be let in without that."""
    if kind == "sectors":
        return (Request("exclude", {"sectors": _others("sector", named, language)}, SURE),)
    others = Request("set_asset_classes", {"asset_classes": _others("asset_class", named, language), "on": False}, SURE)
    return others, Request("set_asset_classes", {"asset_classes": sorted(named), "on": True}, SURE)


def _others(kind: str, named: frozenset[str], language: Language) -> list[str]:
    return sorted({value for said, value in language.lists.choices.values() if said == kind} - named)
