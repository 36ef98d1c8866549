"""Somebody speaks German with the whole house, and changes his mind about it."""

from pathlib import Path

import pytest

from bot.message import Button
from engine.core.words import Autonomy, Tier
from tests.journeys.house import People, Visit, visit


async def in_german(new: Visit) -> None:
    assert "Sprache: Englisch → Deutsch" in await new.say("speak German")


async def test_a_pause_and_its_end_are_said_in_german(new: Visit) -> None:
    await in_german(new)
    assert await new.say("pausiere") == "Pause: nichts wird gekauft. Mit „fortsetzen“ geht es weiter."
    asked = await new.hear("setze den Handel fort")
    assert asked.text.endswith("Ja oder nein?")
    assert asked.buttons == (Button("Ja", "ja"), Button("Nein", "nein"))
    assert (await new.say("ja")).startswith("Es geht weiter.")
    assert new.state.pause is None


async def test_a_looser_limit_is_read_back_with_german_numbers(new: Visit) -> None:
    await in_german(new)
    await new.say("setze mein Tagesverlustlimit auf 1 %")
    asked = await new.say("setze mein Tagesverlustlimit auf zweieinhalb Prozent")
    assert "Tagesverlustlimit: 1 % → 2,5 %" in asked
    assert (await new.say("ja")).startswith("Erledigt.")
    assert new.state.preferences.risk.daily_loss_limit_pct == 2.5
    assert (await new.say("mach das rückgängig")).startswith("Zurückgenommen")
    assert new.state.preferences.risk.daily_loss_limit_pct == 1


async def test_a_purchase_is_read_back_in_german(new: Visit) -> None:
    await in_german(new)
    for _ in range(40):
        asked = await new.say("kaufe 2 Pepsi-Aktien")
        if asked.endswith("Ja oder nein?"):
            break
        assert asked.startswith("Von PEP wurde nichts gekauft. Es war keine Zeit für Käufe.")
        await new.replay.beat()
    assert asked.startswith("PAPER · 2 Aktien von PEP zu etwa 1")
    assert " $ (" in asked
    assert (await new.say("nein")).startswith("Gut, verworfen.")
    assert not new.state.orders


@pytest.mark.parametrize(
    "text", ["verkauf Apple nicht", "soll ich Tesla kaufen?", "wenn es fällt, verkaufe", "pausiere nicht"]
)
async def test_what_is_turned_around_is_never_done(new: Visit, text: str) -> None:
    await in_german(new)
    before = new.state
    assert "nichts" in (await new.say(text)).lower()
    assert new.state == before


async def test_english_is_still_understood_and_answered_in_german(new: Visit) -> None:
    await in_german(new)
    assert (await new.say("set my risk to conservative")).startswith("Nichts zu ändern")
    assert new.state.preferences.trading.risk_tolerance is Tier.CONSERVATIVE
    assert "Keine offenen Positionen" in await new.say("show my positions")


async def test_german_is_no_language_of_somebody_who_speaks_english(new: Visit) -> None:
    assert "did not understand" in await new.say("zeig meine Positionen")
    await new.say("pausiere den Handel")
    assert new.state.pause is None


async def test_the_language_is_switched_back_by_talking_and_by_undo(new: Visit) -> None:
    await in_german(new)
    assert "language: German → English" in await new.say("sprich Englisch")
    assert "Sprache: Englisch → Deutsch" in await new.say("undo")
    assert new.state.preferences.notifications.language == "de"


async def test_a_language_that_is_not_spoken_is_refused_with_those_that_are(new: Visit) -> None:
    assert await new.say("speak French") == "I do not speak that; there is English and German. Nothing was changed."
    await in_german(new)
    assert await new.say("sprich Französisch") == (
        "Das spreche ich nicht; es gibt Englisch und Deutsch. Nichts wurde geändert."
    )
    assert new.state.preferences.notifications.language == "de"


async def test_help_in_german_lists_what_can_be_said_in_german(new: Visit) -> None:
    await in_german(new)
    told = await new.say("Hilfe")
    assert '"zeig meine Positionen"' in told
    assert "show" not in told
    assert '"pausiere bis morgen"' in told


async def test_a_missing_piece_is_asked_for_and_answered_in_german(new: Visit) -> None:
    await in_german(new)
    asked = await new.hear("setze die Autonomie auf")
    assert asked.text
    asked = await new.hear("setze mein Risiko")
    assert "konservativ, moderat oder aggressiv" in asked.text
    assert [button.says for button in asked.buttons] == ["konservativ", "moderat", "aggressiv"]
    assert new.state.preferences.trading.autonomy is Autonomy.OFF


async def test_news_come_in_the_owners_language(new: Visit) -> None:
    await in_german(new)
    await new.news()
    await new.days(1)
    told = "\n".join(await new.news())
    assert "seit Beginn" in told
    assert "since the start" not in told


async def test_every_german_button_is_understood(new: Visit) -> None:
    await in_german(new)
    for text in ("rückgängig", "warum?", "Status", "Hilfe", "zeig meine Limits", "wie stehe ich da?"):
        assert "nicht verstanden" not in await new.say(text), text


async def test_another_person_speaks_a_language_of_his_own(new: Visit) -> None:
    code = (await new.house.errands.run({"pair": {"role": "operator"}}))["code"]
    anna = {"person": "chat:42", "channel": "chat"}
    await new.say(code, **anna)
    assert await new.say("speak German", **anna) == "Ab jetzt spreche ich Deutsch mit dir."
    assert "Keine offenen Positionen" in await new.say("zeig meine Positionen", **anna)
    assert "No open positions" in await new.say("show my positions")
    assert new.state.preferences.notifications.language == "en"
    assert await new.say("sprich Englisch", **anna) == "I speak English with you from now on."


async def test_a_new_account_is_spoken_with_in_the_language_that_is_configured(tmp_path: Path, people: People) -> None:
    async with visit(tmp_path, people, language="de") as new:
        assert await new.say("danke") == "Gern geschehen."
        assert new.state.preferences.notifications.language == "de"
