"""The one pipe: a message goes in, a reply comes out, and on the way it passes gate, parser, skill and confirmation."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Final

import structlog

from bot import answers
from bot.access import Access
from bot.confirm import Confirmations, Place
from bot.desk import Desk
from bot.help import reading
from bot.imports import imported
from bot.interpreting import Interpreting, shortened
from bot.llm import Interpreter
from bot.memories import Memories
from bot.message import Message, Reply
from bot.moves import ANSWERS, answered, typed
from bot.phrases import Phrases
from bot.questions import forget
from bot.sooner import not_held, untimely
from bot.tongues import CODES, Tongues
from bot.turn import Overtaken, Tongue, Turn
from bot.whys import REFUSING, because
from bot.witness import names_of
from engine.core.journal import Entry
from engine.core.refusals import Refusal, Refused
from engine.core.words import Role, Topic
from engine.ports import Conversations
from intents.choices import answers as answers_to
from intents.result import Parsed
from intents.tongues import parse_in
from skills.skill import Say

log = structlog.get_logger(__name__)

TALK: Final = frozenset({"look", "dialogue"})
NOTHING: Final = frozenset({"confirm.nothing_open"})
SILENCE: Final = Reply("", "")


class Dialogue:
    """Hears every message of every channel."""

    def __init__(
        self,
        desk: Desk,
        access: Access,
        tongue: Tongue,
        conversations: Conversations,
        interpreter: Interpreter | None = None,
    ) -> None:
        self._desk, self._access = desk, access
        self._tongues = Tongues(tongue)
        self._language = tongue.language
        self.interpreting = Interpreting(interpreter, self._language)
        self._memories = Memories(self._language, desk, conversations)
        self._begun: set[tuple[str, str]] = set()

    @property
    def confirmations(self) -> Confirmations:
        """What waits for a yes."""
        return self._desk.confirmations

    async def begin(self, person: str, channel: str) -> None:
        """Write down that a channel begins for somebody who is known; a second time it is nothing new."""
        if (person, channel) not in self._begun and self._access.role(person) is not None:
            self._begun.add((person, channel))
            await self._desk.clerk.note(Topic.LOGIN, person, channel, {})

    async def recall(self, rows: Iterable[Entry]) -> None:
        """Go on with the conversations that a process before this one had; `rows` are the journal's newest."""
        await self._memories.recall(await self._desk.look(), rows)

    async def keep(self, *places: Place) -> None:
        """Store what is to be remembered of these places."""
        self._memories.touch(*places)
        await self._memories.keep(await self._desk.look())

    async def hear(self, message: Message) -> Reply:
        """Answer one message; whatever goes wrong is answered too, and nothing is done twice."""
        try:
            code = self._access.code_said(message)
            if code is not None:
                return self._worded(await self._paired(message, code))
            role = self._access.role(message.person)
            if role is None:
                return self._worded(await self._turned_away(message))
            await self.begin(message.person, message.channel)
            return await self._heard(message, role)
        except Exception:  # a bug must not end the chat: it is logged with its message's id, and said
            log.exception("message.failed", channel=message.channel, message=message.id)
            return answers.reply([Say("sorry")], self._tongues.of(self._desk.spoken).phrases)

    def _worded(self, say: Say | None) -> Reply:
        return SILENCE if say is None else answers.reply([say], self._tongues.of(self._desk.spoken).phrases)

    async def _paired(self, message: Message, code: str) -> Say | None:
        answer = await self._access.pair(message, code)
        if not isinstance(answer, Refused):
            return answer
        if answer.code is Refusal.BAD_CODE:
            await self._desk.clerk.note(Topic.STRANGER, message.person, message.channel, {"code": "wrong"})
        return answers.refused(answer)

    async def _turned_away(self, message: Message) -> Say | None:
        hint = await self._access.hint(message)
        if hint is not None:
            await self._desk.clerk.note(Topic.STRANGER, message.person, message.channel, {})
        return hint

    async def _heard(self, message: Message, role: Role) -> Reply:
        view = await self._desk.look()
        place = (message.person, message.where)
        context, before = self._memories.context(place, view), self._memories.answered_last(place)
        language = self._tongues.of(self._code(message.person, role)).language
        turn = Turn(message, role, view, context, before, language=language)
        self._memories.touch(place)
        self.interpreting.overtake(place)
        await self._note_silence(turn)
        parsed, said = await self._understood(turn)
        if said and view.stale:
            said = [Say("stale"), *said]
        if said and said[-1].key in NOTHING and self._memories.lost(place):
            said = [Say("confirm.nothing_since_start")]
        reply = self._repeated(turn) if said is None else answers.reply(said, self._phrases(turn))
        if parsed is not None:
            self._memories.remember(turn, parsed, reply)
        if reply.key.startswith(REFUSING) or self._wants_else(parsed):
            self._desk.confirmations.pass_by(turn.place, message.id)
        await self._memories.keep(turn.view)
        return reply

    def _wants_else(self, parsed: Parsed | None) -> bool:
        """Whether a message is about a change, be it possible or to be asked back; an answer to us is none."""
        contract = self._language.contract
        meant = (one.intent for one in (*parsed.requests, *parsed.candidates)) if parsed is not None else ()
        return any(one in contract and contract[one].harm not in TALK and one not in ANSWERS for one in meant)

    async def _understood(self, turn: Turn) -> tuple[Parsed | None, list[Say] | None]:
        """How a message was read, None for one that was overtaken; and the answers to it, None for "repeat"."""
        text, now = turn.message.text, turn.view.scene.wall
        nothing = Parsed(text, "unknown")
        if turn.message.document is not None:
            return nothing, await imported(self._desk, turn)
        held = self._desk.confirmations.lately(turn.place, now)
        if held is not None and held.typed(text):
            return nothing, [await typed(self._desk, turn, held)]
        language = turn.language or self._language
        parsed = parse_in(text, turn.context, self._tongues.read_in(language))
        log.info("message.heard", channel=turn.message.channel, status=parsed.status, why=parsed.why)
        if parsed.status == "ok":
            told = self._own_language(turn, parsed) or because(
                self._desk, turn, parsed.requests, self._memories.last_reply(turn.place)
            )
            if told is not None:
                return nothing, [told]
            repeats = [one.intent for one in parsed.requests] == ["repeat"]
            return parsed, None if repeats else await answered(self._desk, turn, parsed.requests)
        if held is not None and held.phrase is not None and not held.expired(now):
            await forget(self._desk, turn, Topic.WRONG_PHRASE)
            return nothing, [Say("confirm.wrong_phrase", {"phrase": held.phrase})]
        return await self._unclear(turn, parsed)

    async def _unclear(self, turn: Turn, parsed: Parsed) -> tuple[Parsed | None, list[Say]]:
        """What is asked back, or said in place of a question that would lead nowhere."""
        nothing, language = Parsed(parsed.text, "unknown"), turn.language or self._language
        if (first := untimely(turn) or not_held(turn, parsed)) is not None:
            return nothing, [first]
        choices = partial(answers_to, context=turn.context, language=language)
        asked = answers.not_understood(parsed, partial(reading, language=language), choices)
        if parsed.why == "nothing_open" and asked.key == "ask.again":
            asked = Say("confirm.nothing_open", {}, asked.buttons)
        ordinary = [answers.worded(asked, self._phrases(turn))]
        return await self._proposed(turn, parsed, ordinary)

    async def _proposed(self, turn: Turn, parsed: Parsed, ordinary: list[Say]) -> tuple[Parsed | None, list[Say]]:
        """What a language model makes of what was not understood, if there is one; else the ordinary answer."""
        model = self.interpreting
        if not model.wanted(turn, parsed):
            return parsed, ordinary
        turn = model.begins(turn)
        if model.defers(turn):
            model.after(self._answered_later(turn, parsed, ordinary))
            return parsed, [Say("llm.asking")]
        return await self._asked(turn, parsed, ordinary)

    async def _asked(self, turn: Turn, parsed: Parsed, ordinary: list[Say]) -> tuple[Parsed | None, list[Say]]:
        try:
            requests = await self.interpreting.requests(turn)
            turn = replace(turn, view=await self._desk.look())
            turn.must_count()
            if not requests:
                return parsed, ordinary
            understood = replace(parsed, status="ok", requests=requests, why=None)
            return understood, await self.interpreting.said(self._desk, turn, requests)
        except Overtaken:
            return None, ordinary
        finally:
            self.interpreting.ends(turn)

    async def _answered_later(self, turn: Turn, parsed: Parsed, ordinary: list[Say]) -> None:
        """Show what a model made of a message while the conversation went on."""
        assert self.interpreting.later is not None
        try:
            reply = await self._made_of(turn, parsed, ordinary)
        except Exception:  # whoever was told to wait is told how it ended
            log.exception("message.failed", channel=turn.message.channel, message=turn.message.id)
            reply = answers.reply([Say("sorry")], self._phrases(turn))
        await self.interpreting.later(reply)

    async def _made_of(self, turn: Turn, parsed: Parsed, ordinary: list[Say]) -> Reply:
        """What is shown at last, remembered where nothing else was answered since."""
        understood, said = await self._asked(turn, parsed, ordinary)
        said = [Say("llm.late", {"text": shortened(turn.message.text)}), *said]
        reply = answers.reply(said, self._phrases(turn))
        if understood is not None and self._memories.answered_last(turn.place) == turn.message.id:
            self._memories.remember(turn, understood, reply)
            await self._memories.keep(turn.view)
        return reply

    async def _note_silence(self, turn: Turn) -> None:
        """Write down the questions that ran out unanswered since something was heard last."""
        for (person, where), held in self._desk.confirmations.ran_out(turn.view.scene.wall):
            channel = where.partition(" ")[0]
            self._memories.touch((person, where))
            await self._desk.clerk.note(Topic.EXPIRED, person, channel, {"commands": names_of(held.commands)})

    def _repeated(self, turn: Turn) -> Reply:
        return self._memories.last_reply(turn.place) or answers.reply([Say("nothing_said")], self._phrases(turn))

    def _code(self, person: str, role: Role) -> str:
        """The language of somebody: the owner's is the account's, another may have chosen his own."""
        return (None if role is Role.OWNER else self._memories.tongue(person)) or self._desk.spoken

    def _phrases(self, turn: Turn) -> Phrases:
        return self._tongues.of(self._code(turn.message.person, turn.role)).phrases

    def _own_language(self, turn: Turn, parsed: Parsed) -> Say | None:
        """The answer where one that is not spoken is wished for, or by somebody for himself; None for all else."""
        if [one.intent for one in parsed.requests] != ["set_language"]:
            return None
        code = str(parsed.requests[0].slots["language"])
        if code not in CODES:
            return Say("language.unknown", {"known": list(CODES)})
        if turn.role is Role.OWNER:
            return None
        self._memories.speak(turn.place, code)
        return Say("language.own", {"language": code})
