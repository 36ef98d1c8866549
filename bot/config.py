"""The whole configuration as one frozen model, and where its values come from.

Later sources win: built-in defaults, `config.yaml`, `PARLEY_*` environment variables, the command line.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import parse_qsl, urlsplit

import platformdirs
from pydantic import BeforeValidator, Field, PrivateAttr, SecretStr, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from bot.bad_config import BadConfig, Source, bad_aim, complaint, unknown_variable
from bot.config_file import read_config
from bot.config_guard import Guard
from bot.config_llm import KEY, Llm
from engine import crash
from engine.config import Cost, Dollars, EngineConfig, Number, Percent, Section

FILE: Final = Path("config.yaml")
COST: Final = "dollars, to the hundredth of a cent, of at least 0 and at most 1000"
PREFIX: Final = "PARLEY_"
SERVERS: Final = ("postgresql://", "postgres://", "postgresql+asyncpg://")
ASKED: Final = ("sslmode", "ssl")
"""What the address of a server may ask for beside the database."""
REDIS: Final = ("redis://", "rediss://", "unix://")
A_REDIS: Final = "redis://:password@host:6379/0"
OPTIONS: Final = {
    "data": "--data",
    "replay.from": "--from",
    "replay.pace_seconds": "--pace",
    "terminal.plain": "--plain",
}


def _day(value: object) -> object:
    if isinstance(value, str):
        return date.fromisoformat(value)
    if type(value) is not date:
        raise ValueError("not a date")
    return value


def _named(value: object) -> object:
    if not (value is None or (isinstance(value, str | Path) and str(value).strip())):
        raise ValueError("not a folder")
    return value


def _postgres(value: object) -> object:
    if not (value is None or (isinstance(value, str) and value.startswith(SERVERS))):
        raise ValueError("not the address of a PostgreSQL database")
    if value is not None:
        _speakable(value)
    return value


def _speakable(address: str) -> None:
    """An address that all of us read alike, and in which only what we know is asked for."""
    if address.count("@") > 1:
        raise PydanticCustomError("address", "has more than one @: write those of user, password and name as %40")
    query = address.rpartition("@")[2].partition("?")[2]
    wrong = sorted(name for name, _ in parse_qsl(query, keep_blank_values=True) if name not in ASKED)
    if wrong:
        text = "asks for {wrong}, which cannot be set there; only sslmode can"
        raise PydanticCustomError("address", text, {"wrong": ", ".join(wrong)})
    if not _has_port(f"//{address.rpartition('@')[2]}" if "@" in address else address):
        raise PydanticCustomError("address", "has a port that is no number from 1 to 65535")


def _redis(value: object) -> object:
    if not (value is None or (isinstance(value, str) and value.startswith(REDIS) and _has_port(value))):
        raise ValueError("not the address of a Redis")
    return value


def _has_port(address: str) -> bool:
    """Whether the port of an address is a number, or left out."""
    try:
        return urlsplit(address).port != 0
    except ValueError:
        return False


class Replay(Section):
    """The market of the past that a paper account trades in; `start` is called `from` outside of Python."""

    start: Annotated[date, BeforeValidator(_day), Field(alias="from")] = date(2020, 2, 3)
    pace_seconds: Annotated[Number, Field(ge=0)] = 3
    cash: Annotated[Dollars, Field(gt=0, le=1_000_000_000)] = Decimal(100_000)


class Paper(Section):
    """What the paper broker makes of orders."""

    spread_bps: Annotated[Number, Field(ge=0, le=1000)] = 0
    slippage_bps: Annotated[Number, Field(ge=0, le=1000)] = 0
    fee_per_order_dollars: Annotated[Dollars, Field(ge=0, le=1000)] = Decimal(0)
    fee_per_share_dollars: Annotated[Cost, Field(ge=0, le=1000, title=COST)] = Decimal(0)
    fee_pct: Annotated[Number, Field(ge=0, le=10)] = 0
    fee_minimum_dollars: Annotated[Dollars, Field(ge=0, le=1000)] = Decimal(0)
    fill_pct: Percent = 100
    collar_pct: Annotated[Percent | None, Field(title="a number above 0 and at most 100, or null")] = None


class Broker(Section):
    """Who carries out orders: the broker on paper, or one outside behind a queue in Redis."""

    kind: Literal["paper", "queue"] = "paper"
    answer_seconds: Annotated[Number, Field(ge=0.1, le=2)] = 2


class Terminal(Section):
    plain: bool = False
    toolbar: bool = True


class Audit(Section):
    """How the journal is vouched for."""

    key_file: Annotated[str, Field(min_length=1)] | None = None
    checkpoint_seconds: Annotated[Number, Field(ge=1, le=86400)] = 60
    copies: Annotated[str, Field(min_length=1)] | None = None


class Log(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(BaseSettings):
    """Everything that can be configured; made without arguments it is the built-in defaults and nothing else."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True
    )

    data: Annotated[Path | None, BeforeValidator(_named)] = None
    database_url: Annotated[SecretStr | None, BeforeValidator(_postgres)] = None
    redis_url: Annotated[SecretStr | None, BeforeValidator(_redis), Field(examples=[A_REDIS])] = None
    language: Literal["en", "de"] = "en"
    replay: Replay = Replay()
    broker: Broker = Broker()
    paper: Paper = Paper()
    terminal: Terminal = Terminal()
    engine: EngineConfig = EngineConfig()
    audit: Audit = Audit()
    guard: Guard = Guard()
    llm: Llm = Llm()
    log: Log = Log()
    _insisted: frozenset[str] = PrivateAttr(frozenset())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # the library's own signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """`load` brings the other sources itself, because its complaints must name them."""
        return (init_settings,)

    def insists_on(self, path: str) -> bool:
        """Whether the command line named this setting: then it is meant, and not only a default for new accounts."""
        return path in self._insisted

    @property
    def folder(self) -> Path:
        """Where the account lives: `data`, or the platform's place for a user's own data."""
        return self.data.expanduser() if self.data else platformdirs.user_data_path("parley", appauthor=False)

    @property
    def redis(self) -> str | None:
        """The address of Redis with its password, for whoever connects to it; None: there is none."""
        return self.redis_url.get_secret_value() if self.redis_url else None

    @property
    def server(self) -> str | None:
        """The address of the database with its password, for whoever connects to it; None: a file in the folder."""
        return self.database_url.get_secret_value() if self.database_url else None


@dataclass(frozen=True, slots=True)
class Options:
    """How this one conversation runs: `run_s` seconds and no longer (None: until the person leaves).

    `stop` is set when it should end: the time is over, or the process was told to. `leaving` is called when it ends.
    A `silent` one has nobody to talk to.
    """

    run_s: float | None = None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    silent: bool = False
    leaving: Callable[[], None] = lambda: None


def load(config: Path | None = None, given: Mapping[str, Any] | None = None) -> Settings:
    """The settings in force. `config` is the file that was asked for, `given` the command line by dotted path.

    Without `config`, `config.yaml` of the current folder counts if there is one. Raises BadConfig.
    """
    path = config or FILE
    asked = _nested(given or {})
    file = read_config(path) if config or path.exists() else {}
    if isinstance(section := file.get("llm"), dict) and section.get("key") is not None:
        raise BadConfig(f"{path}: {KEY} is a secret: give it in PARLEY_LLM__KEY or name its file in llm.key_file")
    _check_environment()
    environment = EnvSettingsSource(Settings)()
    sources = (
        Source(asked, lambda at: OPTIONS.get(at, at)),
        Source(environment, lambda at: f"environment: {PREFIX}{at.upper().replace('.', '__')}"),
        Source(file, lambda at: f"{path}: {at}"),
    )
    try:
        settings = Settings(**_merged(_merged(file, environment), asked))
    except ValidationError as error:
        raise BadConfig(complaint(error, sources, Settings)) from None
    if settings.broker.kind == "queue" and settings.redis is None:
        raise BadConfig("broker.kind: queue needs redis_url: the address of the Redis that holds the queue")
    settings._insisted = frozenset(given or {})  # noqa: SLF001  # its own module
    return settings


def _check_environment() -> None:
    """pydantic-settings passes over variables it does not know; here they are mistakes."""
    if wrong := bad_aim(os.environ.get(crash.VARIABLE)):
        raise BadConfig(wrong)
    for name in sorted(os.environ.keys() - {crash.VARIABLE}):
        if name.startswith(PREFIX) and (wrong := unknown_variable(name, PREFIX, Settings)):
            raise BadConfig(wrong)


def _nested(dotted: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, value in dotted.items():
        *sections, name = path.split(".")
        inner = nested
        for section in sections:
            inner = inner.setdefault(section, {})
        inner[name] = value
    return nested


def _merged(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    """`high` over `low`, section by section."""
    both = dict(low)
    for name, value in high.items():
        old = both.get(name)
        both[name] = _merged(old or {}, value) if isinstance(value, dict) and isinstance(old, dict | None) else value
    return both
