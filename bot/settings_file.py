"""Settings as a file: YAML by category, each with a comment; what is written reads back exactly."""

import difflib
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import yaml

from engine.core.categories import CATEGORIES
from engine.core.journal import plain
from engine.core.preferences import FIELDS, Preferences, allowed, value_of

LONGEST: Final = 100_000
DEEPEST: Final = 8
WIDEST: Final = 10**9
"""So many columns before a line would be broken: never."""

SWITCHES: Final[Mapping[str, bool]] = {"on": True, "off": False, "yes": True, "no": False}
LIKE: Final = 0.6
WORDED: Final = frozenset(
    {
        "trading.autonomy",
        "trading.risk_tolerance",
        "trading.style",
        "trading.excluded_sectors",
        "trading.universe",
        "trading.asset_classes",
        "trading.order_types",
        "trading.settlement",
        "notifications.verbosity",
        "notifications.language",
    }
)
"""Settings that are one or more of a few words."""


class BadFile(Exception):
    """A file that cannot be settings. `key` is that of its phrase, `facts` what the phrase needs."""

    def __init__(self, key: str, **facts: Any) -> None:  # noqa: ANN401  # facts are of any kind
        super().__init__(key, facts)
        self.key, self.facts = key, facts


class _Loader(yaml.CSafeLoader):
    """Safe YAML in which a key stands once, and words and times of day are no numbers: `off` and `16:30` stay text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  # the library's own signature
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a name is expected here", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value} stands here twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})$"), list(_first))


class _Dumper(yaml.SafeDumper):
    """YAML in which a text stays in one line, whatever line ends it has."""

    def represent_line(self, text: str) -> yaml.ScalarNode:
        broken = text.splitlines() != [text]
        return self.represent_scalar("tag:yaml.org,2002:str", text, style='"' if broken else None)


_Dumper.add_representer(str, _Dumper.represent_line)


def read(text: str) -> dict[str, Any]:
    """The settings that a file names, as a patch by path, their values unchecked; raises BadFile."""
    if len(text.encode(errors="replace")) > LONGEST:
        raise BadFile("import.too_long", limit=LONGEST // 1000)
    try:
        _check_shape(text)
        held = yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        facts = {"line": mark.line + 1 if mark else None, "problem": error.problem or "it cannot be read"}
        raise BadFile("import.not_yaml", **facts) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise BadFile("import.not_yaml", line=None, problem="it cannot be read") from None
    if held is None or held == {}:
        raise BadFile("import.empty")
    if not isinstance(held, dict):
        raise BadFile("import.not_settings")
    return dict(_patch(held))


def _check_shape(text: str) -> None:
    """No references, with which a short file could stand for an endless one, and nothing too deep."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        refers = isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None
        if refers or depth > DEEPEST:
            problem = "references (& and *) are not read" if refers else "this is too deep"
            raise BadFile("import.not_yaml", line=event.start_mark.line + 1, problem=problem)  # type: ignore[union-attr]  # every event of a text has one


def _patch(held: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for category, fields in held.items():
        if category not in CATEGORIES:
            raise _unknown(str(category), list(CATEGORIES))
        if fields is None:
            continue
        if not isinstance(fields, dict):
            raise BadFile("import.not_category", category=category)
        for name, value in fields.items():
            path = f"{category}.{name}"
            if path not in FIELDS:
                raise _unknown(path, list(FIELDS))
            yield path, _meant(path, value)


def _meant(path: str, value: Any) -> Any:  # noqa: ANN401  # fields differ in type
    """`on` and `off` for a switch, `none` for no value, words as they are said; anything else as it stands."""
    if value == "none":
        return None
    if path in WORDED:
        return [_code(one) for one in value] if isinstance(value, list) else _code(value)
    if isinstance(FIELDS[path].default, bool) and isinstance(value, str):
        return SWITCHES.get(value.casefold(), value)
    return value


def _code(word: Any) -> Any:  # noqa: ANN401
    """`Long term` is the word `long_term`."""
    return word.casefold().replace(" ", "_") if isinstance(word, str) else word


def _unknown(path: str, known: list[str]) -> BadFile:
    """The nearest setting: of nearly this path, or of this name in another category."""
    name = path.rpartition(".")[2]
    near = difflib.get_close_matches(path, known, 1, LIKE)
    elsewhere = [one for one in known if one.rpartition(".")[2] == name]
    return BadFile("import.unknown", path=path, near=next(iter(elsewhere + near), None))


def written(preferences: Preferences, *, everything: bool) -> str:
    """All settings, or those that differ from what they were at first, as a file that `read` reads."""
    first = Preferences()
    lines = [HEAD_ALL if everything else HEAD]
    for category in CATEGORIES:
        paths = [path for path in FIELDS if path.startswith(f"{category}.")]
        told = [path for path in paths if everything or value_of(preferences, path) != value_of(first, path)]
        if told:
            lines += ["", f"{category}:"]
            lines += [line for path in told for line in _field(path, value_of(preferences, path))]
    return "\n".join(lines) + "\n"


HEAD: Final = (
    "# Those settings of a Parley account that are not as at first. What is left out stays as it is.\n"
    "# Percent, dollars and times are numbers without their unit."
)
HEAD_ALL: Final = (
    "# All settings of a Parley account. What is left out stays as it is.\n"
    "# Percent, dollars and times are numbers without their unit."
)


def _field(path: str, value: Any) -> list[str]:  # noqa: ANN401
    bare = "; 0.65 is 65%" if FIELDS[path].unit == "fraction" else ""
    comment = f"  # {FIELDS[path].description} ({allowed(path)}{bare})"
    return [comment, f"  {path.rpartition('.')[2]}: {_scalar(value)}"]


def _scalar(value: Any) -> str:  # noqa: ANN401
    """One line of YAML for any value of a setting."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    held, wide = plain(value), WIDEST
    text: str = yaml.dump(
        held, Dumper=_Dumper, default_flow_style=True, allow_unicode=True, width=wide, sort_keys=False
    )
    return text.removesuffix("\n").removesuffix("...").removesuffix("\n")
