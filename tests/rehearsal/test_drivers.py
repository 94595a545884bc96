"""What drives the risk: known indices of known functions, and operations in which one group does everything."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from planner.support import planned
from rehearsal.operations import breaking, by_hand, cut, march, screening, told, uniform
from safepassage.model.ids import SiteId
from safepassage.model.operation import Operation
from safepassage.model.uncertainty import Lasting, Spread, Uncertainty, WalkIns
from safepassage.rehearsal.compile import compile_plan
from safepassage.rehearsal.drivers import anew, drawing, driver, kinds, lasting_anew, seeds_of, total_index
from safepassage.rehearsal.run import times_of_runs
from safepassage.rehearsal.script import GROUPS, NEVER, Ints
from safepassage.rehearsal.statistics import Mean
from safepassage.roads.table import travel

Figures = NDArray[np.float64]
FIXED = tuple(
    Uncertainty(of=kind, times=Spread(mode=1.0))
    for kind in ("drive", "service", "treatment", "rest", "refuel", "halt", "milestone")
)
RUNS = 300


def with_law(of: Lasting, *, day: float = 0.0, place: float = 0.0) -> tuple[Uncertainty, ...]:
    """Fix everything but one kind."""
    own = Uncertainty(of=of, times=uniform(1.0, 2.0), day=day, place=place)
    return (*(one for one in FIXED if one.of != of), own)


# Functions with known indices.


def _additive(x: Figures) -> Figures:
    return np.asarray(x[0] + 2 * x[1])


def _ishigami(x: Figures) -> Figures:
    a, b, c = np.pi * (2 * x - 1)
    return np.asarray(np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a))


def _product(x: Figures) -> Figures:
    return np.asarray((x[0] - 0.5) * (x[1] - 0.5))


# Ishigami: Saltelli et al. (2000), Sensitivity Analysis, chapter 2; the others by hand
@pytest.mark.parametrize(
    ("function", "shares"),
    [(_additive, (0.2, 0.8, 0.0)), (_ishigami, (0.5576, 0.4424, 0.2437)), (_product, (1.0, 1.0, 0.0))],
)
def test_the_indices_of_known_functions(function: Callable[[Figures], Figures], shares: tuple[float, ...]) -> None:
    state = np.random.default_rng(11)
    x, other = state.random((2, 3, 100_000))
    for number, share in enumerate(shares):
        changed = x.copy()
        changed[number] = other[number]
        found = total_index(function(x), function(changed))
        assert found.mean == pytest.approx(share, abs=0.02)
        assert found.low - 0.005 <= share <= found.high + 0.005


def test_intervals_cover_as_often_as_they_say() -> None:
    state = np.random.default_rng(12)
    covered = 0
    for _ in range(1000):
        x = state.random((3, 1000))
        changed = np.stack([state.random(1000), x[1], x[2]])
        found = total_index(_additive(x), _additive(changed))
        covered += found.low <= 0.2 <= found.high
    assert 920 <= covered <= 980


def test_where_nothing_scatters_nothing_drives() -> None:
    same = np.full(5, 3.0)
    assert total_index(same, same) == Mean(0.0, 0.0, 0.0)
    assert total_index(np.arange(5.0), np.arange(5.0)) == Mean(0.0, 0.0, 0.0)


def test_who_never_arrives_arrives_at_the_horizon() -> None:
    before, after = np.array([100, NEVER, 5000, 300]), np.array([100, 900, 2000, 300])
    capped = np.array([100.0, 1000.0, 1000.0, 300.0]), np.array([100.0, 900.0, 1000.0, 300.0])
    late = np.array([0.0, 1.0, 1.0, 0.0])
    found = driver("drives", (before, after), (late, late), 1000)
    assert (found.group, found.share) == ("drives", total_index(*capped).mean)
    assert (found.late, found.late_low, found.late_high) == (0.0, 0.0, 0.0)


# Operations in which one group does everything.


def last(operation: Operation, *seeds: Ints) -> list[Figures]:
    script, _ = compile_plan(operation, travel(operation), planned(operation))
    return [times_of_runs(script, own, 0, RUNS)[1].max(axis=1).astype(np.float64) for own in seeds]


@pytest.mark.parametrize(
    ("group", "operation"),
    [
        ("day", march(durations=with_law("drive", day=1.0))),
        ("place", march(durations=with_law("service", place=1.0))),
        ("drives", march(durations=with_law("drive"))),
        ("services", march(durations=with_law("service"))),
        ("milestones", march(**{**told(), "durations": with_law("milestone")})),
        ("breakdowns", march(breaking("repair"), durations=FIXED)),
        ("road-cuts", march(cut("inn-camp", "hold"), durations=FIXED)),
        ("screenings", march(screening("inn"), durations=FIXED)),
        ("walk-ins", march(WalkIns(id="more", site=SiteId("square"), mean=2.5), durations=FIXED)),
    ],
)
def test_the_group_that_does_everything_has_all_of_the_variance(group: str, operation: Operation) -> None:
    script, _ = compile_plan(operation, travel(operation), planned(operation))
    drawn = {GROUPS[number] for number in drawing(script)}
    assert group in drawn
    before, *after = last(operation, seeds_of(5), *(anew(5, number) for number in range(len(GROUPS))))
    assert before.std() > 0
    for name, again in zip(GROUPS, after, strict=True):
        found = total_index(before, again)
        if name == group:
            assert found.low > 0.75
        else:
            assert found == Mean(0.0, 0.0, 0.0)


def test_what_draws_nothing_is_left_out() -> None:
    operation = march(durations=FIXED)
    script, network = compile_plan(operation, travel(operation), planned(operation))
    assert {GROUPS[number] for number in drawing(script)} == {"drives", "services"}
    assert set(kinds(script, network)) == {"drive", "service"}
    patients = by_hand()["treatment places"]
    script, network = compile_plan(patients, travel(patients), planned(patients))
    assert "treatments" in {GROUPS[number] for number in drawing(script)}
    assert "treatment" in kinds(script, network)


def test_another_seed_for_one_group_leaves_the_others() -> None:
    found = anew(3, 4)
    assert (np.flatnonzero(found != seeds_of(3)).tolist(), found[4] > 0) == ([4], True)
    assert anew(3, 4)[4] != anew(2, 4)[4]


@pytest.mark.parametrize(("day", "place"), [(1.0, 0.0), (0.0, 1.0), (0.0, 0.0), (0.3, 0.3)])
@pytest.mark.parametrize("of", ["drive", "service"])
def test_a_kind_that_does_everything_has_all_of_the_variance(of: Lasting, day: float, place: float) -> None:
    operation = march(durations=with_law(of, day=day, place=place))
    script, network = compile_plan(operation, travel(operation), planned(operation))
    before = times_of_runs(script, seeds_of(0), 0, RUNS)[1].max(axis=1)
    for kind in kinds(script, network):
        after = times_of_runs(lasting_anew(script, network, operation, kind), seeds_of(0), 0, RUNS)[1].max(axis=1)
        found = total_index(before.astype(np.float64), after.astype(np.float64))
        assert found.low > 0.75 if kind == of else found == Mean(0.0, 0.0, 0.0)


def test_screenings_do_not_change_with_the_drives() -> None:
    operation = march(screening("inn"), durations=FIXED)
    script, network = compile_plan(operation, travel(operation), planned(operation))
    before = times_of_runs(script, seeds_of(0), 0, RUNS)[1]
    assert (before == times_of_runs(lasting_anew(script, network, operation, "drive"), seeds_of(0), 0, RUNS)[1]).all()
    assert before.max(axis=1).std() > 0
