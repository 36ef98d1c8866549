"""How the engine itself does: words for people, JSON, and figures for those who gather them."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import health
from bot.cli import main
from bot.socket_client import Caller, HungUp
from engine.core.ordering import Sent
from engine.pulse import Figures, Pulse
from engine.view import View
from skills.skill import NoSlots
from skills.status import show_status
from tests.builders import NOON, an_order
from tests.engine.scenes import a_scene
from tests.skills.views import PRICES, a_view, invested, words


async def well() -> bool:
    return True


async def bad() -> bool:
    raise KeyError("x")


async def a_pulse(*, fails: bool = False) -> Pulse:
    pulse = Pulse(lambda: NOON, lambda: 0.0)
    pulse.know(["watch stops", "daily summary"])
    await pulse.run("watch stops", bad if fails else well, late_s=0.5)
    return pulse


async def seen(*, fails: bool = False, **changes: Any) -> View:
    return replace(a_view(invested()), pulse=await a_pulse(fails=fails), **changes)


async def test_an_engine_that_is_well_says_so_with_a_line_a_loop() -> None:
    assert words(health.spoken(await seen())) == (
        "The engine is well. The market's time is Fri 20 Nov 12:00; the account is worth $10,030.00.\n"
        "It trades by itself. It holds 1 position.\n"
        "watch stops    last 2026-11-20 17:00:00Z  took 0 ms  late 0.5 s  runs 1  failures 0\n"
        "daily summary  last never                 took 0 ms  late 0.0 s  runs 0  failures 0"
    )


async def test_a_loop_that_fails_makes_it_unwell() -> None:
    view = await seen(fails=True)
    text = words(health.spoken(view))
    assert text.startswith("The engine has 1 loop that should be looked after. ")
    assert "failures 1  failed with KeyError\n" in text
    assert not health.healthy(view)
    assert health.document(view)["loops"][0] == {
        "name": "watch stops",
        "last_at": "2026-11-20T17:00:00+00:00",
        "next_at": None,
        "took_s": 0.0,
        "late_s": 0.5,
        "runs": 1,
        "failures": 1,
        "error": "KeyError",
        "under_way": False,
        "state": "failing",
    }


async def test_trouble_and_another_process_come_before_loops() -> None:
    unwell = await seen(scene=a_scene(prices=PRICES, healthy=False), why="the broker did not answer", fails=True)
    assert words(health.spoken(unwell)).startswith("The engine is not well: the broker did not answer. ")
    fenced = await seen(fenced="other:7")
    assert words(health.spoken(fenced)).startswith("Another process runs this account: other:7. ")
    assert not health.healthy(fenced)


async def test_figures_are_given_as_prometheus_reads_them() -> None:
    view = await seen(fails=True)
    assert view.pulse is not None
    view.pulse.figures = Figures(NOON, 100_295_000, 0)
    assert health.metrics(view) == (
        "# HELP parley_engine_healthy 1 while all is well.\n"
        "# TYPE parley_engine_healthy gauge\n"
        "parley_engine_healthy 0\n"
        "# HELP parley_equity_dollars What the account is worth.\n"
        "# TYPE parley_equity_dollars gauge\n"
        "parley_equity_dollars 10029.5\n"
        "# HELP parley_positions Positions that are open.\n"
        "# TYPE parley_positions gauge\n"
        "parley_positions 1\n"
        "# HELP parley_orders Orders that are open.\n"
        "# TYPE parley_orders gauge\n"
        "parley_orders 0\n"
        "# HELP parley_loop_runs_total Runs of a loop.\n"
        "# TYPE parley_loop_runs_total counter\n"
        'parley_loop_runs_total{loop="watch stops"} 1\n'
        'parley_loop_runs_total{loop="daily summary"} 0\n'
        "# HELP parley_loop_failures_total Runs that failed.\n"
        "# TYPE parley_loop_failures_total counter\n"
        'parley_loop_failures_total{loop="watch stops"} 1\n'
        'parley_loop_failures_total{loop="daily summary"} 0\n'
        "# HELP parley_loop_duration_seconds What the last run took.\n"
        "# TYPE parley_loop_duration_seconds gauge\n"
        'parley_loop_duration_seconds{loop="watch stops"} 0\n'
        'parley_loop_duration_seconds{loop="daily summary"} 0\n'
        "# HELP parley_loop_lateness_seconds How late the last run began.\n"
        "# TYPE parley_loop_lateness_seconds gauge\n"
        'parley_loop_lateness_seconds{loop="watch stops"} 0.5\n'
        'parley_loop_lateness_seconds{loop="daily summary"} 0\n'
        "# HELP parley_loop_last_run_timestamp_seconds When the last run began.\n"
        "# TYPE parley_loop_last_run_timestamp_seconds gauge\n"
        'parley_loop_last_run_timestamp_seconds{loop="watch stops"} 1795194000\n'
    )


async def test_the_owner_hears_of_loops_only_while_one_is_not_well() -> None:
    assert "loops" not in words(show_status(NoSlots(), await seen()))
    assert words(show_status(NoSlots(), await seen(fails=True))).endswith(
        'Not all of the engine\'s loops are well: "watch stops" failed with KeyError.'
    )


async def test_one_that_is_late_or_hangs_is_told_with_the_time() -> None:
    view = await seen()
    assert view.pulse is not None
    view.pulse.of("watch stops").late_s = 120.0
    view.pulse.of("daily summary").began_s = -90.0
    assert words(show_status(NoSlots(), view)).endswith(
        '"watch stops" came 2 min late and "daily summary" has been under way for 1 min 30 s.'
    )


# --- the commands


class Owner:
    """The process that owns the account."""

    def __init__(self, answer: dict[str, Any] | None) -> None:
        self.answer, self.asked, self.left = answer, [], False  # type: tuple[dict[str, Any] | None, list[dict[str, Any]], bool]

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(request)
        if self.answer is None:
            raise HungUp("TimeoutError")
        return self.answer

    async def close(self) -> None:
        self.left = True


def found(patch: pytest.MonkeyPatch, owner: Owner | None) -> None:
    async def find(_folder: Path) -> Owner | None:
        return owner

    patch.setattr(Caller, "find", find)


@pytest.mark.parametrize(("healthy", "code"), [(True, 0), (False, 1)])
def test_status_ends_with_0_only_if_all_is_well(
    healthy: bool,  # noqa: FBT001  # both ways
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    owner = Owner({"healthy": healthy, "loops": [], "said": "The engine …"})
    found(monkeypatch, owner)
    assert main(["status", "--data", str(tmp_path)]) == code
    assert capsys.readouterr() == ("The engine …\n", "")
    assert (owner.asked, owner.left) == ([{"status": {}}], True)
    assert main(["status", "--json", "--data", str(tmp_path)]) == code
    assert json.loads(capsys.readouterr().out) == {"healthy": healthy, "loops": []}


def test_metrics_are_printed_as_they_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found(monkeypatch, Owner({"document": "parley_engine_healthy 1\n"}))
    assert main(["metrics", "--data", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "parley_engine_healthy 1\n"


@pytest.mark.parametrize("command", ["status", "metrics"])
def test_without_a_running_process_the_code_is_3(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--data", str(tmp_path)]) == 3
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"no Parley is running on {tmp_path}: start it with parley run\n")


class Frozen(Owner):
    """One that takes the question and never says a word, as a process that was stopped."""

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(request)
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.parametrize("command", ["status", "metrics"])
def test_one_that_stands_still_is_unwell_after_a_while(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found(monkeypatch, Frozen(None))
    monkeypatch.setattr("bot.cli_health.ANSWER_S", 0.01)
    assert main([command, "--data", str(tmp_path)]) == 1
    assert capsys.readouterr() == (
        "",
        "the running Parley does not answer (it gave no answer in time): it hangs, or was just ended\n",
    )


async def test_what_stops_trading_is_told_though_the_engine_is_well() -> None:
    view = await seen()
    view = replace(view, state=replace(view.state, killed_at=NOON))
    assert 'It holds 1 position. The kill switch has stood since Fri 20 Nov 12:00; say "resume" to lift it.\n' in words(
        health.spoken(view)
    )
    told = health.document(view)
    assert (told["healthy"], told["killed_at"], told["paused"]) == (True, "2026-11-20T17:00:00+00:00", False)
    assert (told["autonomy"], told["positions"], told["orders"], told["unsent"]) == ("auto", 1, 0, 0)


async def test_an_order_that_lies_unsent_for_half_a_minute_is_unwell() -> None:
    view = await seen()
    order = an_order()
    meant = Sent(order.ticker, order.side, NOON, NOON, order.decision_id)
    lying = replace(view.state, orders={order.client_order_id: order}, sent=(meant,))
    just_meant = replace(view, state=lying, scene=a_scene(prices=PRICES, wall=NOON + timedelta(seconds=29)))
    assert health.healthy(just_meant)
    late = replace(just_meant, scene=a_scene(prices=PRICES, wall=NOON + timedelta(seconds=30)))
    assert not health.healthy(late)
    assert words(health.spoken(late)).startswith("The engine has 1 order that should have gone out long ago")


def test_one_that_does_not_answer_is_unwell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found(monkeypatch, Owner(None))
    assert main(["status", "--data", str(tmp_path)]) == 1
    assert "does not answer" in capsys.readouterr().err
