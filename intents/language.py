"""What the parser knows of a language: contract, templates, lists and companies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from intents.entities import Companies
    from intents.grammar import Automaton, Node, Template
    from intents.hours import TimeWords
    from intents.looks import Looks
    from intents.normalise import Spelling
    from intents.numbers import NumberWords
    from intents.overlaps import Overlaps
    from intents.phrases import PhraseTable


IT: Final = "_it"  # a pronoun where tickers stand
IT_IF: Final = "_it_if"  # what was spoken of, if one thing was
ASIDE: Final = "aside"  # a value that is said beside and changes nothing
FILLER: Final = "_filler"  # kinds of phrases that are stepped over
TAIL: Final = "_tail"  # … at the end of a message only


@dataclass(frozen=True, slots=True)
class SlotSpec:
    """A slot of an intent: the type of its value, and whether it must be said."""

    name: str
    type: str
    required: bool


@dataclass(frozen=True, slots=True)
class IntentSpec:
    """An intent of the contract; `harm` is look, safer, neutral, riskier, grave, by_direction or dialogue.

    Of the slots in `one_of` exactly one has to be said.
    """

    name: str
    slots: Mapping[str, SlotSpec]
    harm: str
    example: str
    says: str
    one_of: tuple[str, ...] = ()
    called: str = ""  # what it is called where the name is in another language


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A preference: its unit (None for bare numbers), choices, and whether none is allowed.

    `kinds` are the slot types that its names stand for: field always, setting where a value can be said, switch where
    on or off can, gauge where it goes up and down; `tighter` is the direction in which a limit gets stricter, None
    where that cannot be said; `several` says that its value is a list of choices.
    """

    path: str
    unit: str | None
    none: bool
    choices: frozenset[str]
    kinds: tuple[str, ...]
    tighter: str | None
    several: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """A composed reading: the words it needs, one of each group, and the words it also explains.

    `holds` are the slots it must find a value for, with their types, `takes` those it may. `polarity` is upright where
    a `not` belongs to a `more than`, turned where one turns the reading around, more where `more` is meant, unturned
    where no `not` is, either where its needs say so. `allows` are guard words that are a part of it. A `free` one,
    which only shows something, may be met beside words that nothing explains, and beside values of the types that it
    has `beside`, which it leaves out; any other beside so many ordinary ones as it has to `spare`. `called` is the slot
    of its amount, where that is no value. `never` are words and concepts that must not be said. A `sure` one cannot be
    mistaken: where it explains every word, even what is grave needs no other wording.
    """

    intent: str
    needs: tuple[frozenset[str], ...]
    also: frozenset[str]
    unit: str | None
    fixed: Mapping[str, Any]
    takes: Mapping[str, str]
    holds: Mapping[str, str]
    polarity: str
    allows: frozenset[str]
    free: bool = False
    spare: int = 0
    beside: frozenset[str] = frozenset()
    called: str = ""
    never: frozenset[str] = frozenset()
    sure: bool = False

    def own(self) -> frozenset[str]:
        """Every concept that is a part of it."""
        return frozenset().union(*self.needs, self.also, self.allows)

    def amount(self) -> str:
        """The slot of its amount."""
        if self.called:
            return self.called
        return "by" if self.intent == "adjust_preference" else "value"

    def kinds(self) -> frozenset[str]:
        """The slot types of its values."""
        return frozenset((*self.holds.values(), *self.takes.values()))


@dataclass(frozen=True, slots=True)
class Lists:
    """The closed lists of a language."""

    spell: Spelling
    joined: PhraseTable
    tail: PhraseTable
    polite: PhraseTable
    guards: Mapping[str, str]
    negations: tuple[str, ...]
    guard_phrases: PhraseTable
    numbers: NumberWords
    times: TimeWords
    periods: PhraseTable
    choices: PhraseTable  # with pairs of slot type and value
    fields: PhraseTable  # names of preferences
    zones: PhraseTable  # names of time zones
    names: frozenset[str]  # first names that are also ordinary words
    domain: frozenset[str]
    ordinary: frozenset[str]  # of these, the words that alone do not make a message one about trading
    injections: PhraseTable  # what is said to a machine that obeys whatever it reads
    common: frozenset[str]
    selves: frozenset[str]  # words by which somebody talks about himself
    uneasy: frozenset[str]  # words that weigh something wherever they stand
    idle: frozenset[str]  # words that may be left over beside a change that the rest determines
    weighty: frozenset[str]  # ordinary words that are never left over: somebody acts by them
    phrases: PhraseTable  # concepts of several words, with their names (fed_up)
    doubles: frozenset[str]  # ordinary words that name a company only where no other is named
    others: frozenset[str]  # people who are spoken of: what they do is no order
    reasons: PhraseTable  # what a reason begins with
    wishes: PhraseTable  # after which a verb in the past tense is wished for: i would rather you
    present: Mapping[str, str]  # verbs in the past tense with their present
    pointers: frozenset[str]  # pronouns that stand for what was named before
    stating: frozenset[str]  # verbs of statements, after their subject
    frames: tuple[Frame, ...]
    looks: Looks
    explained: frozenset[str]
    soft: frozenset[str]  # words that say nothing between those of a sentence that can be taken back
    overlaps: Overlaps
    samples: Mapping[str, tuple[str, ...]]  # slot type → how its values are said, for sentences that are drawn


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Language:
    """Everything the parser knows; never changed after loading."""

    contract: Mapping[str, IntentSpec]
    tongue: str
    fields: Mapping[str, FieldSpec]
    lists: Lists
    companies: Companies
    templates: tuple[Template, ...]
    trees: tuple[Node, ...]  # of the templates, in the same order
    automaton: Automaton
    labels: Mapping[str, tuple[str, ...]]  # slot type → labels of the automaton
    vocabulary: frozenset[str]
    trade: frozenset[str]  # those of its words that are not only of questions in free words
    spoken: PhraseTable  # choices, names of preferences and of time zones, with pairs of slot type and value
    openers: frozenset[str]  # words that an amount, a period or an instant may begin with
    counting: frozenset[str]  # words of which each of these has one
    closed: Mapping[int, tuple[str, ...]]  # what spelling may repair to, by length
    places: Mapping[int, tuple[str, ...]]  # words of time zones, repaired to where nothing else is near

    def intents(self) -> frozenset[str]:
        """The intents of the contract that can be said in it."""
        said = {one.intent for one in self.templates}
        return frozenset(self.contract.keys() & (said | {"correct"} if "_correct" in said else said))

    def __repr__(self) -> str:
        return f"<Language: {len(self.contract)} intents, {len(self.templates)} templates>"
