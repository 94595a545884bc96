"""Set-up keeps machine code only where this machine can load it; where not, all goes through the compiler."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from safepassage import kernels
from safepassage.desk import preparing


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the rooms whose machine code is removed; what would be a process is a thread."""
    rooms: list[str] = []
    monkeypatch.setattr(preparing, "_processes", ThreadPoolExecutor)
    monkeypatch.setattr(kernels, "forget_entries", rooms.append)
    return rooms


def test_what_can_be_loaded_stays(forgotten: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    monkeypatch.setattr(kernels, "load_entries", tried.append)
    preparing._try("rehearsal")
    assert (tried, forgotten) == (["rehearsal"], [])


def test_what_cannot_be_loaded_is_removed(forgotten: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_room: str) -> None:
        raise OSError("not for this processor")

    monkeypatch.setattr(kernels, "load_entries", refuse)
    preparing._try("rehearsal")
    assert forgotten == ["rehearsal"]


def test_where_nothing_can_be_kept_it_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise ValueError("it asks for memory")

    monkeypatch.setattr(kernels, "keep_entries", refuse)
    monkeypatch.setattr("safepassage.rehearsal.preparing.compile_runs", lambda: None)
    preparing._compile("rehearsal", "compile_runs")
    assert "The compiler will be loaded at every rehearsal: it asks for memory" in capsys.readouterr().err
