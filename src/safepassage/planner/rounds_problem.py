"""The referral problem: patients in groups that ride together, ambulances, drives, treatment places, crew hours."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from safepassage.model.ids import PersonId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.time import Window
from safepassage.model.travel import Pace, Route, Travel
from safepassage.planner.demand import Sizes, alight_s, board_s, sizes_of


class Group(Struct, frozen=True, kw_only=True):
    """Patients who must ride together, with those who go along: loads, services and treatments in seconds.

    `company` names, for each patient, who of the group rides for that patient's sake; `rivals` are the groups (by
    number) with whom somebody here shall not share a trip.
    """

    patients: tuple[PersonId, ...]
    companions: tuple[PersonId, ...]
    site: SiteId
    sizes: Sizes
    board_s: int
    alight_s: int
    treatments_s: tuple[int, ...]
    hospitals: tuple[SiteId, ...]
    company: tuple[tuple[PersonId, ...], ...] = ()
    rivals: frozenset[int] = frozenset()

    @property
    def people(self) -> tuple[PersonId, ...]:
        """Everybody who rides."""
        return self.patients + self.companions


class Ambulance(Struct, frozen=True, kw_only=True):
    """An ambulance: where and from when, how fast, what it holds, how far it may drive (0: as far as it likes)."""

    vehicle: str
    site: SiteId
    available_s: int
    pace: Pace
    places: Sizes
    drive_before_rest_s: int = 0
    drive_in_all_s: int = 0
    range_m: int = 0


class Rounds(Struct, frozen=True, kw_only=True):
    """The referral problem, compiled: `drive_s` in seconds by (pace, from, to); `beds` treatment places (0 no limit).

    `departures` are the windows of a drive that is not possible at any time, `slow` how it is made at night,
    `opens` are the windows of a site; `rest` and
    `fuel` are the sites where a crew may rest and a vehicle refuel.
    """

    groups: tuple[Group, ...]
    ambulances: tuple[Ambulance, ...]
    drive_s: Mapping[tuple[int, SiteId, SiteId], int]
    beds: dict[SiteId, int]
    bays: dict[SiteId, int]
    setup_s: int
    length_m: dict[tuple[int, SiteId, SiteId], int] = {}
    departures: dict[tuple[int, SiteId, SiteId], tuple[Window, ...]] = {}
    slow: dict[tuple[int, SiteId, SiteId], Route] = {}
    opens: dict[SiteId, tuple[Window, ...]] = {}
    rest: frozenset[SiteId] = frozenset()
    fuel: frozenset[SiteId] = frozenset()
    rest_s: int = 0
    refuel_s: int = 0


def rounds(operation: Operation, travel: Travel) -> Rounds:
    """Compile the referrals of an operation: groups of patients, ambulances, drives, treatment places."""
    limits = operation.limits
    ambulances = tuple(
        Ambulance(
            vehicle=v.id,
            site=v.site,
            available_s=v.available_from_s,
            pace=travel.pace(v),
            places=(v.seats, v.wheelchair_bays, v.stretchers),
            drive_before_rest_s=limits.drive_before_rest_s * v.crews,
            drive_in_all_s=limits.daily_drive_s * v.crews,
            range_m=v.range_m,
        )
        for v in operation.vehicles
        if v.kind == "ambulance"
    )
    named = {person.hospital for person in operation.people}
    groups = _groups(operation)
    routes = _routes(operation, travel) if groups else {}
    fastest = {key: ways[0] for key, ways in routes.items()}
    return Rounds(
        groups=groups,
        ambulances=ambulances,
        drive_s={key: route.travel_s for key, route in fastest.items()},
        beds={site.id: site.capacity for site in operation.sites if site.kind == "hospital" or site.id in named},
        bays={site.id: site.bays for site in operation.sites},
        setup_s=limits.setup_s,
        length_m={key: route.length_m for key, route in fastest.items()},
        departures={key: route.departures for key, route in fastest.items() if route.departures},
        slow={key: slow for key, ways in routes.items() if (slow := next((way for way in ways if way.slow), None))},
        opens={site.id: site.opens for site in operation.sites if site.opens},
        rest=frozenset(site.id for site in operation.sites if site.rest),
        fuel=frozenset(site.id for site in operation.sites if site.fuel),
        rest_s=limits.rest_s,
        refuel_s=limits.refuel_s,
    )


def _routes(operation: Operation, travel: Travel) -> dict[tuple[int, SiteId, SiteId], tuple[Route, ...]]:
    """Return the routes between the sites where ambulances may have to be."""
    patients = [person for person in operation.people if person.treatment_s]
    ambulances = [vehicle for vehicle in operation.vehicles if vehicle.kind == "ambulance"]
    sites = {v.site for v in ambulances} | {p.site for p in patients} | {p.hospital for p in patients if p.hospital}
    sites |= {site.id for site in operation.sites if site.kind == "hospital" or site.rest or site.fuel}
    return {
        (pace, origin, end): routes
        for pace in sorted({travel.pace(v) for v in ambulances})
        for origin in sorted(sites)
        for end in sorted(sites)
        if (routes := travel.routes.get((pace, origin, end)))
    }


def fits(places: Sizes, *loads: Sizes) -> bool:
    """Tell whether the loads go together into the places."""
    return all(sum(load[kind] for load in loads) <= places[kind] for kind in range(3))


def companion_of(operation: Operation, patient: Person) -> PersonId | None:
    """Name who goes along: the carer, else for a child an adult of the household (rather one who is no patient)."""
    if patient.carer:
        return patient.carer
    if not patient.is_child:
        return None
    adults = [
        other
        for other in operation.people
        if other.household == patient.household and other.travels and not other.is_child and other.site == patient.site
    ]
    adults.sort(key=lambda other: (other.treatment_s > 0, other.mobility != "walking", other.id))
    return adults[0].id if adults else None


def _company(operation: Operation, people: dict[PersonId, Person], patient: Person) -> tuple[PersonId, ...]:
    """Who rides for the patient's sake: the companion, the companion's own carer, and so on."""
    company: list[PersonId] = []
    companion = companion_of(operation, patient)
    while companion and companion != patient.id and companion not in company:
        company.append(companion)
        companion = companion_of(operation, people[companion])
    return tuple(company)


def _groups(operation: Operation) -> tuple[Group, ...]:
    people = {person.id: person for person in operation.people}
    patients = [person for person in operation.people if person.travels and person.treatment_s]
    company = {patient.id: _company(operation, people, patient) for patient in patients}
    group_of: dict[PersonId, frozenset[PersonId]] = {}
    for patient in patients:
        members = frozenset((patient.id, *company[patient.id]))
        joined = members.union(*(group_of.get(member, frozenset()) for member in members))
        group_of |= dict.fromkeys(joined, joined)
    distinct = list(dict.fromkeys(group_of[patient.id] for patient in patients))
    hospitals = tuple(site.id for site in operation.sites if site.kind == "hospital")
    groups = []
    for members in distinct:
        rivals = {other for member in members for other in people[member].apart_from}
        apart = frozenset(
            number
            for number, others in enumerate(distinct)
            if others is not members
            and (rivals & others or any(set(people[other].apart_from) & members for other in others))
        )
        groups.append(_group(operation, [people[m] for m in sorted(members)], hospitals, company, apart))
    return tuple(groups)


def _group(
    operation: Operation,
    members: list[Person],
    hospitals: tuple[SiteId, ...],
    company: dict[PersonId, tuple[PersonId, ...]],
    rivals: frozenset[int],
) -> Group:
    sizes = sizes_of(members)
    treated = [person for person in members if person.treatment_s]
    named = {person.hospital for person in treated if person.hospital}
    allowed = tuple(named) if named else hospitals
    return Group(
        patients=tuple(person.id for person in treated),
        companions=tuple(person.id for person in members if not person.treatment_s),
        site=members[0].site,
        sizes=sizes,
        board_s=board_s(operation, sizes),
        alight_s=alight_s(operation, sizes),
        treatments_s=tuple(person.treatment_s for person in treated),
        hospitals=allowed if len(named) <= 1 else (),
        company=tuple(company[person.id] for person in treated),
        rivals=rivals,
    )
