from engine.core import commands as c
from engine.core.words import AssetClass, Style
from skills.scope import Holding, Kinds, set_asset_classes, set_style
from tests.skills.views import a_view, words

ETFS, REITS = AssetClass.ETFS, AssetClass.REITS


def test_a_style_is_a_change_of_one_field() -> None:
    assert set_style(Holding(style=Style.DAY), a_view()) == c.ChangePreferences(patch={"trading.style": Style.DAY})


def test_kinds_of_securities_join_and_leave() -> None:
    assert set_asset_classes(Kinds(asset_classes=(REITS, ETFS), on=True), a_view()) == c.ChangePreferences(
        patch={"trading.asset_classes": ("equities", "etfs", "reits")}
    )
    assert set_asset_classes(Kinds(asset_classes=(ETFS,), on=False), a_view()) == c.ChangePreferences(
        patch={"trading.asset_classes": ("equities",)}
    )


def test_kinds_that_are_so_already() -> None:
    assert words(set_asset_classes(Kinds(asset_classes=(ETFS,), on=True), a_view())) == (
        "Nothing to change: ETFs may be bought already. In all: equities and ETFs."
    )
    assert words(set_asset_classes(Kinds(asset_classes=(REITS,), on=False), a_view())) == (
        "Nothing to change: REITs may not be bought as it is. What may: equities and ETFs."
    )
