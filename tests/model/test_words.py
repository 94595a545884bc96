"""The words: what they compute, and that they stay as they are."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safepassage.model.clauses import Clause, Consent, Deadline, Milestone
from safepassage.model.errors import (
    Fault,
    InputError,
    InternalError,
    Place,
    SafepassageError,
    UsageError,
)
from safepassage.model.fleet import Convoy
from safepassage.model.ids import ClauseId, ConvoyId, HouseholdId, LinkId, MilestoneId, PersonId, SiteId
from safepassage.model.operation import Limits, Operation, is_assumption
from safepassage.model.people import CHILD_BANDS, MOBILITIES, AgeBand, Choice, Person
from safepassage.model.places import Site
from safepassage.model.plan import Load, Objective, Plan, Solver
from safepassage.model.time import Window, calendar_instant, instant_at, seconds_since
from safepassage.model.travel import Route, Travel, drive_s

START = datetime(2026, 3, 29, 0, 30, tzinfo=timezone(timedelta(hours=1)))


def person(age_band: AgeBand = "adult", choice: Choice = "consented", *, fit: bool = True) -> Person:
    return Person(
        id=PersonId("P001"),
        household=HouseholdId("H1"),
        site=SiteId("a"),
        age_band=age_band,
        choice=choice,
        fit_to_travel=fit,
    )


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place(), ""),
        (Place(file="people.csv"), "people.csv"),
        (Place(file="people.xlsx", sheet="قائمة", cell="E17"), 'people.xlsx > sheet "قائمة" > E17'),
        (Place(file="operation.toml", cell="limits.setup_s"), "operation.toml > limits.setup_s"),
        (Place(cell="A1"), "A1"),
    ],
)
def test_a_place_is_written_from_the_file_down_to_the_cell(place: Place, words: str) -> None:
    assert str(place) == words


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "mobility [unknown-word]"),
        ({"place": Place(file="people.csv", cell="E17")}, "people.csv > E17: mobility [unknown-word]"),
        ({"expected": "walking"}, "mobility: expected walking [unknown-word]"),
        ({"found": '"whelchair"'}, 'mobility; found "whelchair" [unknown-word]'),
        (
            {"expected": "walking", "found": '"x"', "remedy": "mend it"},
            'mobility: expected walking; found "x"; mend it [unknown-word]',
        ),
    ],
)
def test_a_fault_says_where_what_and_what_to_do(more: dict[str, str], words: str) -> None:
    told = {"code": "unknown-word", "severity": "error", "place": Place(), "what": "mobility"} | more
    assert str(msgspec.convert(told, Fault)) == words


def test_every_error_has_its_statuses() -> None:
    assert [(error.exit_status, error.http_status) for error in (UsageError, InputError, InternalError)] == [
        (2, 400),
        (3, 422),
        (4, 500),
    ]
    assert all(issubclass(error, SafepassageError) for error in (UsageError, InputError, InternalError))
    assert len({UsageError.code, InputError.code, InternalError.code}) == 3


def test_an_input_error_carries_all_its_faults() -> None:
    faults = tuple(Fault(code="c", severity="error", place=Place(cell=cell), what="w") for cell in ("A1", "B2"))
    error = InputError(faults)
    assert (str(error), error.faults) == ("2 fault(s) in the input", faults)


@pytest.mark.parametrize(
    ("start_s", "end_s", "inside"), [(5, 9, True), (5, 5, True), (4, 9, False), (5, 10, False), (4, 10, False)]
)
def test_a_window_is_closed_at_both_ends(start_s: int, end_s: int, *, inside: bool) -> None:
    assert Window(from_s=5, until_s=9).holds(start_s, end_s) is inside


def test_seconds_are_counted_over_a_change_of_the_clocks() -> None:
    # 02:00 was skipped in Berlin that night
    after = instant_at(START, 3 * 3600, "Europe/Berlin")
    assert after.isoformat() == "2026-03-29T04:30:00+02:00"
    assert seconds_since(START, after) == 3 * 3600
    assert seconds_since(after, START) == -3 * 3600


@given(st.integers(-(10**7), 10**7), st.sampled_from(("UTC", "Asia/Damascus", "Asia/Beirut")))
def test_an_instant_comes_back_as_its_seconds(at_s: int, zone: str) -> None:
    assert seconds_since(START, instant_at(START, at_s, zone)) == at_s


@pytest.mark.parametrize("naive", ["start", "instant"])
def test_an_instant_without_a_zone_has_no_place_on_the_clock(naive: str) -> None:
    start, instant = START, START
    if naive == "start":
        start = start.replace(tzinfo=None)
    else:
        instant = instant.replace(tzinfo=None)
    with pytest.raises(ValueError, match="without a time zone"):
        seconds_since(start, instant)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        instant_at(START, 0, "Nowhere/Nothing")


@pytest.mark.parametrize("time_ms", [-(2**52), 2**52, 2**62, -(2**62)])
def test_what_no_calendar_holds_is_no_instant(time_ms: int) -> None:
    zone = ZoneInfo("Asia/Damascus")
    assert calendar_instant(time_ms, zone) is None
    assert calendar_instant(1_503_919_801_999, zone) == datetime(2017, 8, 28, 14, 30, 1, tzinfo=zone)


@given(st.integers(0, 10**6), st.integers(1, 400))
def test_a_drive_is_rounded_up_to_a_whole_second(travel_s: int, speed_percent: int) -> None:
    seconds = drive_s(travel_s, speed_percent)
    assert seconds * speed_percent >= travel_s * 100 > (seconds - 1) * speed_percent or travel_s == seconds == 0


def test_the_fastest_route_is_the_first() -> None:
    def route(travel_s: int) -> Route:
        return Route(links=(LinkId(str(travel_s)),), sites=(), offsets_s=(), travel_s=travel_s, length_m=0)

    key = 100, SiteId("a"), SiteId("b")
    travel = Travel(links={}, routes={key: (route(5), route(9))}, open={}, closed_by={})
    assert travel.fastest(*key) == route(5)
    assert travel.fastest(80, SiteId("a"), SiteId("b")) is None


def test_each_mobility_takes_its_own_seconds() -> None:
    limits = Limits(
        board_walking_s=1,
        board_wheelchair_s=2,
        board_stretcher_s=3,
        alight_walking_s=4,
        alight_wheelchair_s=5,
        alight_stretcher_s=6,
    )
    assert [limits.board_s(mobility) for mobility in MOBILITIES] == [1, 2, 3]
    assert [limits.alight_s(mobility) for mobility in MOBILITIES] == [4, 5, 6]


def test_children_are_infants_and_children() -> None:
    bands: tuple[AgeBand, ...] = ("infant", "child", "adult", "older")
    assert [person(band).is_child for band in bands] == [True, True, False, False]
    assert {band for band in bands if person(band).is_child} == CHILD_BANDS


def test_who_travels_consented_and_is_fit() -> None:
    choices: tuple[Choice, ...] = ("consented", "declined", "withdrawn")
    found = [person(choice=choice, fit=fit).travels for choice, fit in itertools.product(choices, (True, False))]
    assert found == [True, False, False, False, False, False]


def test_a_load_counts_everybody() -> None:
    assert Load(walking=3, wheelchair=2, stretcher=1).people == 6
    assert Load().people == 0


@pytest.mark.parametrize(
    ("makespan_s", "bound_s", "gap"), [(200, 150, 0.25), (200, 200, 0.0), (0, 0, 0.0), (200, None, None)]
)
def test_the_gap_is_the_share_that_could_still_be_won(makespan_s: int, bound_s: int | None, gap: float | None) -> None:
    objective = Objective(unserved=0, makespan_s=makespan_s, exposure_person_s=0, distance_m=0)
    plan = Plan(
        operation="o", sha256="", status="feasible", seed=0, solver=Solver(engine="by hand"), objective=objective,
        bound_s=bound_s,
    )  # fmt: skip
    assert plan.gap == gap
    assert msgspec.structs.replace(plan, objective=None).gap is None


def test_milestones_that_a_clause_may_name() -> None:
    operation = Operation(
        id="o",
        title="",
        time_zone="UTC",
        start=datetime(2026, 1, 1, tzinfo=UTC),
        people=(),
        vehicles=(),
        sites=(Site(id=SiteId("a"), kind="pickup", lon=0, lat=0),),
        links=(),
        convoys=(Convoy(id=ConvoyId("c"), assembly=SiteId("a"), destination=SiteId("a")),),
        milestones=(Milestone(id=MilestoneId("told")),),
    )
    computed = {
        "start", "referrals-closed", "all-arrived", "departed:c", "arrived:c", "left:a", "cleared:a", "joined:a",
    }  # fmt: skip
    assert operation.computed_milestones() == computed
    assert operation.known_milestones() == computed | {"told"}


@pytest.mark.parametrize(
    ("source", "assumed"),
    [("assumption: as usual", True), (" Assumption: x", True), ("ians", False), ("", False), ("an assumption", False)],
)
def test_an_assumption_says_that_it_is_one(source: str, *, assumed: bool) -> None:
    assert is_assumption(source) is assumed


def test_words_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Window(from_s=0, until_s=1).from_s = 5  # type: ignore[misc]


@pytest.mark.parametrize(
    "clause",
    [
        Deadline(id=ClauseId("d"), milestone=MilestoneId("told"), due_s=5),
        Consent(id=ClauseId("c"), party="army", windows=(Window(from_s=0, until_s=1),)),  # type: ignore[arg-type]
    ],
)
def test_a_clause_is_told_from_others_by_its_kind(clause: Clause) -> None:
    found = msgspec.json.decode(msgspec.json.encode(clause), type=Clause)
    assert found == clause
    with pytest.raises(msgspec.ValidationError, match="Invalid value 'other'"):
        msgspec.json.decode(b'{"kind": "other", "id": "x"}', type=Clause)


def test_a_change_of_clocks_adds_no_hour() -> None:
    before = datetime(2026, 3, 29, 1, 30, tzinfo=ZoneInfo("Europe/Vienna"))
    after = datetime(2026, 3, 29, 3, 30, tzinfo=ZoneInfo("Europe/Vienna"))
    assert seconds_since(before, after) == 3600
    assert instant_at(before, 3600, "Europe/Vienna") == after
