"""The language model behind an address: one question, one answer, in a bounded time and of a bounded size."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final

import httpx2

from bot.llm import NoAnswer

LARGEST: Final = 64_000
"""Bytes of an answer at most."""


class HttpModel:
    """Asks an endpoint for chat completions in the form of OpenAI's; never a second time, and nobody else."""

    def __init__(self, url: str, model: str, key: str | None, timeout_s: float) -> None:
        self._url, self._model, self._timeout_s = f"{url.rstrip('/')}/chat/completions", model, timeout_s
        headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self._client = httpx2.AsyncClient(headers=headers, timeout=timeout_s, follow_redirects=False, trust_env=False)

    async def answer(self, system: str, text: str, schema: Mapping[str, Any]) -> str:
        """What the model answers; raises NoAnswer."""
        form = {"name": "requests", "strict": True, "schema": schema}
        question = {
            "model": self._model,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": text}],
            "response_format": {"type": "json_schema", "json_schema": form},
            "temperature": 0,
        }
        try:
            async with asyncio.timeout(self._timeout_s):
                return _content(await self._posted(question))
        except TimeoutError:
            raise NoAnswer("time_out") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise NoAnswer(type(error).__name__) from None

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def _posted(self, question: Mapping[str, Any]) -> bytes:
        async with self._client.stream("POST", self._url, json=question) as answer:
            if answer.status_code != httpx2.codes.OK:
                raise NoAnswer(f"status_{answer.status_code}")
            if "content-encoding" in answer.headers:
                raise NoAnswer("packed")
            body = bytearray()
            async for piece in answer.aiter_raw():
                body += piece
                if len(body) > LARGEST:
                    raise NoAnswer("too_large")
            return bytes(body)


def _content(body: bytes) -> str:
    """The words of an answer; raises NoAnswer for anything but words."""
    try:
        content = json.loads(body)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        raise NoAnswer("garbled") from None
    if not isinstance(content, str):
        raise NoAnswer("no_words")
    return content
