"""The kernels as the Python they are written in: they play what the oracle plays, every option of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLAYS = """
import numpy as np
from planner.support import only_planned
from rehearsal.operations import by_hand
from rehearsal.oracle import play
from safepassage.rehearsal.asked import asked_of
from safepassage.rehearsal import chunk
from safepassage.rehearsal.compile import compile_plan
from safepassage.rehearsal.drivers import seeds_of
from safepassage.rehearsal.run import times_of_runs
from safepassage.roads.table import travel

np.seterr(over="ignore")
assert not hasattr(times_of_runs.__globals__["run"], "py_func")
seeds = seeds_of(0)
for name, operation in by_hand().items():
    plan = only_planned(operation, iterations=5)
    script, network = compile_plan(operation, travel(operation), plan)
    starts, ends, tallies = times_of_runs(script, seeds, 0, 4)
    for run in range(4):
        start, end, tally = play(script, seeds, run)
        same = np.array_equal(starts[run], start) and np.array_equal(ends[run], end)
        assert same and np.array_equal(tallies[run], tally), (name, run)
    asked, names = asked_of(operation, plan, network)
    played = chunk.play(script, asked, seeds, 0, 4)
    assert np.array_equal(played.tallies, tallies), name
    print(name)
"""


def test_uncompiled_kernels_play_the_same() -> None:
    path = os.pathsep.join(str(ROOT / name) for name in ("src", "tests", "bench"))
    done = subprocess.run(
        [sys.executable, "-c", PLAYS],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, "NUMBA_DISABLE_JIT": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split("\n")) > 25
