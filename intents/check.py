"""Whether the language files hold together: no template without effect, no sentence with two owners, rows for all."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from intents.check_frames import check_frames
from intents.load import FIRST
from intents.match import closest, lattice, readings
from intents.normalise import normalise, rejoined
from intents.sample import VALUES, sentence
from intents.times import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from intents.load import Language
    from intents.match import Reading

    Rows: TypeAlias = Mapping[str, Sequence[Mapping[str, Any]]]

DRAWS: Final = 8  # sentences drawn from a template at most, until one comes back
ENOUGH: Final = 1
LEAST: Final = 12  # rows of an intent
KINDS: Final = frozenset(VALUES).union({"field", "setting", "switch", "choice", "gauge", "limit", "shown", "value"})


def check(language: Language, rows: Rows | None) -> list[str]:
    """What is wrong with the language, a line for each.

    `rows` are the tested sentences of each intent; None leaves out all that is said of them.
    """
    tested = [] if rows is None else [*_tested(language, rows), *_rows(language, rows)]
    return [*_contract(language), *_slots(language), *_templates(language), *check_frames(language), *tested]


def _contract(language: Language) -> Iterator[str]:
    for name, spec in language.contract.items():
        if name not in language.intents():
            if language.tongue == FIRST:
                yield f"{name}: no sentences"
        elif name != "correct" and name not in _owners(spec.example, language):
            yield f"{name}: its example is not understood: {spec.example}"


def _tested(language: Language, rows: Rows) -> Iterator[str]:
    for name in language.contract if language.tongue == FIRST else sorted(language.intents()):
        if len(rows.get(name, ())) < LEAST:
            yield f"{name}: {len(rows.get(name, ()))} rows, at least {LEAST} wanted"
    yield from (f"{name}: rows of an intent that is not there" for name in sorted(rows.keys() - language.contract))


def _slots(language: Language) -> Iterator[str]:
    for kind in language.labels:
        if kind not in KINDS and not language.lists.choices.of_kind(kind):
            yield f"slot type {kind} has no values"
    for template in language.templates:
        spec = language.contract.get(template.intent)
        for name in template.fixed if spec else ():
            if name not in spec.slots:  # type: ignore[union-attr]
                yield f"{template.intent}: fixes a slot that it does not have: {name}"


def _templates(language: Language) -> Iterator[str]:
    """Templates that cannot be reached, and drawn sentences that two intents own."""
    for number, template in enumerate(language.templates):
        random = Random(number)  # noqa: S311 - the same draws each time
        alive = template.intent[0] == "_"
        for draw in range(DRAWS):
            text = sentence(number, language, random)
            best = _best(found(text, language), language)
            owners = {one.template.intent for one in best}
            if template.intent in owners and not language.lists.overlaps.settled(owners):
                yield f"{' and '.join(sorted(owners))} both own: {text}"
            alive = alive or any(one.template == template for one in best)
            if alive and draw >= ENOUGH:
                break
        if not alive:
            yield f"{template.intent}: dead template: {template.text}"


def _rows(language: Language, rows: Rows) -> Iterator[str]:
    for name, several in rows.items():
        for row in several:
            owners = _owners(row["t"], language) if "i" in row and "t" in row else set()
            for other in sorted(owners - {row.get("i")}):
                yield f"{other}: matches a row of {name}: {row['t']}"


def found(text: str, language: Language) -> list[Reading]:
    """Every reading of a text as it stands, without context."""
    owner = clock(datetime(2026, 3, 11, 18, 30, tzinfo=UTC), "America/New_York")
    tokens = rejoined(normalise(text, language.lists.spell).tokens, language.lists.joined)
    return readings(lattice(tokens, language, owner, frozenset(), text), language) if tokens else []


def _best(several: Iterable[Reading], language: Language) -> list[Reading]:
    """The readings of the contract's intents that are the closest."""
    return closest([one for one in several if one.template.intent[0] != "_"], language)


def _owners(text: str, language: Language) -> set[str]:
    return {one.template.intent for one in _best(found(text, language), language)}
