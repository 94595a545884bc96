"""A server as a process of its own."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from desk.devices import PATIENCE_S

NAME = "N1"
PASSWORD = "a sentence of some length"  # noqa: S105 - of test accounts


_PORTS = itertools.cycle(range(10_000 + os.getpid() % 200 * 100, 10_100 + os.getpid() % 200 * 100))
"""Below those that a system gives to whoever asks for any: between the look and the start nobody comes by one."""


def free_port() -> int:
    """Find a port that nobody listens at."""
    for port in _PORTS:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError


class Served:
    """A running process, its lines on stderr, and a client."""

    def __init__(self, process: subprocess.Popen[str], port: int, scheme: str = "http") -> None:
        self.process, self.port = process, port
        self.lines: list[str] = []
        self.url = f"{scheme}://127.0.0.1:{port}"
        self.http = httpx.Client(base_url=self.url, timeout=PATIENCE_S, trust_env=False)
        self._serves = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if line.startswith("serving "):
                self._serves.set()
        self._serves.set()

    def wait(self) -> None:
        """Wait until it serves, or has ended."""
        assert self._serves.wait(PATIENCE_S)

    def sign_in(self) -> Served:
        """Log in as the coordinator, whose account is made where there is none."""
        account = {"name": NAME, "password": PASSWORD}
        if self.http.post("/login", data=account).status_code != 303:
            assert self.http.post("/join", data=account | {"code": self.code()}).status_code == 303
            assert self.http.post("/login", data=account).status_code == 303
        page = self.http.get("/").text
        self.http.headers["x-csrf-token"] = page.split('name="csrf" value="')[1].split('"')[0]
        return self

    def code(self) -> str:
        """Return the code of the first start; empty when there was an account."""
        return next((line.split()[-1] for line in self.lines if line.startswith("first start")), "")

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it, and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        status = self.process.wait(PATIENCE_S)
        self._reader.join()
        self.http.close()
        return status


@contextmanager
def served(folder: Path, *options: str, port: int = 0) -> Iterator[Served]:
    """Serve a folder until the block ends."""
    port = port or free_port()
    command = [sys.executable, "-c", "from safepassage.cli import main; main()", "serve", str(folder)]
    process = subprocess.Popen(
        [*command, "--port", str(port), *options],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"NO_COLOR": "1"},
    )
    found = Served(process, port, "https" if "--tls" in options else "http")
    try:
        found.wait()
        yield found
    finally:
        found.end(signal.SIGKILL)
        assert process.stderr is not None
        process.stderr.close()
