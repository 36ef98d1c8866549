"""The language as one value: contract, templates, lists and companies, read once from the packaged files."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from intents.entities import read_companies
from intents.grammar import Automaton, Node, Template, expanded, read_template
from intents.hours import TimeWords
from intents.language import FILLER, IT, TAIL, FieldSpec, Frame, IntentSpec, Language, Lists, SlotSpec
from intents.numbers import NumberWords
from intents.phrases import PhraseTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HERE: Final = Path(__file__).parent
COMPANIES: Final = HERE / "lists" / "companies.csv"


@cache
def load_language(companies: Path = COMPANIES, tongue: str = "en") -> Language:
    """The language from its files; the same value for the same files. Raises TemplateError on a bad template."""
    lists_of = {path.stem: _yaml(path) for path in sorted((HERE / "lists" / tongue).glob("*.yaml"))}
    lists = _lists(lists_of)
    templates, trees = _sentences(HERE / "sentences" / tongue, lists)
    automaton = Automaton(trees)
    worded = automaton.words()
    words = worded | _list_words(lists) | _openers(lists)
    index = read_companies(companies, words | lists.common, worded)
    return Language(
        contract=_contract(_yaml(HERE / "intents.yaml")),
        fields=_fields(lists_of["fields"]),
        lists=lists,
        companies=index,
        templates=templates,
        trees=tuple(trees),
        automaton=automaton,
        labels=_labels(automaton.slots()),
        vocabulary=frozenset(words),
        openers=_openers(lists),
        closed=_by_length(word for word in words if len(word) > 2 and word not in lists.negations),
    )


class _Words(yaml.CSafeLoader):
    """YAML in which yes, no, on and off are words."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - declared so by its parent
        first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:bool"]
        for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def _yaml(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Words)  # noqa: S506 - a safe loader


def _contract(entries: Mapping[str, Any]) -> dict[str, IntentSpec]:
    return {name: _intent(name, entry) for name, entry in entries.items()}


def _intent(name: str, entry: Mapping[str, Any]) -> IntentSpec:
    slots = {
        slot.rstrip("?"): SlotSpec(slot.rstrip("?"), kind, required=not slot.endswith("?"))
        for slot, kind in (entry.get("slots") or {}).items()
    }
    return IntentSpec(name, slots, entry["harm"], entry["example"], entry["says"])


def _fields(entries: Mapping[str, Any]) -> dict[str, FieldSpec]:
    return {
        path: FieldSpec(path, entry.get("unit"), bool(entry.get("none")), frozenset(entry.get("choices", ())))
        for path, entry in entries.items()
    }


def phrases(pairs: Iterable[tuple[str, Any]], spell: Mapping[str, tuple[str, ...]]) -> PhraseTable:
    """Phrases, written as small templates, with their values."""
    return PhraseTable((words, value) for text, value in pairs for words in _said([text], spell))


def _choice(entry: Mapping[str, Iterable[str]], spell: Mapping[str, tuple[str, ...]]) -> PhraseTable:
    return phrases(((text, value) for value, texts in entry.items() for text in texts), spell)


def _lists(raw: Mapping[str, Any]) -> Lists:
    words, guards, filler, concepts = raw["words"], raw["guards"], raw["filler"], raw["concepts"]
    spell = {written: tuple(said.split()) for written, said in raw["contractions"].items()}
    choices = {**raw["choices"], "field": {path: entry["spoken"] for path, entry in raw["fields"].items()}}
    named = [(text, (kind, one)) for kind, entry in choices.items() for one, texts in entry.items() for text in texts]
    named += [(text, (FILLER, None)) for text in (*filler["anywhere"], *filler["polite"])]
    named += [(text, (TAIL, None)) for text in filler["tail"]] + [
        (text, ("tickers_it", IT)) for text in filler["pronouns"]
    ]
    single = {word: code for code, entry in guards.items() for word in entry if " " not in word}
    numbers = _numbers(raw["numbers"])
    return Lists(
        spell=spell,
        joined=phrases(((text, value) for value, texts in raw["spellings"].items() for text in texts), {}),
        tail=phrases(((text, None) for text in filler["tail"]), spell),
        polite=phrases(((text, None) for text in filler["polite"]), spell),
        guards=single,
        negations=tuple(
            [word for word, code in single.items() if code in {"negated", "exception", "conditional"} and len(word) > 2]
            + [written for written, said in spell.items() if said[-1] == "not"]
        ),
        guard_phrases=phrases(((text, code) for code, entry in guards.items() for text in entry if " " in text), spell),
        numbers=numbers,
        times=_times(raw["times"], numbers),
        periods=_choice(raw["periods"], spell),
        choices=phrases(named, spell),
        domain=frozenset(words["domain"].split()),
        common=frozenset(words["common"].split()),
        frames=tuple(_frame(entry, concepts["words"]) for entry in concepts["frames"]),
        explained=frozenset(concepts["filler"].split()),
    )


def _said(texts: Iterable[str], spell: Mapping[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [words for text in texts for words in expanded(read_template(text, {}, spell, keep=True))]


def _numbers(raw: Mapping[str, Any]) -> NumberWords:
    return NumberWords(
        small={word: float(value) for word, value in raw["small"].items()},
        scales={word: float(value) for word, value in raw["scales"].items()},
        parts={word: float(value) for word, value in raw["parts"].items()},
        units={text: unit for unit, texts in raw["units"].items() for text in texts},
        fixed={word: float(value) for word, value in raw["fixed"].items()},
        approx=frozenset(raw["approx"]),
        ordinals=raw["ordinals"],
    )


def _times(raw: Mapping[str, Any], numbers: NumberWords) -> TimeWords:
    named = phrases(((text, name) for name in raw["phrases"] for text in raw[name]), {})
    return TimeWords(
        days=raw["days"],
        months=raw["months"],
        lengths={word: float(seconds) for seconds, words in raw["lengths"].items() for word in words},
        hours={word: (hour // 60, hour % 60) for word, hour in raw["hours"].items()},
        dayparts={" ".join(said): half for half, texts in raw["dayparts"].items() for said in _said(texts, {})},
        named=named,
        numbers=numbers,
    )


def _frame(entry: Mapping[str, Any], words: Mapping[str, str]) -> Frame:
    def concept(names: str) -> frozenset[str]:
        return frozenset(word for name in names.split("|") for word in words.get(name, name).split())

    return Frame(
        intent=entry["intent"],
        needs=tuple(concept(names) for names in entry["needs"]),
        also=concept(entry.get("also", "")),
        unit=entry.get("unit"),
        fixed=entry.get("fixed", {}),
        takes=frozenset(entry.get("takes", ())),
    )


def _sentences(folder: Path, lists: Lists) -> tuple[tuple[Template, ...], list[Node]]:
    rules: dict[str, Node] = {}
    for name, text in _yaml(folder / "_rules.yaml").items():
        rules[name] = read_template(text, rules, lists.spell)
    templates: list[Template] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.stem != "_rules":
            templates.extend(_templates(path.stem, _yaml(path)))
    return tuple(templates), [read_template(one.text, rules, lists.spell) for one in templates]


def _templates(intent: str, entries: Iterable[Any]) -> Iterable[Template]:
    """A file holds templates, and groups `{fixed: {slot: value}, say: [templates]}`."""
    for entry in entries:
        if isinstance(entry, str):
            yield Template(intent, entry)
        else:
            for text in entry["say"]:
                yield Template(entry.get("intent", intent), text, entry.get("fixed", {}))


def _labels(labels: Iterable[str]) -> dict[str, tuple[str, ...]]:
    kinds: dict[str, list[str]] = {}
    for label in sorted(labels):
        kinds.setdefault(label[1:-1].split(":")[1], []).append(label)
    return {kind: tuple(several) for kind, several in kinds.items()}


def _by_length(words: Iterable[str]) -> dict[int, tuple[str, ...]]:
    groups: dict[int, list[str]] = {}
    for word in sorted(words):
        groups.setdefault(len(word), []).append(word)
    return {length: tuple(group) for length, group in groups.items()}


def _openers(lists: Lists) -> frozenset[str]:
    numbers, times = lists.numbers, lists.times
    plain = "between from since in during for of over on through until the next this coming a an last past previous"
    groups = (numbers.small, numbers.scales, numbers.parts, numbers.fixed, numbers.approx, numbers.ordinals)
    dates = (times.days, times.months, times.hours, times.named.firsts(), lists.periods.firsts())
    more = {"point", "half", "quarter", "three", "today", "tonight", "tomorrow", "yesterday", "at", "by"}
    return frozenset(plain.split()).union(more, *groups, *dates)


def _list_words(lists: Lists) -> set[str]:
    """Every word of the lists that a message may be made of."""
    tables = (lists.joined, lists.periods, lists.times.named)
    words = {word for table in (*tables, lists.choices) for word in table.words()}
    words |= set(lists.joined.values()) | set(lists.guards)
    words |= {word for texts in (lists.numbers.units, lists.times.dayparts) for text in texts for word in text.split()}
    times = lists.times
    for group in (times.days, times.months, times.lengths, times.hours, lists.numbers.small, lists.numbers.scales):
        words |= set(group)
    words |= set(lists.numbers.parts) | set(lists.numbers.fixed) | set(lists.numbers.approx) | lists.domain
    return words | {word for frame in lists.frames for group in (*frame.needs, frame.also) for word in group}


__all__ = ["COMPANIES", "FieldSpec", "IntentSpec", "Language", "Lists", "SlotSpec", "load_language"]
