"""The command line, called in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from safepassage import cli

Run = Callable[..., tuple[int, str, str]]
"""Takes arguments; returns the exit status, what was written to stdout, and to stderr."""


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["safepassage", *map(str, arguments)])
        status: str | int | None = 0
        try:
            cli.answer()
        except SystemExit as end:
            status = end.code
        captured = capfdbinary.readouterr()
        return int(status or 0), captured.out.decode(), captured.err.decode()

    return call
