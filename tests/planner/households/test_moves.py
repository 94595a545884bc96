"""The table of a plan stays true to itself whatever the changes: compiled, and as plain Python."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from planner.households.small import draw
from safepassage.kernels import Kernel
from safepassage.planner.households import anneal as annealing
from safepassage.planner.households.classes import classify
from safepassage.planner.households.construct import construct
from safepassage.planner.households.problem import Integers
from safepassage.planner.households.table import (
    CARRIED,
    CLASSES,
    COUNT,
    DRAFT,
    FIRST_CLASS,
    LEFT,
    LEFT_PEOPLE,
    LOAD,
    NEXT,
    PICKUP,
    PICKUPS_END,
    PLACES,
    PREVIOUS,
    RINGED,
    ROOM,
    SHELTER,
    SHELTERS_END,
    STOPS,
    STRIDE,
    TRIPS,
    TRIPS_FROM,
    TRIPS_HERE,
    UNTIL,
    USED,
    VEHICLE,
    VEHICLES,
    VEHICLES_END,
    make_drives,
    make_table,
)
from safepassage.planner.households.timing import Price, refresh_all

MODULES = (
    "anneal",
    "construct",
    "drafts",
    "fetching",
    "halves",
    "loads",
    "rebuilding",
    "table",
    "timing",
    "trip_moves",
    "visit_moves",
)
PRICE = Price(900.0, 0.1, 0.05, 1e-4)


@pytest.fixture(params=["compiled", "plain"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Compiled, or as plain Python: every kernel in every module is replaced by its source."""
    if request.param == "plain":
        for name in MODULES:
            module = importlib.import_module(f"safepassage.planner.households.{name}")
            for word, value in list(vars(module).items()):
                if isinstance(value, Kernel):
                    monkeypatch.setattr(module, word, value.py_func)
    return str(request.param)


def first_plan(seed: int, *, mixed: bool) -> tuple[np.ndarray, Integers]:
    problem = draw(seed, mixed=mixed)
    classes, drives = classify(problem), make_drives(problem)
    table = make_table(problem, classes, len(problem.pickup))
    importlib.import_module(construct.__module__).construct(drives, table, PRICE, seed)
    return drives, table


def assert_true(s: Integers, people: int) -> None:
    """Recount everything that the table keeps count of."""
    trips = [t for t in range(s[0, TRIPS_FROM], s[0, DRAFT], s[0, STRIDE]) if s[t, VEHICLE] > 0]
    assert len(trips) == s[0, TRIPS_HERE]
    stops = {t: list(range(t + 1, t + 1 + int(s[t, STOPS]))) for t in trips}
    for t in trips:
        assert s[s[t, NEXT], PREVIOUS] == t == s[s[t, PREVIOUS], NEXT]
        assert (s[t, LOAD : LOAD + 3] == s[stops[t], LOAD : LOAD + 3].sum(axis=0)).all()
        assert (s[t, LOAD : LOAD + 3] <= s[s[t, VEHICLE], PLACES : PLACES + 3]).all()
        for stop in stops[t]:
            pickup = s[stop, PICKUP]
            of = slice(s[pickup, FIRST_CLASS], s[pickup, FIRST_CLASS] + s[pickup, CLASSES])
            counts = s[stop, COUNT : COUNT + s[pickup, CLASSES]]
            assert counts.min() >= 0
            assert (counts @ s[of, LOAD : LOAD + 3] == s[stop, LOAD : LOAD + 3]).all()
    for shelter in range(s[0, PICKUPS_END], s[0, SHELTERS_END]):
        ending = [t for t in trips if s[t, SHELTER] == shelter]
        assert len(ending) == s[shelter, RINGED]
        assert s[ending, LOAD : LOAD + 3].sum() == s[shelter, USED] <= s[shelter, ROOM]
    for vehicle in range(s[0, VEHICLES], s[0, VEHICLES_END]):
        assert s[vehicle, TRIPS] == sum(s[t, VEHICLE] == vehicle for t in trips)
    aboard = sum(int(s[t, LOAD : LOAD + 3].sum()) for t in trips)
    assert aboard + s[0, LEFT_PEOPLE] == people
    assert s[s[0, SHELTERS_END] :, LEFT].min() >= 0


@pytest.mark.parametrize("seed", range(4))
def test_the_table_stays_true(kernels: str, seed: int) -> None:
    drives, s = first_plan(seed, mixed=seed % 2 == 1)
    people = int(draw(seed, mixed=seed % 2 == 1).sizes.sum())
    assert_true(s, people)
    for part in range(4):
        annealing.anneal(drives, s, PRICE, annealing.Heat(2.0, 0.1, 150, part, 0.1))
        assert_true(s, people)
    kept = s.copy()
    refresh_all(drives, s)
    assert (kept[:, [UNTIL, CARRIED]] == s[:, [UNTIL, CARRIED]]).all()


@pytest.mark.parametrize("mixed", [False, True])
def test_plain_and_compiled_agree(mixed: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 - a parameter
    drives, compiled = first_plan(9, mixed=mixed)
    plain = compiled.copy()
    annealing.anneal(drives, compiled, PRICE, annealing.Heat(2.0, 0.1, 500, 1, 0.1))
    for name in MODULES:
        module = importlib.import_module(f"safepassage.planner.households.{name}")
        for word, value in list(vars(module).items()):
            if isinstance(value, Kernel):
                monkeypatch.setattr(module, word, value.py_func)
    annealing.anneal(drives, plain, PRICE, annealing.Heat(2.0, 0.1, 500, 1, 0.1))
    assert (compiled == plain).all()
