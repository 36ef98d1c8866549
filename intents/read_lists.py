"""The closed lists of a language from its files: choices, numbers, times, filler, frames, time zones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from intents.frame import Frame
from intents.grammar import expanded, read_template
from intents.hours import TimeWords
from intents.language import FILLER, IT, TAIL, FieldSpec, Lists
from intents.looks import read_looks
from intents.normalise import Spelling
from intents.numbers import NumberWords
from intents.overlaps import read_overlaps
from intents.phrases import PhraseTable
from intents.tellers import read_telling

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Spell = Mapping[str, tuple[str, ...]]
PAIRED: Final = frozenset("()[]{}<>|")
SWITCHED: Final = {"true": True, "false": False}


def fields_of(entries: Mapping[str, Any]) -> dict[str, FieldSpec]:
    """Every preference that can be named, from its list."""
    return {path: _field(path, entry) for path, entry in entries.items()}


def _field(path: str, entry: Mapping[str, Any]) -> FieldSpec:
    return FieldSpec(
        path=path,
        unit=entry.get("unit"),
        none=bool(entry.get("none")),
        choices=frozenset(entry.get("choices", ())),
        kinds=_kinds(entry),
        tighter=entry.get("tighter"),
        several=bool(entry.get("several")),
    )


def _kinds(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """The slot types that a preference's names stand for; `own` ones are set by an intent of their own."""
    if entry.get("switch"):
        return ("field", "switch")
    kinds = ["field", "limit" if entry.get("limit") else "shown"][: 1 if entry.get("elsewhere") else 2]
    if not entry.get("own"):
        kinds.append("setting")
    if entry.get("choices"):
        kinds.append("choice")
    counted = not entry.get("own") and not entry.get("choices")
    return (*kinds, "gauge") if counted or entry.get("gauge") else tuple(kinds)


def phrases(pairs: Iterable[tuple[str, Any]], spell: Spell) -> PhraseTable:
    """Phrases, written as small templates, with their values."""
    return PhraseTable((words, value) for text, value in pairs for words in _said(text, spell))


def _choice(entry: Mapping[str, Iterable[str]], spell: Spell) -> PhraseTable:
    return phrases(((text, value) for value, texts in entry.items() for text in texts), spell)


def read_lists(raw: Mapping[str, Any], frames: Mapping[str, Iterable[Any]], zones: Iterable[str]) -> Lists:
    """The lists of a language from the contents of its files, by name.

    `frames` are those of each intent, `zones` the names of time zones.
    """
    words, guards, filler, concepts = raw["words"], raw["guards"], raw["filler"], raw["concepts"]
    spell = _spelling(raw)
    single = {word: code for code, entry in guards.items() for word in entry if " " not in word}
    numbers = _numbers(raw["numbers"])
    looks = raw.get("looks", {})
    shown, concept_words = looks.get("words", {}), {**concepts["words"], **looks.get("words", {})}
    read = tuple(
        _frame(intent, entry, shown if entry.get("free") else concepts["words"])
        for intent, of in frames.items()
        for entry in of
    )
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
        choices=PhraseTable(_named(raw, spell)),
        fields=phrases(((text, path) for path, entry in raw["fields"].items() for text in entry["spoken"]), spell),
        zones=PhraseTable(_zones(raw["zones"], zones)),
        names=frozenset(raw["names"]),
        domain=frozenset(words["domain"].split()),
        ordinary=frozenset(words.get("ordinary", "").split()),
        injections=phrases(((text, None) for text in words.get("injections", ())), spell),
        common=frozenset(words["common"].split()),
        carrying=frozenset(words.get("carrying", "").split()),
        halts=phrases(((text, None) for text in words.get("halts", ())), spell),
        pleas=frozenset(words.get("pleas", "").split()),
        selves=frozenset(words.get("selves", "").split()),
        uneasy=frozenset(words.get("uneasy", "").split()),
        idle=frozenset(words.get("idle", "").split()),
        weighty=frozenset(words.get("weighty", "").split()),
        phrases=_concept_phrases(frames, concept_words, words),
        doubles=frozenset(words.get("doubles", "").split()),
        others=frozenset(words.get("others", "").split()),
        reasons=phrases(((text, None) for text in words.get("reasons", ())), spell),
        wishes=phrases(((text, None) for text in words.get("wishes", ())), spell),
        foreseeing=phrases(((text, None) for text in words.get("foreseeing", ())), spell),
        begging=frozenset(words.get("begging", "").split()),
        fleeting=phrases(((text, None) for text in words.get("fleeting", ())), spell),
        lasting=phrases(((text, None) for text in words.get("lasting", ())), spell),
        deals=frozenset(words.get("deals", "").split()),
        present=words.get("present", {}),
        pointers=frozenset(words.get("pointers", "").split()),
        stating=frozenset(words.get("stating", "").split()),
        telling=read_telling(words.get("telling", {}), lambda said: phrases(said, spell)),
        frames=read,
        looks=read_looks(looks, phrases(((text, None) for text in looks.get("asking", ())), spell), read),
        explained=frozenset(concepts["filler"].split()),
        soft=frozenset(filler.get("near", "").split()),
        overlaps=read_overlaps(raw["overlaps"]),
        samples={kind: tuple(said) for kind, said in raw.get("samples", {}).items()},
    )


def _spelling(raw: Mapping[str, Any]) -> Spelling:
    """Written forms, and where the language has them, letters that are written in two ways, and the decimal comma."""
    said = {written: tuple(words.split()) for written, words in raw["contractions"].items()}
    return Spelling(said, raw["letters"], comma=raw["numbers"].get("decimals") == ",")


def _named(raw: Mapping[str, Any], spell: Spell) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every phrase that is a value, with its slot type."""
    filler = raw["filler"]
    for kind, entry in (*raw["choices"].items(), *raw["kinds"].items()):
        for value, texts in entry.items():
            yield from _valued(texts, (kind, SWITCHED[value] if kind == "on" else value), spell)
    for sector, texts in raw["sectors"]["names"].items():
        yield from _valued((f"{text} {raw['sectors']['noun']}" for text in texts), ("sector", sector), spell)
    yield from _events(raw["events"], spell)
    yield from _valued((*filler["anywhere"], *filler["polite"]), (FILLER, None), spell)
    yield from _valued(filler["tail"], (TAIL, None), spell)
    yield from _valued(filler["pronouns"], ("tickers_it", IT), spell)


def _events(entries: Mapping[str, Any], spell: Spell) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What news are about: some of it only where a word for news follows; and that something happens."""
    for event, texts in entries["names"].items():
        named = (f"{text} {noun}" for text in texts for noun in ("", entries["noun"]))
        yield from _valued(named, ("event", event), spell)
    for event, texts in entries["told"].items():
        yield from _valued((f"{text} {entries['noun']}" for text in texts), ("event", event), spell)
    for event, texts in entries["happens"].items():
        yield from _valued(texts, ("happening", (event,)), spell)


def _valued(texts: Iterable[str], value: Any, spell: Spell) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401
    return ((words, value) for text in texts for words in _said(text, spell))


def _zones(entries: Mapping[str, Iterable[str]], zones: Iterable[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """A zone by its own name, by the city in it, and by what else it is called."""
    for zone in zones:
        words = zone.lower().replace("_", " ").replace("-", " ").split("/")
        yield tuple(" ".join(words).split()), zone
        yield tuple(words[-1].split()), zone
        for text in entries.get(zone, ()):
            yield tuple(text.split()), zone


def _said(text: str, spell: Spell) -> list[tuple[str, ...]]:
    if not PAIRED & set(text):
        return [tuple(word for written in text.split() for word in spell.get(written, (written,)))]
    return expanded(read_template(text, {}, spell, keep=True))


def _numbers(raw: Mapping[str, Any]) -> NumberWords:
    return NumberWords(
        small={word: float(value) for word, value in raw["small"].items()},
        scales={word: float(value) for word, value in raw["scales"].items()},
        parts={word: float(value) for word, value in raw["parts"].items()},
        units={text: unit for unit, texts in raw["units"].items() for text in texts},
        fixed={word: float(value) for word, value in raw["fixed"].items()},
        approx=frozenset(raw["approx"]),
        ordinals=raw["ordinals"],
        between=frozenset(raw["between"]),
        upto=frozenset(raw["upto"]),
        ranging=frozenset(raw["ranging"]),
    )


def _times(raw: Mapping[str, Any], numbers: NumberWords) -> TimeWords:
    named = phrases(((text, name) for name in raw["phrases"] for text in raw[name]), {})
    return TimeWords(
        days=raw["days"],
        months=raw["months"],
        lengths={word: float(seconds) for seconds, words in raw["lengths"].items() for word in words},
        hours={word: (hour // 60, hour % 60) for word, hour in raw["hours"].items()},
        dayparts={
            " ".join(said): half
            for half, texts in raw["dayparts"].items()
            for text in texts
            for said in _said(text, {})
        },
        named=named,
        numbers=numbers,
    )


def _frame(intent: str, entry: Mapping[str, Any], words: Mapping[str, str]) -> Frame:
    def concept(names: str) -> frozenset[str]:
        return frozenset(word for name in names.split("|") for word in words.get(name, name).split())

    return Frame(
        intent=intent,
        needs=tuple(concept(names) for names in entry["needs"]),
        also=concept(entry.get("also", "")),
        unit=entry.get("unit"),
        fixed={name: SWITCHED.get(value, value) for name, value in entry.get("fixed", {}).items()},
        takes=_slots(entry.get("takes", ())),
        holds=_slots(entry.get("holds", ())),
        polarity=entry.get("polarity", "upright"),
        free=bool(entry.get("free")),
        spare=entry.get("spare", 0),
        called=entry.get("as", ""),
        never=frozenset(entry.get("never", "").split("|")) - {""},
        sure=bool(entry.get("sure")),
        allows=concept(entry.get("allows", "")),
        beside=frozenset(entry.get("beside", ())),
    )


def _concept_phrases(
    frames: Mapping[str, Iterable[Any]], concepts: Mapping[str, str], words: Mapping[str, Any]
) -> PhraseTable:
    """Concepts of several words, written with underscores in concepts and in frames, by their words.

    Between a verb and its particle a pronoun may stand: turn them down.
    """
    particles, pointers = words.get("particles", "").split(), words.get("pointers", "").split()
    said = {word for text in concepts.values() for word in text.split()}
    said |= {
        word
        for entries in frames.values()
        for entry in entries
        for names in (*entry["needs"], entry.get("also", ""), entry.get("allows", ""), entry.get("never", ""))
        for word in names.split("|")
    }
    pairs = [(tuple(word.split("_")), word) for word in sorted(said) if "_" in word]
    parted = [
        ((one[0], pointer, one[1]), name)
        for one, name in pairs
        if len(one) == 2 and one[1] in particles
        for pointer in pointers
    ]
    return PhraseTable([*pairs, *parted])


def _slots(names: Iterable[str]) -> dict[str, str]:
    """Slots with their types, written `name:type`, or `name` where both are the same."""
    return {name.partition(":")[0]: name.partition(":")[2] or name for name in names}
