"""Free wordings: words stand for concepts, and one frame of the contract is filled by all of them."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from intents.clauses import of_another
from intents.content import beside_filler, content_of, phrases_in
from intents.result import Request
from intents.slots import fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from intents.content import Content
    from intents.frame import Frame
    from intents.language import Language
    from intents.match import Lattice
    from intents.slots import Outcome

SURE: Final = 1.0  # where the wording cannot be mistaken
CONFIDENCE: Final = 0.8
LOOSE: Final = 0.7  # where a word was left over that says nothing
GUESSED: Final = 0.5  # where it is only offered
LEAST_LEFT: Final = 2  # words that may be left over where it is only offered
SHARE: Final = 0.5  # … or as a share of the words
BEYOND: Final = frozenset(
    {"more", "over", "above", "exceed", "exceeds", "beyond", "greater", "higher", "bigger", "larger"}
)
NEGATIONS: Final = frozenset({"no", "not", "never", "nothing", "none", "refuse"})
TELLERS: Final = frozenset({"i", "we"})
SAME_IN_PAST: Final = frozenset({"put", "set", "cut", "let", "bet", "shut", "hit", "split", "got", "took"})
ANY: Final = "any"  # an amount in whatever unit
ASKING: Final = frozenset(
    {"is", "are", "am", "does", "did", "was", "were", "has", "should", "shall"}
)  # a question, spoken or not
WONDERING: Final = frozenset({"when", "how", "what", "which", "who", "where", "why"})
AUXILIARY: Final = frozenset({"will", "would", "do", "can", "could", "might", "about", "if"})
STATED: Final = (["there", "is"], ["there", "are"])  # tell, and ask nothing
LOOKING: Final = frozenset({"show", "tell", "see", "know", "remind", "say", "think", "feel"})  # ask to be shown


def composed(grid: Lattice, language: Language) -> list[Outcome]:
    """Every frame that the message fills, those with all its words explained before any other."""
    return grid.once("composed", lambda: _composed(grid, language))


def _composed(grid: Lattice, language: Language) -> list[Outcome]:
    if exact := explained(grid, language):
        return exact
    fitting = [
        (frame, content)
        for frame, content in _met(grid, language)
        if len(left := _left(frame, content, language)) <= frame.spare and _spared(frame, left, language)
    ]
    meant = language.lists.overlaps.meant(frame.intent for frame, _ in fitting)
    return [_filled(frame, content, language, LOOSE) for frame, content in fitting if frame.intent in meant]


def _spared(frame: Frame, left: frozenset[str], language: Language) -> bool:
    """Whether these words may be left over; where a `not` turns the rest, it may belong to any but idle ones."""
    if frame.polarity in {"turned", "either"} and not left <= language.lists.idle:
        return False
    return all(_says_nothing(word, language) for word in left)


def explained(grid: Lattice, language: Language) -> list[Outcome]:
    """Every frame that the message fills with all its words."""
    met = [(frame, one) for frame, one in _met(grid, language) if not _left(frame, one, language)]
    meant = language.lists.overlaps.meant(frame.intent for frame, _ in met)
    return [
        _filled(frame, one, language, SURE if frame.sure else CONFIDENCE) for frame, one in met if frame.intent in meant
    ]


def leaning(grid: Lattice, language: Language) -> list[Request]:
    """What the message may ask for: the frames that it meets with words left over, the fewest first; to be offered."""
    found = [
        (len(left) - len(frame.needs) - len(frame.holds), made)
        for frame, content in _met(grid, language)
        if len(left := _left(frame, content, language)) <= max(LEAST_LEFT, SHARE * len(content.words))
        and (frame.polarity == "upright" or all(_says_nothing(word, language) for word in left))
        and isinstance(made := _filled(frame, content, language, GUESSED), Request)
    ]
    return [made for _, made in sorted(found, key=lambda pair: pair[0])]


def _met(grid: Lattice, language: Language) -> list[tuple[Frame, Content]]:
    """The frames whose needs are met, and that no other value and no word that turns forbids."""
    return grid.once("met", lambda: list(_meeting(grid, language)))


def _meeting(grid: Lattice, language: Language) -> Iterator[tuple[Frame, Content]]:
    contents: dict[frozenset[str], Content | None] = {}
    said = frozenset(grid.texts).union(phrases_in(grid, 0, len(grid.tokens), language))
    near = _by_need(language)
    for place in sorted({place for word in said for place in near.get(word, ())}):
        frame = language.lists.frames[place]
        if any(said.isdisjoint(need) for need in frame.needs):
            continue
        kinds = frame.kinds() | frozenset({"lasting"} if frame.unit in {ANY, "lasting"} else ())
        if kinds not in contents:
            contents[kinds] = content_of(grid, kinds, language)
        content = contents[kinds]
        if content is not None and _fits(frame, content) and _stands(frame, content, grid, language):
            yield frame, content


@lru_cache(maxsize=4)
def _by_need(language: Language) -> dict[str, list[int]]:
    """The places of the frames by the words of their narrowest need."""
    near: dict[str, list[int]] = {}
    for place, frame in enumerate(language.lists.frames):
        for word in () if frame.free else min(frame.needs, key=len, default=()):
            near.setdefault(word, []).append(place)
    return near


def _says_nothing(word: str, language: Language) -> bool:
    """Whether an ordinary word may be left over: none of the trade, none that turns or weighs anything."""
    lists = language.lists
    weighty = (
        word in lists.others
        or word in lists.domain
        or word in lists.guards
        or word in lists.uneasy
        or word in lists.weighty
    )
    if weighty or word in LOOKING:
        return False
    return word in lists.idle or word in lists.soft


def _stands(frame: Frame, content: Content, grid: Lattice, language: Language) -> bool:
    """Whether no word turns the message around that the frame does not mean."""
    open_ = content.outside(frame.own())
    spoken = set(open_.values())
    negated, beyond = bool(spoken & NEGATIONS), bool(spoken & BEYOND)
    if negated and spoken & BEYOND == {"more"} and "than" not in content.words:  # not two more
        beyond = False
    if frame.polarity == "turned":  # one that speaks against another thing turns nothing
        there = of_another(grid, content.places.keys(), language)
        negated = any(word in NEGATIONS for at, word in open_.items() if at not in there)
    wanted = {
        "upright": negated == beyond,
        "turned": negated and not beyond,
        "more": beyond and not negated,
        "unturned": not negated,
        "either": True,
    }
    barred = not frame.never.isdisjoint(spoken) or not frame.never.isdisjoint(content.phrases)
    return wanted[frame.polarity] and not barred and not _turned(grid, frame, content, language)


def _turned(grid: Lattice, frame: Frame, content: Content, language: Language) -> bool:
    """Whether a guard word stands anywhere that is not the `no` of a `no more than`, or a part of the frame."""
    if _opening(grid) in ASKING or _tells(grid) or _wonders(grid):
        return True
    texts = beside_filler(grid)
    open_ = content.outside(frame.own())
    loose = [at for at in range(len(texts)) if at in open_ and texts[at] not in frame.allows]
    if sum(texts[at] in NEGATIONS for at in loose) > 1:
        return True
    guards, phrases = language.lists.guards, language.lists.guard_phrases
    return any((texts[at] in guards and texts[at] not in NEGATIONS) or phrases.at(texts, at) for at in loose)


def _tells(grid: Lattice) -> bool:
    """Whether it begins as somebody tells what he did, by a verb that is the same in the past: I put, we cut."""
    texts = [token.text for token in grid.tokens]
    return any(one in TELLERS and two in SAME_IN_PAST for one, two in pairwise(texts))


def _wonders(grid: Lattice) -> bool:
    """Whether it begins as questions do: when will you …, how does …"""
    said = tuple(token.text for token in grid.tokens[:2])
    return len(said) == 2 and said[0] in WONDERING and said[1] in ASKING | AUXILIARY


def _opening(grid: Lattice) -> str:
    """The first word that is not filler."""
    at = 0
    if [token.text for token in grid.tokens[:2]] in STATED:
        return grid.tokens[0].text
    while ends := grid.filler.get(at):
        at = max(ends)
    return grid.tokens[at].text if at < len(grid.tokens) else ""


def _fits(frame: Frame, content: Content) -> bool:
    units = [unit for unit, _ in content.amounts]
    kinds = set(content.values)
    if len(units) != 1 if frame.unit == ANY else units != ([frame.unit] if frame.unit else []):
        return False
    if not set(frame.holds.values()) <= kinds <= frame.kinds():
        return False
    return all(content.meets(need) for need in frame.needs)


def _left(frame: Frame, content: Content, language: Language) -> frozenset[str]:
    """The words that neither the frame nor filler explains."""
    own = frame.own()
    left = content.words - own - content.empty - content.inside(own)
    return frozenset(word for word in left if word in LOOKING or word not in language.lists.explained)


def _filled(frame: Frame, content: Content, language: Language, confidence: float) -> Outcome:
    amount = {frame.amount(): content.amounts[0][1]} if content.amounts else {}
    named = {
        name: content.values[kind] for name, kind in {**frame.takes, **frame.holds}.items() if kind in content.values
    }
    return fill(frame.intent, {**frame.fixed, **amount, **named}, language, (), confidence)
