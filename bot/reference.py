"""docs/settings.md: every setting there is, from the models that check it; `python -m bot.reference` writes it anew."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from bot.bad_config import is_section, known_settings, must_be
from bot.config import PREFIX, Settings
from bot.phrases import Phrases
from engine.core.abilities import BUILT, Ability, lacking
from engine.core.preferences import FieldWords, allowed, fields
from skills.presets import PRESETS

HOUSE: Final = Path(__file__).parent.parent
PAGE: Final = HOUSE / "docs" / "settings.md"
LINE: Final = re.compile(r"(?P<indent> *)(?P<name>\w+):[^#]*(?:# (?P<meaning>.*))?")
SAME: Final = "as above"
HERE: Final = BUILT | {Ability.MARKET_ORDERS, Ability.LIMIT_ORDERS, Ability.STOP_ORDERS}
"""What the replayed paper market, its broker and the engine can do together."""
TOP: Final = """\
# Settings

Two kinds: what an owner sets by talking, kept with the account, and what an installation sets in a file.
This page is made from the models that check them, by `uv run python -m bot.reference`.
"""
OWNER: Final = """
## By talking

Any of these can be set in plain English ("set my daily loss limit to 2 percent", "at most five positions") and undone.
`none` means that only the risk tolerance's own limit holds. In force is always the stricter of the two.

"read by" names the part of the engine that acts on it. "Not here" says what the replayed paper market cannot do: such a
value is refused when it is set, never kept to be ignored. Where it names no value, none but the default is possible.

| setting | what | unit | default | possible | read by | not here |
| --- | --- | --- | --- | --- | --- | --- |
"""
SETS: Final = """
Several at once, as one change with one undo; only what differs is changed.

| say | sets |
| --- | --- |
"""
HOUSE_RULES: Final = """
## In config.yaml

Later ones win: built-in defaults, `config.yaml`, environment variables, command line. A variable's name is the
setting's path in capitals, with two underscores for each dot: `{example}`. An unknown name is an error.

| setting | what | default | must be |
| --- | --- | --- | --- |
"""


def page(comments: str) -> str:
    """The whole page; `comments` is the text of config.yaml, which says what each setting means."""
    example = variable("replay.pace_seconds")
    return "".join(
        (TOP, OWNER, *preferences(), SETS, *presets(), HOUSE_RULES.format(example=example), *configuration(comments))
    )


def preferences() -> Iterator[str]:
    for field in fields():
        about = field.unit or "", shown(field.default), allowed(field.path), field.read_by, not_here(field)
        yield row(f"`{field.path}`", field.description, *about)


def not_here(field: FieldWords) -> str:
    """What of a setting the replayed paper market does not honour, and why; empty where it honours all of it."""
    lacks: dict[str, list[str]] = {}
    for value in others(field.default):
        ability = lacking(field.path, value, HERE)
        if ability is not None:
            lacks.setdefault(ability.value, []).append(shown(value))
    whole = sum(map(len, lacks.values())) == len(others(field.default))
    return " ".join(why(ability, "" if whole else ", ".join(values)) for ability, values in lacks.items())


def others(default: object) -> tuple[object, ...]:
    """Values for which abilities are asked for: those besides the default, of a list each of its words alone."""
    if isinstance(default, bool):
        return (not default,)
    if isinstance(default, StrEnum):
        return tuple(one for one in type(default) if one is not default)
    if isinstance(default, tuple) and default and isinstance(default[0], StrEnum):
        return tuple((one,) for one in type(default[0]))
    return (default,)


def why(ability: str, values: str) -> str:
    sentence = phrases().say(f"needs.{ability}").text
    return f"{values}: {sentence}" if values else sentence


@cache
def phrases() -> Phrases:
    return Phrases.load()


def presets() -> Iterator[str]:
    for name, patch in PRESETS.items():
        values = ", ".join(f"`{path}` {shown(value)}" for path, value in patch.items())
        yield row(f'"use the {name.replace("_", " ")} preset"', values)


def configuration(comments: str) -> Iterator[str]:
    meant, default = meanings(comments), Settings().model_dump(mode="json", by_alias=True)
    for path, field in known_settings(Settings):
        if not is_section(field):
            yield row(f"`{path}`", meant[path], shown(at(default, path)), must_be(field))


def meanings(text: str) -> dict[str, str]:
    """The comment on each setting of a configuration file, by dotted path; the last one of that name for "as above"."""
    found: dict[str, str] = {}
    named: dict[str, str] = {}
    above: list[str] = []
    for match in filter(None, map(LINE.fullmatch, text.splitlines())):
        name, meaning = match["name"], match["meaning"] or ""
        above[len(match["indent"]) // 2 :] = [name]
        named[name] = named[name] if meaning == SAME else meaning
        found[".".join(above)] = named[name]
    return found


def variable(path: str) -> str:
    return PREFIX + path.upper().replace(".", "__")


def at(values: Mapping[str, Any], path: str) -> object:
    for name in path.split("."):
        values = values[name]
    return values


def shown(value: object) -> str:
    """A default as one would write it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple | Mapping):
        return ", ".join(map(str, value)) or "empty"
    return "none" if value is None else str(value)


def row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


if __name__ == "__main__":
    PAGE.write_text(page((HOUSE / "config.yaml").read_text(encoding="utf-8")), encoding="utf-8")
