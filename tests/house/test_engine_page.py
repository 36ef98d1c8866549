"""docs/engine.md says what the engine does: its tables hold the code's numbers, gates, reasons and properties."""

import re
from typing import Final

from engine.config import TierConfig
from engine.core.categories import Risk
from engine.core.fit import SUITS
from engine.core.gates import BUY_GATES, SELL_GATES
from engine.core.judge.safety import SAFEGUARDS
from engine.core.moments import At, Deadline, Every, On, Times, When, seconds
from engine.core.policy import DEFAULT_POLICY
from engine.core.rules import codes
from engine.core.rules.fit import Merits, points
from engine.core.state import State
from engine.core.units import DOLLAR
from engine.core.words import BreakerKind, Origin, Skip, Style, Tier
from engine.timetable import TIMETABLE
from tests.house.tree import python, text

PAGE: Final = "docs/engine.md"
LEVELS: Final = {Skip.NO_PRICE, Skip.NO_ATR, Skip.ATR_TOO_LARGE}
"""What a buy can lack before its size is looked for."""


def table(heading: str) -> list[list[str]]:
    """The cells of a section's table, row by row, without its head."""
    section = text(PAGE).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def named(cell: str) -> list[str]:
    """The names that stand in a cell as code."""
    return re.findall(r"`([^`]+)`", cell)


def number(cell: str) -> float:
    """`2%` is 0.02."""
    return float(cell.removesuffix("%")) / 100 if cell.endswith("%") else float(cell)


def test_the_tiers_are_the_defaults() -> None:
    names, *columns = zip(*table("Risk tiers"), strict=True)

    assert [named(cell)[0] for cell in names] == list(TierConfig.model_fields)
    assert [tuple(map(number, column)) for column in columns] == [DEFAULT_POLICY.tiers[tier] for tier in Tier]


def test_the_breakers_are_the_defaults() -> None:
    risk, policy = Risk(), DEFAULT_POLICY
    numbers = {
        BreakerKind.DAILY_LOSS: [risk.daily_loss_limit_pct],
        BreakerKind.SINGLE_POSITION: [risk.single_position_loss_pct, policy.single_position_cooldown_sessions],
        BreakerKind.VOLATILITY: [policy.volatility_stops, policy.volatility_minutes, policy.volatility_cooldown_min],
        BreakerKind.MAX_DRAWDOWN: [risk.max_drawdown_pct],
        BreakerKind.MANUAL: [],
    }

    found = {named(row[0])[0]: [float(one) for one in re.findall(r"[\d.]+", row[2])] for row in table("Breakers")}
    assert found == numbers


def test_the_fit_score_is_made_of_these_weights() -> None:
    full = Merits(1.0, 0.5, 1.0, 1.0, 0.0, watched=True, allowed=True, excluded=False)

    assert {named(row[0])[0]: float(row[1]) for row in table("Fit score")} == points(full)._asdict()


def test_the_windows_suit_the_styles_as_they_say() -> None:
    rows = table("Styles and windows")

    assert {named(row[0])[0]: tuple(map(float, row[1:])) for row in rows} == {one.value: SUITS[one] for one in Style}


def test_the_gates_are_those_of_the_code_in_their_order() -> None:
    buys, sells = set(BUY_GATES), set(SELL_GATES)
    reasons = [*BUY_GATES, *(gate for gate in SELL_GATES if gate.name not in {one.name for one in buys})]
    gates = [
        [gate.name, gate.reason.code, *("yes" if one else "no" for one in passed)]
        for gate in reasons
        for passed in [
            (
                gate in buys,
                gate in sells,
                *(one in gate.origins for one in (Origin.PROPOSAL, Origin.TRANCHE, Origin.OWNER)),
            )
        ]
    ]
    rows = [[*named(row[0]), *named(row[1]), *row[2:7]] for row in table("Gates")]

    assert rows == gates
    assert [row[0] for row in rows if row[3] == "yes"] == [gate.name for gate in SELL_GATES]


def test_the_looks_of_safety_are_those_of_the_code_in_their_order_with_their_defaults() -> None:
    policy = DEFAULT_POLICY
    numbers = [policy.stale_price_min, policy.price_band, policy.max_order // DOLLAR, policy.max_order_shares]
    numbers += [policy.repeat_seconds, policy.orders_a_minute]
    looks = [[one.step, one.reason.code, "yes" if one.told_of_exits else "no"] for one in SAFEGUARDS]
    rows = table("Safety of orders")

    assert [[f"safety.{named(row[0])[0]}", *named(row[1]), row[2]] for row in rows] == looks
    assert [number(re.sub(r"[$,]| min| s", "", row[4])) for row in rows if row[4]] == numbers


def test_the_reasons_of_sizing_are_those_of_the_rules() -> None:
    rules = {Skip(code) for name, code in vars(codes).items() if name.isupper() and code}
    reasons = [reason for row in table("Sizing") for reason in named(row[1])]

    assert sorted(reasons) == sorted(skip.code for skip in rules | LEVELS)


def hours(when: When) -> str:
    """When a loop runs, as the page says it."""
    match when:
        case Every():
            every = f"every {seconds(when.pace, Times((), State(account='a'), DEFAULT_POLICY)):g} s {when.hours.value}"
            return every + (" during a high-severity event" if when.severe else "")
        case At():
            return when.point.value
        case Deadline():
            return "at a deadline"
        case On():
            return f"on {when.value}"


def test_the_timetable_has_every_loop_with_its_hours() -> None:
    rows = [[*row[:2], re.findall(r"\w+", row[2].partition(":")[0])] for row in table("The timetable")]
    loops = [[row.name, ", ".join(map(hours, row.whens)), [loop.__name__ for loop in row.loops]] for row in TIMETABLE]

    assert rows == loops


def test_the_rules_cite_headings_that_are_there() -> None:
    cited = [
        heading
        for file in python("engine/core/rules")
        for headings in re.findall(rf"\({PAGE}, ([^)]+)\)", text(file))
        for heading in headings.split("; ")
    ]

    assert cited
    assert [heading for heading in cited if f"\n## {heading}\n" not in text(PAGE)] == []
