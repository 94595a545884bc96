"""Clauses, milestones and figures: recomputed, and compared with what the plan tells."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from rules.edits import (
    CONVOY,
    REFERRAL,
    SHUTTLE,
    clauses_with,
    codes,
    consented,
    operation_with,
    passing_by,
    plan_with,
    reading_of,
    row_with,
    twice_at_the_start,
)
from rules.scenarios import scenario
from rules.world import Scenario, Shape
from safepassage.model.clauses import BothOrNeither, Cap, Clause, Deadline, Milestone, Precedence, Ratio, TimeWindow
from safepassage.model.ids import ClauseId, MilestoneId, SiteId
from safepassage.model.plan import ClauseReading, MilestoneReading
from safepassage.model.time import Window
from safepassage.rules.case import case_of
from safepassage.rules.clauses import standing
from safepassage.rules.crowds import dwells
from safepassage.rules.milestones import computed

C = ClauseId("c")
END, START, NEVER = MilestoneId("all-arrived"), MilestoneId("start"), MilestoneId("left:hospital")
TIMES = {END: 1034, START: 0, MilestoneId("left:pickup-0"): 510}
FULL = scenario(Shape(convoy=True))


def ratio(**changes: Any) -> Scenario:
    """Bind two groups: `second` of 3 leaves at 510 s, the group `first` of 4 at 527 s."""
    return clauses_with(SHUTTLE, Ratio(id=C, group="first", against="second", **changes))


def cap(site: str, **changes: Any) -> Scenario:
    """Four people are at the checkpoint from 6325 to 6925 s, one more from 6385 to 6985 s."""
    return clauses_with(CONVOY, Cap(id=C, site=SiteId(site), **changes))


def deadline(due_s: int, milestone: MilestoneId = END) -> Clause:
    return Deadline(id=C, milestone=milestone, due_s=due_s)


def window(*spans: tuple[int, int], milestone: MilestoneId = END) -> Clause:
    windows = tuple(Window(from_s=from_s, until_s=until_s) for from_s, until_s in spans)
    return TimeWindow(id=C, milestone=milestone, windows=windows)


def both(*milestones: MilestoneId, within_s: int = 0) -> Clause:
    return BothOrNeither(id=C, milestones=milestones, within_s=within_s)


def precedence(first: MilestoneId, then: MilestoneId, gap_s: int = 0) -> Clause:
    return Precedence(id=C, first=first, then=then, gap_s=gap_s)


def told_at(at_s: int | None, **changes: Any) -> Scenario:
    """Give the movement a milestone of a party, told at `at_s`."""
    milestone = replace(Milestone(id=MilestoneId("m"), duration_s=100), **changes)
    rows = () if at_s is None else (MilestoneReading(milestone=milestone.id, at_s=at_s),)
    base = operation_with(SHUTTLE, milestones=(milestone,))
    return plan_with(base, milestones=(*SHUTTLE.plan.milestones, *rows))


def milestones_without(base: Scenario, name: str) -> Scenario:
    return plan_with(base, milestones=tuple(one for one in base.plan.milestones if one.milestone != name))


def reading_with(clause: str, **changes: Any) -> Scenario:
    changed = replace(reading_of(FULL, clause), **changes)
    return plan_with(FULL, clauses=tuple(changed if one.clause == clause else one for one in FULL.plan.clauses))


def objective_with(**changes: Any) -> Scenario:
    assert SHUTTLE.plan.objective is not None
    return plan_with(SHUTTLE, objective=replace(SHUTTLE.plan.objective, **changes))


BREAKS = {
    "too early": ("clause-precedence", clauses_with(SHUTTLE, precedence(MilestoneId("left:pickup-0"), END, 525))),
    "too late": ("clause-deadline", clauses_with(SHUTTLE, deadline(1033))),
    "after the window": ("clause-window", clauses_with(SHUTTLE, window((0, 1033)))),
    "between windows": ("clause-window", clauses_with(SHUTTLE, window((0, 1000), (1035, 2000)))),
    "no window": ("clause-window", clauses_with(SHUTTLE, window())),
    "too far apart": ("clause-both-or-neither", clauses_with(SHUTTLE, both(START, END, within_s=1033))),
    "one alone": ("clause-both-or-neither", clauses_with(SHUTTLE, both(START, NEVER, within_s=9999))),
    "first ahead": ("clause-ratio", ratio()),
    "half as many": ("clause-ratio", ratio(numerator=4, denominator=3, tolerance=-1)),
    "too many at once": ("clause-crowd", cap("checkpoint", max_people=4)),
    "too long": ("clause-dwell", cap("checkpoint", max_dwell_s=599)),
    "too long at the assembly": ("clause-dwell", cap("assembly", max_dwell_s=479)),
    "told too early": ("milestone-time", told_at(99)),
    "before it can be": ("milestone-time", told_at(149, earliest_s=50)),
    "before what comes first": ("milestone-time", told_at(1133, after=(END, START))),
    "not told": ("milestone-time", told_at(None)),
    "computed otherwise": (
        "milestone-time",
        plan_with(SHUTTLE, milestones=(MilestoneReading(milestone=END, at_s=1033),)),
    ),
    "reached by nothing": (
        "milestone-time",
        plan_with(SHUTTLE, milestones=(MilestoneReading(milestone=NEVER, at_s=0),)),
    ),
    "named and not told": ("milestone-time", milestones_without(FULL, END)),
    "no reading": ("clause-reading", clauses_with(SHUTTLE, deadline(2000))),
    "status": ("clause-reading", reading_with("in-time", status="broken")),
    "kept though monitored": ("clause-reading", reading_with("no-cameras", status="kept")),
    "kind": ("clause-reading", reading_with("in-time", kind="window")),
    "due": ("clause-reading", reading_with("by-day", due_s=0)),
    "at": ("clause-reading", reading_with("terms-first", at_s=0)),
    "slack": ("clause-reading", reading_with("both", slack_s=None)),
    "due of a cap": ("clause-reading", reading_with("hold-point", due_s=0)),
    "kept though driven without": ("clause-reading", consented((0, 9))),
    "no figures": ("objective", plan_with(SHUTTLE, objective=None)),
    "unserved": ("objective", objective_with(unserved=0)),
    "makespan": ("objective", objective_with(makespan_s=1033)),
    "exposure": ("objective", objective_with(exposure_person_s=7149)),
    "distance": ("objective", objective_with(distance_m=12_181)),
    "bound too high": ("bound", plan_with(SHUTTLE, bound_s=1035)),
    "optimal below the makespan": ("bound", plan_with(SHUTTLE, status="optimal", bound_s=1033)),
    "optimal without a bound": ("bound", plan_with(SHUTTLE, status="optimal", bound_s=None)),
}

KEEPS = {
    "in time": ("clause-precedence", clauses_with(SHUTTLE, precedence(MilestoneId("left:pickup-0"), END, 524))),
    "first never": ("clause-precedence", clauses_with(SHUTTLE, precedence(NEVER, END, 9999))),
    "then never": ("clause-precedence", clauses_with(SHUTTLE, precedence(END, NEVER, 9999))),
    "to the second": ("clause-deadline", clauses_with(SHUTTLE, deadline(1034))),
    "never due": ("clause-deadline", clauses_with(SHUTTLE, deadline(0, NEVER))),
    "at the end of the window": ("clause-window", clauses_with(SHUTTLE, window((0, 10), (1000, 1034)))),
    "never in a window": ("clause-window", clauses_with(SHUTTLE, window((0, 1), milestone=NEVER))),
    "close enough": ("clause-both-or-neither", clauses_with(SHUTTLE, both(START, END, within_s=1034))),
    "neither": ("clause-both-or-neither", clauses_with(SHUTTLE, both(NEVER, MilestoneId("joined:hospital")))),
    "in step": ("clause-ratio", ratio(tolerance=1)),
    "four for three": ("clause-ratio", ratio(numerator=4, denominator=3)),
    "the other way": ("clause-ratio", clauses_with(SHUTTLE, Ratio(id=C, group="second", against="first", tolerance=3))),
    "not too many": ("clause-crowd", cap("checkpoint", max_people=5)),
    "no cap on people": ("clause-crowd", cap("checkpoint", max_dwell_s=1)),
    "not too long": ("clause-dwell", cap("checkpoint", max_dwell_s=600)),
    "no cap on dwell": ("clause-dwell", cap("checkpoint", max_people=1)),
    "those who end there": ("clause-crowd", cap("end", max_people=1, max_dwell_s=1)),
    "those who start there": ("clause-crowd", cap("pickup-0", max_people=1, max_dwell_s=1)),
    "passing without a halt": (
        "clause-crowd",
        clauses_with(passing_by(), Cap(id=C, site=SiteId("checkpoint"), max_people=1)),
    ),
    "as early as can be": ("milestone-time", told_at(150, earliest_s=50)),
    "after what comes first": ("milestone-time", told_at(1134, after=(END, START))),
    "after what never comes": ("milestone-time", told_at(100, after=(NEVER,))),
    "not told and not named": ("milestone-time", milestones_without(SHUTTLE, "left:pickup-0")),
    "all told": ("clause-reading", FULL),
    "figures as they are": ("objective", SHUTTLE),
    "bound met": ("bound", plan_with(SHUTTLE, status="optimal", bound_s=1034)),
    "no bound": ("bound", plan_with(SHUTTLE, bound_s=None)),
}


@pytest.mark.parametrize(("code", "base"), BREAKS.values(), ids=BREAKS)
def test_the_rule_is_broken(code: str, base: Scenario) -> None:
    assert code in codes(base)


@pytest.mark.parametrize(("code", "base"), KEEPS.values(), ids=KEEPS)
def test_the_rule_is_kept(code: str, base: Scenario) -> None:
    assert code not in codes(base)


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        (deadline(1000), (False, 1000, 1034, -34)),
        (deadline(1000, NEVER), (True, 1000, None, None)),
        (window((0, 9), (1000, 2000)), (True, 2000, 1034, 966)),
        (window((0, 9), (10, 20)), (False, 20, 1034, -1014)),
        (window(), (False, None, 1034, None)),
        (window((0, 9), milestone=NEVER), (True, None, None, None)),
        (precedence(MilestoneId("left:pickup-0"), END, 10), (True, 520, 1034, 514)),
        (precedence(NEVER, END), (True, None, 1034, None)),
        (precedence(START, NEVER, 5), (True, 5, None, None)),
        (both(START, END, within_s=34), (False, 34, 1034, -1000)),
        (both(NEVER), (True, None, None, None)),
        (Cap(id=C, site=SiteId("end")), (True, None, None, None)),
    ],
)
def test_a_clause_is_read(clause: Clause, expected: tuple[bool, int | None, int | None, int | None]) -> None:
    state = standing(clause, TIMES)
    assert (state.kept, state.due_s, state.at_s, state.slack_s) == expected


def test_milestones_follow_from_the_trips() -> None:
    times = computed(case_of(*CONVOY))
    assert times[MilestoneId("departed:C1")] == 1265
    assert times[MilestoneId("arrived:C1")] == times[END] == 24_795
    assert (times[MilestoneId("left:pickup-0")], times[MilestoneId("cleared:pickup-0")]) == (510, 600)
    assert times[MilestoneId("joined:pickup-0")] == 1145
    assert times[MilestoneId("left:assembly")] == 1325
    assert NEVER not in times
    assert computed(case_of(*REFERRAL))[MilestoneId("referrals-closed")] == 7249


def test_a_convoy_that_nobody_drives_has_no_milestones() -> None:
    base = plan_with(CONVOY, trips=tuple(one for one in CONVOY.plan.trips if one.kind != "convoy"))
    assert "departed:C1" not in computed(case_of(*base))


def test_whoever_boards_early_leaves_with_the_vehicle() -> None:
    """Somebody who boards at the first of two stops in a row leaves the site at the second."""
    base = twice_at_the_start()
    manifests = tuple(
        replace(one, rides=tuple(replace(ride, board=0) for ride in one.rides)) if one.trip == "T-bus-0" else one
        for one in base.plan.manifests
    )
    moved = plan_with(base, manifests=manifests)
    assert computed(case_of(*moved))[MilestoneId("left:assembly")] == 1325


def test_dwell_lasts_from_the_first_arrival_to_the_last_departure() -> None:
    """Alighting from one vehicle and boarding the next is one stay; so are two stops in a row."""
    stays = sorted(dwells(case_of(*CONVOY), SiteId("assembly")))
    assert stays == [("P000", 845, 1325), ("P001", 845, 1325), ("P002", 845, 1325), ("P003", 935, 1385)]
    twice = sorted(dwells(case_of(*twice_at_the_start()), SiteId("assembly")))
    assert twice == stays
    assert {stay[1:] for stay in dwells(case_of(*CONVOY), SiteId("checkpoint"))} == {(6325, 6925), (6385, 6985)}


def test_two_stops_in_a_row_on_the_way_are_one_stay() -> None:
    base = CONVOY
    trips = []
    for trip in base.plan.trips:
        if trip.id == "T-bus-1":
            check = trip.stops[1]
            again = replace(check, route=(), arrive_s=6800, start_s=6800, end_s=6985, work=())
            first = replace(check, end_s=6800, depart_s=6800)
            trips.append(replace(trip, stops=(trip.stops[0], first, again, *trip.stops[2:])))
        else:
            trips.append(trip)
    manifests = tuple(
        replace(one, rides=tuple(replace(ride, alight=4) for ride in one.rides)) if one.trip == "T-bus-1" else one
        for one in base.plan.manifests
    )
    moved = plan_with(base, trips=tuple(trips), manifests=manifests)
    assert ("P003", 6385, 6985) in set(dwells(case_of(*moved), SiteId("checkpoint")))


def test_a_counted_clause_that_is_broken_is_to_be_told_broken() -> None:
    reading = ClauseReading(clause=C, kind="ratio", status="broken")
    told = plan_with(ratio(), clauses=(*SHUTTLE.plan.clauses, reading))
    assert codes(told) == {"clause-ratio"}


def test_a_consent_that_is_broken_is_to_be_told_broken() -> None:
    told = tuple(
        replace(one, status="broken") if one.clause == "army-lets-pass" else one for one in SHUTTLE.plan.clauses
    )
    assert codes(plan_with(consented((0, 9)), clauses=told)) == {"link-without-consent"}


def test_no_one_from_a_site_leaves_it_unreached() -> None:
    assert NEVER not in computed(case_of(*row_with(SHUTTLE, "people", "Q900", site=SiteId("hospital"))))
