"""Intents that others bring: their contract and sentences beside ours, which keep every word that they have."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any, Final

import yaml

from intents.check import found
from intents.context import Context
from intents.grammar import Alt, Automaton, Leaf, TemplateError, read_template
from intents.load import HERE, contract_of, labels_of, read_yaml, rules_of, templates_of
from intents.parser import guessed, parse
from intents.phrases import PhraseTable
from intents.read_lists import phrases
from intents.sample import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from intents.grammar import Node, Template
    from intents.language import IntentSpec, Language

HARMS: Final = ("look", "safer", "neutral", "riskier", "by_direction")
MOST: Final = 200  # templates of one package
LARGEST: Final = 500  # leaves of one template
DRAWS: Final = 20  # sentences drawn from each template


SCENE: Final = Context(now=datetime(2026, 3, 11, 18, 30, tzinfo=UTC), tz="America/New_York")


class Unfit(ValueError):
    """Files that cannot be used beside ours; the message says which, and what is wrong."""


def extended(language: Language, folder: Path, tongue: str = "en") -> Language:
    """The language with the intents of a folder: `intents.yaml`, `sentences/<tongue>/`, `lists/<tongue>/choices.yaml`.

    What is understood without them is understood as before. Raises Unfit.
    """
    contract = _contract(folder / "intents.yaml", language)
    wider = _with_choices(language, folder / "lists" / tongue / "choices.yaml")
    wider = replace(wider, contract={**language.contract, **contract})
    templates = _templates(folder / "sentences" / tongue, contract)
    trees = _trees(templates, wider, tongue)
    made = _joined(wider, templates, trees)
    for problem in _problems(contract, made, language):
        raise Unfit(problem)
    return made


def outside(language: Language) -> tuple[str, ...]:
    """The intents that others brought, in the order of the contract."""
    brought = {one.intent for one in language.templates if one.outside}
    return tuple(name for name in language.contract if name in brought)


def _contract(path: Path, language: Language) -> dict[str, IntentSpec]:
    """The intents of a file, none of which there is already."""
    entries = _read(path)
    if not isinstance(entries, dict) or not entries:
        raise Unfit(f"{path.name}: must have an entry for each intent")
    for name, entry in entries.items():
        for wrong in _wrong(entry):
            raise Unfit(f"{path.name}: {name}: {wrong}")
        if name in language.contract:
            raise Unfit(f"{path.name}: there is an intent {name} already")
    try:
        return contract_of(entries)
    except (AttributeError, KeyError, TypeError) as error:
        raise Unfit(f"{path.name}: cannot be used: {error}") from None


def _wrong(entry: object) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield "must be a mapping with harm, example and says"
        return
    if entry.get("harm") not in HARMS:
        yield f"harm must be one of {', '.join(HARMS)}, not {entry.get('harm')}"
    yield from (f"has no {part}" for part in ("example", "says") if not isinstance(entry.get(part), str))
    if not isinstance(entry.get("slots", {}), dict):
        yield "slots must be a mapping of names to types"


def _read(path: Path) -> Any:  # noqa: ANN401  # whatever the file holds
    try:
        return read_yaml(path)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise Unfit(f"{path.name}: cannot be read: {' '.join(str(error).split())}") from None


def _with_choices(language: Language, path: Path) -> Language:
    """The language with further types of slots: their values, and how each is said."""
    if not path.is_file():
        return language
    kinds = _read(path)
    if not isinstance(kinds, dict) or not all(isinstance(entry, dict) for entry in kinds.values()):
        raise Unfit(f"{path.name}: must have types of slots, each with its values and how they are said")
    for kind in kinds:
        if kind in language.labels or language.lists.choices.of_kind(kind):
            raise Unfit(f"{path.name}: there is a type of slots {kind} already")
    try:
        pairs = [(text, (kind, value)) for kind, of in kinds.items() for value, texts in of.items() for text in texts]
        said = list(phrases(pairs, language.lists.spell).items())
    except (AttributeError, TypeError, TemplateError) as error:
        raise Unfit(f"{path.name}: cannot be used: {error}") from None
    lists = replace(language.lists, choices=PhraseTable([*language.lists.choices.items(), *said]))
    return replace(language, lists=lists, spoken=PhraseTable([*language.spoken.items(), *said]))


def _templates(folder: Path, contract: Mapping[str, IntentSpec]) -> list[Template]:
    made: list[Template] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.stem not in contract:
            raise Unfit(f"sentences/{folder.name}/{path.name}: there is no such intent in intents.yaml")
        try:
            made += [replace(one, intent=path.stem, outside=True) for one in templates_of(path.stem, _read(path))]
        except (AttributeError, KeyError, TypeError):
            raise Unfit(f"sentences/{folder.name}/{path.name}: must be a list of sentences") from None
    if len(made) > MOST:
        raise Unfit(f"sentences/{folder.name}: {len(made)} templates, at most {MOST} can be")
    for name in contract.keys() - {one.intent for one in made}:
        raise Unfit(f"sentences/{folder.name}/{name}.yaml: has no sentences")
    return made


def _trees(templates: Iterable[Template], language: Language, tongue: str) -> tuple[Node, ...]:
    known: dict[str, Node] = {}
    try:
        rules = rules_of(HERE / "sentences" / tongue, language.lists, known)
        trees = tuple(read_template(one.text, rules, language.lists.spell, known) for one in templates)
    except (TemplateError, TypeError) as error:
        raise Unfit(str(error)) from None
    for one, tree in zip(templates, trees, strict=True):
        if _size(tree) > LARGEST:
            raise Unfit(f"{one.intent}: too long a template: {one.text[:60]}…")
        if Automaton([tree]).start.accepts:
            raise Unfit(f"{one.intent}: may be said without a word: {one.text}")
    return trees


def _size(node: Node) -> int:
    return 1 if isinstance(node, Leaf) else sum(map(_size, node.parts))


def _joined(language: Language, templates: Iterable[Template], trees: tuple[Node, ...]) -> Language:
    """One automaton of both. Words, names and spelling stay as they are, so that ours are read as before."""
    joined = (*language.trees, *trees)
    automaton = Automaton(joined)
    labels = labels_of(automaton.slots())
    templates = (*language.templates, *templates)
    house = replace(language.house or language, contract=language.contract)
    return replace(language, templates=templates, trees=joined, automaton=automaton, labels=labels, house=house)


def _problems(contract: Mapping[str, IntentSpec], made: Language, ours: Language) -> Iterator[str]:
    """Slots without values, sentences that are ours already, and examples that are not understood."""
    for kind in made.labels.keys() - ours.labels.keys():
        if not made.lists.choices.of_kind(kind):
            yield f"there is no type of slots {kind}"
    for number in range(len(ours.templates), len(made.templates)):
        template = made.templates[number]
        named = {*template.fixed, *_names(made.trees[number])}
        yield from (f"{template.intent}: has no slot {name}" for name in sorted(named - _slots(contract, template)))
        yield from _taken(number, made, ours)
    for name, spec in contract.items():
        if name not in {one.template.intent for one in found(spec.example, made)}:
            yield f"{name}: its example is not understood: {spec.example}"


def _slots(contract: Mapping[str, IntentSpec], template: Template) -> set[str]:
    slots = contract[template.intent].slots
    return {*slots, "tickers"} if "ticker" in slots else set(slots)


def _names(node: Node) -> set[str]:
    """The slots that a template names."""
    if isinstance(node, Leaf):
        return {node.label[1:-1].partition(":")[0]} if node.label[0] == "{" else set()
    return {name for part in node.parts for name in _names(part)}


def _taken(number: int, made: Language, ours: Language) -> Iterator[str]:
    """A sentence of a template that means something without it, however freely that has to be read."""
    random, template = Random(number), made.templates[number]  # noqa: S311  # the same draws each time
    for _ in range(DRAWS if _varies(made.trees[number]) else 1):
        text = sentence(number, made, random)
        for owner in _owners(text, ours, looks=made.contract[template.intent].harm == "look"):
            yield f"{template.intent}: means {owner} already: {text}"
            return


def _owners(text: str, ours: Language, *, looks: bool) -> list[str]:
    """The intents that a sentence has without a package; one that looks may take what merely points to a look."""
    exact = {one.template.intent for one in found(text, ours)} - {"_other"}
    parsed = parse(text, SCENE, ours)
    free = () if looks and guessed(parsed, ours) else parsed.requests
    return sorted(exact | {one.intent for one in free})


def _varies(node: Node) -> bool:
    return (
        isinstance(node, Alt)
        or (isinstance(node, Leaf) and node.label[0] == "{")
        or (not isinstance(node, Leaf) and any(map(_varies, node.parts)))
    )
