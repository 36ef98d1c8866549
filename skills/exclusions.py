"""What is never bought: companies and sectors that the owner excludes, and lets in again."""

from typing import Any

from engine.core.commands import ChangePreferences
from engine.core.preferences import Preferences
from engine.core.units import Ticker
from engine.core.words import Sector
from engine.view import View
from skills.skill import Answer, Say, Skill, SlotModel

COMPANIES = "trading.excluded_tickers"
SECTORS = "trading.excluded_sectors"


class Excluded(SlotModel):
    """`exclude`, `include`: companies, sectors, or both."""

    tickers: tuple[Ticker, ...] = ()
    sectors: tuple[Sector, ...] = ()


def exclude(slots: Excluded, view: View) -> Answer:
    if not (slots.tickers or slots.sectors):
        return Say("slot.tickers")
    old = now(view)
    wanted = {COMPANIES: {*old[COMPANIES], *slots.tickers}, SECTORS: {*old[SECTORS], *slots.sectors}}
    return changed(old, wanted) or Say("exclusions.already", {"named": named(slots)})


def include(slots: Excluded, view: View) -> Answer:
    if not (slots.tickers or slots.sectors):
        return Say("slot.tickers")
    old = now(view)
    wanted = {COMPANIES: old[COMPANIES] - {*slots.tickers}, SECTORS: old[SECTORS] - {*slots.sectors}}
    return changed(old, wanted) or Say("exclusions.not_excluded", around(slots, view))


def now(view: View) -> dict[str, set[str]]:
    trading = view.state.preferences.trading
    return {COMPANIES: set(trading.excluded_tickers), SECTORS: set(trading.excluded_sectors)}


def changed(old: dict[str, set[str]], wanted: dict[str, set[str]]) -> ChangePreferences | None:
    """The change of the lists that differ; None where none does."""
    patch: dict[str, Any] = {path: tuple(sorted(wanted[path])) for path in old if wanted[path] != old[path]}
    return ChangePreferences(patch=patch) if patch else None


def named(slots: Excluded) -> list[str]:
    return [*slots.tickers, *(sector.value for sector in slots.sectors)]


def around(slots: Excluded, view: View) -> dict[str, Any]:
    return {"named": named(slots), "left": excluded(view.state.preferences) or None}


def excluded(preferences: Preferences) -> list[str]:
    """All that is excluded: companies first, then sectors."""
    trading = preferences.trading
    return [*trading.excluded_tickers, *(sector.value for sector in trading.excluded_sectors)]


SKILLS = (
    Skill("exclude", Excluded, exclude, "safer"),
    Skill("include", Excluded, include, "riskier"),
)
