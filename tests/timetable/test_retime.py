"""Generated plans, built by hand rules alone, through the network and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.world import Scenario
from safepassage.model.clauses import TimeWindow
from safepassage.model.plan import Plan
from safepassage.rules import check
from safepassage.timetable.build import build
from safepassage.timetable.evaluate import NEVER, chain, evaluate, latest
from safepassage.timetable.passings import timetabled
from safepassage.timetable.retime import retime
from strategies import scenarios
from timetable.small import travel_of

# What the referee says of times, and of what was read off a plan before it was timed anew.
READ_OFF = frozenset(("objective", "milestone-time", "clause-reading", "clause-deadline", "clause-both-or-neither"))


def again(drawn: Scenario, plan: Plan) -> Plan:
    """Time a plan anew, with the movement timetables of its convoys."""
    travel = travel_of(drawn.operation, plan)
    timed = retime(drawn.operation, plan, build(drawn.operation, travel, plan))
    return timetabled(drawn.operation, travel, timed)


@st.composite
def held_back(draw: st.DrawFn) -> tuple[Scenario, Plan]:
    """Draw a scenario whose plan has some of its stops held back, without the windows that these would miss."""
    drawn = draw(scenarios())
    clauses = tuple(clause for clause in drawn.operation.clauses if not isinstance(clause, TimeWindow))
    readings = tuple(reading for reading in drawn.plan.clauses if reading.kind != "window")
    trips = []
    for trip in drawn.plan.trips:
        delays = [draw(st.sampled_from((0, 0, 0, 500, 4000))) for _ in trip.stops]
        stops = tuple(
            replace(stop, not_before_s=stop.start_s + delay_s if delay_s else 0)
            for stop, delay_s in zip(trip.stops, delays, strict=True)
        )
        trips.append(replace(trip, stops=stops))
    plan = replace(drawn.plan, trips=tuple(trips), clauses=readings)
    operation = replace(drawn.operation, clauses=clauses, limits=replace(drawn.operation.limits, horizon_s=10**9))
    return Scenario(operation, drawn.travel, drawn.plan), plan


@given(scenarios())
def test_a_plan_with_earliest_times_keeps_them_all(drawn: Scenario) -> None:
    assert again(drawn, drawn.plan) == drawn.plan


@given(scenarios())
def test_times_of_a_plan_are_those_of_its_network(drawn: Scenario) -> None:
    travel = travel_of(drawn.operation, drawn.plan)
    network = build(drawn.operation, travel, drawn.plan)
    times = evaluate(network)
    for trip in drawn.plan.trips:
        for number, stop in enumerate(trip.stops):
            service = network.services[trip.id, number]
            assert (times.start_s[service], times.end_s[service]) == (stop.start_s, stop.end_s)
            if stop.route:
                assert times.end_s[network.drives[trip.id, number]] == stop.arrive_s


@given(held_back())
def test_a_plan_that_is_timed_anew_keeps_every_rule_about_times(drawn: tuple[Scenario, Plan]) -> None:
    scenario, plan = drawn
    found = check(scenario.operation, scenario.travel, again(scenario, plan))
    assert [violation for violation in found if violation.rule not in READ_OFF] == []


@given(held_back())
def test_timing_anew_twice_changes_nothing_more(drawn: tuple[Scenario, Plan]) -> None:
    scenario, plan = drawn
    once = again(scenario, plan)
    assert again(scenario, once) == once


@pytest.mark.no_cover
@given(held_back())
def test_nothing_in_a_plan_could_have_started_earlier(drawn: tuple[Scenario, Plan]) -> None:
    scenario, plan = drawn
    once = again(scenario, plan)
    for trip, held in zip(once.trips, plan.trips, strict=True):
        for stop, before in zip(trip.stops, held.stops, strict=True):
            assert stop.start_s >= max(stop.arrive_s, before.not_before_s)


@given(scenarios())
def test_the_chain_of_a_plan_leads_without_slack_to_the_last_end(drawn: Scenario) -> None:
    travel = travel_of(drawn.operation, drawn.plan)
    network = build(drawn.operation, travel, drawn.plan)
    times = evaluate(network)
    last = max(range(len(times.end_s)), key=times.end_s.__getitem__)
    assert times.end_s[last] < NEVER
    late = latest(network, times, times.end_s[last])
    assert all(late[link] == times.start_s[link] for link in chain(times, last)[1:])
