"""The language model's settings: off unless an address is given, and its key never in the configuration's file."""

import sys
from pathlib import Path

import pytest

from bot.app import interpreter_of
from bot.bad_config import BadConfig
from bot.config import load
from bot.llm import Interpreter
from engine.wiring import BadStart
from tests.journeys.house import the_language

URL = "http://localhost:11434/v1"
ON = {"llm.url": URL, "llm.model": "small"}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def a_file(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_an_address_there_is_none() -> None:
    assert interpreter_of(load().llm, the_language()) is None


async def test_with_an_address_and_a_name_there_is_one() -> None:
    found = interpreter_of(load(given=ON).llm, the_language())
    assert isinstance(found, Interpreter)
    await found.close()


def test_an_address_needs_the_name_of_a_model() -> None:
    with pytest.raises(BadConfig, match="must be given where url is"):
        load(given={"llm.url": URL})


@pytest.mark.parametrize("url", ["localhost:11434", "ftp://example.com", "file:///etc/passwd"])
def test_an_address_is_one_of_the_web(url: str) -> None:
    with pytest.raises(BadConfig, match=r"llm\.url"):
        load(given={**ON, "llm.url": url})


def test_a_key_in_the_file_is_refused_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="PARLEY_LLM__KEY") as caught:
        load(a_file(tmp_path, "llm: {key: sesame}\n"))
    assert "sesame" not in str(caught.value)


def test_a_key_comes_from_the_environment_or_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("sesame\n", encoding="utf-8")
    settings = load(given={**ON, "llm.key_file": str(tmp_path / "key")})
    assert settings.llm.secret() == "sesame"
    monkeypatch.setenv("PARLEY_LLM__KEY", "xyzzy")
    settings = load(given={**ON, "llm.key_file": str(tmp_path / "key")})
    assert settings.llm.secret() == "xyzzy"
    assert "xyzzy" not in repr(settings)


def test_a_key_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    llm = load(given={**ON, "llm.key_file": str(tmp_path / "gone")}).llm
    with pytest.raises(BadStart, match=r"llm\.key_file cannot be read"):
        interpreter_of(llm, the_language())


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bot.llm_http", None)
    with pytest.raises(BadStart, match=r"llm\.url needs the extra llm: uv sync --extra llm"):
        interpreter_of(load(given=ON).llm, the_language())
