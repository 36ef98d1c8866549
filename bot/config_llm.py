"""Settings of the language model that may be asked what a message means; without an address there is none."""

from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from bot.config_guard import Web
from engine.config import Number, Section

KEY: Final = "llm.key"


class Llm(Section):
    """An endpoint for chat completions in the form of OpenAI's; its key comes from environment or a file only."""

    url: Web = None
    model: Annotated[str | None, Field(min_length=1, title="the name of a model")] = None
    timeout_seconds: Annotated[Number, Field(ge=0.5, le=30)] = 5
    key: Annotated[SecretStr | None, Field(title="a key")] = None
    key_file: Annotated[str | None, Field(min_length=1, title="the path of a file")] = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """An address needs the name of a model."""
        if self.url is not None and self.model is None:
            raise PydanticCustomError("llm", "must be given where url is", {"name": "model"})
        return self

    def secret(self) -> str | None:
        """The key, None for none; raises OSError for a file that cannot be read."""
        if self.key is not None:
            return self.key.get_secret_value()
        return Path(self.key_file).expanduser().read_text(encoding="utf-8").strip() if self.key_file else None
