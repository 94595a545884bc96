"""The words themselves: times, faults, codes, loads, travel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rules.edits import CONVOY
from safepassage.model.clauses import arrived, cleared, departed, joined, left
from safepassage.model.errors import Fault, InputError, InternalError, Place, SafepassageError, UsageError
from safepassage.model.ids import ConvoyId, LinkId, SiteId
from safepassage.model.operation import is_assumption
from safepassage.model.people import Person
from safepassage.model.plan import Load, Objective, Plan, Solver
from safepassage.model.time import Window, instant_at, seconds_since
from safepassage.model.travel import Route, Travel, drive_s

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)


def test_instants_become_seconds_and_back() -> None:
    assert seconds_since(START, START + timedelta(hours=1)) == 3600
    assert seconds_since(START, datetime(2026, 3, 1, 7, 0, tzinfo=UTC)) == 3600
    assert instant_at(START, 90, "Asia/Damascus").isoformat() == "2026-03-01T09:01:30+03:00"


def test_an_instant_without_a_zone_has_no_place() -> None:
    naive = START.replace(tzinfo=None)
    for pair in ((naive, START), (START, naive)):
        with pytest.raises(ValueError, match="time zone"):
            seconds_since(*pair)


def test_a_window_is_closed_at_both_ends() -> None:
    window = Window(from_s=10, until_s=20)
    assert window.holds(10, 20)
    assert not window.holds(9, 20)
    assert not window.holds(10, 21)


def test_a_fault_says_where_what_was_expected_and_found_and_what_to_do() -> None:
    place = Place(file="people.xlsx", sheet="list", cell="E17")
    fault = Fault(
        code="word",
        severity="error",
        place=place,
        what="mobility",
        expected="walking",
        found='"whelchair"',
        remedy="do",
    )
    assert str(fault) == 'people.xlsx > sheet "list" > E17: mobility: expected walking; found "whelchair"; do [word]'
    assert str(Fault(code="c", severity="clash", place=Place(), what="no plan")) == "no plan [c]"
    assert str(Place(cell="A1")) == "A1"


def test_each_error_has_its_exit_status() -> None:
    fault = Fault(code="c", severity="error", place=Place(), what="w")
    error = InputError((fault, fault))
    assert (error.faults, str(error), error.exit_status) == ((fault, fault), "2 fault(s) in the input", 3)
    assert [kind.exit_status for kind in (SafepassageError, UsageError, InternalError)] == [4, 2, 4]


def test_loads_are_counted() -> None:
    assert Load(walking=1, wheelchair=2, stretcher=3).people == 6


def test_the_gap_is_a_share_of_the_makespan() -> None:
    def gap(makespan_s: int | None, bound_s: int | None) -> float | None:
        objective = None
        if makespan_s is not None:
            objective = Objective(unserved=0, makespan_s=makespan_s, exposure_person_s=0, distance_m=0)
        solver = Solver(engine="none")
        return Plan(
            operation="o", sha256="", status="feasible", seed=0, solver=solver, objective=objective, bound_s=bound_s
        ).gap

    assert gap(100, 90) == pytest.approx(0.1)
    assert gap(0, 0) == 0.0
    assert gap(None, 90) is None
    assert gap(100, None) is None


def test_who_travels() -> None:
    person = Person(id=CONVOY.operation.people[0].id, household=CONVOY.operation.people[0].household, site=SiteId("s"))
    assert person.travels
    assert not person.is_child


def test_driving_time_is_rounded_up() -> None:
    assert (drive_s(100, 100), drive_s(100, 99), drive_s(100, 80), drive_s(0, 50)) == (100, 102, 125, 0)


def test_the_fastest_route_comes_first() -> None:
    site = SiteId("a")
    routes = tuple(
        Route(links=(LinkId(name),), sites=(site, site), offsets_s=(0, 1), travel_s=1, length_m=1) for name in "xy"
    )
    travel = Travel(links={}, routes={(100, site, site): routes}, open={}, closed_by={})
    assert travel.fastest(100, site, site) is routes[0]
    assert travel.fastest(90, site, site) is None


def test_milestones_are_named_after_what_moves() -> None:
    convoy, site = ConvoyId("C1"), SiteId("assembly")
    computed = CONVOY.operation.computed_milestones()
    assert {departed(convoy), arrived(convoy), left(site), cleared(site), joined(site)} <= computed
    assert CONVOY.operation.known_milestones() == computed


def test_an_assumption_says_that_it_is_one() -> None:
    assert is_assumption(" Assumption: usual for a bus")
    assert not is_assumption("reuters-2017")
