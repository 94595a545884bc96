"""Kernels are compiled at set-up: nothing is compiled while somebody waits for a plan, and never runs stale."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from safepassage import kernels

ROOT = Path(__file__).parents[2]
PLANS = """
from msgspec.structs import replace

from as_operation import of_busloads, of_households
from busload_instances import city_shuttle, recipe, valparaiso_sized
from household_instances import op16, small_mixed
from movement_instances import instance
from safepassage import kernels
from safepassage.planner import Limit, plan
from safepassage.planner.movements import search

made = [of_busloads(recipe(7, 0)), of_busloads(valparaiso_sized(70, 0)), of_busloads(city_shuttle(300, 8, 0))]
made += [of_households(op16()), of_households(small_mixed(1))]
for operation, travel in made:
    plan(operation, travel, Limit(seconds=60, iterations=20), 0)
for objective in ("total", "makespan"):
    search.solve(replace(instance("roads", 50, 5, 1.0, 0), objective=objective), iterations=100)
print(kernels.compiled_anew())
"""


@pytest.mark.no_cover
def test_no_plan_waits_for_a_compiler() -> None:
    if not kernels.is_complete("planner"):
        pytest.skip("the kernels are not compiled yet; do: python -m safepassage.desk.preparing")
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "bench")])
    done = subprocess.run(
        [sys.executable, "-c", PLANS],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.stdout.split() == ["0"]
