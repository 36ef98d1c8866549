"""What would let an idea pass that was left alone: which gates are closed to it now, and the least that opens one."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

from engine.core import commands as c
from engine.core.apply import applied
from engine.core.case import Case
from engine.core.evaluate import sized
from engine.core.gates import asked_of
from engine.core.judge import Ground, judge
from engine.core.judge.entries import case_of
from engine.core.nouns import Recommendation
from engine.core.preferences import value_of
from engine.core.refusals import Refused
from engine.core.units import DOLLAR
from engine.core.valuation import sector_of
from engine.core.words import Autonomy, Origin, Settlement, Skip, Tier

HUNDREDTHS: Final = 100
TOLERANCE: Final = "trading.risk_tolerance"
CONFIDENCE: Final = "trading.min_confidence"

Patch: TypeAlias = Mapping[str, Any]


class Closed(NamedTuple):
    """A gate that is closed, or the step of sizing that rejects: its reason, the value met and the limit."""

    reason: Skip
    value: float | str | None = None
    limit: float | str | None = None


class Question(NamedTuple):
    """An account at one instant, and an idea that is looked at as if it came now."""

    ground: Ground
    wanted: Recommendation

    @property
    def case(self) -> Case:
        wanted = replace(self.wanted, id=f"{self.wanted.id} again", generated_at=self.ground.scene.at)
        return case_of(self.ground, wanted, Origin.RECOMMENDED)

    def under(self, patch: Patch) -> "Question | None":
        """The same once the owner has set this; None where he would be refused."""
        ready = self.ground._replace(state=replace(self.ground.state, acted_at=()))  # not too often in a minute
        verdict = judge(c.ChangePreferences(patch=patch, by="owner"), ready)
        if isinstance(verdict, Refused):
            return None
        return self._replace(ground=self.ground._replace(state=applied(self.ground.state, verdict)))


def closed(question: Question) -> tuple[Closed, ...]:
    """Everything that stands against it now, in the order of the gates; of sizing the first step that rejects."""
    case = question.case
    found = [(gate.reason, gate.check(case)) for gate in asked_of(case)]
    shut = [Closed(reason, one.value, one.limit) for reason, one in found if not one.passed]
    answer, lines = sized(case, case.scene.price(case.recommendation.ticker), [])
    if answer.reason is not Skip.NONE:
        failed = next(line for line in reversed(lines) if line.outcome == "reject")
        shut.append(Closed(answer.reason, failed.value, failed.limit))
    return tuple(shut)


def stands(question: Question, reason: Skip) -> bool:
    return any(one.reason is reason for one in closed(question))


def opens(question: Question, reason: Skip, patch: Patch) -> bool:
    """Whether these settings, which may be had now, open the gate."""
    changed = question.under(patch)
    return changed is not None and not stands(changed, reason)


def remedies(question: Question, reason: Skip) -> tuple[Patch, ...]:
    """The least changes of settings that open this gate, each by itself; nothing where it is open, or none would.

    Where none does alone, a lower minimum of confidence together with a higher tolerance may.
    """
    if not stands(question, reason):
        return ()
    alone: tuple[Patch, ...] = tuple({path: value} for path, value in singly(question, reason))
    return alone or tuple(together(question, reason))


def singly(question: Question, reason: Skip) -> Iterator[tuple[str, Any]]:
    for path, values in LEVERS.get(reason, ()):
        value = least(question, reason, path, values(question))
        if value is not None:
            yield path, value
    if reason in OF_THE_TIER:
        value = least(question, reason, TOLERANCE, higher(question))
        if value is not None:
            yield TOLERANCE, value


def together(question: Question, reason: Skip) -> Iterator[Patch]:
    for minimum in as_sure(question) if reason is Skip.LOW_CONFIDENCE else ():
        for tier in higher(question):
            if opens(question, reason, patch := {CONFIDENCE: minimum, TOLERANCE: tier}):
                yield patch
                return


def least(question: Question, reason: Skip, path: str, values: Sequence[Any]) -> Any:  # noqa: ANN401  # of any field
    """The first of these values that opens the gate; None where none does. Whatever opens, all after it open, too."""
    at = bisect_left(values, True, key=lambda value: opens(question, reason, {path: value}))  # noqa: FBT003
    return values[at] if at < len(values) else None


def higher(question: Question) -> Sequence[Tier]:
    """The next tolerance over the one that is chosen; where the engine lowered that, the chosen one comes first.

    More than a step at once is refused.
    """
    state = question.ground.state
    rank = state.preferences.trading.risk_tolerance.rank
    return list(Tier)[rank if state.tier.rank < rank else rank + 1 : rank + 2]


def as_sure(question: Question) -> Sequence[float]:
    """As sure as the idea is, in whole percent."""
    return [int(question.wanted.confidence * HUNDREDTHS + 1e-9) / HUNDREDTHS]


def own(question: Question, path: str) -> Any:  # noqa: ANN401
    return value_of(question.ground.state.preferences, path)


def upwards(path: str, most: int) -> Callable[[Question], Sequence[int]]:
    """Whole numbers over the one that is set, to the most that can be; nothing where none is set."""

    def over(question: Question) -> Sequence[int]:
        now = own(question, path)
        return () if now is None else range(int(now) + 1, most + 1)

    return over


def dollars(path: str) -> Callable[[Question], Sequence[int]]:
    """Round sums over the one that is set, as far as the account goes."""

    def over(question: Question) -> Sequence[int]:
        now = own(question, path)
        top = question.ground.worth.equity // DOLLAR
        return () if now is None else range(int(now) // 100 * 100 + 100, top + 200, 100)

    return over


def added(path: str, name: Callable[[Question], Any]) -> Callable[[Question], Sequence[Any]]:
    return lambda question: [(*own(question, path), name(question))]


def removed(path: str, name: Callable[[Question], Any]) -> Callable[[Question], Sequence[Any]]:
    return lambda question: [tuple(one for one in own(question, path) if one != name(question))]


def ticker_of(question: Question) -> str:
    return question.wanted.ticker


def its_sector(question: Question) -> str | None:
    ground, wanted = question
    return sector_of(ground.state, ground.scene, wanted.ticker, wanted.sector)


def its_kind(question: Question) -> str:
    known = question.ground.scene.instruments.get(question.wanted.ticker)
    return known.asset_class if known else "equities"


def only(*values: Any) -> Callable[[Question], Sequence[Any]]:  # noqa: ANN401
    return lambda _question: values


Lever: TypeAlias = tuple[str, Callable[[Question], Sequence[Any]]]


def share(path: str, most: int = HUNDREDTHS) -> Lever:
    return path, upwards(path, most)


def money(path: str) -> Lever:
    return path, dollars(path)


POSITION: Final = share("risk.max_position_pct")
SECTOR: Final = share("risk.max_sector_pct")
EXPOSURE: Final = share("risk.max_exposure_pct")
CAP: Final = money("trading.absolute_position_cap")
CAPITAL: Final = money("trading.capital_limit")

LEVERS: Final[Mapping[Skip, tuple[Lever, ...]]] = MappingProxyType(
    {
        Skip.AUTONOMY_OFF: (("trading.autonomy", only(Autonomy.ASK)),),
        Skip.ASSET_CLASS: (("trading.asset_classes", added("trading.asset_classes", its_kind)),),
        Skip.EXCLUDED: (("trading.excluded_tickers", removed("trading.excluded_tickers", ticker_of)),),
        Skip.SECTOR_EXCLUDED: (("trading.excluded_sectors", removed("trading.excluded_sectors", its_sector)),),
        Skip.NOT_ON_WATCHLIST: (("trading.watchlist", added("trading.watchlist", ticker_of)),),
        Skip.MICRO_OFF: (("trading.micro_trading", only(True)),),  # noqa: FBT003  # the value of a switch
        Skip.STRATEGY_OFF: (("strategy.max_strategies", upwards("strategy.max_strategies", 50)),),
        Skip.DAILY_LIMIT: (("trading.max_daily_trades", upwards("trading.max_daily_trades", 500)),),
        Skip.MAX_POSITIONS: (("trading.max_open_positions", upwards("trading.max_open_positions", 100)),),
        Skip.MAX_DRAWDOWN: (share("risk.max_drawdown_pct", 90),),
        Skip.UNSETTLED: (("trading.settlement", only(Settlement.MARGIN)),),
        Skip.DAY_TRADES: (("trading.settlement", only(Settlement.CASH)),),
        Skip.LOW_CONFIDENCE: ((CONFIDENCE, as_sure),),
        Skip.ACTIVE_POOL_MINIMUM: (CAPITAL,),
        Skip.POSITION_FULL: (POSITION, SECTOR, EXPOSURE),
        Skip.SECTOR_FULL: (SECTOR, EXPOSURE),
        Skip.EXPOSURE: (EXPOSURE, CAPITAL),
        Skip.ABSOLUTE_CAP: (CAP,),
        Skip.BELOW_ONE_SHARE: (
            share("trading.position_size_pct", 25),
            *(POSITION, SECTOR, EXPOSURE, CAP, CAPITAL),
        ),
    }
)
"""Which settings may open each gate, and the values to try, from the nearest on."""

OF_THE_TIER: Final = frozenset(
    (Skip.LOW_CONFIDENCE, Skip.POSITION_FULL, Skip.SECTOR_FULL, Skip.HEAT, Skip.BELOW_ONE_SHARE)
)
"""Gates whose limits the risk tier has a say in."""
