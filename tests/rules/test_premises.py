"""What makes an operation contradictory before anybody plans it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from rules.edits import CONVOY, REFERRAL, SHUTTLE, clauses_with, limits_with, operation_with, row_with
from rules.scenarios import scenario
from rules.world import Household, Scenario, Shape
from safepassage.model.clauses import Area, BothOrNeither, Clause, Consent, Deadline, Milestone, Precedence, TimeWindow
from safepassage.model.errors import Fault
from safepassage.model.fleet import Halt
from safepassage.model.ids import ClauseId, ConvoyId, HouseholdId, LinkId, MilestoneId, PartyId, PersonId, SiteId
from safepassage.model.places import Closure
from safepassage.model.time import Window
from safepassage.rules import CODES
from safepassage.rules.premises import premises

STRETCHERS = scenario(Shape(households=(Household(mobility="stretcher"), Household(mobility="stretcher"))))
PEOPLE_ONLY_LEFT_BEHIND = {"capacity-below-need", "no-shuttle", "no-ambulance", "child-without-adult"}


def found(base: Scenario) -> dict[str, Fault]:
    """Return one fault of each code."""
    return {fault.code: fault for fault in premises(base.operation, base.travel)}


def people_with(base: Scenario, **changes: Any) -> Scenario:
    return operation_with(base, people=tuple(replace(one, **changes) for one in base.operation.people))


def vehicles_with(base: Scenario, **changes: Any) -> Scenario:
    return operation_with(base, vehicles=tuple(replace(one, **changes) for one in base.operation.vehicles))


def fleet_without(base: Scenario, *names: str) -> Scenario:
    return operation_with(base, vehicles=tuple(one for one in base.operation.vehicles if one.id not in names))


def links_without(base: Scenario, *names: str) -> Scenario:
    def is_kept(link: str) -> bool:
        return not any(name in link for name in names)

    return operation_with(base, links=tuple(link for link in base.operation.links if is_kept(link.id)))


def carer(base: Scenario, patient: str, name: str) -> Scenario:
    return row_with(base, "people", patient, carer=PersonId(name))


def after(first: str, then: str, gap_s: int = 0, name: str = "c") -> Clause:
    return Precedence(id=ClauseId(name), first=MilestoneId(first), then=MilestoneId(then), gap_s=gap_s)


def due(milestone: str, due_s: int) -> Clause:
    return Deadline(id=ClauseId("due"), milestone=MilestoneId(milestone), due_s=due_s)


def within(milestone: str, *spans: tuple[int, int]) -> Clause:
    windows = tuple(Window(from_s=from_s, until_s=until_s) for from_s, until_s in spans)
    return TimeWindow(id=ClauseId("within"), milestone=MilestoneId(milestone), windows=windows)


def deeds(base: Scenario, *rows: Milestone) -> Scenario:
    return operation_with(base, milestones=rows)


def deed(name: str, *first: str, earliest_s: int = 0, duration_s: int = 0) -> Milestone:
    names = tuple(MilestoneId(one) for one in first)
    return Milestone(id=MilestoneId(name), after=names, earliest_s=earliest_s, duration_s=duration_s)


def second_convoy(base: Scenario, **changes: Any) -> Scenario:
    convoy = replace(base.operation.convoys[0], id=ConvoyId("C2"), **changes)
    return operation_with(base, convoys=(*base.operation.convoys, convoy))


def closures(*spans: tuple[int, int], link: str = "assembly--checkpoint") -> Scenario:
    rows = tuple(Closure(link=LinkId(link), from_s=from_s, until_s=until_s) for from_s, until_s in spans)
    return operation_with(CONVOY, closures=rows)


def army(**changes: Any) -> Scenario:
    clauses = tuple(
        replace(clause, **changes) if clause.id == "army-lets-pass" else clause for clause in CONVOY.operation.clauses
    )
    return operation_with(CONVOY, clauses=clauses)


UNREACHED = MilestoneId("left:hospital")

CLASHES = {
    "an adult who is unfit": (
        "child-without-adult",
        row_with(row_with(SHUTTLE, "people", "P000", fit_to_travel=False), "people", "P001", choice="declined"),
    ),
    "a child alone": ("child-without-adult", row_with(SHUTTLE, "people", "P002", household=HouseholdId("H9"))),
    "one is unfit": ("household-unfit", row_with(SHUTTLE, "people", "P000", fit_to_travel=False)),
    "no such carer": ("carer-missing", carer(SHUTTLE, "P000", "ghost")),
    "carer declined": ("carer-not-travelling", carer(SHUTTLE, "P000", "Q900")),
    "two destinations": (
        "household-destinations",
        row_with(
            row_with(SHUTTLE, "people", "P000", destination=SiteId("shelter-0")),
            "people",
            "P001",
            destination=SiteId("shelter-1"),
        ),
    ),
    "two destinations by carer": (
        "household-destinations",
        carer(
            row_with(
                row_with(SHUTTLE, "people", "P000", destination=SiteId("shelter-0")),
                "people",
                "P003",
                destination=SiteId("shelter-1"),
            ),
            "P001",
            "P004",
        ),
    ),
    "apart in a household": ("apart-together", row_with(SHUTTLE, "people", "P000", apart_from=(PersonId("P002"),))),
    "apart from a carer": ("apart-together", carer(SHUTTLE, "P000", "P003")),
    "too large": ("household-too-large", vehicles_with(SHUTTLE, seats=3)),
    "too large with a carer": ("household-too-large", carer(vehicles_with(SHUTTLE, seats=4), "P003", "P000")),
    "no seats at all": ("no-vehicle-fits", vehicles_with(SHUTTLE, seats=0)),
    "no vehicles": ("no-vehicle-fits", operation_with(SHUTTLE, vehicles=())),
    "no stretchers": ("no-vehicle-fits", vehicles_with(STRETCHERS, stretchers=0)),
    "only an escort": ("no-vehicle-fits", vehicles_with(SHUTTLE, kind="escort")),
    "nobody brings them": ("no-shuttle", fleet_without(CONVOY, "shuttle-0", "shuttle-1", "ambulance")),
    "no wheelchair shuttle": ("no-shuttle", vehicles_with(CONVOY, wheelchair_bays=0)),
    "convoy too small": ("capacity-below-need", vehicles_with(CONVOY, seats=1)),
    "convoy short of bays": ("capacity-below-need", vehicles_with(CONVOY, wheelchair_bays=0)),
    "convoy short of stretchers": (
        "capacity-below-need",
        vehicles_with(people_with(CONVOY, mobility="stretcher"), stretchers=1),
    ),
    "one of two convoys too small": (
        "capacity-below-need",
        people_with(second_convoy(CONVOY, destination=SiteId("rest")), destination=SiteId("rest")),
    ),
    "no ambulance": ("no-ambulance", fleet_without(REFERRAL, "ambulance")),
    "ambulance without a stretcher": ("no-ambulance-fits", row_with(REFERRAL, "vehicles", "ambulance", stretchers=0)),
    "ambulance without a seat for the carer": (
        "no-ambulance-fits",
        row_with(REFERRAL, "vehicles", "ambulance", seats=0),
    ),
    "shelters too small": (
        "final-site-capacity",
        operation_with(SHUTTLE, sites=tuple(replace(one, capacity=2) for one in SHUTTLE.operation.sites)),
    ),
    "the one shelter too small": (
        "final-site-capacity",
        people_with(row_with(SHUTTLE, "sites", "shelter-1", capacity=6), destination=SiteId("shelter-1")),
    ),
    "no final site": (
        "final-site-capacity",
        operation_with(SHUTTLE, sites=tuple(replace(one, kind="rest") for one in SHUTTLE.operation.sites)),
    ),
    "no stretchers taken": (
        "final-site-capacity",
        operation_with(
            STRETCHERS, sites=tuple(replace(one, takes_stretchers=False) for one in STRETCHERS.operation.sites)
        ),
    ),
    "end of the convoy too small": ("final-site-capacity", row_with(CONVOY, "sites", "end", capacity=4)),
    "no convoy goes there": (
        "destination-not-of-convoy",
        row_with(CONVOY, "people", "P000", destination=SiteId("shelter-0")),
    ),
    "never open": (
        "site-never-open",
        row_with(SHUTTLE, "sites", "pickup-0", opens=(Window(from_s=0, until_s=129), Window(from_s=9, until_s=3))),
    ),
    "open too late": (
        "site-never-open",
        row_with(SHUTTLE, "sites", "pickup-0", opens=(Window(from_s=259_100, until_s=400_000),)),
    ),
    "no possible window": (
        "window-impossible",
        clauses_with(SHUTTLE, within("all-arrived", (9, 3), (300_000, 300_001))),
    ),
    "two clauses in a circle": (
        "precedence-cycle",
        clauses_with(deeds(SHUTTLE, deed("a"), deed("b")), after("a", "b", name="x"), after("b", "a", name="y")),
    ),
    "first itself": ("precedence-cycle", clauses_with(deeds(SHUTTLE, deed("a")), after("a", "a"))),
    "deeds in a circle": ("precedence-cycle", deeds(SHUTTLE, deed("a", "b"), deed("b", "a"))),
    "arrives before it departs": ("precedence-cycle", clauses_with(CONVOY, after("arrived:C1", "departed:C1"))),
    "chain too long": (
        "deadline-too-early",
        clauses_with(
            deeds(SHUTTLE, deed("a", earliest_s=50, duration_s=50), deed("b", "a", duration_s=100)),
            after("b", "left:pickup-0", 100),
            due("left:pickup-0", 299),
        ),
    ),
    "one deed too long": (
        "deadline-too-early",
        clauses_with(deeds(SHUTTLE, deed("a", earliest_s=50, duration_s=50)), due("a", 99)),
    ),
    "window before": (
        "deadline-too-early",
        clauses_with(deeds(SHUTTLE, deed("a", duration_s=100)), within("a", (0, 50), (60, 99))),
    ),
    "due before the window": (
        "window-after-deadline",
        clauses_with(SHUTTLE, due("all-arrived", 99), within("all-arrived", (100, 200), (300, 400))),
    ),
    "no road": ("unreachable-site", links_without(SHUTTLE, "pickup-1")),
    "no road to the end": ("unreachable-site", links_without(CONVOY, "rest--end")),
    "no road for the bus": ("unreachable-site", links_without(CONVOY, "depot", "pickup")),
    "no consent": ("no-consented-road", army(granted=False)),
    "consent taken back": (
        "no-consented-road",
        clauses_with(
            CONVOY, Consent(id=ClauseId("no"), party=PartyId("army"), links=(LinkId("assembly--checkpoint"),))
        ),
    ),
    "consent too short": (
        "no-consented-road",
        army(windows=(Window(from_s=0, until_s=4999), Window(from_s=259_000, until_s=300_000))),
    ),
    "through an area": (
        "no-consented-road",
        clauses_with(CONVOY, Area(id=ClauseId("a"), party=PartyId("militia"), links=(LinkId("rest--end"),))),
    ),
    "closed for good": ("no-consented-road", closures((0, 100_000), (90_000, 259_200))),
    "never open long enough": ("no-consented-road", closures((4999, 100_000), (104_999, 259_200))),
    "nobody asked": ("no-consented-road", row_with(CONVOY, "links", "rest--end", controlled_by=PartyId("side"))),
    "no hospital": ("no-hospital", row_with(REFERRAL, "sites", "hospital", kind="rest")),
    "hospital off the road": ("unreachable-site", links_without(REFERRAL, "hospital")),
    "halt off the road": ("halt-off-road", links_without(CONVOY, "assembly--checkpoint")),
    "no vehicles in the convoy": ("convoy-without-vehicles", vehicles_with(CONVOY, convoy=ConvoyId(""))),
}

WARNINGS = {
    "at several sites": ("household-several-sites", row_with(SHUTTLE, "people", "P000", site=SiteId("pickup-1"))),
    "carer elsewhere": ("carer-elsewhere", carer(SHUTTLE, "P001", "P003")),
    "window reversed": (
        "impossible-window",
        row_with(SHUTTLE, "sites", "shelter-0", opens=(Window(from_s=9, until_s=3), Window(from_s=0, until_s=9999))),
    ),
    "consent reversed": (
        "impossible-window",
        army(windows=(Window(from_s=9, until_s=3), Window(from_s=0, until_s=99_999))),
    ),
    "closure too late": ("impossible-window", closures((300_000, 300_001))),
    "window too early": ("impossible-window", clauses_with(SHUTTLE, within("all-arrived", (-9, -3), (0, 9999)))),
    "nothing reaches it": (
        "milestone-unreached",
        clauses_with(SHUTTLE, BothOrNeither(id=ClauseId("c"), milestones=(UNREACHED,))),
    ),
    "no shuttles join": ("milestone-unreached", clauses_with(SHUTTLE, due("joined:pickup-0", 9))),
    "convoy never departs": (
        "milestone-unreached",
        clauses_with(vehicles_with(CONVOY, convoy=ConvoyId("")), due("departed:C1", 9)),
    ),
    "arrival cannot wait": (
        "precedence-not-steerable",
        clauses_with(deeds(SHUTTLE, deed("a")), after("a", "all-arrived")),
    ),
}

CLEAN = {
    "shuttles": SHUTTLE,
    "referrals": REFERRAL,
    "a convoy": CONVOY,
    "carers in a circle": carer(carer(SHUTTLE, "P000", "P001"), "P001", "P000"),
    "a household that is wholly unfit": people_with(SHUTTLE, fit_to_travel=False),
    "a carer of somebody who stays": carer(SHUTTLE, "Q900", "ghost"),
    "as large as the vehicle": vehicles_with(SHUTTLE, seats=4),
    "seats to the last": row_with(CONVOY, "vehicles", "bus-0", seats=4),
    "two convoys, two ends": row_with(
        second_convoy(CONVOY, destination=SiteId("rest")), "vehicles", "bus-1", convoy=ConvoyId("C2")
    ),
    "room to the last": row_with(CONVOY, "sites", "end", capacity=5),
    "open long enough": row_with(SHUTTLE, "sites", "pickup-0", opens=(Window(from_s=0, until_s=130),)),
    "a site without people never open": row_with(SHUTTLE, "sites", "hospital", opens=(Window(from_s=0, until_s=1),)),
    "a chain": clauses_with(
        deeds(SHUTTLE, deed("a"), deed("b", "a", duration_s=9)), after("b", "left:pickup-0"), due("left:pickup-0", 9)
    ),
    "a window and a deadline": clauses_with(SHUTTLE, due("all-arrived", 100), within("all-arrived", (100, 200))),
    "a deadline and another's window": clauses_with(
        SHUTTLE, due("left:pickup-0", 9), within("all-arrived", (100, 200))
    ),
    "consent just long enough": army(windows=(Window(from_s=0, until_s=5000),)),
    "open between closures": closures((4999, 100_000), (105_000, 259_200)),
    "closed, with another way": operation_with(
        SHUTTLE, closures=(Closure(link=LinkId("depot--pickup-0"), from_s=0, until_s=259_200),)
    ),
    "a hospital asked for": row_with(REFERRAL, "people", "P000", hospital=SiteId("hospital")),
}


@pytest.mark.parametrize(("code", "base"), CLASHES.values(), ids=CLASHES)
def test_a_clash_is_found(code: str, base: Scenario) -> None:
    fault = found(base)[code]
    assert fault.severity == "clash"
    assert fault.subjects
    assert all(subject.count("/") >= 2 for subject in fault.subjects)


@pytest.mark.parametrize(("code", "base"), WARNINGS.values(), ids=WARNINGS)
def test_a_warning_is_given(code: str, base: Scenario) -> None:
    fault = found(base)[code]
    assert fault.severity == "warning"
    assert fault.remedy or fault.found


@pytest.mark.parametrize("base", CLEAN.values(), ids=CLEAN)
def test_nothing_is_found(base: Scenario) -> None:
    assert found(base) == {}


def test_what_only_leaves_somebody_behind_is_a_warning_unless_everybody_is_to_be_served() -> None:
    base = fleet_without(vehicles_with(CONVOY, seats=1), "shuttle-0", "shuttle-1", "ambulance")
    base = limits_with(row_with(base, "people", "P002", household=HouseholdId("H9")), everyone=False)
    people = row_with(base, "people", "P000", treatment_s=600)
    faults = found(people)
    assert {faults[code].severity for code in PEOPLE_ONLY_LEFT_BEHIND} == {"warning"}
    assert found(limits_with(army(granted=False), everyone=False))["no-consented-road"].severity == "clash"


@pytest.mark.parametrize(
    ("clause", "field"),
    [
        (after("left:hospital", "start"), "first"),
        (after("start", "left:hospital"), "then"),
        (due("left:hospital", 9), "milestone"),
        (BothOrNeither(id=ClauseId("c"), milestones=(UNREACHED,)), "milestones"),
    ],
)
def test_a_milestone_that_nothing_reaches_is_shown_where_it_is_named(clause: Clause, field: str) -> None:
    assert found(clauses_with(SHUTTLE, clause))["milestone-unreached"].subjects == (f"clauses/{clause.id}/{field}",)


def test_a_cycle_is_shown_as_one() -> None:
    rows = (deed("a", "c"), deed("b"), deed("c"))
    fault = found(clauses_with(deeds(SHUTTLE, *rows), after("a", "b", name="x"), after("b", "c", name="y")))[
        "precedence-cycle"
    ]
    assert fault.found in {"a → b → c → a", "b → c → a → b", "c → a → b → c"}
    assert set(fault.subjects) == {"clauses/x/then", "clauses/y/then", "milestones/a/after"}


def test_every_cycle_is_shown() -> None:
    clauses = (
        after("a", "b", name="1"),
        after("b", "a", name="2"),
        after("c", "d", name="3"),
        after("d", "c", name="4"),
    )
    base = clauses_with(deeds(SHUTTLE, *(deed(name) for name in "abcd")), *clauses)
    faults = [fault for fault in premises(base.operation, base.travel) if fault.code == "precedence-cycle"]
    assert len(faults) == 2


def test_closed_roads_are_named_with_the_clauses_that_close_them() -> None:
    fault = found(army(granted=False))["no-consented-road"]
    assert {"links/assembly--checkpoint/id", "clauses/army-lets-pass/kind"} <= set(fault.subjects)
    assert "assembly--checkpoint" in fault.found
    fault = found(closures((0, 259_200)))["no-consented-road"]
    assert "closures/assembly--checkpoint/from_s" in fault.subjects
    fault = found(row_with(CONVOY, "links", "rest--end", controlled_by=PartyId("side")))["no-consented-road"]
    assert "links/rest--end/controlled_by" in fault.subjects


def test_the_fewest_links_that_would_have_to_be_opened_are_named() -> None:
    """The direct road is barred once, the way round twice."""
    names = ("pickup-1--shelter-0", "depot--pickup-1", "pickup-1--assembly", "pickup-0--shelter-0", "rest--end")
    barred = Area(id=ClauseId("a"), party=PartyId("militia"), links=tuple(LinkId(name) for name in names))
    operation, travel, _ = clauses_with(SHUTTLE, barred)
    fault = next(one for one in premises(operation, travel) if "at pickup-1 cannot be brought" in one.what)
    assert fault.subjects == ("sites/pickup-1/id", "links/pickup-1--shelter-0/id", "clauses/a/kind")


def test_need_and_have_are_told() -> None:
    fault = found(row_with(CONVOY, "vehicles", "bus-0", seats=2))
    fleet = vehicles_with(CONVOY, seats=1)
    assert found(fleet)["capacity-below-need"].found == "need 4, have 2, short of 2"
    assert "household-too-large" not in fault


def test_a_milestone_that_nothing_reaches_closes_no_circle() -> None:
    base = clauses_with(
        SHUTTLE,
        after("left:hospital", "cleared:hospital", name="x"),
        after("cleared:hospital", "left:hospital", name="y"),
    )
    assert "precedence-cycle" not in found(base)


def test_many_names_are_shortened() -> None:
    base = scenario(Shape(households=(Household(adults=2, children=2),) * 5))
    assert found(vehicles_with(base, seats=0))["no-vehicle-fits"].found.endswith("and 12 more)")


def test_every_fault_has_a_code_that_is_explained() -> None:
    for _, base in (*CLASHES.values(), *WARNINGS.values()):
        assert set(found(base)) <= set(CODES)


def test_a_halt_of_the_convoy_is_on_its_way() -> None:
    base = row_with(
        CONVOY,
        "convoys",
        "C1",
        halts=(Halt(site=SiteId("checkpoint"), duration_s=9), Halt(site=SiteId("rest"), duration_s=9)),
    )
    assert found(base) == {}
