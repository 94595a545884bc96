"""The figures assumed, the most important first."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from planner import small
from planner.support import planned
from rehearsal.operations import breaking, by_hand, cut, march, screening, told, uniform
from safepassage.model.ids import SiteId
from safepassage.model.operation import Figure, Operation
from safepassage.model.uncertainty import Reserve, Spare, Spread, Uncertain, Uncertainty, WalkIns
from safepassage.rehearsal.assumptions import assumptions
from safepassage.rehearsal.compile import compile_plan
from safepassage.rehearsal.outcome import Assumption, Driver
from safepassage.roads.table import travel

OURS = "assumption: ours"


def found(operation: Operation, **shares: float) -> list[Assumption]:
    plan, ways = planned(operation), travel(operation)
    _, network = compile_plan(operation, ways, plan)
    drivers = [Driver(group=name, share=share, low=share, high=share) for name, share in shares.items()]
    return list(assumptions(operation, ways, plan, network, drivers))


def figures(operation: Operation) -> dict[str, str]:
    return {one.what: one.figure for one in found(operation)}


def test_defaults_that_the_plan_uses_are_assumed() -> None:
    assert figures(march()) == {
        "service": "times pert 0.8 1 2, day 0.2, place 0.3",
        "drive": "times lognormal 1 1.3, day 0.3, place 0.3",
    }
    told_late = figures(march(milestones=told()["milestones"]))
    assert told_late["milestone"] == "plus pert 0 0 7200"
    assert figures(by_hand()["treatment places"])["treatment"] == "times pert 0.6 1 2.5, place 0.2"


def test_what_the_folder_says_stands_instead_and_counts_where_it_is_assumed() -> None:
    known = Uncertainty(of="drive", times=uniform(1.0, 2.0), source="a count of 2025")
    ours = Uncertainty(of="service", subject="camp", times=Spread(mode=1.5), plus=uniform(0, 60), source=OURS)
    assert figures(march(durations=(known, ours))) == {
        "service": "times pert 0.8 1 2, day 0.2, place 0.3",
        "service camp": "times 1.5, plus uniform 0 60",
    }


def test_the_most_important_stands_first_and_what_changes_nothing_last() -> None:
    reserve = Reserve(what="water", unit="l", amount=6, per_day=4, source=OURS)
    operation = march(breaking("repair"))
    incidents = tuple(replace(one, source=OURS) for one in operation.uncertain.incidents)
    operation = replace(operation, uncertain=Uncertain(incidents=incidents, reserves=(reserve,)))
    ordered = found(operation, drive=0.2, service=0.0, breakdowns=0.7, day=0.9)
    assert [(one.what, one.group, one.share) for one in ordered] == [
        ("breakdown", "breakdowns", 0.7),
        ("drive", "drive", 0.2),
        ("service", "service", 0.0),
        ("reserve water", "", None),
    ]
    assert ordered[-1].figure == "amount 6, per_day 4 (l, per person)"
    assert all(one.share is None for one in found(operation))


def test_all_that_can_go_wrong_is_told_in_its_figures() -> None:
    operation = march(
        breaking("repair"),
        cut("inn-camp", "hold"),
        screening("inn", detains=0.2, release=uniform(100, 2000), waits_s=2100),
        WalkIns(id="more", site=SiteId("square"), mean=2.0),
        spares=(Spare(kind="bus", count=2, site=SiteId("square"), ready_s=300, seats=10),),
    )
    uncertain = operation.uncertain
    incidents = tuple(replace(one, source=OURS) for one in uncertain.incidents)
    spares = tuple(replace(one, source=OURS) for one in uncertain.spares)
    operation = replace(operation, uncertain=Uncertain(incidents=incidents, spares=spares))
    told_of = figures(operation)
    assert told_of["breakdown"] == "per_1000_km 60, lasts uniform 60 7200"
    assert told_of["road-cut inn-camp"] == "probability 0.9, between 0-8000 s, lasts uniform 60 10800"
    expected = "per_person uniform 5 40, detains 0.2, release uniform 100 2000, waits_s 2100"
    assert told_of["screening inn"] == expected
    assert told_of["walk-ins square"] == "mean 2"
    assert told_of["spare bus square"] == "count 2, ready_s 300, seats 10"


def _assumed(operation: Operation, *limits: str) -> Operation:
    def ours(things: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(replace(one, source=OURS) for one in things)

    return replace(
        operation,
        links=ours(operation.links),
        vehicles=ours(operation.vehicles),
        milestones=ours(operation.milestones),
        convoys=ours(operation.convoys),
        people=ours(operation.people),
        figures=tuple(Figure(what=name, source=OURS) for name in ("title", *(f"limits.{one}" for one in limits))),
    )


def test_durations_as_planned_are_told_once_for_all_that_have_them() -> None:
    limits = ("setup_s", "board_margin_s", "refuel_s", "rest_s", "horizon_s", "daily_drive_s")
    operation = replace(_assumed(by_hand()["treatment places"], *limits), milestones=told()["milestones"])
    operation = replace(operation, milestones=tuple(replace(one, source=OURS) for one in operation.milestones))
    told_of = figures(operation)
    assert told_of["limits.setup_s"] == "60"
    assert told_of["limits.rest_s"] == "2700"
    assert told_of["limits.daily_drive_s"] == "32400"
    assert "limits.horizon_s" in told_of
    # nobody refuels, the margin is of planning, and a title lasts for nothing
    assert not {"limits.refuel_s", "limits.board_margin_s", "title"} & told_of.keys()
    assert told_of["link square-clinic"] == "6000 m, 600 s"
    # those of the plan, and no other
    assert [what for what in told_of if what.startswith("link")] == ["link square-clinic", "link square-inn inn-camp"]
    assert told_of["vehicle A0 A1 B0 B1"] == "speed_percent 100, crews 1"
    assert told_of["milestone-time told"] == "0 s + 600 s"
    assert told_of["convoy C"] == "spacing_s 30"
    assert told_of["treatment-time"] == "1500 s"


def test_refuelling_counts_where_somebody_refuels() -> None:
    sites = small.sites(inn={"fuel": True})
    buses = tuple(small.vehicle(f"B{n}", convoy="C", range_m=20_000) for n in range(2))
    operation = small.marching(small.people(4), *buses, sites=sites)
    assert figures(_assumed(operation, "refuel_s"))["limits.refuel_s"] == "900"
