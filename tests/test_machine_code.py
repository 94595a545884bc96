"""Machine code kept in a file does what the compiled kernel does, for the arguments it was made for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from safepassage import machine_code
from safepassage.rehearsal.script import Floats, Ints


class Two(NamedTuple):
    """What a kernel is handed: arrays and a whole number."""

    factors: NDArray[Any]
    by: int


def spread_out(found: Floats, two: Two, first: int) -> None:
    for n in range(len(found)):
        found[n] = np.exp(two.factors[n] / two.by) + first


def making(found: Ints) -> None:
    made = np.empty(len(found), np.int64)
    made[0] = len(found)
    found[0] = made[0]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile a function and keep it."""
    import numba  # noqa: PLC0415

    compiled: Any = numba.njit(spread_out)
    compiled(np.zeros(2), Two(np.array([1, 2]), 2), 1)
    file = tmp_path_factory.mktemp("kept") / "spread.code"
    machine_code.keep(file, compiled)
    return file


def test_it_does_the_same(kept: Path) -> None:
    call = machine_code.load(kept)
    assert call is not None
    found = np.zeros(3)
    assert call(found, Two(np.array([0, 3, 6]), 3), 5)
    assert found.tolist() == [5 + np.exp(n) for n in range(3)]


def test_arguments_of_other_types_are_left_to_the_compiler(kept: Path) -> None:
    call = machine_code.load(kept)
    assert call is not None
    for found, factors in (
        (np.zeros(3, np.float32), np.zeros(3, np.int64)),
        (np.zeros(3), np.zeros(3, np.int32)),
        (np.zeros(6)[::2], np.zeros(3, np.int64)),
        (np.zeros((3, 1)), np.zeros(3, np.int64)),
    ):
        assert not call(found, Two(factors, 3), 5)
        assert not found.any()


def test_an_exception_is_one(kept: Path) -> None:
    call = machine_code.load(kept)
    assert call is not None
    with pytest.raises(RuntimeError, match="spread has ended with an exception"):
        call(np.zeros(1), Two(np.zeros(1, np.int64), 0), 5)


def test_without_a_file_there_is_none(tmp_path: Path) -> None:
    assert machine_code.load(tmp_path / "none.code") is None


def test_what_asks_for_memory_is_not_kept(tmp_path: Path) -> None:
    import numba  # noqa: PLC0415

    compiled: Any = numba.njit(making)
    compiled(np.zeros(2, np.int64))
    with pytest.raises(ValueError, match=r"making cannot be kept: it asks for .*NRT_"):
        machine_code.keep(tmp_path / "making.code", compiled)
    assert not list(tmp_path.iterdir())


def doubled(row: Ints, found: Ints, by: int) -> None:
    found[0] = len(row)
    for n in range(by):
        row[row[0] + n] *= 2


@pytest.mark.parametrize(("unmeasured", "length"), [(0, 4), (1, 0)])
def test_of_arrays_that_nobody_measures_the_length_is_not_handed_over(
    tmp_path: Path, unmeasured: int, length: int
) -> None:
    import numba  # noqa: PLC0415

    compiled: Any = numba.njit(doubled)
    compiled(np.array([1, 0]), np.zeros(1, np.int64), 1)
    file = tmp_path / "doubled.code"
    machine_code.keep(file, compiled, unmeasured)
    call = machine_code.load(file)
    assert call is not None
    row, found = np.array([2, 5, 6, 7]), np.array([-1])
    assert call(row, found, 2)
    assert row.tolist() == [2, 5, 12, 14]
    assert found.tolist() == [length]
