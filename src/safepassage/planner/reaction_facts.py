"""What has happened by an instant, as whoever watches the movement tells it, and the plan that was in force then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from safepassage.model.errors import Fault, InputError, Place
from safepassage.model.ids import ConvoyId, MilestoneId, PersonId, SiteId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan


class Standing(Struct, frozen=True, kw_only=True):
    """Where a vehicle stands, or will next be free (after the trip it is on), and from when."""

    site: SiteId
    free_s: int


class Facts(Struct, frozen=True, kw_only=True):
    """The facts at `now_s`; what they do not mention is as it was at the start, or as the plan had it.

    `at` tells where people are who have left their site: a final site of theirs (arrived), an assembly site, a
    hospital. `aboard` tells who is on which vehicle, from the start of the service at which they board to the end of
    that at which they alight. Everybody else is where they were first.
    `vehicles` tells where vehicles stand. Those not mentioned are where the plan has them.
    `treated` are the patients who are back from their referral; `departed` the convoys on the march.
    `milestones` are instants that have come. Vehicles that are `lost` drive no more: tell where their people are.
    """

    now_s: int
    at: dict[PersonId, SiteId] = {}
    aboard: dict[PersonId, VehicleId] = {}
    vehicles: dict[VehicleId, Standing] = {}
    treated: frozenset[PersonId] = frozenset()
    departed: frozenset[ConvoyId] = frozenset()
    milestones: dict[MilestoneId, int] = {}
    lost: frozenset[VehicleId] = frozenset()


class Reaction(Struct, frozen=True, kw_only=True):
    """Why to plan again: the facts, and the plan that was in force."""

    facts: Facts
    previous: Plan


def demand_sense(operation: Operation, facts: Facts) -> None:
    """Refuse facts that do not fit the operation or each other.

    Parameters
    ----------
    operation
        As it was at the start.
    facts
        What is told.

    Raises
    ------
    InputError
        With every contradiction found.
    """
    found = (*_unknown(operation, facts), *_contradictions(facts))
    if found:
        raise InputError(found)


def fault(what: str, *, expected: str = "", found: str = "", remedy: str = "") -> Fault:
    """Make a fault of the facts."""
    return Fault(
        code="facts", severity="error", place=Place(), what=what, expected=expected, found=found, remedy=remedy
    )


def _unknown(operation: Operation, facts: Facts) -> Iterator[Fault]:
    sites = {*facts.at.values(), *(standing.site for standing in facts.vehicles.values())}
    told: tuple[tuple[str, Iterable[str], Iterable[str]], ...] = (
        ("person", {*facts.at, *facts.aboard, *facts.treated}, (person.id for person in operation.people)),
        ("vehicle", {*facts.vehicles, *facts.lost, *facts.aboard.values()}, (one.id for one in operation.vehicles)),
        ("site", sites, (site.id for site in operation.sites)),
        ("convoy", facts.departed, (convoy.id for convoy in operation.convoys)),
        ("milestone", facts.milestones, operation.known_milestones()),
    )
    for word, names, known in told:
        for name in sorted(set(names) - set(known)):
            yield fault("the facts", expected=f"a {word} of the operation", found=name)


def _contradictions(facts: Facts) -> Iterator[Fault]:
    for person in sorted(facts.at.keys() & facts.aboard.keys()):
        yield fault(
            f"person {person}",
            expected="to be at a site or aboard a vehicle",
            found=f"at {facts.at[person]} and aboard {facts.aboard[person]}",
        )
    for person, vehicle in sorted(facts.aboard.items()):
        if vehicle in facts.lost:
            yield fault(
                f"person {person}",
                expected="a vehicle that drives",
                found=f"aboard {vehicle}, which is lost",
                remedy="tell at which site the person waits",
            )
    for milestone, at_s in sorted(facts.milestones.items()):
        if at_s > facts.now_s:
            yield fault(f"milestone {milestone}", expected=f"to have come by {facts.now_s} s", found=f"{at_s} s")
