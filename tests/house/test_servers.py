"""Servers of tests are each test run's own, and end with it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.servers import Redis, answers, redis

ROOT = Path(__file__).parents[2]
SERVES = """
import sys, time
from tests.servers import Redis
server = Redis()
server.start()
print(server.port, flush=True)
time.sleep(60)
"""


def test_a_server_whose_port_is_taken_goes_to_another_one() -> None:
    with redis() as first:
        second = Redis(port=first.port)
        try:
            second.start()
            assert second.port != first.port
            assert answers(first.port)
            assert answers(second.port)
        finally:
            second.kill()


def test_a_server_that_starts_again_keeps_its_port_or_says_that_it_is_taken() -> None:
    with redis() as first:
        first.kill()
        other = Redis(port=first.port)
        try:
            other.start()
            assert other.port == first.port
            with pytest.raises(RuntimeError):
                first.start()
        finally:
            other.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only there can a process ask to end with its parent")
def test_a_server_ends_with_whoever_started_it_however_he_ends() -> None:
    with subprocess.Popen([sys.executable, "-c", SERVES], stdout=subprocess.PIPE, text=True, cwd=ROOT) as starter:
        assert starter.stdout is not None
        port = int(starter.stdout.readline())
        assert answers(port)
        os.kill(starter.pid, signal.SIGKILL)
    until = time.monotonic() + 5
    while answers(port) and time.monotonic() < until:
        time.sleep(0.01)
    assert not answers(port)
