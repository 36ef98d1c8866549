"""How the engine itself does: what `parley status` shows and `parley metrics` gives to those who gather them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from engine.core.units import DOLLAR
from engine.core.words import OrderStatus
from engine.pulse import Ailment, Beat, Figures
from engine.view import View
from skills.held import held_back
from skills.skill import Say

NEVER: Final = "never"
UNSENT: Final = timedelta(seconds=30)

Metric = tuple[str, str, str, list[tuple[str, float]]]
"""Name, kind, help, and a value for each set of labels."""


def healthy(view: View) -> bool:
    """Whether all is well: the engine may enter, its store answers, nobody took it over, and every loop runs."""
    sound = view.scene.healthy and not view.stale and view.fenced is None
    return sound and not (view.pulse and view.pulse.ailments()) and not unsent(view)


def unsent(view: View) -> int:
    """How many orders were meant `UNSENT` ago or before and have not gone out."""
    meant = {(one.decision_id, one.at): one.wall for one in view.state.sent}
    left = (
        (one.decision_id, one.intended_at) for one in view.state.orders.values() if one.status is OrderStatus.INTENDED
    )
    return sum(1 for one in left if one not in meant or meant[one] <= view.scene.wall - UNSENT)


def stopped(view: View) -> Say | None:
    """What keeps the engine from entering though it be well: kill switch, pause, a breaker; None while nothing does."""
    return held_back(replace(view, fenced=None, scene=replace(view.scene, healthy=True)))


def beats(view: View) -> tuple[Beat, ...]:
    return view.pulse.beats if view.pulse else ()


def document(view: View) -> dict[str, Any]:
    """Everything as JSON: instants ISO 8601 in UTC, spans in seconds, money in dollars."""
    ailing = {one.loop: one.kind for one in ailments(view)}
    return {
        "healthy": healthy(view),
        "why": view.why,
        "market_at": view.scene.at.isoformat(),
        "equity": view.worth.equity / DOLLAR,
        **trading(view),
        "loops": [{**loop(beat), "state": ailing.get(beat.name, "well")} for beat in beats(view)],
    }


def trading(view: View) -> dict[str, Any]:
    """What it may do and has under way, as JSON; what does not stand is None."""
    state = view.state
    until = state.pause.until if state.pause else None
    return {
        "autonomy": state.preferences.trading.autonomy.value,
        "killed_at": state.killed_at.isoformat() if state.killed_at else None,
        "paused": state.pause is not None,
        "paused_until": until.isoformat() if until else None,
        "positions": len(state.positions),
        "orders": len(state.orders),
        "unsent": unsent(view),
    }


def ailments(view: View) -> tuple[Ailment, ...]:
    return view.pulse.ailments() if view.pulse else ()


def loop(beat: Beat) -> dict[str, Any]:
    """One loop as JSON; instants are None before the first run, and where nothing is planned."""
    return {
        "name": beat.name,
        "last_at": beat.last_at.isoformat() if beat.last_at else None,
        "next_at": beat.next_at.isoformat() if beat.next_at else None,
        "took_s": round(beat.took_s, 6),
        "late_s": round(beat.late_s, 3),
        "runs": beat.runs,
        "failures": beat.failures,
        "error": beat.error,
        "under_way": beat.began_s is not None,
    }


def spoken(view: View) -> Say:
    """Health in a sentence, and a line a loop."""
    width = max((len(beat.name) for beat in beats(view)), default=0)
    ailing = {one.loop: Say(f"health.{one.kind}", one._asdict()) for one in ailments(view)}
    rows = [
        {
            "name": beat.name.ljust(width),
            "last": f"{beat.last_at:%Y-%m-%d %H:%M:%S}Z" if beat.last_at else NEVER.ljust(20),
            "took": f"{beat.took_s * 1000:.0f}",
            "late": f"{beat.late_s:.1f}",
            "runs": beat.runs,
            "failures": beat.failures,
            "ails": ailing.get(beat.name),
        }
        for beat in beats(view)
    ]
    well = healthy(view)
    facts: dict[str, Any] = {
        "well": Say("health.well") if well else None,
        "unwell": None if well else unwell(view),
        "rows": rows,
    }
    facts |= {"autonomy": Say(f"health.autonomy.{view.state.preferences.trading.autonomy.value}")}
    facts |= {"stopped": stopped(view), "positions": len(view.state.positions)}
    return Say("health", {**facts, "at": view.scene.at, "equity": view.worth.equity})


def unwell(view: View) -> Say:
    """What is wrong first: another process, the store, the engine, or its loops."""
    if view.fenced is not None:
        return Say("health.fenced", {"holder": view.fenced})
    if view.stale or not view.scene.healthy:
        return Say("health.degraded", {"why": view.why or None})
    if unsent(view):
        return Say("health.unsent", {"count": unsent(view)})
    return Say("health.loops", {"count": len(ailments(view))})


def figures(view: View) -> Figures:
    """The figures that were made last; made now where none were."""
    made = view.pulse.figures if view.pulse else None
    return made or Figures(view.scene.at, view.worth.equity, 0)


def metrics(view: View) -> str:
    """All of it in the text form of Prometheus: spans in seconds, money in dollars."""
    return "".join(f"{line}\n" for metric in measured(view) for line in lines(metric))


def measured(view: View) -> Iterator[Metric]:
    yield "parley_engine_healthy", "gauge", "1 while all is well.", [("", float(healthy(view)))]
    yield "parley_equity_dollars", "gauge", "What the account is worth.", [("", figures(view).equity / DOLLAR)]
    yield "parley_positions", "gauge", "Positions that are open.", [("", len(view.state.positions))]
    yield "parley_orders", "gauge", "Orders that are open.", [("", len(view.state.orders))]
    loops = beats(view)
    for name, kind, told, read in OF_LOOPS:
        found = [(f'{{loop="{beat.name}"}}', read(beat)) for beat in loops]
        yield f"parley_loop_{name}", kind, told, [(label, value) for label, value in found if value is not None]


OF_LOOPS: Final[tuple[tuple[str, str, str, Callable[[Beat], float | None]], ...]] = (
    ("runs_total", "counter", "Runs of a loop.", lambda beat: beat.runs),
    ("failures_total", "counter", "Runs that failed.", lambda beat: beat.failures),
    ("duration_seconds", "gauge", "What the last run took.", lambda beat: beat.took_s),
    ("lateness_seconds", "gauge", "How late the last run began.", lambda beat: beat.late_s),
    (
        "last_run_timestamp_seconds",
        "gauge",
        "When the last run began.",
        lambda beat: beat.last_at.timestamp() if beat.last_at else None,
    ),
)
"""What is measured of each loop: name, kind, help and value, None where there is none yet."""


def lines(metric: Metric) -> Iterator[str]:
    name, kind, text, values = metric
    if values:
        yield f"# HELP {name} {text}"
        yield f"# TYPE {name} {kind}"
    yield from (f"{name}{labels} {value:.12g}" for labels, value in values)
