"""Clauses in runs: as the referee reads a plan, and what becomes of those whose milestones never come."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from msgspec.structs import replace

from planner import small
from planner.support import _both, _names, _precedence, _window, an_operation, planned
from rehearsal.operations import by_hand, march, screening, told
from safepassage.model.clauses import (
    ALL_ARRIVED,
    REFERRALS_CLOSED,
    BothOrNeither,
    Cap,
    Clause,
    Deadline,
    Exclusion,
    Ratio,
)
from safepassage.model.ids import ClauseId, MilestoneId
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.model.uncertainty import Lasting, Spread, Uncertain, Uncertainty
from safepassage.rehearsal.asked import Names, asked_of
from safepassage.rehearsal.chunk import Chunk, play
from safepassage.rehearsal.compile import compile_plan
from safepassage.rehearsal.drivers import seeds_of
from safepassage.rehearsal.judging import due, in_time, judge, last_arrivals
from safepassage.rehearsal.script import DETAINED, NEVER, RETURNED
from safepassage.roads.table import travel
from safepassage.rules import crowds
from safepassage.rules.case import case_of
from safepassage.rules.clauses import standing
from safepassage.rules.milestones import reached

KINDS: tuple[Lasting, ...] = ("drive", "service", "treatment", "rest", "refuel", "halt", "milestone")
AS_PLANNED = tuple(Uncertainty(of=kind, times=Spread(mode=1.0)) for kind in KINDS)


def played(operation: Operation, plan: Plan, clauses: tuple[Clause, ...], runs: int = 1) -> tuple[Names, Chunk]:
    """Play a plan, and ask what these clauses need to be judged."""
    script, network = compile_plan(operation, travel(operation), plan)
    asked, names = asked_of(replace(operation, clauses=clauses), plan, network)
    return names, play(script, asked, seeds_of(0), 0, runs)


# As the referee reads a plan.


def _cap(rng: Random, operation: Operation, name: str) -> Cap:
    site = rng.choice([s.id for s in operation.sites if s.kind != "depot"])
    return Cap(id=ClauseId(name), site=site, max_people=rng.randint(0, 9), max_dwell_s=rng.choice((0, 600, 3000)))


def _deadline(rng: Random, operation: Operation, name: str) -> Deadline:
    due_s = rng.randrange(200, 20_000)
    return Deadline(id=ClauseId(name), milestone=rng.choice(_names(operation)), due_s=due_s)


def _ratio(rng: Random, _operation: Operation, name: str) -> Ratio:
    numerator, denominator, tolerance = rng.randint(1, 3), rng.randint(1, 3), rng.randint(0, 3)
    return Ratio(
        id=ClauseId(name), group="one", against="two", numerator=numerator, denominator=denominator, tolerance=tolerance
    )


def _clauses(rng: Random, operation: Operation) -> tuple[Clause, ...]:
    makers = (_precedence, _deadline, _window, _both, _ratio, _ratio, _cap, _cap, _cap)
    return tuple(rng.choice(makers)(rng, operation, f"clause-{number}") for number in range(12))


def _kept_by_plan(operation: Operation, plan: Plan) -> dict[ClauseId, bool]:
    case = case_of(operation, travel(operation), plan)
    times = reached(case)
    found = {clause.id: standing(clause, times).kept for clause in operation.clauses}
    for rule in (crowds.ratios, crowds.crowds, crowds.dwell_times):
        for violation in rule(case):
            found[ClauseId(violation.subjects[0].removeprefix("clauses/"))] = False
    return found


def _goes_as_planned(names: Names, chunk: Chunk, told: dict[MilestoneId, int]) -> bool:
    times = dict(zip(names.instants, chunk.instants[0].tolist(), strict=True))
    return all(times.get(name, at_s) == at_s for name, at_s in told.items())


def test_with_everything_fixed_clauses_stand_as_the_referee_says() -> None:
    seen: set[tuple[str, bool]] = set()
    compared = 0
    for seed in range(40):
        rng = Random(seed)
        operation = replace(
            an_operation(seed, convoys=rng.choice((0, 1, 1, 2))), uncertain=Uncertain(durations=AS_PLANNED)
        )
        plan = planned(operation, iterations=4)
        if not plan.trips:
            continue
        judged = replace(operation, clauses=_clauses(rng, operation))
        names, chunk = played(operation, plan, judged.clauses)
        if not _goes_as_planned(names, chunk, reached(case_of(judged, travel(operation), plan))):
            continue
        expected = _kept_by_plan(judged, plan)
        found = {clause: bool(kept[0]) for clause, kept in judge(judged, names, chunk).items() if kept is not None}
        assert found == expected
        compared += 1
        kinds = {clause.id: type(clause).__name__ for clause in judged.clauses}
        seen |= {(kinds[clause], kept) for clause, kept in found.items()}
    assert compared >= 12
    assert seen == {
        (kind, kept)
        for kind in ("Precedence", "Deadline", "TimeWindow", "BothOrNeither", "Ratio", "Cap")
        for kept in (True, False)
    }


def test_the_edges_of_a_window_lie_in_it() -> None:
    operation = march(durations=AS_PLANNED)
    plan = planned(operation)
    names, chunk = played(operation, plan, ())
    departs_s = int(chunk.instants[0, names.instants.index("departed:C")])
    assert departs_s > 1
    edges = {(0, departs_s): True, (departs_s, 9000): True, (0, departs_s - 1): False, (departs_s + 1, 9000): False}
    for edge, kept in edges.items():
        judged = judge(replace(operation, clauses=(small.window("departed:C", *edge),)), names, chunk)
        assert [bool(found[0]) for found in judged.values() if found is not None] == [kept]


# What chance does to them.


def _of(name: str, *clauses: Clause, runs: int = 200) -> tuple[Operation, Names, Chunk]:
    operation = by_hand()[name]
    names, chunk = played(operation, planned(operation), clauses, runs)
    return replace(operation, clauses=clauses), names, chunk


def test_a_deadline_is_kept_in_the_runs_that_meet_it() -> None:
    operation, names, chunk = _of("late milestone", small.deadline("departed:C", 4000))
    (kept,) = judge(operation, names, chunk).values()
    departs = chunk.instants[:, names.instants.index("departed:C")]
    assert kept is not None
    assert (kept == (departs <= 4000)).all()
    assert 0 < kept.sum() < 200


def test_what_never_comes_is_later_than_everything() -> None:
    operation, names, chunk = _of(
        "no milestone",
        replace(small.deadline("told", 10**9), id="deadline"),
        replace(small.window("told", 0, 10**9), id="window"),
        replace(small.precedence("told", "start"), id="too-early"),
        replace(small.precedence("told", "departed:C", 300), id="neither"),
        replace(small.both("told", "departed:C", 10**6), id="both-late"),
        replace(small.both("told", "start", 10**6), id="one-only"),
        BothOrNeither(id=ClauseId("one-unknown"), milestones=(MilestoneId("told"), MilestoneId("left:farm"))),
    )
    judged = judge(operation, names, chunk)
    never = chunk.instants[:, names.instants.index("told")] == NEVER
    assert 0 < never.sum() < 200
    for broken_then in ("deadline", "window", "one-only"):
        assert (judged[ClauseId(broken_then)] == ~never).all()
    # what has to come after it came without it, or too early before it
    assert not np.any(judged[ClauseId("too-early")])
    assert np.all(judged[ClauseId("neither")])
    assert np.all(judged[ClauseId("both-late")])
    # nothing of the plan makes the other
    assert (judged[ClauseId("one-unknown")] == never).all()


def test_people_who_stay_for_ever_stay_too_long_and_count_on() -> None:
    of = told(never=0.4)
    uncertain = Uncertain(durations=of.pop("durations"))
    vehicles = (small.vehicle("S1", site="home"), small.vehicle("B1", convoy="C"))
    operation = small.operation(small.people(4, site="home"), vehicles, [small.convoy()], uncertain=uncertain, **of)
    caps = [
        replace(cap, id=name)
        for name, cap in {
            "for ever": small.cap("square", max_dwell_s=10**9),
            "four": small.cap("square", max_people=4),
            "three": small.cap("square", max_people=3),
        }.items()
    ]
    names, chunk = played(operation, planned(operation), tuple(caps), runs=100)
    never = chunk.instants[:, names.instants.index("told")] == NEVER
    assert 0 < never.sum() < 100
    for_ever, four, three = judge(replace(operation, clauses=tuple(caps)), names, chunk).values()
    assert (for_ever == ~never).all()
    assert (chunk.dwells[:, 0] == NEVER).tolist() == never.tolist()
    assert np.all(four)
    assert not np.any(three)


def test_a_clause_that_concerns_nobody_is_kept_and_what_people_watch_is_not_judged() -> None:
    cameras = Exclusion(id=ClauseId("no-cameras"), what="cameras")
    operation, names, chunk = _of(
        "repair",
        cameras,
        replace(small.consent("inn-camp"), id="consent"),
        replace(small.cap("farm", max_people=1, max_dwell_s=1), id="nobody-there"),
        replace(small.deadline("left:farm", 1), id="nobody-left"),
        replace(small.precedence("left:farm", "start"), id="nobody-first"),
        replace(small.window("left:farm", 5, 6), id="nobody-in-it"),
        replace(small.both("left:farm", "cleared:farm", 0), id="neither"),
        replace(small.deadline(REFERRALS_CLOSED, 0), id="closed-at-once"),
    )
    judged = judge(operation, names, chunk)
    assert judged[ClauseId("no-cameras")] is None
    assert judged[ClauseId("consent")] is None
    for name in ("nobody-there", "nobody-left", "nobody-first", "nobody-in-it", "neither", "closed-at-once"):
        assert np.all(judged[ClauseId(name)])


# When everybody has to be out.


def _with(*clauses: Clause, **more: object) -> Operation:
    return replace(march(), clauses=clauses, **more)


def test_the_earliest_of_what_clauses_leave_for_all_is_due() -> None:
    window = replace(small.window(ALL_ARRIVED, 0, 100, 200, 7000), id="in-it")
    later = replace(small.deadline(ALL_ARRIVED, 8000), id="later")
    assert due(_with(later, window)) == (7000, "in-it")
    assert due(_with(later)) == (8000, "later")


def test_else_the_arrival_of_every_convoy_is_due_else_the_horizon() -> None:
    convoys = (small.convoy("C"), small.convoy("D"))
    first, second = (replace(small.deadline(f"arrived:{c}", at_s), id=c) for c, at_s in (("C", 5000), ("D", 6000)))
    assert due(_with(first, second, convoys=convoys)) == (6000, "D")
    assert due(_with(first, convoys=convoys)) == (259_200, "horizon")
    assert due(_with(convoys=())) == (259_200, "horizon")


@pytest.mark.parametrize(
    ("operation", "tally"),
    [
        (by_hand()["return before a cut"], RETURNED),
        (march(screening("inn", detains=0.05, release=Spread(mode=9000), waits_s=60)), DETAINED),
    ],
)
def test_who_turned_back_or_was_kept_is_not_out(operation: Operation, tally: int) -> None:
    names, chunk = played(operation, planned(operation), (), runs=200)
    out = in_time(operation, names, chunk)
    assert 0 < out.sum() < 200
    assert (out == (chunk.tallies[:, tally] == 0)).all()


def test_where_nobody_moves_all_are_out_at_once() -> None:
    plan = planned(march())
    operation = march(people=0)
    names, chunk = played(
        operation,
        replace(plan, trips=(), manifests=(), convoys=()),
        (Deadline(id=ClauseId("d"), milestone=ALL_ARRIVED, due_s=0),),
    )
    assert last_arrivals(names, chunk).tolist() == [0]
    assert in_time(operation, names, chunk).all()
