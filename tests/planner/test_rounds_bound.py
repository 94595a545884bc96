"""Bounds of the ambulance rounds never exceed the best that trying everything finds."""

from __future__ import annotations

import msgspec
import pytest

from planner.brute_rounds import Brute, tiny
from safepassage.planner.engine import Clock
from safepassage.planner.rounds_bound import FAR, closed_bound_s
from safepassage.planner.rounds_relaxation import relaxed_bound_s

SOLVABLE = [seed for seed in range(110) if closed_bound_s(tiny(seed)) < FAR]


@pytest.mark.no_cover
@pytest.mark.parametrize("block", range(11))
def test_bounds_hold_on_tiny_problems(block: int) -> None:
    tight = 0
    for seed in SOLVABLE[block::11]:
        problem = tiny(seed)
        best_s = Brute(problem).solve()
        quick_s = closed_bound_s(problem)
        relaxed_s = relaxed_bound_s(problem, ceiling_s=best_s + 50, work=1.0, seed=0, clock=Clock(30))
        assert quick_s <= best_s, seed
        assert relaxed_s <= best_s, seed
        tight += max(quick_s, relaxed_s) == best_s
    assert tight


def test_a_patient_nobody_can_take_is_far() -> None:
    problem = tiny(0)
    nowhere = msgspec.structs.replace(problem, drive_s={})
    assert closed_bound_s(nowhere) >= FAR


def test_nobody_to_bring_needs_no_time() -> None:
    empty = msgspec.structs.replace(tiny(0), groups=())
    assert closed_bound_s(empty) == 0
    assert relaxed_bound_s(empty, ceiling_s=100, work=1.0, seed=0, clock=Clock(30)) == 0


def test_no_rounds_close_before_the_bound() -> None:
    problem = tiny(3)
    best_s = Brute(problem).solve()
    assert relaxed_bound_s(problem, ceiling_s=best_s // 2, work=1.0, seed=0, clock=Clock(30)) == best_s // 2


def test_a_site_that_is_a_hospital_has_no_rounds_to_relax() -> None:
    problem = tiny(3)
    groups = tuple(msgspec.structs.replace(g, hospitals=(g.site,)) for g in problem.groups)
    same = msgspec.structs.replace(problem, groups=groups)
    assert relaxed_bound_s(same, ceiling_s=100, work=1.0, seed=0, clock=Clock(30)) == 0


def test_treatment_places_bound_the_end() -> None:
    problem = tiny(3)
    group = msgspec.structs.replace(problem.groups[0], hospitals=problem.groups[0].hospitals[:1])
    beds = dict.fromkeys(group.hospitals, 1)
    many = msgspec.structs.replace(problem, groups=(group,) * 20, beds=beds)
    assert closed_bound_s(many) >= 20 * group.treatments_s[0]
