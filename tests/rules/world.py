"""The small world of generated operations: sites, links, people, vehicles, clauses about roads."""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from safepassage.model.clauses import (
    Area,
    Clause,
    Consent,
    Exclusion,
)
from safepassage.model.fleet import Vehicle
from safepassage.model.ids import (
    ClauseId,
    ConvoyId,
    HouseholdId,
    LinkId,
    PartyId,
    PersonId,
    SiteId,
    VehicleId,
)
from safepassage.model.operation import Operation
from safepassage.model.people import AgeBand, Mobility, Person
from safepassage.model.places import Link, Site, SiteKind
from safepassage.model.plan import (
    Plan,
)
from safepassage.model.travel import Travel

SPACING_S = 60


CONVOY = ConvoyId("C1")


class Household(NamedTuple):
    """Who is in a household, and what its first adult needs."""

    adults: int = 1
    children: int = 0
    mobility: Mobility = "walking"
    at_pickup: int = 0
    treatment_s: int = 0
    cared_for: bool = False


class Shape(NamedTuple):
    """What a scenario is made of."""

    convoy: bool = False
    households: tuple[Household, ...] = (Household(adults=2, children=1), Household(treatment_s=1800))
    speed_percent: int = 100
    near_s: int = 300
    places: int = 1
    with_clauses: bool = True
    everyone: bool = True
    refusing: bool = True
    slack_s: int = 0


class Scenario(NamedTuple):
    """An operation, the links it has, and a plan that keeps every rule."""

    operation: Operation
    travel: Travel
    plan: Plan


def travel_of(operation: Operation) -> Travel:
    """Return the links of an operation as travel data; everything else in it is left for nobody to trust."""
    return Travel(links={link.id: link for link in operation.links}, routes={}, open={}, closed_by={})


def sites_of(shape: Shape) -> tuple[Site, ...]:
    rows: tuple[tuple[str, SiteKind, float, float, int], ...] = (
        ("depot", "depot", 0.0, 0.0, 0),
        ("pickup-0", "pickup", 0.1, 0.0, 2),
        ("pickup-1", "pickup", 0.1, 0.1, 1),
        ("hospital", "hospital", 0.0, 0.1, 1),
        ("assembly", "assembly", 0.2, 0.0, 3),
        ("checkpoint", "checkpoint", 1.0, 0.0, 0),
        ("rest", "rest", 2.0, 0.0, 0),
        ("end", "destination", 3.0, 0.0, 2),
        ("shelter-0", "shelter", 0.1, -0.1, 2),
        ("shelter-1", "shelter", 0.2, -0.1, 0),
    )
    return tuple(
        Site(
            id=SiteId(name),
            kind=kind,
            lon=lon,
            lat=lat,
            bays=bays,
            capacity=shape.places if kind == "hospital" else 0,
            rest=name == "rest",
            fuel=name == "rest",
        )
        for name, kind, lon, lat, bays in rows
    )


def links_of(shape: Shape) -> tuple[Link, ...]:
    near = (
        ("depot", "pickup-0"), ("depot", "pickup-1"), ("depot", "hospital"), ("depot", "assembly"),
        ("pickup-0", "hospital"), ("pickup-0", "assembly"), ("pickup-1", "assembly"), ("assembly", "hospital"),
        ("pickup-0", "shelter-0"), ("pickup-1", "shelter-0"), ("shelter-0", "shelter-1"),
    )  # fmt: skip
    far = (
        ("assembly", "checkpoint", 5000, 100_000),
        ("checkpoint", "rest", 5000, 100_000),
        ("rest", "end", 9000, 250_000),
    )
    rows = [(start, end, shape.near_s + 7 * place, 3000 + 10 * place) for place, (start, end) in enumerate(near)]
    rows += far
    links = [
        Link(id=LinkId(f"{a}--{b}"), start=SiteId(a), end=SiteId(b), length_m=metres, travel_s=seconds)
        for a, b, seconds, metres in rows
    ]
    held = {"assembly--checkpoint": "army", "pickup-0--shelter-0": "army"}
    links = [replace(link, controlled_by=PartyId(held.get(link.id, ""))) for link in links]
    # beside the roads driven lie others, as long, that are never open
    beside = [
        replace(link, id=LinkId(f"{link.id}--barred"), controlled_by=PartyId("militia"))
        for link in links
        if link.id in held
    ]
    return (*links, *beside)


def people_of(shape: Shape) -> tuple[Person, ...]:
    people: list[Person] = []
    for number, household in enumerate(shape.households):
        ages: list[AgeBand] = [
            "adult" if place < household.adults else "child" for place in range(household.adults + household.children)
        ]
        ids = [PersonId(f"P{len(people) + place:03d}") for place in range(len(ages))]
        site = "assembly" if shape.convoy and household.at_pickup > 1 else f"pickup-{household.at_pickup % 2}"
        for place, age in enumerate(ages):
            people.append(
                Person(
                    id=ids[place],
                    household=HouseholdId(f"H{number}"),
                    site=SiteId(site),
                    age_band=age,
                    mobility=household.mobility if place == 0 else "walking",
                    treatment_s=household.treatment_s if place == 0 else 0,
                    carer=ids[1] if household.cared_for and place == 0 and household.adults > 1 else PersonId(""),
                    group="first" if number % 2 else "second",
                )
            )
    apart = _apart(people)
    if shape.refusing:
        apart.append(
            Person(id=PersonId("Q900"), household=HouseholdId("H900"), site=SiteId("pickup-0"), choice="declined")
        )
        apart.append(
            Person(id=PersonId("Q901"), household=HouseholdId("H901"), site=SiteId("pickup-0"), fit_to_travel=False)
        )
    return tuple(apart)


def _apart(people: list[Person]) -> list[Person]:
    """Keep the first people of the first two households apart; `_batches` keeps to it."""
    first = next((person for person in people if person.household == "H0"), None)
    other = next((person for person in people if person.household == "H1"), None)
    if first is None or other is None:
        return people
    return [replace(person, apart_from=(other.id,)) if person.id == first.id else person for person in people]


def bus(name: str, shape: Shape) -> Vehicle:
    return Vehicle(
        id=VehicleId(name),
        kind="bus",
        site=SiteId("depot"),
        seats=8,
        wheelchair_bays=2,
        stretchers=2,
        speed_percent=shape.speed_percent,
        range_m=400_000,
        available_from_s=60,
    )


def convoy_vehicles(shape: Shape, batches: list[list[Person]]) -> tuple[Vehicle, ...]:
    front = replace(bus("escort", shape), kind="escort", seats=0, position="head", convoy=CONVOY)
    buses = [replace(bus(f"bus-{number}", shape), convoy=CONVOY) for number in range(len(batches))]
    return front, *buses


def consents() -> tuple[Clause, ...]:
    return (
        Consent(id=ClauseId("army-lets-pass"), party=PartyId("army"), granted=True),
        Consent(
            id=ClauseId("militia-refuses"),
            party=PartyId("militia"),
            links=(LinkId("assembly--checkpoint--barred"),),
        ),
        Area(id=ClauseId("far-away"), party=PartyId("militia"), polygon=((8.0, 8.0), (9.0, 8.0), (8.0, 9.0))),
        Exclusion(id=ClauseId("no-cameras"), what="cameras"),
    )
