"""People come in by a code, do what their role allows, and leave; what is grave is typed."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from bot.message import Message, Reply
from engine.core import commands as c
from engine.core import events as e
from engine.core.words import Role, Topic
from tests.journeys.house import Visit

ANNA = {"person": "chat:42", "channel": "chat"}
HINT = "This is a private trading account. Ask its owner for a pairing code, and send it here."
BAD = "That code is not right, or its time is over. Ask for a new one."
NOT_ALLOWED = "As {} you may not do that; the owner can."


async def heard(visitor: Visit, text: str, **about: Any) -> Reply:
    """As `Visit.hear`, for what is not said by keys alone: a voice, a button, a name, a file."""
    whose = {"person": "terminal:local", "channel": "terminal", **about}
    return await visitor.house.dialogue.hear(Message(text=text, id=uuid4().hex, at=visitor.people.now, **whose))


async def code(visitor: Visit, **asked: Any) -> str:
    """What `parley pair` shows."""
    answer = await visitor.house.errands.run({"pair": asked})
    assert answer["code"] in answer["said"]
    found: str = answer["code"]
    return found


async def paired(visitor: Visit, role: Role, name: str = "Anna", person: str = "chat:42") -> None:
    said = await heard(visitor, await code(visitor, role=role.value), person=person, channel="chat", name=name)
    assert said.text.startswith(f"Welcome. As {'owner of' if role is Role.OWNER else role.value}")


def roles(visitor: Visit) -> dict[str, str]:
    return {one.id: one.role.value for one in visitor.state.people.values()}


def witnessed(visitor: Visit) -> list[tuple[str, str]]:
    """Topics of what was put into the journal, each with what it was about."""
    found = [event for event in visitor.events if isinstance(event, e.Witnessed)]
    return [(one.topic.value, str(one.facts.get("commands") or one.facts.get("code") or "")) for one in found]


# --- coming in


async def test_a_second_person_is_let_in_by_a_code(new: Visit) -> None:
    assert await new.say("status", **ANNA) == HINT
    shown = await code(new)
    assert re.fullmatch(r"[A-Z2-9]{4}-[A-Z2-9]{4}", shown)
    reply = await heard(new, f"pair {shown.lower()}", **ANNA, name="Anna\n\x1b[2J")
    assert reply.text == 'Welcome. As viewer you may look at everything and change nothing. Say "status" or "help".'
    assert new.state.people["chat:42"].name == "Anna [2J"
    assert (await new.say("status", **ANNA)).startswith("PAPER · Mon 3 Feb 09:30")
    assert await new.news() == ["PAPER · Anna [2J (chat:42) was let in as viewer."]
    assert await heard(new, shown, person="chat:43", channel="chat") == await heard(
        new, "ABCD-EFGH", person="chat:44", channel="chat"
    )
    assert roles(new) == {"terminal:local": "owner", "chat:42": "viewer"}


async def test_a_code_runs_out(new: Visit) -> None:
    shown = await code(new, minutes=10)
    new.people.wait(600)
    assert (await heard(new, shown, **ANNA)).text == BAD
    assert "chat:42" not in new.state.people


async def test_five_wrong_codes_and_then_silence(new: Visit) -> None:
    right = await code(new, role="owner", minutes=1440)
    for _ in range(5):
        assert (await heard(new, "ABCD-EFGH", **ANNA)).text == BAD
    assert (await heard(new, right, **ANNA)).text == "Those were too many wrong codes; try again in an hour."
    assert (await heard(new, right, **ANNA)).text == ""
    assert (await heard(new, "status", **ANNA)).text == ""
    assert "chat:42" not in new.state.people
    assert (await heard(new, right, person="chat:43", channel="chat")).text.startswith("Welcome.")
    again = await code(new, minutes=1440)
    new.people.wait(3600)
    assert (await heard(new, again, **ANNA)).text.startswith("Welcome.")


async def test_somebody_known_gets_the_higher_role(new: Visit) -> None:
    await paired(new, Role.OPERATOR)
    said = await heard(new, await code(new, role="viewer"), **ANNA)
    assert said.text.startswith("Welcome. As operator")
    await heard(new, await code(new, role="owner"), **ANNA)
    assert roles(new)["chat:42"] == "owner"
    assert (await heard(new, await code(new))).text.startswith("Welcome. As owner")
    assert roles(new)["terminal:local"] == "owner"


async def test_a_word_of_eight_letters_is_no_code_to_who_is_known(new: Visit) -> None:
    assert "did not understand" in await new.say("payments")
    assert await new.say("ABCD-EFGH") == BAD


async def test_nothing_that_could_be_a_code_or_its_hash_is_told(new: Visit) -> None:
    shown = await code(new, role="owner")
    await heard(new, f"pair {shown}", **ANNA)
    await heard(new, "WXYZ-2345", person="chat:43", channel="chat")
    journal = await new.house.engine.store.journal("paper")
    kept = " ".join(str(entry) for entry in journal)
    assert shown not in kept
    assert "WXYZ" not in kept


# --- what each may do


ACTS = [
    "pause", "stop everything", "trade for me", "watch apple", "set my daily loss limit to 2 percent", "undo",
    "reset the paper account", "make anna an owner", "close everything", "add $5,000 of paper money",
    "resume",
]  # fmt: skip


@pytest.mark.parametrize("how", ["text", "voice", "button"])
async def test_a_viewer_looks_and_does_nothing_however_he_says_it(new: Visit, how: str) -> None:
    await paired(new, Role.VIEWER)
    before = new.state
    for act in ACTS:
        answer = (await heard(new, act, **ANNA, how=how)).text
        assert answer == NOT_ALLOWED.format("viewer") or "not" in answer, (act, answer)
        await heard(new, "yes", **ANNA, how=how)
    document = "risk: {daily_loss_limit_pct: 1}"
    assert (await heard(new, "", **ANNA, how=how, document=document)).text == NOT_ALLOWED.format("viewer")
    after = new.state
    assert (after.preferences, after.people, after.pause, after.killed_at, after.transfers, after.version) == (
        before.preferences, before.people, before.pause, before.killed_at, before.transfers, before.version
    )  # fmt: skip
    assert ("refused", "not_allowed") in witnessed(new)


async def test_an_operator_trades_but_does_nothing_grave(new: Visit) -> None:
    await paired(new, Role.OPERATOR)
    assert "Yes or no?" in await new.say("trade for me", **ANNA)
    assert (await new.say("yes", **ANNA)).startswith("Done: I now trade by myself")
    for grave in ("reset the paper account", "make anna an owner"):
        assert await new.say(grave, **ANNA) == NOT_ALLOWED.format("operator")
        assert "nothing waits for it now; nothing was done" in await new.say("reset paper", **ANNA)
    assert roles(new)["chat:42"] == "operator"
    assert new.state.reset_at is None


async def test_an_owner_turns_a_viewer_out(new: Visit) -> None:
    await paired(new, Role.VIEWER)
    await new.news()
    asked = await new.hear("kick anna out")
    assert 'Type "remove Anna" within two minutes to do it; anything else is a no.' in asked.text
    assert [button.says for button in asked.buttons] == ["no"]
    assert await new.say("  REMOVE anna ") == "Done: Anna (viewer) may do nothing here any more."
    assert await new.news() == ["PAPER · Anna (chat:42) is turned out (was viewer)."]
    assert await new.say("status", **ANNA) == HINT


async def test_the_last_owner_cannot_leave(new: Visit) -> None:
    await heard(new, await code(new), name="Sam")
    only = "Sam is the only owner, and an account needs one. Make somebody else owner first. Nothing was changed."
    assert await new.say("make sam a viewer") == only
    answer = await new.house.errands.run({"role": {"person": "terminal:local", "role": "none"}})
    assert answer == {"error": only, "code": "last_owner"}
    await paired(new, Role.OWNER)
    await new.say("make sam a viewer")
    assert (await new.say("make sam viewer")).startswith("Done: Sam is viewer now (was owner).")
    assert await new.say("pause") == NOT_ALLOWED.format("viewer")


async def test_the_machine_itself_passes_the_same_gate(new: Visit) -> None:
    """Somebody else owns the account now: whoever has the machine only looks, until it is started anew."""
    await paired(new, Role.OWNER)
    run = new.house.errands.run
    given = await run({"role": {"person": "terminal:local", "role": "viewer"}})
    assert str(given["said"]).startswith("Done: terminal:local is viewer now")
    for grave in ({"pair": {"role": "owner"}}, {"role": {"person": "chat:42", "role": "none"}}):
        assert await run(grave) == {"error": NOT_ALLOWED.format("viewer"), "code": "not_allowed"}
    assert (await run({"message": {"text": "pause"}}))["reply"]["text"] == NOT_ALLOWED.format("viewer")
    assert len((await run({"people": {}}))["people"]) == 2
    assert "document" in await run({"export": {}})
    assert roles(new) == {"terminal:local": "viewer", "chat:42": "owner"}
    await new.house.engine.bus.do(c.SetRole(person="terminal:local", role=None))
    turning_out = {"person": "chat:42", "role": "none"}
    for kind, asked in (("people", {}), ("export", {}), ("pair", {}), ("role", turning_out)):
        answer = await run({kind: asked})
        assert answer["code"] == "not_allowed"
    assert (await run({"message": {"text": "status"}}))["reply"]["text"] == HINT


async def test_whoever_is_turned_out_while_asked_may_not_say_yes(new: Visit) -> None:
    await paired(new, Role.OPERATOR)
    await new.say("trade for me", **ANNA)
    await new.say("kick anna out")
    await new.say("remove anna")
    assert (await new.say("yes", **ANNA)) == HINT
    await paired(new, Role.VIEWER)
    assert await new.say("yes", **ANNA) == NOT_ALLOWED.format("viewer")
    assert new.state.preferences.trading.autonomy == "off"


# --- what is grave


async def asked_to_reset(visitor: Visit) -> str:
    said = await visitor.say("reset the paper account")
    assert 'Type "reset paper" within two minutes to do it; anything else is a no.' in said
    return said


async def test_a_grave_command_is_done_by_its_typed_words(new: Visit) -> None:
    await asked_to_reset(new)
    await new.say("Reset Paper ")
    assert new.state.reset_at is not None
    assert [one for one in witnessed(new) if one[0] in ("asked", "confirmed")] == [
        ("asked", "['ResetAccount']"), ("confirmed", "['ResetAccount']")
    ]  # fmt: skip
    assert (await new.say("undo")).startswith("A reset cannot be put back.")


async def test_neither_yes_nor_voice_nor_button_does_it(new: Visit) -> None:
    await asked_to_reset(new)
    assert await new.say("yes") == 'A yes is not enough for that. Type "reset paper" to do it, or say no.'
    typed = 'That has to be typed, not spoken or pressed: "reset paper". It still waits.'
    for how in ("voice", "button"):
        assert (await heard(new, "reset paper", how=how)).text == typed
    assert new.state.reset_at is None
    await new.say("reset paper")
    assert new.state.reset_at is not None


@pytest.mark.parametrize("words", ["reset papier", "reset paper now", "reset", "do it"])
async def test_other_words_drop_it(new: Visit, words: str) -> None:
    await asked_to_reset(new)
    answer = await new.say(words)
    if "reset the" not in answer and "Type" not in answer:
        assert answer == 'That is not "reset paper", so it is dropped. Nothing was changed.'
        assert ("wrong_phrase", "['ResetAccount']") in witnessed(new)
    assert new.state.reset_at is None


async def test_the_words_count_from_who_was_asked_where_and_in_time(new: Visit) -> None:
    await paired(new, Role.OWNER)
    await asked_to_reset(new)
    await new.say("reset paper", **ANNA)
    await new.say("reset paper", channel="phone")
    assert new.state.reset_at is None
    new.people.wait(120)
    assert (await new.say("reset paper")).startswith("That question has run out after two minutes")
    assert new.state.reset_at is None
    assert ("expired", "['ResetAccount']") in witnessed(new)


async def test_a_no_and_another_command_drop_it_and_a_look_does_not(new: Visit) -> None:
    await asked_to_reset(new)
    assert await new.say("no") == "All right, dropped: beginning the account anew. Nothing was changed."
    await asked_to_reset(new)
    await new.say("watch apple")
    await new.say("reset paper")
    assert new.state.reset_at is None
    await asked_to_reset(new)
    await new.say("status")
    await new.say("reset paper")
    assert new.state.reset_at is not None


async def test_beside_other_things_it_is_asked_for_alone(new: Visit) -> None:
    said = await new.say("reset the paper account and set my risk to moderate")
    assert said.startswith("Something in that is grave, and is asked for alone; say it again by itself.")
    assert "risk tolerance: conservative → moderate" in said
    await new.say("yes")
    assert new.state.preferences.trading.risk_tolerance == "moderate"
    assert new.state.reset_at is None


# --- what is kept


async def test_everything_that_was_said_and_changed_nothing_is_in_the_journal(new: Visit) -> None:
    await new.say("trade for me")
    await new.say("no")
    await new.say("set my daily loss limit to 90 percent")
    await new.say("trade for me")
    await new.say("pause")
    await new.say("never lose more than 5 percent a day")
    await new.say("never lose more than 1 percent a day", channel="phone")
    await new.say("yes")
    await heard(new, "hello", person="chat:9", channel="chat")
    assert witnessed(new) == [
        ("asked", "['ChangePreferences']"),
        ("declined", "['ChangePreferences']"),
        ("refused", "bad_value"),
        ("asked", "['ChangePreferences']"),
        ("overtaken", "['ChangePreferences']"),
        ("asked", "['ChangePreferences']"),
        ("login", ""),
        ("overtaken", "['ChangePreferences']"),
        ("stranger", ""),
    ]
    rows = await new.house.engine.store.journal("paper")
    (login, *_) = [row for row in rows if row.kind == "Witnessed" and row.body["topic"] == Topic.LOGIN]
    assert (login.actor, login.channel) == ("terminal:local", "terminal")


async def test_a_long_message_is_kept_by_its_beginning(new: Visit) -> None:
    await new.say("trade for me " + "please " * 60)
    said = [event.facts["said"] for event in new.events if isinstance(event, e.Witnessed) and "said" in event.facts]
    assert [len(one) for one in said] == [200]


async def test_a_store_that_is_down_does_not_break_the_answer(new: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.ports import Unavailable

    async def full(_: object) -> None:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(new.house.engine.store, "save", full)
    assert "Yes or no?" in await new.say("trade for me")
    assert await new.say("no") == "All right, dropped: autonomy. Nothing was changed."
    assert await new.say("hello", person="chat:9") == HINT


# --- undo of what one message changed


async def test_undo_puts_back_all_that_one_message_changed(new: Visit) -> None:
    await new.say("set my daily loss limit to 2 percent and set my max drawdown to 10 percent")
    asked = await new.say("undo")
    assert "daily loss limit: 2% → 3%" in asked
    assert "drawdown" in asked
    await new.say("yes")
    risk = new.state.preferences.risk
    assert (risk.daily_loss_limit_pct, risk.max_drawdown_pct) == (3, 15)


async def test_the_owners_clock(new: Visit) -> None:
    """What is said and what is heard are times of the owner's zone, whatever the market's is."""
    assert "Mon 3 Feb 09:30" in await new.say("status")
    change = c.ChangePreferences(patch={"notifications.timezone": "Europe/Berlin"}, by="terminal:local")
    await new.house.engine.bus.do(change)
    assert "Mon 3 Feb 15:30" in await new.say("status")
    assert "until Mon 3 Feb 20:00" in await new.say("pause until 8 pm")
    assert new.state.pause is not None
    assert new.state.pause.until == datetime(2020, 2, 3, 19, 0, tzinfo=UTC)
