"""Where compiled kernels are kept: a folder for each state of a room's sources, wherever something may be written."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numba.core.bytecode import FunctionIdentity

from safepassage import kernels
from safepassage.kernels import Entry


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Make a house with one room, `here`."""
    monkeypatch.setattr(kernels, "_HOUSE", tmp_path)
    (tmp_path / "here").mkdir()
    kernels.folder.cache_clear()
    yield tmp_path / "here"
    kernels.folder.cache_clear()


def found() -> Path:
    kernels.folder.cache_clear()
    return kernels.folder("here")


def test_what_was_compiled_from_other_sources_is_removed(room: Path) -> None:
    old = room / "__pycache__" / "kernels-old"
    old.mkdir(parents=True)
    assert not kernels.is_complete("here")
    kernels.complete("here")
    assert kernels.is_complete("here")
    assert [path.name for path in old.parent.iterdir()] == [found().name]


def test_any_change_of_a_source_gives_another_folder(room: Path) -> None:
    (room / "one.py").write_text("1", encoding="utf-8")
    before = found()
    assert before.parent == room / "__pycache__"
    (room / "deep").mkdir()
    (room / "deep" / "two.py").write_text("2", encoding="utf-8")
    assert found() != before


def test_where_the_sources_cannot_be_written_to_the_cache_is_the_users_own(
    room: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (room / "__pycache__").write_text("a file, not a folder", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert found().parent == tmp_path / "cache" / "safepassage" / "here"


def test_where_nothing_may_be_kept_kernels_are_compiled_for_the_process(
    room: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (room / "__pycache__").write_text("a file", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(room / "__pycache__"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert found().parent.parent == tmp_path
    assert found().parent.name.startswith("safepassage-")


def double(numbers: np.ndarray) -> None:
    for n in range(len(numbers)):
        numbers[n] *= 2


def test_an_entry_is_called_through_the_compiler_until_its_machine_code_is_kept(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(double, "__module__", "safepassage.here.numbers")
    first, second, third = Entry(double), Entry(double), Entry(double)
    monkeypatch.setattr(kernels, "KERNELS", [first])
    numbers = np.array([1, 2, 3])
    first(numbers)
    assert first.loaded is not None
    kernels.keep_entries()
    assert first.file.parent == found()
    assert first.file.parent.parent == room / "__pycache__"
    kernels.load_entries("here")

    second(numbers)
    assert numbers.tolist() == [4, 8, 12]
    assert [second.loaded] == [None]
    halves = np.array([0.5])
    second(halves)
    assert halves.tolist() == [1.0]
    assert second.loaded is not None

    kernels.forget_entries("here")
    third(numbers)
    assert numbers.tolist() == [8, 16, 24]
    assert third.loaded is not None


def test_what_two_processes_compile_has_different_names() -> None:
    """The compiler counts what is made inside functions from one on, in each process: code of two would be mixed up."""
    kernels._name_apart()
    assert next(FunctionIdentity._unique_ids) > 1_000_000


def test_an_entry_may_do_without_the_lengths_of_its_first_arrays() -> None:
    made = kernels.entry(unmeasured=2)(double)
    assert isinstance(made, Entry)
    assert made.unmeasured == 2
    kernels.KERNELS.remove(made)
