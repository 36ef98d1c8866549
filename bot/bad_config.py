"""What is wrong with a configuration, as one line that says where and what would do."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from engine.crash import POINTS, VARIABLE, aimed

SHOWN: Final = 40
OURS: Final = frozenset({"tier_order", "guard", "llm", "address"})
"""Kinds of mistakes whose own sentence says what is wrong; of what was given it shows nothing."""
KINDS: Final[Mapping[Any, str]] = {
    float: "a number",
    int: "a whole number",
    Decimal: "dollars and cents",
    date: "a date such as 2020-02-03",
    bool: "true or false",
    Path: "a folder",
    str: "a path or an address",
    SecretStr: "an address such as postgresql://user@host/name",
}


class BadConfig(Exception):
    """A configuration that cannot be used; its text is the one line to show."""

    def __init__(self, text: str) -> None:
        super().__init__(" ".join(text.split()))


@dataclass(frozen=True, slots=True)
class Source:
    """One place that settings came from: what it holds, and what it calls the setting of a dotted path."""

    held: Mapping[str, Any]
    name: Callable[[str], str]

    def holds(self, path: tuple[str, ...]) -> bool:
        inner: Any = self.held
        for step in path:
            if not isinstance(inner, Mapping) or step not in inner:
                return False
            inner = inner[step]
        return True


def complaint(error: ValidationError, sources: tuple[Source, ...], model: type[BaseModel]) -> str:
    """The first mistake in words, and how many more there are."""
    first, *others = error.errors(include_url=False)
    path = tuple(str(step) for step in first["loc"])
    source = next((source for source in sources if source.holds(path)), sources[-1])
    text = _words(first["type"], path, first["input"], source, model)
    if text is None:
        text = f"{source.name('.'.join((*path, *_within(first))))} {first['msg']}"
    return f"{text} (and {len(others)} more)" if others else text


def _within(error: ErrorDetails) -> tuple[str, ...]:
    """The setting that a check of a whole section is about."""
    return (str(error["ctx"]["name"]),) if "name" in error.get("ctx", {}) else ()


def unknown_variable(name: str, prefix: str, model: type[BaseModel]) -> str | None:
    """What is wrong with the name of this environment variable, or None."""
    path = name.removeprefix(prefix).lower().replace("__", ".")
    leaves = [known for known, field in known_settings(model) if not is_section(field)]
    if path in leaves:
        return None
    return f"environment: {name} is not a setting" + _did_you_mean(
        path, leaves, lambda at: prefix + at.upper().replace(".", "__")
    )


def bad_aim(wanted: str | None) -> str | None:
    """What is wrong with the point at which this process is to die, or None; nothing wanted is nothing wrong."""
    try:
        aimed(wanted or POINTS[0])
    except ValueError as error:
        word = str(error)
        near = _did_you_mean(word, list(POINTS), lambda at: at)
        return f"environment: {VARIABLE}: {_shown(word)} is neither a point nor a number of times above 0{near}"
    return None


def _words(kind: str, path: tuple[str, ...], value: object, source: Source, model: type[BaseModel]) -> str | None:
    dotted = ".".join(path)
    known = dict(known_settings(model))
    if kind == "extra_forbidden":
        return f"{source.name(dotted)} is not a setting" + _did_you_mean(dotted, list(known), lambda at: at)
    if kind in OURS or dotted not in known:
        return None
    must = f"{source.name(dotted)} must be {must_be(known[dotted])}"
    return must if is_secret(known[dotted]) else f"{must}, not {_shown(value)}"


def known_settings(model: type[BaseModel], above: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every section and setting of a model by its dotted path, as written in a file."""
    for name, field in model.model_fields.items():
        path = f"{above}{field.alias or name}"
        yield path, field
        if is_section(field):
            yield from known_settings(field.annotation, f"{path}.")  # type: ignore[arg-type]  # a section is a model


def is_section(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def is_secret(field: FieldInfo) -> bool:
    """Whether its value is never shown."""
    return SecretStr in get_args(field.annotation)


def _did_you_mean(path: str, known: list[str], name: Callable[[str], str]) -> str:
    """The nearest setting: under nearly the same path, or of nearly the same name elsewhere."""
    import difflib  # noqa: PLC0415  # only mistakes need it

    leaf = path.rpartition(".")[2]
    known = [one for one in known if not path.startswith(f"{one}.")]
    ends = [one for one in known if difflib.SequenceMatcher(None, one.rpartition(".")[2], leaf).ratio() >= 0.8]
    near = difflib.get_close_matches(path, ends or known, 1, 0.0 if ends else 0.7)
    return f"; did you mean {name(near[0])}?" if near else ""


def must_be(field: FieldInfo) -> str:
    if is_section(field):
        return "a section with settings of its own"
    options = [kind for kind in get_args(field.annotation) if kind is not type(None)]
    if get_origin(field.annotation) is Literal:
        return f"one of {', '.join(options)}"
    kind = options[0] if options else field.annotation
    if field.title:
        return field.title
    if field.examples:
        return f"an address such as {field.examples[0]}"
    return KINDS[get_args(kind)[0] if get_origin(kind) is Annotated else kind] + _bounds(field)


def _bounds(field: FieldInfo) -> str:
    found = {
        name: getattr(limit, name)
        for limit in field.metadata
        for name in ("gt", "ge", "le")
        if getattr(limit, name, None) is not None
    }
    low = f" above {found['gt']}" if "gt" in found else f" of at least {found['ge']}" if "ge" in found else ""
    high = f"at most {found['le']}" if "le" in found else ""
    return f"{low} and {high}" if low and high else f"{low} {high}".rstrip()


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else "nothing" if value is None else str(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
