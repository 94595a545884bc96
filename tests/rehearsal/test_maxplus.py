"""Many runs at once give what one run at a time gives, and what the compiled simulation gives where order is fixed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from msgspec.structs import replace

from planner.support import planned
from rehearsal.operations import by_chance, by_hand
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.model.travel import Travel
from safepassage.rehearsal.compile import compile_plan
from safepassage.rehearsal.drivers import seeds_of
from safepassage.rehearsal.maxplus import in_order, lasting, times
from safepassage.rehearsal.run import times_of_runs
from safepassage.rehearsal.script import NEVER
from safepassage.roads.table import travel
from safepassage.timetable.build import build
from safepassage.timetable.evaluate import evaluate
from safepassage.timetable.network import Activity, Network

RUNS = 40


def _plain(operation: Operation) -> Operation:
    """Leave out what can go wrong, crews' hours, bays, places and links' windows: nothing could change an order."""
    sites = tuple(replace(s, bays=0, capacity=0 if s.kind == "hospital" else s.capacity) for s in operation.sites)
    limits = replace(operation.limits, drive_before_rest_s=10**7, daily_drive_s=10**7)
    links = tuple(replace(link, controlled_by="") for link in operation.links)
    uncertain = replace(operation.uncertain, incidents=(), spares=())
    return replace(operation, sites=sites, links=links, closures=(), limits=limits, uncertain=uncertain)


def generated(seeds: Iterable[int]) -> Iterator[tuple[Operation, Plan]]:
    """Give the operations that have a plan."""
    yield from (found for found in map(by_chance, seeds) if found is not None)


def _drawn(operation: Operation, ways: Travel, plan: Plan) -> tuple[Network, np.ndarray]:
    script, drawn = compile_plan(operation, ways, plan)
    fixed = build(operation, ways, plan)
    return fixed, in_order(lasting(script, seeds_of(7), 3, RUNS), drawn, fixed)


@pytest.mark.no_cover
def test_many_runs_are_as_one_at_a_time() -> None:
    compared = 0
    for operation, plan in generated(range(24)):
        fixed, lasts_s = _drawn(operation, travel(operation), plan)
        starts, ends = times(fixed, lasts_s)
        for run in np.flatnonzero((lasts_s < NEVER).all(axis=0)):
            one = evaluate(fixed, lasts_s[:, run].tolist())
            assert starts[:, run].tolist() == list(one.start_s)
            assert ends[:, run].tolist() == list(one.end_s)
            compared += 1
    assert compared > 5 * RUNS


@pytest.mark.no_cover
def test_where_nothing_can_come_in_another_order_the_simulation_gives_the_same() -> None:
    compared = 0
    for generated_one, _ in generated(range(24)):
        operation = _plain(generated_one)
        plan, ways = planned(operation, iterations=4), travel(operation)
        if plan.trips:
            script, network = compile_plan(operation, ways, plan)
            starts, ends = times(network, lasting(script, seeds_of(7), 3, RUNS))
            played = times_of_runs(script, seeds_of(7), 3, RUNS)
            assert (played[0] == starts.T).all()
            assert (played[1] == ends.T).all()
            compared += 1
    assert compared > 5


def test_a_fixed_order_may_be_later_where_there_are_queues() -> None:
    operation = replace(by_hand()["queues"], limits=_plain(by_hand()["queues"]).limits)
    plan, ways = planned(operation), travel(operation)
    fixed, lasts_s = _drawn(operation, ways, plan)
    script, _ = compile_plan(operation, ways, plan)
    last = times_of_runs(script, seeds_of(7), 3, RUNS)[1].max(axis=1)
    in_plans_order = times(fixed, lasts_s)[1].max(axis=0)
    assert in_plans_order.mean() > last.mean()


def test_what_never_comes_is_waited_for_for_ever() -> None:
    fixed, lasts_s = _drawn(*_of("no milestone"))
    starts, ends = times(fixed, lasts_s)
    never = lasts_s[fixed.milestones["told"]] >= NEVER
    assert 0 < never.sum() < RUNS
    departs = starts[fixed.departures["C"][0]]
    assert (departs[never] == NEVER).all()
    assert (departs[~never] < NEVER).all()
    assert ends.max() == NEVER


def _of(name: str) -> tuple[Operation, Travel, Plan]:
    operation = by_hand()[name]
    return operation, travel(operation), planned(operation)


def test_more_runs_than_are_reckoned_at_once() -> None:
    operation, ways, plan = _of("late milestone")
    script, network = compile_plan(operation, ways, plan)
    lasts_s = lasting(script, seeds_of(0), 0, 2500)
    all_at_once = times(network, lasts_s)[1]
    assert (times(network, lasts_s[:, 1800:1900])[1] == all_at_once[:, 1800:1900]).all()


def test_every_activity_has_its_duration() -> None:
    start = Activity(kind="start", subject="start", site="", duration_s=0)  # type: ignore[arg-type]
    network = Network(activities=(start,), drives={}, services={}, treatments={}, milestones={}, departures={})
    with pytest.raises(ValueError, match="expected the durations of 1 activities, found 2"):
        times(network, np.zeros((2, 3), np.int64))
