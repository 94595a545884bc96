"""A server as a process of its own."""

from __future__ import annotations

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


def free_port() -> int:
    """Find a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """A running process, its lines on stderr, and a client."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.port = process, port
        self.lines: list[str] = []
        self.url = f"http://127.0.0.1:{port}"
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
    found = Served(process, port)
    try:
        found.wait()
        yield found
    finally:
        found.end(signal.SIGKILL)
        assert process.stderr is not None
        process.stderr.close()
