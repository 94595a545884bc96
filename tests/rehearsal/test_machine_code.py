"""Runs are played from machine code, without the compiler, and are what the compiler's kernels play."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from planner.support import only_planned
from rehearsal.operations import by_hand
from safepassage import kernels
from safepassage.rehearsal import chunk
from safepassage.rehearsal.asked import asked_of
from safepassage.rehearsal.compile import compile_plan
from safepassage.rehearsal.drivers import seeds_of
from safepassage.roads.table import travel

PLAYS = """
import sys
import numpy as np
from safepassage.rehearsal.asked import asked_of
from safepassage.rehearsal.chunk import play
from safepassage.rehearsal.compile import compile_plan
from safepassage.rehearsal.drivers import seeds_of
from safepassage.rehearsal.preparing import smallest
from safepassage.roads.table import travel

operation, plan = smallest()
script, network = compile_plan(operation, travel(operation), plan)
print(int(play(script, asked_of(operation, plan, network)[0], seeds_of(0), 0, 9).instants.max()) > 0)
print("numba" in sys.modules)
"""

pytestmark = pytest.mark.skipif(
    not kernels.is_complete("rehearsal"),
    reason="the kernels are not compiled yet; do: python -m safepassage.desk.preparing",
)


def test_nothing_waits_for_the_compiler_to_load() -> None:
    path = str(Path(__file__).parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-c", PLAYS],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.stdout.split() == ["True", "False"]


def test_both_play_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    entry: Any = chunk._play
    for name, operation in by_hand().items():
        plan = only_planned(operation, iterations=5)
        script, network = compile_plan(operation, travel(operation), plan)
        asked, _ = asked_of(operation, plan, network)
        kept = chunk.play(script, asked, seeds_of(0), 0, 8)
        assert entry.kept is not None
        with monkeypatch.context() as without:
            without.setattr(entry, "kept", lambda *_: False)
            compiled = chunk.play(script, asked, seeds_of(0), 0, 8)
        assert all(np.array_equal(getattr(kept, one), getattr(compiled, one)) for one in kept._fields), name
