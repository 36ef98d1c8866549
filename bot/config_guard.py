"""Settings of signs of life, and of who is told when they stop."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from engine.config import Number, Section, Whole

WEB = ("http://", "https://")


def _web(value: object) -> object:
    if not (value is None or (isinstance(value, str) and value.startswith(WEB))):
        raise ValueError("not the address of a page")
    return value


Web = Annotated[str | None, BeforeValidator(_web), Field(title="an address such as https://example.com/hook")]
Letters = Annotated[str | None, Field(min_length=1, title="an address such as owner@example.com")]


class Mail(Section):
    """The mail server by which the guard tells."""

    host: Annotated[str | None, Field(min_length=1, title="a host such as mail.example.com")] = None
    port: Annotated[Whole, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: Letters = None
    to: Letters = None
    user: Annotated[str | None, Field(min_length=1, title="a name")] = None
    password: Annotated[SecretStr | None, Field(title="a password")] = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """A letter needs both ends, and a name its password."""
        for name, needed_by, present in (
            ("sender", "host", self.sender),
            ("to", "host", self.to),
            ("password", "user", self.password),
        ):
            if getattr(self, needed_by) is not None and present is None:
                text = "must be given where {needed_by} is"
                raise PydanticCustomError("guard", text, {"name": name, "needed_by": needed_by})
        return self


class Guard(Section):
    """Signs of life, and who is told when they stop."""

    beat_seconds: Annotated[Number, Field(ge=1, le=3600)] = 10
    after_seconds: Annotated[Number, Field(ge=2, le=86400)] = 60
    ping_url: Web = None
    webhook: Web = None
    command: Annotated[str | None, Field(min_length=1, title="the path of a program")] = None
    mail: Mail = Mail()

    @model_validator(mode="after")
    def _patient(self) -> Self:
        """One sign of life may come late without an alarm."""
        if self.after_seconds < 2 * self.beat_seconds:
            raise PydanticCustomError("guard", "must be at least twice beat_seconds", {"name": "after_seconds"})
        return self
