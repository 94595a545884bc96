"""Do the vehicles and the final sites have the places that people need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from safepassage.model.errors import Fault
from safepassage.model.fleet import Vehicle
from safepassage.model.ids import SiteId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.places import FINAL_KINDS, Site
from safepassage.rules.case import grouped
from safepassage.rules.convoys import CARRYING_NOBODY
from safepassage.rules.premises.findings import cells, clash, few


class Needs(Struct, frozen=True, kw_only=True):
    """Places needed or had, by mobility."""

    walking: int = 0
    wheelchair: int = 0
    stretcher: int = 0

    def __str__(self) -> str:
        return f"{self.walking} seats, {self.wheelchair} wheelchair bays, {self.stretcher} stretchers"

    @classmethod
    def largest(cls, vehicles: Iterable[Vehicle]) -> Needs:
        """Return the most of each kind of place that any of `vehicles` has."""
        had = [places_of(vehicle) for vehicle in vehicles]
        return cls(
            walking=max((one.walking for one in had), default=0),
            wheelchair=max((one.wheelchair for one in had), default=0),
            stretcher=max((one.stretcher for one in had), default=0),
        )


def places_of(vehicle: Vehicle) -> Needs:
    """Return the places of a vehicle."""
    return Needs(walking=vehicle.seats, wheelchair=vehicle.wheelchair_bays, stretcher=vehicle.stretchers)


def needs_of(people: Iterable[Person]) -> Needs:
    """Count the places that people need together."""
    count = Counter(person.mobility for person in people)
    return Needs(walking=count["walking"], wheelchair=count["wheelchair"], stretcher=count["stretcher"])


def fits(needs: Needs, vehicle: Vehicle) -> bool:
    """Tell whether people with these needs fit into a vehicle at once."""
    return (
        needs.walking <= vehicle.seats
        and needs.wheelchair <= vehicle.wheelchair_bays
        and needs.stretcher <= vehicle.stretchers
    )


def carriers(operation: Operation) -> tuple[Vehicle, ...]:
    """Return the vehicles that may carry people."""
    return tuple(vehicle for vehicle in operation.vehicles if vehicle.kind not in CARRYING_NOBODY)


def final_carriers(operation: Operation) -> tuple[Vehicle, ...]:
    """Return the vehicles that bring people to where they end: those of convoys, where there are any."""
    in_convoys = bool(operation.convoys)
    return tuple(vehicle for vehicle in carriers(operation) if bool(vehicle.convoy) == in_convoys)


def shuttles(operation: Operation) -> tuple[Vehicle, ...]:
    """Return the vehicles that may drive shuttles with people."""
    return tuple(vehicle for vehicle in carriers(operation) if not vehicle.convoy)


def faults(operation: Operation) -> Iterator[Fault]:
    """Find people for whom no vehicle or final site has a place, alone or in sum."""
    travelling = tuple(person for person in operation.people if person.travels)
    yield from _suitable(travelling, final_carriers(operation), "no-vehicle-fits", "no vehicle")
    yield from _shuttles(operation, travelling)
    yield from _convoy_capacity(operation, travelling)
    yield from _ambulances(operation, travelling)
    yield from _final_sites(operation, travelling)


def _suitable(people: Iterable[Person], vehicles: tuple[Vehicle, ...], code: str, which: str) -> Iterator[Fault]:
    for needs, alike in grouped((needs_of([person]), person) for person in people).items():
        if not any(fits(needs, vehicle) for vehicle in vehicles):
            mobility = alike[0].mobility
            yield clash(
                code,
                f"{which} has a place for people of mobility {mobility}",
                cells(alike, "mobility"),
                found=f"{len(alike)} people ({few(person.id for person in alike)})",
                remedy=f"add a vehicle with a place for {mobility}",
            )


def _shuttles(operation: Operation, travelling: tuple[Person, ...]) -> Iterator[Fault]:
    assemblies = {convoy.assembly for convoy in operation.convoys}
    elsewhere = (person for person in travelling if assemblies and person.site not in assemblies)
    which = "no vehicle without a convoy, to bring people to the assembly site,"
    yield from _suitable(elsewhere, shuttles(operation), "no-shuttle", which)


def _convoy_capacity(operation: Operation, travelling: tuple[Person, ...]) -> Iterator[Fault]:
    """One trip each: the places of a convoy's vehicles are all there are."""
    all_ends = sorted({convoy.destination for convoy in operation.convoys})
    bundles = [("the convoys", all_ends, travelling)] if all_ends else []
    bundles += [
        (f"the convoys to {end}", [end], tuple(one for one in travelling if one.destination == end))
        for end in (all_ends if len(all_ends) > 1 else ())
    ]
    for name, ends, people in bundles:
        members = {convoy.id for convoy in operation.convoys if convoy.destination in ends}
        vehicles = [vehicle for vehicle in final_carriers(operation) if vehicle.convoy in members]
        yield from _sum(name, needs_of(people), vehicles, people)


def _sum(name: str, needs: Needs, vehicles: list[Vehicle], people: tuple[Person, ...]) -> Iterator[Fault]:
    had = [places_of(vehicle) for vehicle in vehicles]
    for mobility, need, have in (
        ("walking", needs.walking, sum(one.walking for one in had)),
        ("wheelchair", needs.wheelchair, sum(one.wheelchair for one in had)),
        ("stretcher", needs.stretcher, sum(one.stretcher for one in had)),
    ):
        if need > have:
            yield clash(
                "capacity-below-need",
                f"{name} have too few places for people of mobility {mobility}",
                cells((person for person in people if person.mobility == mobility), "mobility"),
                found=f"need {need}, have {have}, short of {need - have}",
                remedy=f"add vehicles with {need - have} more places, or agree on a second movement",
            )


def _ambulances(operation: Operation, travelling: tuple[Person, ...]) -> Iterator[Fault]:
    patients = [person for person in travelling if person.treatment_s > 0]
    ambulances = [vehicle for vehicle in operation.vehicles if vehicle.kind == "ambulance"]
    if patients and not ambulances:
        yield clash(
            "no-ambulance",
            "people need treatment first, and there is no ambulance",
            cells(patients, "treatment_s"),
            found=few(person.id for person in patients),
            remedy="add an ambulance",
        )
        return
    people = {person.id: person for person in operation.people}
    for patient in patients:
        carer = people.get(patient.carer)
        needs = needs_of([patient] if carer is None else {patient.id: patient, carer.id: carer}.values())
        if not any(fits(needs, ambulance) for ambulance in ambulances):
            yield clash(
                "no-ambulance-fits",
                f"no ambulance takes {patient.id} and who must ride along",
                cells([patient], "mobility"),
                found=f"needs {needs}",
                remedy="add an ambulance that does",
            )


def _final_sites(operation: Operation, travelling: tuple[Person, ...]) -> Iterator[Fault]:
    sites = {site.id: site for site in operation.sites}
    ends = {convoy.destination for convoy in operation.convoys}
    if not ends:
        ends = {site.id for site in operation.sites if site.kind in FINAL_KINDS}
        ends |= {person.destination for person in travelling if person.destination}
    wishes = grouped((person.destination, person) for person in travelling)
    for wanted, people in wishes.items():
        if wanted and operation.convoys and wanted not in ends:
            yield clash(
                "destination-not-of-convoy",
                f"no convoy goes to {wanted}",
                cells(people, "destination"),
                remedy="correct the destination, or add a convoy that ends there",
            )
        elif wanted:
            yield from _room([sites[wanted]], people, "destination")
    if "" in wishes or len(wishes) > 1:
        # whoever may go anywhere takes room from those who must go to one site: all together
        yield from _room([sites[end] for end in sorted(ends)], travelling, "site")


def _room(ends: list[Site], people: tuple[Person, ...], field: str) -> Iterator[Fault]:
    lying = [person for person in people if person.mobility == "stretcher"]
    taking = [site for site in ends if site.takes_stretchers]
    for which, wanting, taking_them in (("people", people, ends), ("people on stretchers", lying, taking)):
        room = sum(site.capacity for site in taking_them)
        unlimited = any(site.capacity == 0 for site in taking_them)
        if len(wanting) > room and not unlimited:
            yield clash(
                "final-site-capacity",
                f"not enough room for {which} at {few(site.id for site in ends) or 'any final site'}",
                (*(f"sites/{site.id}/capacity" for site in ends), *cells(wanting, field)),
                found=f"need {len(wanting)}, have {room}",
                remedy="find more room, or another final site",
            )


def sites_with_people(operation: Operation) -> dict[SiteId, tuple[Person, ...]]:
    """Group the people who travel by the site where they wait."""
    return grouped((person.site, person) for person in operation.people if person.travels)
