"""What every store keeps of conversations; each test runs on all of them."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.adapters import memory_store
from engine.adapters.sql_store import SqlStore, conversations
from engine.ports import Conversation, Conversations, Fenced
from tests.builders import ACCOUNT, NOON
from tests.engine.adapters.stores.conftest import a_file

MINUTE = timedelta(minutes=1)
LONG_AGO = NOON - timedelta(days=1)


def said(text: str = "{}", *, person: str = "anna", place: str = "chat", at: datetime = NOON) -> Conversation:
    return Conversation(person=person, place=place, at=at, text=text)


async def test_what_is_kept_comes_back_oldest_first(store: Conversations) -> None:
    ours = [said('{"a":"é"}'), said("{}", person="ben", at=NOON + MINUTE), said("[]", place="chat 2", at=NOON + MINUTE)]
    for one in ours:
        await store.keep(ACCOUNT, one, LONG_AGO)
    assert await store.recall(ACCOUNT) == (ours[0], ours[2], ours[1])
    assert await store.recall("other") == ()


async def test_the_last_word_of_a_place_stands_instead_of_the_one_before(store: Conversations) -> None:
    await store.keep(ACCOUNT, said("1"), LONG_AGO)
    await store.keep(ACCOUNT, said("2", person="ben", at=NOON), LONG_AGO)
    await store.keep(ACCOUNT, said("3", at=NOON + MINUTE), LONG_AGO)
    assert [one.text for one in await store.recall(ACCOUNT)] == ["2", "3"]


async def test_what_is_too_old_leaves_with_the_next_word(store: Conversations) -> None:
    await store.keep(ACCOUNT, said(), LONG_AGO)
    await store.keep("other", said(), LONG_AGO)
    at = NOON + 5 * MINUTE
    await store.keep(ACCOUNT, said(person="ben", at=at), NOON)
    assert [one.person for one in await store.recall(ACCOUNT)] == ["anna", "ben"]
    await store.keep(ACCOUNT, said(person="ben", at=at), NOON + timedelta(microseconds=1))
    assert [one.person for one in await store.recall(ACCOUNT)] == ["ben"]
    assert [one.person for one in await store.recall("other")] == ["anna"]


async def test_only_the_newest_stay(store: Conversations, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (conversations, memory_store):
        monkeypatch.setattr(module, "CONVERSATIONS_KEPT", 3)
    for number in range(6):
        await store.keep(ACCOUNT, said(str(number), place=f"chat {number}"), LONG_AGO)
    assert [one.text for one in await store.recall(ACCOUNT)] == ["3", "4", "5"]
    await store.keep(ACCOUNT, said("again", place="chat 3"), LONG_AGO)
    assert [one.text for one in await store.recall(ACCOUNT)] == ["again", "4", "5"]


async def test_one_place_is_forgotten(store: Conversations) -> None:
    for place in ("chat", "phone"):
        await store.keep(ACCOUNT, said(place=place), LONG_AGO)
    await store.forget(ACCOUNT, "anna", "chat")
    await store.forget(ACCOUNT, "nobody", "chat")
    assert [one.place for one in await store.recall(ACCOUNT)] == ["phone"]


async def test_it_is_there_after_a_start(database_place: str | Path) -> None:
    store = await SqlStore.open(database_place)
    await store.keep(ACCOUNT, said("kept"), LONG_AGO)
    await store.close()
    store = await SqlStore.open(database_place)
    assert await store.recall(ACCOUNT) == (said("kept"),)
    await store.close()


async def test_who_was_replaced_keeps_nothing(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    before, after = await SqlStore.open(path), await SqlStore.open(path)
    await before.take(ACCOUNT, "one")
    await after.take(ACCOUNT, "other")
    with pytest.raises(Fenced):
        await before.keep(ACCOUNT, said(), LONG_AGO)
    assert await after.recall(ACCOUNT) == ()
    await before.close()
    await after.close()
