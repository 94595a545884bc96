"""Parts of a scenario: the same runs as a rehearsal plays, however they are cut; what its row tells."""

from __future__ import annotations

import numpy as np
import pytest

from planner.support import planned
from rehearsal.operations import breaking, march
from safepassage.rehearsal import scenario as playing
from safepassage.rehearsal.outcome import LEVELS
from safepassage.rehearsal.rehearse import Effort, Rehearsed, compare, rehearse
from safepassage.rehearsal.row import QUANTILES, Named, Row, row_of
from safepassage.rehearsal.scenario import Part, Scenario, play_part, together
from safepassage.rehearsal.script import NEVER
from safepassage.roads.table import travel

RUNS = 700


@pytest.fixture(scope="module")
def own() -> Scenario:
    operation = march(breaking("repair"))
    return Scenario(key="own", operation=operation, plan=planned(operation), seed=3)


@pytest.fixture(scope="module")
def other() -> Scenario:
    operation = march(breaking("return"))
    return Scenario(key="other", operation=operation, plan=planned(operation), seed=3)


def rehearsed(one: Scenario) -> Rehearsed:
    ways = travel(one.operation)
    return rehearse(one.operation, ways, one.plan, Effort(runs=RUNS, seed=one.seed, drivers=0, workers=1))


@pytest.mark.parametrize("cuts", [(RUNS,), (1, 250, RUNS - 251), (300, RUNS - 300)])
def test_parts_are_the_runs_of_a_rehearsal(own: Scenario, cuts: tuple[int, ...]) -> None:
    firsts = np.concatenate(([0], np.cumsum(cuts)[:-1])).tolist()
    found = together([play_part(own, first, count) for first, count in zip(firsts, cuts, strict=True)])
    played = rehearsed(own)
    assert np.array_equal(found.in_time, played.in_time)
    assert np.array_equal(found.last, played.last)


def test_few_compiled_plans_are_kept(own: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "KEPT", 1)
    first = play_part(own, 0, 5)
    play_part(Scenario(key="another", operation=own.operation, plan=own.plan, seed=4), 0, 5)
    assert list(playing._compiled) == ["another"]
    assert np.array_equal(play_part(own, 0, 5).last, first.last)


def test_a_row_tells_what_the_rehearsals_and_their_comparison_tell(own: Scenario, other: Scenario) -> None:
    before, after = play_part(own, 0, RUNS), play_part(other, 0, RUNS)
    name = Named(folder="north", plan="B.json", change="another", seed=3)
    row = row_of(name, other, after, before)
    base, changed = rehearsed(own), rehearsed(other)
    outcome, change = changed.outcome, compare(base, changed, "another")
    assert (row.in_time, row.runs, row.share) == (outcome.in_time.count, RUNS, outcome.in_time.share)
    assert (row.low, row.high, row.due_s) == (outcome.in_time.low, outcome.in_time.high, outcome.due_s)
    assert row.planned_s == outcome.planned_s
    last = next(one for one in outcome.instants if one.name == "all-arrived")
    assert tuple(getattr(row, field) for field in QUANTILES) == last.quantiles_s
    assert row.never == last.never
    assert (row.gain, row.gain_low, row.gain_high) == (change.out_in_time, change.out_low, change.out_high)
    assert (row.earlier_s, row.earlier_low_s) == (change.earlier_s, change.earlier_low_s)
    assert str(row).startswith("north B.json another seed 3: ")


def test_the_own_plan_has_no_difference(own: Scenario) -> None:
    row = row_of(Named(folder="north", plan=""), own, play_part(own, 0, 10), None)
    assert (row.gain, row.earlier_s) == (None, None)
    assert tuple(f"last_{round(100 * level):02}_s" for level in LEVELS) == QUANTILES


def test_who_never_arrives_is_not_earlier(own: Scenario) -> None:
    never = Part(np.zeros(10, np.bool_), np.full(10, NEVER))
    row = row_of(Named(folder="north", plan=""), own, never, play_part(own, 0, 10))
    assert (row.last_50_s, row.never, row.earlier_s) == (None, 1.0, None)
    assert row.gain is not None


def test_a_row_without_runs_says_why() -> None:
    row = Row(folder="north", plan="", change="bus-9", inputs="", operation="north", runs=10, note="infeasible")
    assert str(row) == "north bus-9: infeasible"
