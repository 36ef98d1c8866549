from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.bad_config import BadConfig
from bot.config import OPTIONS, Settings, load
from engine.config import EngineConfig
from engine.core.policy import DEFAULT_POLICY
from engine.core.words import Tier

REPO = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def wrong(text: str) -> str:
    """The one line that a config.yaml with this text gives."""
    Path("config.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadConfig) as caught:
        load()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("GUARD__BEAT_SECONDS", "100", "PARLEY_GUARD__AFTER_SECONDS must be at least twice beat_seconds"),
        ("GUARD__MAIL__HOST", "m", "PARLEY_GUARD__MAIL__SENDER must be given where host is"),
        (
            "DATABASE_URL",
            "postgresql://me:hid@den@h/x",
            "PARLEY_DATABASE_URL has more than one @: write those of user, password and name as %40",
        ),
        (
            "DATABASE_URL",
            "postgresql://me:hidden@h/x?foo=hidden",
            "PARLEY_DATABASE_URL asks for foo, which cannot be set there; only sslmode can",
        ),
        (
            "DATABASE_URL",
            "postgresql://me:hidden@h:port/x",
            "PARLEY_DATABASE_URL has a port that is no number from 1 to 65535",
        ),
    ],
)
def test_what_a_section_or_an_address_lacks_is_said_without_what_it_holds(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"PARLEY_{name}", value)
    with pytest.raises(BadConfig) as caught:
        load()
    assert str(caught.value) == f"environment: {said}"


def test_the_shipped_file_shows_every_setting_with_its_default() -> None:
    assert load(REPO / "config.yaml") == Settings()
    shown = (REPO / "config.yaml").read_text(encoding="utf-8")
    settings = Settings().model_dump(by_alias=True)

    def names(section: dict[str, object]) -> list[str]:
        return [
            name for key, value in section.items() for name in (key, *(names(value) if isinstance(value, dict) else ()))
        ]

    written = [line.split(":")[0].strip() for line in shown.splitlines() if ":" in line and not line.startswith("#")]
    assert written == names(settings)


def test_every_setting_of_the_shipped_file_has_a_comment() -> None:
    lines = (REPO / "config.yaml").read_text(encoding="utf-8").splitlines()
    values = [line for line in lines if line and not line.lstrip().startswith("#") and not line.rstrip().endswith(":")]
    assert [line for line in values if "#" not in line] == []


def test_built_in_numbers_are_the_engines_own() -> None:
    policy = EngineConfig().policy()
    assert policy._replace(tiers={}) == DEFAULT_POLICY._replace(tiers={})
    assert dict(policy.tiers) == dict(DEFAULT_POLICY.tiers)


def test_numbers_reach_the_policy_in_its_own_units() -> None:
    engine = EngineConfig.model_validate(
        {"tiers": {"moderate": {"max_sector_pct": 35}}, "min_price": 0.5, "active_pool_minimum": 250}
    )
    policy = engine.policy()
    assert policy.tiers[Tier.MODERATE].max_sector == 0.35
    assert policy.tiers[Tier.MODERATE].base_allocation == 0.04
    assert (policy.min_price, policy.tradable_minimum) == (5_000, 2_500_000)


def test_command_line_over_environment_over_file_over_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("config.yaml").write_text("replay: {pace_seconds: 7, cash: 5000, from: 2020-03-02}", encoding="utf-8")
    monkeypatch.setenv("PARLEY_REPLAY__PACE_SECONDS", "8")
    monkeypatch.setenv("PARLEY_REPLAY__CASH", "6000.50")
    settings = load(None, {"replay.pace_seconds": "9"})
    assert settings.replay.pace_seconds == 9
    assert settings.replay.cash == Decimal("6000.50")
    assert settings.replay.start.isoformat() == "2020-03-02"
    assert settings.log.level == "info"


def test_settings_made_in_python_are_the_defaults_whatever_surrounds_them(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("config.yaml").write_text("replay: {pace_seconds: 7}", encoding="utf-8")
    monkeypatch.setenv("PARLEY_REPLAY__PACE_SECONDS", "8")
    assert Settings().replay.pace_seconds == 3


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Settings().replay.cash = Decimal(1)  # type: ignore[misc]


def test_no_file_an_empty_one_and_empty_sections_are_the_defaults() -> None:
    assert load() == Settings()
    for text in ("", "# nothing\n", "replay:\nengine:\n  tiers:\n    moderate:\n"):
        Path("config.yaml").write_text(text, encoding="utf-8")
        assert load() == Settings()


def test_the_data_folder_is_the_platforms_unless_named() -> None:
    assert Settings().folder.name == "parley"
    assert load(None, {"data": "~/mine"}).folder == Path.home() / "mine"
    assert load(None, {"data": "here"}).folder == Path("here")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "engine: {tiers: {moderate: {max_sectr_pct: 3}}}",
            (
                "config.yaml: engine.tiers.moderate.max_sectr_pct is not a setting; "
                "did you mean engine.tiers.moderate.max_sector_pct?"
            ),
        ),
        (
            "replay: {pace_seconds: fast}",
            "config.yaml: replay.pace_seconds must be a number of at least 0, not 'fast'",
        ),
        ("pace_seconds: 3", "config.yaml: pace_seconds is not a setting; did you mean replay.pace_seconds?"),
        ("engin: {}", "config.yaml: engin is not a setting; did you mean engine?"),
        ("zzz: 1", "config.yaml: zzz is not a setting"),
        ("replay: 5", "config.yaml: replay must be a section with settings of its own, not 5"),
        ("replay: {pace_seconds: true}", "config.yaml: replay.pace_seconds must be a number of at least 0, not True"),
        ("replay: {pace_seconds: -1}", "config.yaml: replay.pace_seconds must be a number of at least 0, not -1"),
        ("replay: {pace_seconds: .inf}", "config.yaml: replay.pace_seconds must be a number of at least 0, not inf"),
        ("replay: {from: 2020-02-31}", "config.yaml: replay.from must be a date such as 2020-02-03, not '2020-02-31'"),
        ("replay: {from: 20200203}", "config.yaml: replay.from must be a date such as 2020-02-03, not 20200203"),
        (
            "replay: {cash: 1.234}",
            "config.yaml: replay.cash must be dollars and cents above 0 and at most 1000000000, not 1.234",
        ),
        ("terminal: {plain: maybe}", "config.yaml: terminal.plain must be true or false, not 'maybe'"),
        ("log: {level: loud}", "config.yaml: log.level must be one of debug, info, warning, error, not 'loud'"),
        ("data: 5", "config.yaml: data must be a folder, not 5"),
        ("data: ''", "config.yaml: data must be a folder, not ''"),
        ("audit: {copies: 5}", "config.yaml: audit.copies must be a path or an address, not 5"),
        ("audit: {key_file: ''}", "config.yaml: audit.key_file must be a path or an address, not ''"),
        (
            "engine: {volatility_stops: 2.5}",
            "config.yaml: engine.volatility_stops must be a whole number of at least 1 and at most 1000, not 2.5",
        ),
        (
            "engine: {min_price: 0, stale_sessions: 0}",
            "config.yaml: engine.min_price must be dollars and cents above 0 and at most 1000000, not 0 (and 1 more)",
        ),
        ("replay: {from: 2020-02-03\n", "config.yaml: line 2: did not find expected ',' or '}'"),
        ("a: 1\na: 2\n", "config.yaml: line 2: a stands here twice"),
        ("- 1\n", "config.yaml: must hold settings such as 'replay:', not list"),
    ],
)
def test_a_mistake_in_the_file_is_one_line_that_says_where(text: str, line: str) -> None:
    assert wrong(text) == line


@pytest.mark.parametrize(
    "text", ["a: \x01", "x: !!int foo", "{{a: b}: 1}: 2", "[" * 5000, "a: !!python/object:os.x {}"]
)
def test_what_is_not_yaml_is_one_line(text: str) -> None:
    assert wrong(text).startswith("config.yaml: ")


def test_a_long_value_is_shortened() -> None:
    assert len(wrong(f"replay: {{pace_seconds: {'x' * 500}}}")) < 130


def test_tiers_must_loosen_from_the_first_to_the_last() -> None:
    assert wrong("engine: {tiers: {moderate: {max_sector_pct: 10}}}") == (
        "config.yaml: engine.tiers.max_sector_pct must rise from conservative to moderate to aggressive, "
        "not go 20, 10, 40"
    )
    assert "engine.tiers.min_confidence must fall" in wrong("engine: {tiers: {moderate: {min_confidence: 0.8}}}")
    assert "must be a number above 0 and at most 1" in wrong("engine: {tiers: {moderate: {min_confidence: 65}}}")


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    Path("bytes.yaml").write_bytes(b"\xff\xfe")
    for name, line in (
        ("gone.yaml", "gone.yaml: there is no such file"),
        (".", ".: cannot be read (Is a directory)"),
        ("bytes.yaml", "bytes.yaml: is not UTF-8 text"),
    ):
        with pytest.raises(BadConfig) as caught:
            load(Path(name))
        assert str(caught.value) == line


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        (
            "PARLEY_REPLAY__PACE",
            "1",
            "environment: PARLEY_REPLAY__PACE is not a setting; did you mean PARLEY_REPLAY__PACE_SECONDS?",
        ),
        (
            "PARLEY_REPLAY__PACE_SECONDS",
            "fast",
            "environment: PARLEY_REPLAY__PACE_SECONDS must be a number of at least 0, not 'fast'",
        ),
        ("PARLEY_ZZZ", "1", "environment: PARLEY_ZZZ is not a setting"),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(
    name: str, value: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadConfig) as caught:
        load()
    assert str(caught.value) == line


def test_a_section_given_as_a_variable_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_REPLAY", "{not json")
    with pytest.raises(BadConfig, match="environment: PARLEY_REPLAY is not a setting"):
        load()


def test_a_databases_address_is_never_shown_with_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    address = "postgresql://parley:secret@localhost/parley"
    monkeypatch.setenv("PARLEY_DATABASE_URL", address)
    settings = load()
    assert settings.server == address
    assert "secret" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    monkeypatch.setenv("PARLEY_DATABASE_URL", "mysql://parley:secret@localhost/parley")
    with pytest.raises(BadConfig) as caught:
        load()
    assert str(caught.value) == (
        "environment: PARLEY_DATABASE_URL must be an address such as postgresql://user@host/name"
    )


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_REPLAY__CASH", "")
    assert load() == Settings()


def test_a_mistake_on_the_command_line_names_the_option() -> None:
    for path, option in OPTIONS.items():
        with pytest.raises(BadConfig, match=f"^{option} must be "):
            load(None, {path: ""})


def test_the_password_of_redis_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_REDIS_URL", "redis://:hidden@host:6379/0")
    settings = load()
    assert settings.redis == "redis://:hidden@host:6379/0"
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize("address", ["hidden", "http://hidden@host", "redis://:hidden@host:port", "redis:/hidden"])
def test_what_is_no_address_of_redis_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("PARLEY_REDIS_URL", address)
    with pytest.raises(BadConfig) as wrong:
        load()
    assert str(wrong.value) == (
        "environment: PARLEY_REDIS_URL must be an address such as redis://:password@host:6379/0"
    )
