"""Plan, rehearsal and what happened: the answers of hand-made figures, and of rehearsals known to be right or wrong."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from account.hard_day import HELD_S, LATE_S, hard_day
from safepassage.account.comparison import (
    Comparison,
    Instant,
    Rehearsal,
    Told,
    calibration,
    comparison,
    place_of,
    wilson,
)
from safepassage.account.record import Record, record_of
from safepassage.model.errors import UsageError

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
TOLD = Told(name="m", quantiles_s=(50, 100, 250, 500, 750, 900, 950))


@pytest.fixture(scope="module")
def record() -> Record:
    day = hard_day()
    return record_of(day.operation, day.plan, day.board, day.end_ms)


@pytest.mark.parametrize(
    ("at_s", "expected"), [(0, 0.025), (50, 0.05), (100, 0.1), (175, 0.175), (600, 0.6), (950, 0.95), (951, 0.975)]
)
def test_the_place_among_the_runs(at_s: int, expected: float) -> None:
    assert place_of(TOLD, LEVELS, at_s) == pytest.approx(expected)


def test_what_never_came_in_rehearsals_lies_beyond_them() -> None:
    assert place_of(Told(name="m", quantiles_s=(None,) * 7), LEVELS, 5) == 1.0
    half = Told(name="m", quantiles_s=(50, 100, 250, 500, None, None, None))
    assert place_of(half, LEVELS, 600) == 0.75
    same = Told(name="m", quantiles_s=(5, 5, 5, 5, 5, 9, 9))
    assert place_of(same, LEVELS, 5) == pytest.approx(0.4)


def test_wilson_is_what_the_formula_says() -> None:
    # 6 of 9: by hand, centre 0.6169, half width 0.2622
    low, high = wilson(6, 9)
    assert low == pytest.approx(0.3542, abs=1e-3)
    assert high == pytest.approx(0.8794, abs=1e-3)
    assert wilson(0, 5)[0] == 0.0
    assert wilson(5, 5)[1] == pytest.approx(1.0)


def instants(places: list[float]) -> list[Instant]:
    return [Instant(kind="milestone", name=f"m{number}", place=place) for number, place in enumerate(places)]


def test_true_rehearsals_are_told_apart_from_too_narrow_ones() -> None:
    chance = random.Random(5)
    even = [instants([chance.random() for _ in range(20)]) for _ in range(20)]
    found = calibration(even, LEVELS)
    assert found is not None
    assert (found.operations, found.n) == (20, 400)
    assert all(one.low <= one.level <= one.high for one in found.shares)
    assert sum(n for _, _, n in found.bins) == 400
    narrow = [instants([chance.choice((0.01, 0.99, chance.random())) for _ in range(20)]) for _ in range(20)]
    wrong = calibration(narrow, LEVELS)
    assert wrong is not None
    assert all(one.high < one.level for one in wrong.shares)
    assert calibration([instants([])], LEVELS) is None


def rehearsed(record: Record) -> Rehearsal:
    assert record.plan is not None
    return Rehearsal(
        format="safepassage-rehearsal/1", operation=record.operation.id, sha256=record.operation.sha256, runs=1000,
        levels=LEVELS,
        instants=tuple(
            Told(name=one.milestone, quantiles_s=tuple(one.at_s + 1200 * step for step in range(7)))
            for one in record.plan.milestones
        ),
    )  # fmt: skip


def find(found: Comparison, name: str, kind: str = "milestone") -> Instant:
    return next(one for one in found.instants if (one.name, one.kind) == (name, kind))


def test_control_points_are_compared_by_the_head_of_the_convoy(record: Record) -> None:
    before = comparison(record, rehearsed(record))
    point = find(before, "palmyra", "control-point")
    assert (point.rehearsed, point.place) == ((), None)
    assert point.actual_s is not None
    told = Told(name="head palmyra main", quantiles_s=tuple(point.actual_s + 60 * step for step in range(-3, 4)))
    other = replace(told, name="tail palmyra main", quantiles_s=(0,) * 7)
    known = rehearsed(record)
    after = comparison(record, replace(known, instants=(*known.instants, told, other)))
    point = find(after, "palmyra", "control-point")
    assert point.rehearsed == tuple(point.actual_s + 60 * step for step in (-3, -1, 0, 1, 3))  # type: ignore[operator]
    assert point.place == pytest.approx(0.5)
    assert find(after, "desert-hold", "control-point").place is None
    assert before.calibration is not None
    assert after.calibration is not None
    assert after.calibration.n == before.calibration.n + 1


def test_the_hard_day_beside_its_plan(record: Record) -> None:
    found = comparison(record, rehearsed(record))
    left = find(found, "departed:main")
    assert left.planned_s is not None
    assert left.actual_s == left.planned_s + LATE_S
    assert left.place == pytest.approx(0.25 + 0.25 * (LATE_S - 2400) / 1200)
    assert find(found, "all-arrived").actual_s is None
    for name in ("palmyra", "desert-hold"):
        point = find(found, name, "control-point")
        assert point.actual_s == (point.planned_s or 0) + LATE_S
    end = find(found, "al-bukamal", "control-point")
    assert end.actual_s == (end.planned_s or 0) + LATE_S + HELD_S
    assert found.same
    assert found.calibration is not None
    more = comparison(record, rehearsed(record), [found])
    assert more.calibration is not None
    assert more.calibration.n == 2 * found.calibration.n


def test_a_rehearsal_of_another_operation_is_refused(record: Record) -> None:
    with pytest.raises(UsageError, match="the rehearsal is of other"):
        comparison(record, replace(rehearsed(record), operation="other"))
    assert not comparison(record, replace(rehearsed(record), sha256="else")).same
    assert comparison(record).calibration is None
    assert comparison(replace(record, plan=None)).instants == ()
