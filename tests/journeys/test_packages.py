"""The example of a skill from outside, installed as packages are, and talked to through the whole house."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.app import welcome
from tests.journeys.house import People, visit
from tests.journeys.test_orders import in_the_window

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "parley-sectors"
ASKED = "how is my money spread over the sectors?"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package and what an installer writes beside it, in a folder that Python looks in."""
    site = tmp_path / "site"
    shutil.copytree(EXAMPLE / "parley_sectors", site / "parley_sectors")
    written = site / "parley_sectors-0.1.0.dist-info"
    written.mkdir()
    (written / "METADATA").write_text("Metadata-Version: 2.4\nName: parley-sectors\nVersion: 0.1.0\n", encoding="utf-8")
    points = "[parley.skills]\nsectors = parley_sectors:PACKAGE\n"
    (written / "entry_points.txt").write_text(points, encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "parley_sectors", raising=False)
    return site


@pytest.mark.usefixtures("installed")
async def test_an_installed_skill_answers_and_ours_go_on(tmp_path: Path) -> None:
    async with visit(tmp_path / "account", People()) as new:
        assert new.house.left_out == ()
        assert await new.say(ASKED) == "PAPER · Nothing is held, so no sector has a share of the account."
        await in_the_window(new)
        await new.agree("buy 3 shares of Pepsi")
        assert "consumer staples: " in await new.say("which share of my account is in consumer staples?")
        assert "utilities: 0% ($0.00)" in await new.say("my share in utilities")
        assert "from packages" in await new.say("help")
        assert "the share of the account in each sector" in await new.say("help with packages")
        assert "PEP" in await new.say("show my positions")


async def test_a_package_that_cannot_be_used_is_said_at_the_start(installed: Path, tmp_path: Path) -> None:
    (installed / "parley_sectors" / "phrases.yaml").write_text('welcome: "Hello!"\n', encoding="utf-8")
    async with visit(tmp_path / "account", People()) as new:
        ((name, why),) = new.house.left_out
        assert (name, why) == ("sectors", "phrases.yaml: welcome must begin with sectors.")
        await welcome(new.house)
        assert new.wall.pushed[-1] == (
            "The skills of sectors are left out: phrases.yaml: welcome must begin with sectors."
        )
        assert "Nothing is held" not in await new.say(ASKED)
        assert "PAPER" in await new.say("status")


@pytest.mark.slow
def test_a_wheel_of_it_is_found_by_the_command_line(tmp_path: Path) -> None:
    """Built and installed without a network, as far as the tools to build are at hand."""
    site, wheels = tmp_path / "site", tmp_path / "wheels"
    uv = shutil.which("uv") or "uv"
    subprocess.run([uv, "build", "--offline", "--wheel", "--out-dir", wheels, EXAMPLE], check=True, capture_output=True)
    (wheel,) = wheels.glob("parley_sectors-*.whl")
    no_index = ("--offline", "--no-deps", "--no-index", "--target", site, wheel)
    subprocess.run([uv, "pip", "install", *no_index], check=True, capture_output=True)
    (tmp_path / "here").mkdir()
    said = subprocess.run(
        [sys.executable, "-m", "bot", "parse", ASKED],
        check=True,
        capture_output=True,
        cwd=tmp_path / "here",
        env={**os.environ, "PYTHONPATH": str(site)},
    )
    parsed = json.loads(said.stdout)
    assert (parsed["status"], parsed["requests"][0]["intent"]) == ("ok", "show_sectors")
    assert said.stderr == b""
