"""Why there is no plan: the true reason, its figures, and changes that were tried."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from planner.small import (
    LIMITS,
    cap,
    consent,
    convoy,
    deadline,
    halt,
    links,
    marching,
    operation,
    owned,
    people,
    person,
    precedence,
    sites,
    spans,
    vehicle,
    window,
)
from planner.support import planned
from safepassage.exchange.folder import read
from safepassage.model.clauses import BothOrNeither, Deadline
from safepassage.model.ids import ClauseId, LinkId, MilestoneId, PersonId, SiteId
from safepassage.model.plan import Plan
from safepassage.planner import Limit, plan
from safepassage.planner.explain import missed
from safepassage.planner.remedies import more_vehicles
from safepassage.roads.table import travel

EXAMPLES = Path(__file__).parents[2] / "examples"


def rules(made: Plan) -> list[str]:
    return [clash.rule for clash in made.clashes]


def changes(made: Plan) -> list[tuple[str, str, int, bool]]:
    return [(one.change, one.subject, one.amount, one.checked) for one in made.remedies]


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("variant", "rule", "change"),
    [
        ("qalamoun-2017/variants/bus-short", "seats", "add-vehicle"),
        ("qalamoun-2017/variants/window-too-short", "clause-window", "extend-window"),
        ("qalamoun-2017/variants/child-alone", "child-unaccompanied", "name-carer"),
        ("qalamoun-2017/variants/no-consent", "no-consented-road", "grant-consent"),
        ("qalamoun-2017/variants/cycle", "precedence-cycle", "drop-precedence"),
        ("river-town/variants/shelter-short", "site-capacity", "larger-site"),
    ],
)
def test_the_variants_without_a_plan_are_explained(variant: str, rule: str, change: str) -> None:
    asked = read(EXAMPLES / variant).operation
    assert asked is not None
    made = plan(asked, travel(asked), Limit(seconds=120, iterations=200), 0)
    assert made.status == "infeasible"
    assert made.clashes[0].rule == rule
    assert made.clashes[0].proved
    assert made.remedies[0].change == change
    assert all(remedy.checked for remedy in made.remedies)


def test_too_few_seats_are_counted_and_a_bus_is_added() -> None:
    made = planned(marching(people(25)))
    assert rules(made) == ["seats"]
    assert (made.clashes[0].need, made.clashes[0].have, made.clashes[0].unit) == (25, 20, "seats")
    assert changes(made) == [("add-vehicle", "B1", 1, True)]


def test_wheelchairs_have_bays_of_their_own() -> None:
    who = [person(f"P{n}", mobility="wheelchair") for n in range(2)]
    made = planned(marching(who, vehicle("B1", convoy="C", wheelchair_bays=1), vehicle("B2", convoy="C")))
    assert rules(made) == ["wheelchair-bays"]
    assert changes(made) == [("add-vehicle", "B1", 1, True)]


def test_households_that_no_seating_keeps_together_are_told() -> None:
    who = [person(f"P{h}{n}", f"H{h}") for h in range(3) for n in range(6)]
    made = planned(marching(who))
    assert rules(made) == ["seats", "household-together"]
    assert all(clash.proved for clash in made.clashes)
    assert changes(made) == [("add-vehicle", "B1", 1, True)]


def test_people_kept_apart_are_told() -> None:
    who = [person(f"P{n}", apart_from=tuple(PersonId(f"P{m}") for m in range(n))) for n in range(3)]
    made = planned(marching(who))
    assert rules(made) == ["seats", "kept-apart"]
    assert made.clashes[1].subjects == ("P1", "P2")


def test_no_vehicle_like_it_no_remedy() -> None:
    asked = operation(people(3, "home"), [vehicle("V", seats=0)])
    assert list(more_vehicles(asked, lambda _changed: None)) == []
    assert list(more_vehicles(marching(people(3)), lambda _changed: None)) == []


def test_a_window_that_closes_too_early_says_when_the_convoy_could_leave() -> None:
    patient = person("P99", treatment_s=3600)
    clauses = (window("departed:C", 0, 2000), precedence("referrals-closed", "departed:C"))
    extra = vehicle("A", kind="ambulance")
    made = planned(marching([patient], vehicle("B1", convoy="C"), extra, clauses=clauses))
    assert rules(made) == ["clause-window", "clause-precedence"]
    first = made.clashes[0]
    assert first.proved
    assert first.need is not None
    assert first.need > 3600
    assert (first.have, first.unit) == (2000, "instant")
    assert [remedy.change for remedy in made.remedies] == ["extend-window"]
    assert made.remedies[0].amount >= first.need - 2000


def test_a_window_that_boarding_misses_is_not_called_proved() -> None:
    made = planned(marching(people(10), clauses=(window("departed:C", 0, 90),)))
    assert rules(made) == ["clause-window"]
    assert not made.clashes[0].proved
    assert changes(made) == [("extend-window", "departed:C-open", 300, True)]


def test_a_window_that_closes_before_the_milestone_before_it() -> None:
    clauses = (precedence("arrived:C", "departed:D"), window("departed:D", 0, 1000))
    pair = [vehicle("B1", convoy="C"), vehicle("B2", convoy="D")]
    made = planned(operation(people(12), pair, [convoy("C"), convoy("D")], clauses=clauses))
    assert rules(made)[0] == "clause-window"
    assert made.remedies[0].checked


def test_a_deadline_before_what_comes_first_is_moved() -> None:
    late = replace(marching([]), clauses=(precedence("start", "departed:C", 5000), deadline("departed:C", 4000)))
    made = planned(late)
    assert rules(made) == ["clause-deadline"]
    assert (made.clashes[0].need, made.clashes[0].have, made.clashes[0].unit) == (5000, 4000, "instant")
    assert changes(made) == [("extend-deadline", "departed:C-due", 1000, True)]


def test_a_window_before_what_comes_first_is_moved() -> None:
    made = planned(marching([], clauses=(precedence("start", "departed:C", 5000), window("departed:C", 0, 4000))))
    assert rules(made) == ["clause-window"] or rules(made) == ["clause-deadline"]
    assert changes(made)[0][0] == "extend-window"
    assert made.remedies[0].checked


def test_only_a_bound_that_is_later_proves_a_missed_deadline() -> None:
    everyone = Deadline(id=ClauseId("D"), milestone=MilestoneId("all-arrived"), due_s=100)
    assert missed(everyone, 200, 150).need == 150
    assert missed(everyone, 200, 150).proved
    assert missed(everyone, 200, 90).need == 200
    assert not missed(everyone, 200, 90).proved
    assert not missed(replace(everyone, milestone=MilestoneId("left:home")), 200, 150).proved


def test_a_missed_deadline_that_nothing_moves_has_no_remedy() -> None:
    due = (deadline("all-arrived", 3000), deadline("departed:C", 60))
    made = planned(marching(people(4), clauses=due))
    assert set(rules(made)) == {"clause-deadline"}
    assert not any(remedy.checked for remedy in made.remedies)


def test_clauses_that_cannot_be_kept_together_are_told_and_not_called_proved() -> None:
    names = (MilestoneId("start"), MilestoneId("all-arrived"))
    made = planned(marching(people(4), clauses=(BothOrNeither(id=ClauseId("both"), milestones=names, within_s=10),)))
    assert rules(made) == ["clause-both-or-neither"]
    assert made.clashes[0].subjects == ("both",)
    assert not made.clashes[0].proved


def test_clauses_without_any_order_are_told() -> None:
    made = planned(
        marching(
            [*people(4), person("P90", site="home")],
            vehicle("B1", convoy="C"),
            vehicle("S", "home"),
            clauses=(precedence("departed:C", "joined:home"),),
        )
    )
    assert rules(made) == ["clause-precedence"]
    assert not made.clashes[0].proved


@pytest.mark.parametrize("everyone", [True, False])
def test_one_consent_after_the_other_is_tried_and_then_all(*, everyone: bool) -> None:
    clauses = (consent("square-inn", granted=False), consent("inn-camp", granted=False))
    limits = replace(LIMITS, everyone=everyone)
    asked = marching(people(4), clauses=clauses, links=owned("square-inn", "inn-camp"), limits=limits)
    made = planned(asked)
    assert set(rules(made)) == {"no-consented-road"}
    assert changes(made) == [
        ("grant-consent", "square-inn-consent", 1, True),
        ("grant-consent", "inn-camp-consent", 1, True),
    ]


def test_what_needs_no_consent_helps_nobody() -> None:
    barred = consent("square-inn", granted=False)
    made = planned(marching(people(4), clauses=(barred, consent("farm-home", granted=False)), links=links()))
    assert changes(made) == [("grant-consent", "square-inn-consent", 1, True)]


def test_larger_sites_are_tried() -> None:
    made = planned(marching(people(8), sites=sites(camp={"capacity": 5})))
    assert rules(made) == ["site-capacity"]
    assert (made.clashes[0].need, made.clashes[0].have) == (8, 5)
    assert changes(made) == [("larger-site", "camp", 3, True)]


def test_households_need_more_room_than_the_sum() -> None:
    who = [person(f"P{h}{n}", f"H{h}", "home") for h in range(2) for n in range(3)]
    two = (*sites(camp={"capacity": 3}), replace(sites()[-1], id=SiteId("school"), capacity=2))
    roads = (*links(), replace(links()[0], id=LinkId("home-school"), end=SiteId("school")))
    made = planned(operation(who, [vehicle("V", "home")], sites=two, links=roads))
    assert rules(made) == ["site-capacity"]
    assert changes(made)[0][:2] == ("larger-site", "camp")


def test_drivers_who_tire_get_another_crew() -> None:
    made = planned(marching(people(4), limits=replace(LIMITS, daily_drive_s=3000)))
    assert rules(made) == ["daily-drive"]
    assert changes(made) == [("more-crews", "C", 1, True)]


def test_tanks_that_do_not_last_are_told_with_the_tightest() -> None:
    made = planned(marching(people(4), vehicle("B1", convoy="C", range_m=20_000), vehicle("B2", convoy="C")))
    assert rules(made) == ["range"]
    assert (made.clashes[0].subjects, made.clashes[0].have) == (("B1",), 20_000)


def test_a_march_that_neither_crews_nor_tanks_make_possible() -> None:
    limits = replace(LIMITS, drive_before_rest_s=800)
    made = planned(marching(people(4), vehicle("B1", convoy="C", range_m=100), limits=limits))
    assert rules(made) == ["march"]
    assert not made.clashes[0].proved
    assert made.remedies == ()


def test_a_halt_under_a_cap_that_it_breaks() -> None:
    halting = convoy(halts=(halt("inn", 900),))
    asked = operation(people(4), [vehicle("B1", convoy="C")], [halting], clauses=(cap("inn", max_dwell_s=600),))
    made = planned(asked)
    assert rules(made) == ["march"]
    assert made.remedies == ()


def test_patients_whom_no_ambulance_reaches_or_takes() -> None:
    limits = replace(LIMITS, drive_before_rest_s=1500, daily_drive_s=90_000)
    patient = person("P99", site="home", treatment_s=600)
    made = planned(operation([patient], [vehicle("A", "home", kind="ambulance")], limits=limits))
    assert rules(made) == ["no-ambulance-way"]
    assert not made.clashes[0].proved


def test_shuttles_that_cannot_drive_so_far_are_told() -> None:
    limits = replace(LIMITS, drive_before_rest_s=2000)
    made = planned(operation(people(3, "home"), [vehicle("V", "home")], limits=limits))
    assert rules(made)[0] in {"shuttle", "shuttle-places"}
    assert not made.clashes[0].proved


def test_a_site_that_closes_too_early_is_told() -> None:
    asked = operation(people(8, "home"), [vehicle("V", "home")], sites=sites(camp={"opens": spans(0, 3000)}))
    made = planned(asked)
    assert made.status == "infeasible"
    assert made.clashes


def test_a_convoy_that_comes_after_its_destination_has_closed() -> None:
    made = planned(marching(people(8), sites=sites(camp={"opens": spans(0, 3000)})))
    assert rules(made) == ["site-closed"]
    assert made.clashes[0].subjects == ("camp",)
    assert not made.clashes[0].proved


def test_a_horizon_that_is_too_near_is_told() -> None:
    made = planned(marching(people(8), limits=replace(LIMITS, horizon_s=3000)))
    assert rules(made) == ["horizon"]
