"""When a vehicle's next move falls due, and how late a vehicle is."""

from __future__ import annotations

import pytest

from reports.material import OPERATION, PLAN
from safepassage.account.due import Move, late_s, next_due, stays_of
from safepassage.account.laying import Planned
from safepassage.account.milestones import Drive


def told(*said: str) -> list[Drive]:
    """Tell `arrived a` and the like, a minute apart."""
    found = []
    for minute, one in enumerate(said):
        type_, site = one.split()
        found.append(Drive(vehicle="B", type=type_, site=site, at_s=60 * minute))  # type: ignore[arg-type]
    return found


STAYS = (
    Planned(site="a", stops=(), arrive_s=None, depart_s=100),
    Planned(site="b", stops=(), arrive_s=200, depart_s=300),
    Planned(site="c", stops=(), arrive_s=400, depart_s=None),
)


def test_what_was_told_late_or_left_out_is_taken_as_done() -> None:
    assert next_due(STAYS, []) == Move("departed", "a", 100)
    assert next_due(STAYS, told("departed a")) == Move("arrived", "b", 200)
    assert next_due(STAYS, told("departed a", "departed b")) == Move("arrived", "c", 400)
    assert next_due(STAYS, told("arrived elsewhere")) == Move("departed", "a", 100)
    assert next_due(STAYS, told("departed a", "arrived b", "departed b", "arrived c")) is None


def test_without_a_plan_nothing_is_due() -> None:
    assert stays_of(OPERATION, None) == {}
    assert set(stays_of(OPERATION, PLAN)) == {trip.vehicle for trip in PLAN.trips}


@pytest.mark.parametrize(
    ("moves", "now_s", "expected"),
    [
        ([(100, None)], 50, None),
        ([(100, None)], 160, 60),
        ([(100, 90), (500, None)], 200, -10),
        ([(100, 90), (500, None)], 600, 100),
        ([(100, None), (500, 520)], 900, 20),
        ([(None, 90)], 900, None),
    ],
)
def test_lateness(moves: list[tuple[int | None, int | None]], now_s: int, expected: int | None) -> None:
    assert late_s(moves, now_s) == expected
