"""The annealing keeps its tables true, compiled and plain alike, and finds optima of tiny instances."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from planner.busloads.tiny_busloads import check, city, draw, optimum_s
from safepassage.planner.busloads import anneal, decompose, flow, layout
from safepassage.planner.busloads.problem import BusloadProblem, makespan_s


@pytest.fixture(params=["compiled", "plain"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    if request.param == "plain":
        for name, value in vars(anneal).copy().items():
            if hasattr(value, "py_func"):
                monkeypatch.setattr(anneal, name, value.py_func)
                if hasattr(layout, name):
                    monkeypatch.setattr(layout, name, value.py_func)
    return anneal


def _tables(problem: BusloadProblem) -> tuple[anneal.Network, anneal.Tours]:
    found = flow.cheapest(problem)
    assert found is not None
    network = layout.network_of(problem, found)
    return network, layout.tables_of(problem, network, decompose.tours(problem, found))


def _pace(iterations: int, temperature: float, target_s: float = 0.0) -> anneal.Pace:
    return anneal.Pace(iterations, 7, temperature, target_s, 20.0, 0.3)


def test_the_tables_stay_true(kernels: ModuleType) -> None:
    problem = city()
    network, tours = _tables(problem)
    best = layout.copied(tours)
    for temperature in (30.0, 0.1):
        least = kernels.anneal(network, tours, best, _pace(3_000, temperature))
        for tables in (tours, best):
            plan = layout.tours_of(problem, tables)
            check(problem, plan)
            again = layout.tables_of(problem, network, plan)
            assert np.array_equal(again.places, tables.places)
            for vehicle, runs in enumerate(tables.runs):
                instants = tables.spots[vehicle, : runs + 1, anneal.ARRIVAL]
                assert np.array_equal(again.spots[vehicle, : runs + 1, anneal.ARRIVAL], instants)
            for place, (first, count, _) in enumerate(tables.places):
                held = tables.held[first : first + count]
                assert (tables.loads[held, anneal.PLACE] == place).all()
                assert np.array_equal(tables.loads[held, anneal.SLOT], np.arange(first, first + count))
            for vehicle, spot in enumerate(tables.loads[:, [anneal.VEHICLE, anneal.SPOT]].tolist()):
                assert tables.spots[spot[0], spot[1], anneal.LOAD] == vehicle
        assert least == makespan_s(problem, layout.tours_of(problem, best))
        assert least <= makespan_s(problem, layout.tours_of(problem, tours))


def test_it_finds_the_optimum_of_tiny_instances(kernels: ModuleType) -> None:
    for seed in range(12):
        problem = draw(seed)
        network, tours = _tables(problem)
        best = layout.copied(tours)
        for temperature in (30.0, 10.0, 1.0, 0.1, 10.0, 1.0, 0.1, 0.01):
            least = kernels.anneal(network, tours, best, _pace(700, temperature))
        assert least == optimum_s(problem)


def test_compiled_and_plain_draw_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = city()
    network, tours = _tables(problem)
    plain, best = layout.copied(tours), layout.copied(tours)
    anneal.anneal(network, tours, best, _pace(2_000, 1.0))
    for name, value in vars(anneal).copy().items():
        if hasattr(value, "py_func"):
            monkeypatch.setattr(anneal, name, value.py_func)
    anneal.anneal(network, plain, layout.copied(plain), _pace(2_000, 1.0))
    assert np.array_equal(plain.spots[:, 0], tours.spots[:, 0])
    assert np.array_equal(plain.loads, tours.loads)


def test_tours_survive_the_tables() -> None:
    problem = city()
    found = flow.cheapest(problem)
    assert found is not None
    tours = decompose.tours(problem, found)
    network = layout.network_of(problem, found)
    assert layout.tours_of(problem, layout.tables_of(problem, network, tours)) == tours
    fewer = tuple(tour for tour in tours if tour.yard == 0)
    assert len(layout.tours_of(problem, layout.tables_of(problem, network, fewer))) == problem.vehicles.sum()
