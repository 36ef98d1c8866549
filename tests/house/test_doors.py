"""Who may import whom, and by which doors people reach an account.

Import contracts, lists of what is allowed where a contract can only forbid, and every way in, tried.
"""

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import grimp
import pytest

from bot.channels import lines
from bot.errands import ERRANDS
from bot.message import HOWS, Message
from bot.readback import phrase_of
from engine.core import commands as c
from engine.core.harm import HARM
from engine.core.people import Person
from engine.core.state import State
from engine.core.words import Harm, Role
from intents.load import load_language
from tests.builders import NOON
from tests.house.tree import HOUSE, PACKAGES, dotted, parsed, python
from tests.journeys.house import Visit

GRAPH: Final = grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)
WORDS: Final = {
    *("collections", "dataclasses", "datetime", "decimal", "enum", "itertools"),
    *("math", "operator", "types", "typing", "zoneinfo"),
}
"""Modules of the standard library that touch nothing outside."""
ALLOWED: Final = {
    "skills": {"skills", "engine.core", "engine.view", "pydantic"} | WORDS,
    "engine.core.rules": {"engine.core.rules", "collections", "math", "typing"},
    "engine.ports": {"engine.core", "engine.ports"} | WORDS,
    "bot.message": WORDS,
}
"""All that these may import, for what they are: what can be asked, sums, shapes of doors, a letter."""


def imports(package: str) -> set[tuple[str, str]]:
    """Each module of a package with each module that it imports."""
    modules = {package, *GRAPH.find_descendants(package)}
    return {(module, used) for module in modules for used in GRAPH.find_modules_directly_imported_by(module)}


def within(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def test_import_contracts_are_kept() -> None:
    """The storeys of the house; `uv run lint-imports` shows more."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=HOUSE, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("package", ALLOWED)
def test_nothing_else_is_in_reach(package: str) -> None:
    assert sorted(one for one in imports(package) if not within(one[1], ALLOWED[package])) == []


@pytest.mark.parametrize("package", ["intents", "skills"])
def test_language_and_skills_do_no_work_of_their_own(package: str) -> None:
    """No network, no database, no processes, no threads, no logging."""
    outside = {"asyncio", "socket", "ssl", "urllib", "http", "sqlite3", "subprocess", "threading", "structlog", "os"}

    assert sorted(one for one in imports(package) if within(one[1], outside)) == []


def test_channels_translate_and_decide_nothing() -> None:
    """Of ours they know messages, each other's shared files, and the port's word for "nobody answers"."""
    known = {"bot.channels", "bot.message", "engine.ports"}
    ours = {one for one in imports("bot.channels") if within(one[1], set(PACKAGES))}

    assert sorted(one for one in ours if not within(one[1], known)) == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    modules = [module for package in PACKAGES for module in (package, *GRAPH.find_descendants(package))]

    assert [module for module in modules if module in GRAPH.find_upstream_modules(module)] == []


def test_heavy_libraries_stay_out() -> None:
    """Half a second each: a start has no use for them."""
    heavy = {"numpy", "pandas", "numba", "polars", "scipy"}

    assert [one for package in PACKAGES for one in imports(package) if within(one[1], heavy)] == []


# --- people's ways in


DOORS: Final = {
    "bot/access.py: admit_owner": "the owner of the machine, at the start",
    "bot/access.py: pair": "whoever has a code",
    "bot/app.py: speak": "the language of a new account, at the start",
    "bot/desk.py: bring": "the gate: every command of every person",
    "bot/witness.py: note": "what changes nothing",
}
"""All that brings a command to the bus outside of the engine."""

MESSAGES: Final = {
    "bot/channels/lines.py: message": "a typed line",
    "bot/wire.py: message_of": "what comes over the socket",
    "bot/errands.py: turn": "a request over the socket that is no sentence",
}
"""All that makes a message: whose it is is said there, by the channel and never by the text."""


def callers(name: str) -> set[str]:
    """Functions of `bot` in which something of this name is called."""
    return {
        f"{file.as_posix()}: {function.name}"
        for file in python("bot")
        for function in ast.walk(parsed(file))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and f".{dotted(node.func)}".endswith(f".{name}")
    }


def test_people_reach_the_bus_by_these_doors_and_no_others() -> None:
    assert callers("bus.do") | callers("_bus.do") == set(DOORS)


def test_messages_are_made_in_these_places_and_no_others() -> None:
    assert callers("Message") == set(MESSAGES)


def test_every_channel_hands_on_what_it_hears_to_one_ear() -> None:
    """Whatever a channel offers beside running and pushing would be a way past the pipe."""
    offered = {
        f"{file.name}: {name.name}"
        for file in python("bot/channels")
        for kind in ast.walk(parsed(file))
        if isinstance(kind, ast.ClassDef) and kind.name.endswith("Channel")
        for name in kind.body
        if isinstance(name, ast.FunctionDef | ast.AsyncFunctionDef) and not name.name.startswith("_")
    }
    assert offered == {
        f"{file}: {name}" for file in ("lines.py", "plain.py", "silent.py", "terminal.py") for name in ("run", "push")
    }
    assert (lines.PERSON, lines.message("yes").person) == ("terminal:local", "terminal:local")


def account(state: State) -> State:
    """What is true of the account, without what is only written down."""
    return replace(state, seq=0, head="", market_at=None)


STRANGER, VIEWER = "chat:1", "chat:2"


async def with_viewer(visitor: Visit) -> State:
    """The account once somebody is known who may only look."""
    await visitor.house.engine.bus.do(c.Invite(code="x", role=Role.VIEWER, lapses_at=NOON.replace(year=2100)))
    await visitor.house.engine.bus.do(c.Admit(person=VIEWER, name="Anna", code="x"))
    assert isinstance(visitor.state.people[VIEWER], Person)
    return account(visitor.state)


@pytest.mark.parametrize("how", HOWS)
async def test_no_sentence_of_a_stranger_or_viewer_changes_anything(new: Visit, how: Any) -> None:
    """The example of every intent, said, spoken and pressed, each followed by a yes."""
    before = await with_viewer(new)
    for person in (STRANGER, VIEWER):
        for example in [spec.example for spec in load_language().contract.values()]:
            for text in (example, "yes", "reset paper"):
                said = Message(text, person, "chat", uuid4().hex, new.people.now, how=how)
                await new.house.dialogue.hear(said)
        document = "risk: {daily_loss_limit_pct: 1}"
        await new.house.dialogue.hear(
            Message("", person, "chat", uuid4().hex, new.people.now, how=how, document=document)
        )
    assert account(new.state) == before


REQUESTS: Final[dict[str, dict[str, Any]]] = {
    "message": {"text": "pause"},
    "pair": {"role": "owner"},
    "people": {},
    "role": {"person": VIEWER, "role": "owner"},
    "export": {},
    "kill": {},
    "status": {},
    "metrics": {},
    "import": {
        "kind": "events",
        "document": "title,scope,target,severity,from,until\nFed,market,,high,2020-02-04T10:00,2020-02-05T10:00",
    },
}


async def test_no_request_of_a_stranger_or_viewer_changes_anything(new: Visit) -> None:
    """Every kind that the socket takes; a stranger does not even learn anything."""
    before = await with_viewer(new)
    assert set(REQUESTS) == set(ERRANDS)
    for kind, asked in REQUESTS.items():
        strange = await new.house.errands._replace(person=STRANGER).run({kind: asked})
        assert set(strange) <= {"error", "code", "reply"}, kind
        await new.house.errands._replace(person=VIEWER).run({kind: asked})
    assert account(new.state) == before


GRAVE: Final = (
    c.ResetAccount(),
    c.Flatten(),
    c.SetRole(person=VIEWER, role=Role.OWNER),
    c.SetRole(person=VIEWER, role=None),
    c.Invite(code="x", role=Role.OWNER, lapses_at=NOON),
)


async def test_every_grave_command_has_words_to_type(new: Visit) -> None:
    """Else it could not be done at all."""
    view = await new.house.engine.view()
    always = {kind for kind, harm in HARM.items() if harm.__qualname__.startswith("always")}
    assert {kind for kind in always if HARM[kind](None, view.state, view.policy) is Harm.GRAVE} == {
        type(one) for one in GRAVE
    }
    assert [one for one in GRAVE if not phrase_of(one, view)] == []
