"""What the parser knows of a language: contract, templates, lists and companies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from intents.entities import Companies
    from intents.frame import Frame
    from intents.grammar import Automaton, Node, Template
    from intents.hours import TimeWords
    from intents.looks import Looks
    from intents.normalise import Spelling
    from intents.numbers import NumberWords
    from intents.overlaps import Overlaps
    from intents.phrases import PhraseTable
    from intents.tellers import Telling


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
    carrying: frozenset[str]  # verbs that hold for every thing that is counted off after them
    halts: PhraseTable  # the words of the kill switch
    pleas: frozenset[str]  # what may stand beside them: pleas, oaths, yeses, haste
    selves: frozenset[str]  # words by which somebody talks about himself
    uneasy: frozenset[str]  # words that weigh something wherever they stand
    idle: frozenset[str]  # words that may be left over beside a change that the rest determines
    weighty: frozenset[str]  # ordinary words that are never left over: somebody acts by them
    phrases: PhraseTable  # concepts of several words, with their names (fed_up)
    doubles: frozenset[str]  # ordinary words that name a company only where no other is named
    others: frozenset[str]  # people who are spoken of: what they do is no order
    reasons: PhraseTable  # what a reason begins with
    wishes: PhraseTable  # after which a verb in the past tense is wished for: i would rather you
    foreseeing: PhraseTable  # what a question of what is to come begins with: will you
    begging: frozenset[str]  # words that make an order of it: please
    fleeting: PhraseTable  # what is said of the moment: right now
    lasting: PhraseTable  # what is said for good: never again
    deals: frozenset[str]  # what one trade is called: idea
    present: Mapping[str, str]  # verbs in the past tense with their present
    pointers: frozenset[str]  # pronouns that stand for what was named before
    stating: frozenset[str]  # verbs of statements, after their subject
    telling: Telling  # what somebody may tell of himself beside an order
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
    house: Language | None = None  # the same without the sentences of others, where it has any

    def intents(self) -> frozenset[str]:
        """The intents of the contract that can be said in it."""
        said = {one.intent for one in self.templates}
        return frozenset(self.contract.keys() & (said | {"correct"} if "_correct" in said else said))

    def __repr__(self) -> str:
        return f"<Language: {len(self.contract)} intents, {len(self.templates)} templates>"
