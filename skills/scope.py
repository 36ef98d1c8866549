"""What is traded, and how long it is meant to be held."""

from engine.core.commands import ChangePreferences
from engine.core.words import AssetClass, Style
from engine.view import View
from skills.skill import Answer, Say, Skill, SlotModel

PATH = "trading.asset_classes"


class Holding(SlotModel):
    """`set_style`."""

    style: Style


class Kinds(SlotModel):
    """`set_asset_classes`: kinds of securities that may be bought from now on, or no more."""

    asset_classes: tuple[AssetClass, ...]
    on: bool


def set_style(slots: Holding, view: View) -> Answer:  # noqa: ARG001
    return ChangePreferences(patch={"trading.style": slots.style})


def set_asset_classes(slots: Kinds, view: View) -> Answer:
    bought = set(view.state.preferences.trading.asset_classes)
    wanted = bought | {*slots.asset_classes} if slots.on else bought - {*slots.asset_classes}
    if wanted == bought:
        key = "asset_classes.bought_already" if slots.on else "asset_classes.not_bought"
        return Say(key, {"named": [one.value for one in slots.asset_classes], "bought": sorted(bought)})
    return ChangePreferences(patch={PATH: tuple(sorted(wanted))})


SKILLS = (
    Skill("set_style", Holding, set_style, "neutral"),
    Skill("set_asset_classes", Kinds, set_asset_classes, "by_direction"),
)
