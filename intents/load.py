"""The language as one value: contract, templates, lists and companies, read once from the packaged files."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import yaml

from intents.entities import read_companies
from intents.grammar import Automaton, Node, Template, read_template
from intents.language import FieldSpec, IntentSpec, Language, Lists, SlotSpec
from intents.normalise import Spelling
from intents.phrases import PhraseTable, Words
from intents.read_lists import SWITCHED, fields_of, read_lists

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

HERE: Final = Path(__file__).parent
FIRST: Final = "en"  # the language in which all can be said
SHORTEST_PLACE: Final = 5  # letters of a place whose spelling is repaired
PLAIN: Final = (
    "before between from since in during for of over on through until the next this coming a an last past previous "
    "at by to and as"
)
WEAK: Final = frozenset(PLAIN.split())  # begin an amount, a period or an instant, and make none by themselves
LEADING: Final = frozenset({"point", "quarter", "three", "today", "tonight", "tomorrow", "yesterday"})
COMPANIES: Final = HERE / "lists" / "companies.csv"


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the garbage collector, which finds nothing to drop while values are made that all stay."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@cache
@uncollected()
def load_language(companies: Path = COMPANIES, tongue: str = FIRST) -> Language:
    """The language from its files; the same value for the same files. Raises TemplateError on a bad template."""
    lists_of = _lists_of(HERE / "lists" / tongue)
    fold = Spelling(letters=lists_of["letters"]).folded
    frames = {path.stem: read_yaml(path, fold) for path in sorted((HERE / "frames" / tongue).glob("*.yaml"))}
    lists = read_lists(lists_of, frames, (HERE / "lists" / "zones.txt").read_text(encoding="utf-8").split())
    contract = contract_of(read_yaml(HERE / "intents.yaml"), _help(HERE / "sentences" / tongue))
    templates, trees = _sentences(HERE / "sentences" / tongue, lists, frozenset(_lasting(contract)))
    automaton = Automaton(trees)
    worded = automaton.words()
    trade = worded | _list_words(lists) | _openers(lists)
    words = trade | {word for frame in lists.frames if frame.free for word in frame.own()}
    sectors = {word for text in lists.choices.of_kind("sector") for word in text.split()}
    index = read_companies(companies, words | lists.common | lists.names, worded | sectors | {*lists.numbers.small})
    fields = fields_of(lists_of["fields"])
    return Language(
        contract=contract,
        tongue=tongue,
        fields=fields,
        lists=lists,
        companies=index,
        templates=templates,
        trees=tuple(trees),
        automaton=automaton,
        labels=labels_of(automaton.slots()),
        vocabulary=frozenset(words),
        trade=frozenset(trade),
        spoken=PhraseTable(_spoken(lists, fields)),
        openers=_openers(lists),
        counting=_counting(lists),
        places=_by_length({word for word in lists.zones.words() if len(word) >= SHORTEST_PLACE}),
        closed=_by_length(word for word in words if len(word) > 2 and word not in lists.negations),
    )


def tongues() -> tuple[str, ...]:
    """The languages that there are."""
    return tuple(sorted(path.name for path in (HERE / "sentences").iterdir() if path.is_dir()))


class _Words(yaml.CSafeLoader):
    """YAML in which yes, no, on and off are words."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - declared so by its parent
        first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:bool"]
        for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def read_yaml(path: Path, fold: Callable[[str], str] = str) -> Any:  # noqa: ANN401 - whatever the file holds
    """What a file of the language holds; `fold` writes its letters as they are compared."""
    return yaml.load(fold(path.read_text(encoding="utf-8")), Loader=_Words)  # noqa: S506 - a safe loader


def _lists_of(folder: Path) -> dict[str, Any]:
    """The lists by name; what settings are, beside what they are called, stands in the first language alone."""
    path = folder / "letters.yaml"
    letters = read_yaml(path) if path.is_file() else {}
    fold = Spelling(letters=letters).folded
    found = {path.stem: read_yaml(path, fold) for path in sorted(folder.glob("*.yaml"))}
    if folder.name != FIRST:
        whole = read_yaml(folder.parent / FIRST / "fields.yaml")
        found["fields"] = {path: {**whole[path], "spoken": found["fields"].get(path, ())} for path in whole}
    return {**found, "letters": letters}


def _help(folder: Path) -> Mapping[str, Any]:
    """What intents are called, their examples and lines of help, where the contract has them in another language."""
    path = folder / "_help.yaml"
    return read_yaml(path) if path.is_file() else {}


def contract_of(entries: Mapping[str, Any], told: Mapping[str, Any] = MappingProxyType({})) -> dict[str, IntentSpec]:
    """Intents by name, with what is `told` of them elsewhere; raises KeyError where a part is missing."""
    return {name: _intent(name, {**entry, **told.get(name, {})}) for name, entry in entries.items()}


def _intent(name: str, entry: Mapping[str, Any]) -> IntentSpec:
    slots = {
        slot.rstrip("?"): SlotSpec(slot.rstrip("?"), kind, required=not slot.endswith("?"))
        for slot, kind in (entry.get("slots") or {}).items()
    }
    one_of, called = tuple(entry.get("one_of", ())), entry.get("called", "")
    return IntentSpec(name, slots, entry["harm"], entry["example"], entry["says"], one_of, called)


def _lasting(contract: Mapping[str, IntentSpec]) -> Iterable[str]:
    """The intents that set something: after them a time may be said, and is asked back where it cannot be kept."""
    return (name for name, spec in contract.items() if "until" in spec.slots or name.startswith("set_"))


def _sentences(folder: Path, lists: Lists, lasting: frozenset[str]) -> tuple[tuple[Template, ...], list[Node]]:
    known: dict[str, Node] = {}
    rules = rules_of(folder, lists, known)
    templates: list[Template] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.stem not in {"_rules", "_help"}:
            templates.extend(templates_of(path.stem, read_yaml(path, lists.spell.folded)))
    templates = [replace(one, text=f"{one.text} [{{until}}]") if _ends_open(one, lasting) else one for one in templates]
    return tuple(templates), [read_template(one.text, rules, lists.spell, known) for one in templates]


def rules_of(folder: Path, lists: Lists, known: dict[str, Node]) -> dict[str, Node]:
    """The parts of sentences that templates name in angle brackets."""
    rules: dict[str, Node] = {}
    for name, text in read_yaml(folder / "_rules.yaml", lists.spell.folded).items():
        rules[name] = read_template(text, rules, lists.spell, known)
    return rules


def _ends_open(template: Template, lasting: frozenset[str]) -> bool:
    """Whether `until` may follow a template that does not name it."""
    return template.intent in lasting and "{until" not in template.text


def templates_of(intent: str, entries: Iterable[Any]) -> Iterable[Template]:
    """A file holds templates, and groups `{fixed: {slot: value}, say: [templates]}`."""
    for entry in entries:
        if isinstance(entry, str):
            yield Template(intent, entry)
        else:
            fixed = {name: switched(value) for name, value in entry.get("fixed", {}).items()}
            for text in entry["say"]:
                yield Template(entry.get("intent", intent), text, fixed)


def switched(value: Any) -> Any:  # noqa: ANN401  # a slot's value, of any kind
    return SWITCHED.get(value, value) if isinstance(value, str) else value


def labels_of(labels: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The labels of slots by their type."""
    kinds: dict[str, list[str]] = {}
    for label in sorted(labels):
        kinds.setdefault(label[1:-1].split(":")[1], []).append(label)
    return {kind: tuple(several) for kind, several in kinds.items()}


def _by_length(words: Iterable[str]) -> dict[int, tuple[str, ...]]:
    groups: dict[int, list[str]] = {}
    for word in sorted(words):
        groups.setdefault(len(word), []).append(word)
    return {length: tuple(group) for length, group in groups.items()}


def _spoken(lists: Lists, fields: Mapping[str, FieldSpec]) -> Iterator[tuple[Words, Any]]:
    """Every phrase that is a value, with its slot type."""
    yield from lists.choices.items()
    for words, path in lists.fields.items():
        yield from ((words, (kind, path)) for kind in fields[path].kinds)
    yield from ((words, ("timezone", zone)) for words, zone in lists.zones.items())


def _counting(lists: Lists) -> frozenset[str]:
    """The words that make an amount, a period or an instant: numbers, units, days, lengths, and names of times."""
    numbers, times = lists.numbers, lists.times
    groups = (numbers.small, numbers.scales, numbers.parts, numbers.fixed, numbers.ordinals)
    dates = (times.days, times.months, times.lengths, times.hours, {"half", "quarters", *LEADING})
    spoken = (*(tuple(text.split()) for text in (*numbers.units, *times.dayparts)), *_names(lists))
    named = {word for words in spoken for word in (set(words) - WEAK or words)}
    return frozenset(named).union(*groups, *dates)


def _names(lists: Lists) -> Iterator[Words]:
    """The phrases that name an instant or a period."""
    return (words for table in (lists.times.named, lists.periods) for words, _ in table.items())


def _openers(lists: Lists) -> frozenset[str]:
    numbers, times = lists.numbers, lists.times
    groups = (numbers.small, numbers.scales, numbers.parts, numbers.fixed, numbers.approx, numbers.ordinals)
    dates = (times.days, times.months, times.hours, times.named.firsts, lists.periods.firsts)
    return (WEAK - {"to", "and", "as"}).union(LEADING, {"half", "at", "by"}, *groups, *dates)


def _list_words(lists: Lists) -> set[str]:
    """Every word of the lists that a message may be made of."""
    tables = (lists.joined, lists.periods, lists.times.named)
    words = {word for table in (*tables, lists.choices, lists.fields) for word in table.words()}
    words |= set(lists.joined.values()) | set(lists.guards)
    words |= {word for texts in (lists.numbers.units, lists.times.dayparts) for text in texts for word in text.split()}
    times = lists.times
    for group in (times.days, times.months, times.lengths, times.hours, lists.numbers.small, lists.numbers.scales):
        words |= set(group)
    words |= set(lists.numbers.parts) | set(lists.numbers.fixed) | set(lists.numbers.approx) | lists.domain
    return words | {word for frame in lists.frames if not frame.free for word in frame.own()}


__all__ = ["COMPANIES", "FieldSpec", "IntentSpec", "Language", "Lists", "SlotSpec", "load_language", "tongues"]
