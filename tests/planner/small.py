"""Small operations by hand: one road, a few people, a few vehicles."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from safepassage.model.clauses import BothOrNeither, Cap, Consent, Deadline, Precedence, TimeWindow
from safepassage.model.fleet import Convoy, Halt, Vehicle
from safepassage.model.ids import (
    ClauseId,
    ConvoyId,
    HouseholdId,
    LinkId,
    MilestoneId,
    PartyId,
    PersonId,
    SiteId,
    VehicleId,
)
from safepassage.model.operation import Limits, Operation, Party
from safepassage.model.people import Person
from safepassage.model.places import Link, Site
from safepassage.model.time import Window

LIMITS = Limits(
    setup_s=60,
    board_walking_s=10,
    board_wheelchair_s=60,
    board_stretcher_s=90,
    alight_walking_s=5,
    alight_wheelchair_s=50,
    alight_stretcher_s=80,
    board_margin_s=0,
)
NEAR_S, FAR_S = 600, 1800


def sites(**changes: dict[str, Any]) -> tuple[Site, ...]:
    """Two pickups, an assembly site, a hospital, a stop half-way, a shelter at the end.

    `changes` by the site's name.
    """
    kinds = (
        ("home", "pickup"), ("farm", "pickup"), ("square", "assembly"), ("clinic", "hospital"),
        ("inn", "rest"), ("camp", "shelter"),
    )  # fmt: skip
    made = []
    for number, (name, kind) in enumerate(kinds):
        site = Site(id=SiteId(name), kind=kind, lon=float(number), lat=0.0)  # type: ignore[arg-type]
        made.append(replace(site, **changes.get(name, {})))
    return tuple(made)


def link(name: str, start: str, end: str, travel_s: int, **more: Any) -> Link:
    """Lay a link both ways, ten metres a second."""
    return Link(
        id=LinkId(name), start=SiteId(start), end=SiteId(end), length_m=10 * travel_s, travel_s=travel_s, **more
    )


def links() -> tuple[Link, ...]:
    """Lay the roads of the small operation."""
    return (
        link("home-square", "home", "square", NEAR_S),
        link("farm-home", "farm", "home", NEAR_S),
        link("square-clinic", "square", "clinic", NEAR_S),
        link("square-inn", "square", "inn", FAR_S),
        link("inn-camp", "inn", "camp", FAR_S),
    )


def person(name: str, household: str = "", site: str = "square", **more: Any) -> Person:
    """Somebody who walks; alone in the household unless that is named."""
    return Person(id=PersonId(name), household=HouseholdId(household or f"H-{name}"), site=SiteId(site), **more)


def people(number: int, site: str = "square") -> tuple[Person, ...]:
    """As many single adults."""
    return tuple(person(f"P{n:02d}", site=site) for n in range(number))


def vehicle(name: str, site: str = "square", **more: Any) -> Vehicle:
    """Make a bus of ten seats, of no convoy unless that is named."""
    return Vehicle(**{"id": VehicleId(name), "kind": "bus", "site": SiteId(site), "seats": 10, **more})


def convoy(name: str = "C", **more: Any) -> Convoy:
    """Make a convoy from the square to the camp."""
    return Convoy(
        **{"id": ConvoyId(name), "assembly": SiteId("square"), "destination": SiteId("camp"), "spacing_s": 30, **more}
    )


def halt(site: str, duration_s: int) -> Halt:
    """Make a halt for the convoy."""
    return Halt(site=SiteId(site), duration_s=duration_s)


def operation(
    who: Iterable[Person], vehicles: Iterable[Vehicle], convoys: Iterable[Convoy] = (), **more: Any
) -> Operation:
    """Put an operation together on the small roads."""
    return Operation(
        **{
            "id": "small",
            "title": "Small operation",
            "time_zone": "UTC",
            "start": datetime(2026, 1, 1, tzinfo=UTC),
            "people": tuple(who),
            "vehicles": tuple(vehicles),
            "convoys": tuple(convoys),
            "sites": sites(),
            "links": links(),
            "parties": (Party(id=PartyId("army")),),
            "limits": LIMITS,
            "sha256": "0" * 64,
            **more,
        }
    )


def marching(who: Iterable[Person], *buses: Vehicle, **more: Any) -> Operation:
    """One convoy of these buses (two of ten seats, when none is given) for these people."""
    own = buses or (vehicle("B1", convoy="C"), vehicle("B2", convoy="C"))
    return operation(who, own, [convoy()], **more)


def precedence(first: str, then: str, gap_s: int = 0) -> Precedence:
    """Make `then` wait for `first`."""
    name = ClauseId(f"{first}-{then}")
    return Precedence(id=name, first=MilestoneId(first), then=MilestoneId(then), gap_s=gap_s)


def deadline(milestone: str, due_s: int) -> Deadline:
    """Make a milestone due."""
    return Deadline(id=ClauseId(f"{milestone}-due"), milestone=MilestoneId(milestone), due_s=due_s)


def spans(*edges_s: int) -> tuple[Window, ...]:
    """Make windows of pairs of edges."""
    return tuple(Window(from_s=a, until_s=b) for a, b in zip(edges_s[::2], edges_s[1::2], strict=True))


def window(milestone: str, *edges_s: int) -> TimeWindow:
    """Let a milestone come in windows only."""
    return TimeWindow(id=ClauseId(f"{milestone}-open"), milestone=MilestoneId(milestone), windows=spans(*edges_s))


def both(one: str, other: str, within_s: int) -> BothOrNeither:
    """Let two milestones come together or not at all."""
    return BothOrNeither(id=ClauseId("both"), milestones=(MilestoneId(one), MilestoneId(other)), within_s=within_s)


def cap(site: str, max_people: int = 0, max_dwell_s: int = 0) -> Cap:
    """Limit crowd and stay at a site."""
    return Cap(id=ClauseId(f"{site}-cap"), site=SiteId(site), max_people=max_people, max_dwell_s=max_dwell_s)


def consent(name: str, *edges_s: int, granted: bool = True) -> Consent:
    """Let the army grant the link of this name, in these windows."""
    return Consent(
        id=ClauseId(f"{name}-consent"),
        party=PartyId("army"),
        links=(LinkId(name),),
        granted=granted,
        windows=spans(*edges_s),
    )


def owned(*names: str) -> tuple[Link, ...]:
    """Lay the small roads, some of them under the control of the army."""
    return tuple(replace(one, controlled_by=PartyId("army")) if one.id in names else one for one in links())
