"""Pinging an address that raises an alarm when pings stop: all is well, or with `/fail` that it is not."""

import threading
from typing import Final
from urllib.error import URLError
from urllib.request import Request, urlopen

import structlog

log = structlog.get_logger(__name__)

TIMEOUT_S: Final = 5.0
FAIL: Final = "/fail"


class UrlPing:
    """Asks for the address in a thread of its own, which nothing waits for; one at a time, late ones are left out."""

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        self._url, self._timeout_s = url.rstrip("/"), timeout_s
        self._under_way = threading.Lock()
        self._failing = False

    def __call__(self, healthy: bool) -> None:  # noqa: FBT001  # as `Ping` has it
        if self._under_way.acquire(blocking=False):
            url = self._url if healthy else self._url + FAIL
            threading.Thread(target=self._asked, args=(url,), name="parley-ping", daemon=True).start()

    def _asked(self, url: str) -> None:
        """A failure is logged once, and once that it is over."""
        try:
            with urlopen(Request(url), timeout=self._timeout_s):  # noqa: S310  # http or https: the configuration says so
                pass
        except (URLError, OSError, ValueError) as error:
            if not self._failing:
                log.warning("ping.failed", error=str(error))
            self._failing = True
        else:
            if self._failing:
                log.info("ping.back")
            self._failing = False
        finally:
            self._under_way.release()
