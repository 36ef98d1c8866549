"""What was said last, by whom and where: it counts for five minutes."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.confirm import Confirmations, Place
from bot.message import Reply
from bot.turn import Memory, Turn
from engine.core.questions import open_questions
from engine.core.strategies import known
from engine.view import View
from intents.context import Context, Question, follow
from intents.load import Language
from intents.result import Parsed, Request
from skills import events

REMEMBERS: Final = timedelta(minutes=5)


class Memories:
    """The conversation with each person in each channel, as far as it matters for what is said next."""

    def __init__(self, language: Language, confirmations: Confirmations) -> None:
        self._language, self._confirmations = language, confirmations
        self._memories: dict[Place, Memory] = {}

    def context(self, place: Place, view: View) -> Context:
        """What the parser may know: waiting commands, open question, last request, the owner's clock."""
        memory = self._memories.get(place)
        if memory is not None and view.scene.wall - memory.at >= REMEMBERS:
            memory = None
        held = self._confirmations.lately(place, view.scene.wall)
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
        )

    def remember(self, turn: Turn, parsed: Parsed, reply: Reply) -> None:
        """Keep what this turn leaves to lean on."""
        after = follow(turn.context, parsed, self._language)
        self._forget_conversations(turn.view)
        asked = offered(turn, parsed, reply) or after.question
        self._memories[turn.place] = Memory(turn.view.scene.wall, asked, after.last, reply, turn.message.id)

    def _forget_conversations(self, view: View) -> None:
        """A channel's conversations come and go: what was said in them longer ago than counts is dropped."""
        old = [place for place, one in self._memories.items() if view.scene.wall - one.at >= REMEMBERS]
        for place in old:
            if " " in place[1]:
                del self._memories[place]

    def answered_last(self, place: Place) -> str | None:
        """The id of the message that was answered there last; None for none."""
        memory = self._memories.get(place)
        return memory.message if memory else None

    def last_reply(self, place: Place) -> Reply | None:
        """What was answered there last, however long ago."""
        memory = self._memories.get(place)
        return memory.reply if memory else None


def offered(turn: Turn, parsed: Parsed, reply: Reply) -> Question | None:
    """What a number chooses next, where a skill asked which one is meant."""
    if reply.key != events.WHICH or not parsed.requests:
        return None
    (request, *_) = parsed.requests
    found = events.choices(request.slots, turn.view) if request.intent == "mark_event" else ()
    return Question(candidates=tuple(replace(request, slots=dict(slots)) for slots in found))
