"""News on their way out: in order, each once, marked when shown, never in the way."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest

from bot import notify
from bot.message import Button
from bot.notify import Notifier
from bot.phrases import Phrases
from engine.adapters.memory_store import MemoryStore
from engine.bus import Done
from engine.ports import Unavailable
from tests.builders import ACCOUNT, NOON, a_batch, a_state, an_announcement
from tests.fakes import FakeClock

PHRASES = Phrases(
    {"push.one": "{ticker} one", "push.trade_proposed": "shall I?", **{
        key: key for name in ("yes", "no", "why") for key in (f"button.{name}", f"button.{name}.says")
    }}
)  # fmt: skip


class Screen:
    """What was shown; while `dark`, nothing can be."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.buttons: list[str] = []
        self.dark = False

    async def push(self, text: str, buttons: Sequence[Button]) -> None:
        if self.dark:
            raise Unavailable("nobody is there")
        self.shown.append(text)
        self.buttons += [button.says for button in buttons]


async def stored(*keys: str) -> MemoryStore:
    store = MemoryStore()
    news = tuple(an_announcement(id=f"{n:04d}", key=key, facts={"ticker": f"T{n}"}) for n, key in enumerate(keys))
    await store.save(a_batch(announcements=news))
    return store


def a_notifier(store: MemoryStore, screen: Screen) -> Notifier:
    return Notifier(a_state, store, FakeClock(NOON), PHRASES, screen.push)


async def test_everything_is_shown_in_order_once_and_marked() -> None:
    store, screen = await stored(*["push.one"] * 250), Screen()
    notifier = a_notifier(store, screen)
    await notifier.flush()
    await notifier.flush()
    assert screen.shown == [f"T{n} one" for n in range(250)]
    assert await store.undelivered(ACCOUNT, 999) == ()


async def test_a_proposal_has_its_buttons() -> None:
    store, screen = await stored("push.trade_proposed"), Screen()
    await a_notifier(store, screen).flush()
    assert screen.buttons[:2] == ["button.yes.says", "button.no.says"]


async def test_what_has_no_words_is_told_by_its_name() -> None:
    store, screen = await stored("push.strange", "push.one"), Screen()
    await a_notifier(store, screen).flush()
    assert screen.shown == ["trade opened", "T1 one"]


async def test_what_could_not_be_shown_waits() -> None:
    store, screen = await stored("push.one", "push.one"), Screen()
    notifier, screen.dark = a_notifier(store, screen), True
    with pytest.raises(Unavailable):
        await notifier.flush()
    assert len(await store.undelivered(ACCOUNT, 9)) == 2
    screen.dark = False
    await notifier.flush()
    assert screen.shown == ["T0 one", "T1 one"]


async def test_what_was_shown_but_could_not_be_marked_is_not_shown_again(monkeypatch: pytest.MonkeyPatch) -> None:
    store, screen = await stored("push.one", "push.one"), Screen()
    notifier = a_notifier(store, screen)

    async def full(*_: object) -> None:
        raise Unavailable("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(store, "delivered", full)
        for _ in range(3):
            with pytest.raises(Unavailable):
                await notifier.flush()
    await notifier.flush()
    assert screen.shown == ["T0 one", "T1 one"]
    assert await store.undelivered(ACCOUNT, 9) == ()


async def test_it_runs_when_something_happened_and_again_after_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "RETRY_S", 0.001)
    store, screen = await stored("push.one"), Screen()
    screen.dark = True
    notifier = a_notifier(store, screen)
    running = asyncio.create_task(notifier.run())
    await asyncio.sleep(0.01)
    assert screen.shown == []
    screen.dark = False
    await asyncio.sleep(0.02)
    assert screen.shown == ["T0 one"]
    state = await store.load(ACCOUNT)
    batch = a_batch(state, announcements=(an_announcement(id="9999", key="push.one", facts={"ticker": "KO"}),))
    await store.save(batch)
    await notifier(Done((), a_state(), a_state()))
    await asyncio.sleep(0.02)
    assert screen.shown == ["T0 one", "KO one"]
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_what_no_store_can_hold_is_shown_at_once() -> None:
    screen = Screen()
    await a_notifier(MemoryStore(), screen).cry(an_announcement(key="push.one", facts={"ticker": "KO"}))
    assert screen.shown == ["KO one"]
