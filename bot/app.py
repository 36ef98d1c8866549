"""The composition root: engine, skills, language, socket and channel are put together here, once."""

import asyncio
import gc
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import structlog

from bot.access import Access
from bot.answers import button, rendered
from bot.audit import asked as audit_asked
from bot.channels.lines import CHANNEL, PERSON, Channel, ChannelClosed
from bot.channels.local import Comforts, local_channel
from bot.channels.silent import SilentChannel
from bot.config import Options, Settings
from bot.config_llm import Llm
from bot.confirm import Confirmations
from bot.desk import Desk, Known
from bot.dialogue import Dialogue
from bot.errands import Errands
from bot.folder import DataFolder
from bot.herald import Herald
from bot.interpreting import Later
from bot.llm import Interpreter
from bot.log import start_log
from bot.message import Reply
from bot.notify import Notifier
from bot.packages import LeftOut, furnished
from bot.paper import costed, terms_of
from bot.phrases import Phrases
from bot.render import Reader
from bot.socket_server import served
from bot.tongues import Following, Tongues
from bot.turn import Tongue
from engine.core.commands import ChangePreferences
from engine.core.instruments import Instrument
from engine.core.recall import first_read
from engine.core.units import money
from engine.core.valuation import reference
from engine.core.words import Autonomy
from engine.ports import Unavailable
from engine.wiring import BadStart, Engine, Plan, Signs, check_start, open_engine
from intents.load import Language, load_language
from skills.skill import Say

log = structlog.get_logger(__name__)

UNUSABLE: Final = 3
USAGE: Final = 2
LAST_WORDS_S: Final = 0.5
"""How long what is announced at the end may take to be shown."""


class Ears(NamedTuple):
    """An engine that can be talked to, by whatever channel."""

    engine: Engine
    language: Language
    phrases: Phrases
    dialogue: Dialogue
    errands: Errands
    left_out: tuple[LeftOut, ...]


@dataclass(slots=True)
class House:
    """Everything that one conversation needs, running."""

    engine: Engine
    dialogue: Dialogue
    notifier: Notifier | Herald
    phrases: Phrases
    channel: Channel
    errands: Errands
    left_out: tuple[LeftOut, ...] = ()


async def chat(settings: Settings, options: Options) -> int:
    """Talk at the terminal while the engine runs behind it; returns the process's exit code."""
    try:
        check_start(settings.replay.start)
        with DataFolder.open(settings.folder) as folder:
            start_log(folder.log, settings.log.level)
            async with AsyncExitStack() as stack:
                house = await build(settings, options, folder, stack)
                if options.silent:
                    for text in left_out(house):
                        complain(text, 0)
                gc.freeze()
                gc.enable()
                async with served(folder.path, house.errands.run):
                    await talk(house, settings, options)
    except BadStart as error:
        return complain(str(error), USAGE)
    except Unavailable as error:
        return complain(str(error), UNUSABLE)
    return 0


async def build(settings: Settings, options: Options, folder: DataFolder, stack: AsyncExitStack) -> House:
    """Recover or begin the account, and put mouth and ears to it."""
    confirmations = Confirmations()
    ears = await hearing(settings, folder, stack, confirmations)
    engine, language, phrases, dialogue, errands, left_out = ears
    channel: Channel = SilentChannel()
    if not options.silent:
        channel = local_channel(
            comforts(engine, language, phrases, settings, folder),
            plain=settings.terminal.plain,
            stays=options.run_s is not None,
        )
        dialogue.interpreting.later = shown(channel)
    notifier = news_of(engine, phrases, channel, silent=options.silent)
    engine.bus.listen(notifier)
    engine.crew.criers.append(notifier.cry)
    await engine.tell_start()
    await dialogue.begin(PERSON, CHANNEL)
    return House(engine, dialogue, notifier, phrases, channel, errands, left_out)


def interpreter_of(settings: Llm, language: Language) -> Interpreter | None:
    """The language model that is configured; None for none. Raises BadStart where it cannot be asked."""
    if settings.url is None or settings.model is None:
        return None
    try:
        from bot.llm_http import HttpModel  # noqa: PLC0415  # an extra, and quick without
    except ImportError:
        raise BadStart("llm.url needs the extra llm: uv sync --extra llm") from None
    try:
        model = HttpModel(settings.url, settings.model, settings.secret(), float(settings.timeout_seconds))
    except OSError as error:
        raise BadStart(f"llm.key_file cannot be read: {error}") from None
    return Interpreter(model, language)


def shown(channel: Channel) -> Later:
    """Shows a reply when it has come."""

    async def show(reply: Reply) -> None:
        await channel.push(reply.text, reply.buttons)

    return show


def news_of(engine: Engine, phrases: Phrases, channel: Channel, *, silent: bool) -> Notifier | Herald:
    """Who takes what is announced on its way: to the channel, or to the log and no further."""
    if silent:
        return Herald(engine.bus.scene, phrases)
    return Notifier(lambda: engine.bus.state, engine.store, engine.clock, phrases, channel.push)


async def hearing(settings: Settings, folder: DataFolder, stack: AsyncExitStack, confirmations: Confirmations) -> Ears:
    """An account with ears and without a channel: nothing moves in its market until it is started."""
    engine = await open_engine(plan(settings, folder), lambda: confirmations.any_open(engine.clock.wall()))
    stack.push_async_callback(engine.stop)
    house = furnished(await asyncio.to_thread(load_language))
    language, reader = house.language, Reader(company=partial(company, engine.instruments), zone=owners_zone(engine))
    first = Tongue(language, Phrases.load(reader=reader, more=house.phrases))
    phrases = Following(Tongues(first), lambda: str(engine.bus.state.preferences.notifications.language))
    access = Access(engine.bus, engine.limiter)
    await access.admit_owner(PERSON)
    await speak(engine, settings.language)
    desk = Desk(engine.bus, engine.view, Known(language, house.skills), confirmations)
    model = interpreter_of(settings.llm, language)
    dialogue = Dialogue(desk, access, first, engine.conversations, model)
    account = engine.bus.state
    await dialogue.recall(await engine.store.journal(account.account, first_read(account.seq)))
    errands = Errands(PERSON, dialogue, desk, access, phrases)
    return Ears(engine, language, phrases, dialogue, errands, house.left_out)


async def speak(engine: Engine, code: str) -> None:
    """Begin a new account in the language that is configured."""
    if engine.is_new and code != engine.bus.state.preferences.notifications.language:
        await engine.bus.do(ChangePreferences(patch={"notifications.language": code}))


def owners_zone(engine: Engine) -> Callable[[], ZoneInfo]:
    """The clock by which the owner is told times, as he has set it last."""
    return lambda: ZoneInfo(engine.bus.state.preferences.notifications.timezone)


def plan(settings: Settings, folder: DataFolder) -> Plan:
    """What the configuration asks of the engine."""
    terms = terms_of(settings.paper)
    return Plan(
        database=folder.database,
        book=folder.broker_book,
        kill=folder.kill,
        start=settings.replay.start,
        start_asked=settings.insists_on("replay.from"),
        cash=money(settings.replay.cash),
        policy=costed(settings.engine.policy(), terms),
        terms=terms,
        audit=audit_asked(settings),
        signs=Signs(every_s=settings.guard.beat_seconds, ping_url=settings.guard.ping_url),
        server=settings.server,
        redis=settings.redis,
        answer_s=settings.broker.answer_seconds if settings.broker.kind == "queue" else None,
    )


def company(instruments: Mapping[str, Instrument], ticker: str) -> str:
    """The name by which people know a ticker; the ticker itself where none is known."""
    known = instruments.get(ticker)
    return known.name if known else ticker


def comforts(engine: Engine, language: Language, phrases: Phrases, settings: Settings, folder: DataFolder) -> Comforts:
    """Completion, history and the line at the bottom."""
    examples = [spec.example for spec in language.contract.values() if spec.harm != "dialogue"]
    toolbar = (lambda: bottom_line(engine, phrases)) if settings.terminal.toolbar else None
    return Comforts(folder.history, sorted(examples), sorted(engine.tickers), toolbar)


def bottom_line(engine: Engine, phrases: Phrases) -> str:
    """Account, market day, value and autonomy, as of the last commit."""
    state = engine.bus.state
    facts = {
        "account": state.kind.value,
        "at": engine.clock.market(),
        "equity": reference(state),
        "positions": len(state.positions),
        "autonomy": state.preferences.trading.autonomy.value,
    }
    return phrases.say("toolbar", facts).text


async def talk(house: House, settings: Settings, options: Options) -> None:
    """Welcome, then run loops, notifier and channel until the person leaves or `stop` is set."""
    with suppress(ChannelClosed):
        await welcome(house)
        await house.notifier.remind(house.engine.bus.state, await house.engine.bus.scene())
        await house.notifier.flush()
    house.engine.start(float(settings.replay.pace_seconds))
    news = asyncio.create_task(house.notifier.run())
    try:
        await house.channel.run(house.dialogue.hear, options.stop)
        await house.dialogue.interpreting.settle(wait=not options.stop.is_set())
    finally:
        options.leaving()
        await house.dialogue.interpreting.settle(wait=False)
        await house.engine.rest()
        await house.engine.farewell()
        news.cancel()
        with suppress(asyncio.CancelledError, ChannelClosed):
            await news
    with suppress(ChannelClosed, Unavailable, TimeoutError):
        async with asyncio.timeout(LAST_WORDS_S):
            await house.notifier.flush()


async def welcome(house: House) -> None:
    """The first words, which name what one would say first."""
    state = house.engine.bus.state
    say = Say("welcome" if house.engine.is_new else "welcome_back", {"autonomy": state.preferences.trading.autonomy})
    buttons = (button("trade", house.phrases),) if state.preferences.trading.autonomy is Autonomy.OFF else ()
    await house.channel.push(rendered(say, house.phrases).text, buttons)
    for text in left_out(house):
        await house.channel.push(text)


def left_out(house: House) -> list[str]:
    """The skills from outside that cannot be used, and why."""
    return [rendered(Say("package.left_out", one._asdict()), house.phrases).text for one in house.left_out]


def complain(text: str, code: int) -> int:
    print(text, file=sys.stderr)  # noqa: T201  # what stderr is for
    return code
