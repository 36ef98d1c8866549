"""What was said last, by whom and where: it counts for five minutes, and a start goes on with it."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.confirm import Place
from bot.desk import Desk
from bot.kept import Kept, Unreadable, as_text, from_text
from bot.last_acts import finals
from bot.message import Reply
from bot.picks import listed, still_open
from bot.turn import Memory, Turn
from engine.core.journal import Entry
from engine.core.questions import open_questions
from engine.core.strategies import known
from engine.ports import Conversation, Conversations, Unavailable
from engine.view import View
from intents.context import Context, Question, follow
from intents.load import Language
from intents.result import Parsed, Request
from skills import events

log = structlog.get_logger(__name__)

REMEMBERS: Final = timedelta(minutes=5)
PATIENCE_S: Final = 1.0
"""So long an answer waits for what it leans on to be stored; then it is given all the same, and stored later."""


class Memories:
    """The conversation with each person in each channel, as far as it matters for what is said next."""

    def __init__(self, language: Language, desk: Desk, conversations: Conversations) -> None:
        self._language, self._desk, self._conversations = language, desk, conversations
        self._memories: dict[Place, Memory] = {}
        self._own: dict[str, str] = {}
        self._unkept: dict[Place, None] = {}
        self._lost: set[Place] = set()
        self._keeping = asyncio.Lock()

    def context(self, place: Place, view: View) -> Context:
        """What the parser may know: waiting commands, open question, last request, the owner's clock."""
        memory = self._memories.get(place)
        if memory is not None and view.scene.wall - memory.at >= REMEMBERS:
            memory = None
        held = self._desk.confirmations.lately(place, view.scene.wall)
        proposals = [Request("approve", {"tickers": [name]}) for name in open_questions(view.state)]
        return Context(
            now=view.scene.at,
            tz=view.state.preferences.notifications.timezone,
            watchlist=view.state.preferences.trading.watchlist,
            positions=tuple(sorted(view.state.positions)),
            held=(*proposals, *(held.requests if held else ())),
            question=memory.question if memory else None,
            last=memory.last if memory else None,
            wall=view.scene.wall,
            strategies=known(view.state, view.scene),
            listed=memory.listed if memory and still_counts(memory, view) else (),
        )

    def remember(self, turn: Turn, parsed: Parsed, reply: Reply) -> None:
        """Keep what this turn leaves to lean on."""
        after = follow(turn.context, parsed, self._language)
        self._forget_conversations(turn.view)
        asked = offered(turn, parsed, reply) or still_open(turn, after)
        self.touch(turn.place)
        names, at = shown(reply, turn) or self._listed(turn.place)
        now = turn.view.scene.wall
        self._memories[turn.place] = Memory(now, asked, after.last, reply, turn.message.id, names, at)

    def lost(self, place: Place) -> bool:
        """Whether what was said there before this process began could not be gone on with, and nothing was said yet."""
        return place in self._lost and place not in self._memories

    def _listed(self, place: Place) -> tuple[tuple[str, ...], datetime | None]:
        memory = self._memories.get(place)
        return (memory.listed, memory.listed_at) if memory else ((), None)

    def _forget_conversations(self, view: View) -> None:
        """A channel's conversations come and go: what was said in them longer ago than counts is dropped."""
        old = [place for place, one in self._memories.items() if view.scene.wall - one.at >= REMEMBERS]
        for place in old:
            if " " in place[1]:
                del self._memories[place]
                self._desk.forget(place)

    async def recall(self, view: View, rows: Iterable[Entry]) -> None:
        """Go on where the process before this one was; what cannot be read, or is over, is dropped.

        However long ago it was, the journal's newest `rows` tell what was done last that undo does not put back.
        """
        for place, final in finals(rows).items():
            self._desk.put_back(place, None, final)
        account = view.state.account
        try:
            for one in await self._conversations.recall(account):
                if not self._put_back(one, view):
                    self._lost.add((one.person, one.place))
                    await self._conversations.forget(account, one.person, one.place)
        except Unavailable as error:
            log.warning("conversations.not_recalled", why=str(error))

    def _put_back(self, one: Conversation, view: View) -> bool:
        """Remember this again; whether that could be."""
        if not one.at <= view.scene.wall < one.at + REMEMBERS:
            return False
        try:
            kept = from_text(one.text, view)
        except Unreadable as error:
            log.warning("conversation.dropped", place=one.place, why=str(error))
            return False
        place = (one.person, one.place)
        if kept.memory is not None:
            self._memories[place] = kept.memory
        if kept.tongue is not None:
            self._own[one.person] = kept.tongue
        if kept.held is not None:
            self._desk.confirmations.put_back(place, kept.held, unanswered=kept.unanswered)
        self._desk.put_back(place, kept.did, kept.final)
        return True

    def tongue(self, person: str) -> str | None:
        """The language that somebody chose for himself; None for whatever the account is spoken with in."""
        return self._own.get(person)

    def speak(self, place: Place, code: str) -> None:
        """Talk with this person in another language from now on, wherever."""
        self._own[place[0]] = code
        self.touch(place)

    def touch(self, *places: Place) -> None:
        """What is remembered of these is not what is stored any more."""
        self._unkept |= dict.fromkeys(places)

    async def keep(self, view: View) -> None:
        """Store what is not stored yet; where that cannot be, it stays in memory and is tried with the next answer.

        What can never be stored of a place is logged and given up; a start knows nothing of that place then.
        """
        try:
            async with asyncio.timeout(PATIENCE_S), self._keeping:
                for place in tuple(self._unkept):
                    await self._stored(place, view)
        except (Unavailable, TimeoutError) as error:
            log.warning("conversation.not_kept", why=str(error) or "no answer in time")

    async def _stored(self, place: Place, view: View) -> None:
        """Store one conversation; what is changed of it meanwhile is stored anew."""
        del self._unkept[place]
        account, now, text = view.state.account, view.scene.wall, self._text(place, view)
        person, where = place
        try:
            if text is None:
                await self._conversations.forget(account, person, where)
            else:
                said = Conversation(person=person, place=where, at=now, text=text)
                await self._conversations.keep(account, said, now - REMEMBERS)
        except (Unavailable, asyncio.CancelledError):
            self.touch(place)
            raise
        except Exception:  # whatever cannot be kept of one conversation, every answer is given
            log.exception("conversation.lost", place=where)

    def _text(self, place: Place, view: View) -> str | None:
        """What is stored of one conversation; None where it holds what has no text, as a skill from outside may say."""
        try:
            text = as_text(self._kept(place, view), view.state)
            text.encode()  # half a character has no place in any store
        except Exception:
            log.exception("conversation.unwritable", place=place[1])
            return None
        return text

    def _kept(self, place: Place, view: View) -> Kept:
        confirmations = self._desk.confirmations
        return Kept(
            memory=self._memories.get(place),
            held=confirmations.lately(place, view.scene.wall),
            unanswered=confirmations.unanswered(place),
            did=self._desk.did(place),
            final=self._desk.stays(place),
            tongue=self._own.get(place[0]),
        )

    def answered_last(self, place: Place) -> str | None:
        """The id of the message that was answered there last; None for none."""
        memory = self._memories.get(place)
        return memory.message if memory else None

    def last_reply(self, place: Place) -> Reply | None:
        """What was answered there last, however long ago."""
        memory = self._memories.get(place)
        return memory.reply if memory else None


def shown(reply: Reply, turn: Turn) -> tuple[tuple[str, ...], datetime] | None:
    """The companies of a list that was just shown, and when; None where none was."""
    question = listed(reply)
    if question is None:
        return None
    return tuple(str(one.slots["ticker"]) for one in question.candidates), turn.view.scene.wall


def still_counts(memory: Memory, view: View) -> bool:
    """Whether the list that was shown last may still be meant."""
    return memory.listed_at is not None and view.scene.wall - memory.listed_at < REMEMBERS


def offered(turn: Turn, parsed: Parsed, reply: Reply) -> Question | None:
    """What a number chooses next, where a skill asked which one is meant."""
    if reply.key != events.WHICH or not parsed.requests:
        return listed(reply)
    (request, *_) = parsed.requests
    found = events.choices(request.slots, turn.view) if request.intent == "mark_event" else ()
    return Question(candidates=tuple(replace(request, slots=dict(slots)) for slots in found))
