"""By what other ways the owner is told: standard error, a web hook, a program, a letter."""

import json
import os
import shutil
import smtplib
import ssl
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from typing import Final, NamedTuple, TypeAlias
from urllib.request import Request, urlopen

from bot.config_guard import Guard, Mail

TIMEOUT_S: Final = 10.0
KEPT: Final = 50
"""What waits for a way that does not work; the oldest gives way."""


class Letter(NamedTuple):
    """What is told: `kind` and `account` for programs, `text` for people."""

    kind: str
    account: str
    text: str
    at: datetime


Way: TypeAlias = Callable[[Letter], None]
"""Tells one letter; raises OSError, ValueError or what its library raises where that did not work."""


def by_hook(url: str) -> Way:
    def tell(letter: Letter) -> None:
        body = json.dumps({**letter._asdict(), "at": letter.at.isoformat()}).encode()
        asked = Request(url, data=body, headers={"Content-Type": "application/json"}, method="POST")  # noqa: S310
        with urlopen(asked, timeout=TIMEOUT_S):  # noqa: S310  # http or https: the configuration says so
            pass

    return tell


def missing(guard: Guard) -> str | None:
    """What is wrong with the program that is to tell, in a line; None where it can be run, or there is none."""
    if guard.command is None or shutil.which(guard.command):
        return None
    return f"guard.command: there is no program {guard.command} that can be run here"


def by_program(path: str) -> Way:
    """Without a shell; it finds the same in `GUARD_TEXT`, `GUARD_KIND` and `GUARD_ACCOUNT`."""

    def tell(letter: Letter) -> None:
        told = {"GUARD_TEXT": letter.text, "GUARD_KIND": letter.kind, "GUARD_ACCOUNT": letter.account}
        done = subprocess.run(  # noqa: S603  # what the configuration names
            [path, letter.text], env={**os.environ, **told}, timeout=TIMEOUT_S, check=False, stdin=subprocess.DEVNULL
        )
        if done.returncode:
            raise ValueError(f"{path} ended with exit code {done.returncode}")

    return tell


def by_mail(mail: Mail) -> Way:
    def tell(letter: Letter) -> None:
        message = EmailMessage()
        message["From"], message["To"] = mail.sender, mail.to
        message["Subject"] = f"Parley: {letter.text.partition('. ')[0]}"
        message.set_content(letter.text)
        with connected(mail) as server:
            if mail.user is not None and mail.password is not None:
                server.login(mail.user, mail.password.get_secret_value())
            server.send_message(message)

    return tell


def connected(mail: Mail) -> smtplib.SMTP:
    host = mail.host or ""
    if mail.security == "tls":
        return smtplib.SMTP_SSL(host, mail.port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    server = smtplib.SMTP(host, mail.port, timeout=TIMEOUT_S)
    if mail.security == "starttls":
        server.starttls(context=ssl.create_default_context())
    return server


def on_screen(letter: Letter) -> None:
    print(f"{letter.at:%Y-%m-%d %H:%M:%S} UTC {letter.text}", file=sys.stderr, flush=True)  # noqa: T201


def ways_of(guard: Guard) -> dict[str, Way]:
    """All ways that are configured, by name; standard error always."""
    found: dict[str, Way] = {"standard error": on_screen}
    if guard.webhook is not None:
        found["guard.webhook"] = by_hook(guard.webhook)
    if guard.command is not None:
        found["guard.command"] = by_program(guard.command)
    if guard.mail.host is not None:
        found["guard.mail"] = by_mail(guard.mail)
    return found


class Teller:
    """Tells by every way, each in order; one that does not work is tried again at the next look."""

    def __init__(self, ways: dict[str, Way]) -> None:
        self._ways = ways
        self._waiting: dict[str, deque[Letter]] = {name: deque(maxlen=KEPT) for name in ways}
        self._failing: set[str] = set()

    def tell(self, letters: list[Letter]) -> None:
        for waiting in self._waiting.values():
            waiting.extend(letters)
        for name in self._ways:
            self._worked_off(name)

    @property
    def done(self) -> bool:
        """Whether nothing waits to be told."""
        return not any(self._waiting.values())

    def _worked_off(self, name: str) -> None:
        waiting = self._waiting[name]
        try:
            while waiting:
                self._ways[name](waiting[0])
                waiting.popleft()
        except (OSError, ValueError, smtplib.SMTPException, subprocess.SubprocessError) as error:
            if name not in self._failing:
                print(f"{name} did not work, and is tried again: {error}", file=sys.stderr, flush=True)  # noqa: T201
            self._failing.add(name)
        else:
            self._failing.discard(name)
