"""Referrals: every patient out to a hospital, treated in a place there, and back before anything else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from safepassage.model.ids import PersonId, SiteId, TripId
from safepassage.model.people import Person
from safepassage.model.plan import Referral, Violation
from safepassage.rules.case import Case, Passage
from safepassage.rules.details import Figure, Figures
from safepassage.rules.services import overlaps
from safepassage.rules.violations import broken, of_person


def present(case: Case) -> Iterator[Violation]:
    """Each patient who rides at all has a referral, and nobody else has one."""
    referred = dict.fromkeys(referral.person for referral in case.referrals)
    for person_id in case.rides:
        if case.people[person_id].treatment_s > 0 and person_id not in referred:
            yield broken("referral-missing", "treatment", of_person(person_id), person=person_id)
    for person_id in referred:
        if case.people[person_id].treatment_s <= 0:
            yield _wrong(case.people[person_id], "referral-needless")


def ambulances(case: Case) -> Iterator[Violation]:
    """Only ambulances drive referral trips."""
    for trip in case.trips.values():
        kind = case.vehicles[trip.vehicle].kind
        if trip.kind == "referral" and kind != "ambulance":
            subjects = f"trips/{trip.id}", f"vehicles/{trip.vehicle}"
            yield broken("referral-vehicle", "not-ambulance", *subjects, vehicle=trip.vehicle, kind=kind)


def ways(case: Case) -> Iterator[Violation]:
    """Out from the person's site, treated as long as needed, and back there, on referral trips."""
    for referral in case.referrals:
        person = case.people[referral.person]
        site = case.sites[referral.hospital]
        if site.id != person.hospital if person.hospital else site.kind != "hospital":
            yield _wrong(person, "referral-site", site=site.id)
        out = _ride(case, person, trip=referral.out_trip, ends=(person.site, site.id))
        back = _ride(case, person, trip=referral.back_trip, ends=(site.id, person.site))
        if out is None or back is None:
            yield _wrong(person, "referral-rides", site=site.id)
        else:
            yield from _times(person, referral, out, back)
            yield from _departure_waits(case, person, back.alights.end_s)


def _ride(case: Case, person: Person, *, trip: TripId, ends: tuple[SiteId, SiteId]) -> Passage | None:
    for ride in case.rides.get(person.id, ()):
        if ride.trip.id == trip and ride.trip.kind == "referral" and (ride.boards.site, ride.alights.site) == ends:
            return ride
    return None


def _times(person: Person, referral: Referral, out: Passage, back: Passage) -> Iterator[Violation]:
    treated_s = referral.treated_until_s - referral.treated_from_s
    subject = of_person(person.id)
    if treated_s != person.treatment_s:
        rule = "treatment-too-short" if treated_s < person.treatment_s else "referral-wrong"
        figures: Figures = {"person": person.id, "treated_s": treated_s, "need_s": person.treatment_s}
        yield broken(rule, "treatment-time", subject, **figures)
    if back.boards.start_s < referral.treated_until_s:
        figures = {"person": person.id, "boards_s": back.boards.start_s, "until_s": referral.treated_until_s}
        yield broken("treatment-too-short", "boards-treated", subject, **figures)
    if referral.treated_from_s < out.alights.end_s:
        yield _wrong(person, "treated-before", from_s=referral.treated_from_s, there_s=out.alights.end_s)
    if referral.returned_s != back.alights.end_s:
        yield _wrong(person, "back-at", told_s=referral.returned_s, real_s=back.alights.end_s)


def _departure_waits(case: Case, person: Person, back_s: int) -> Iterator[Violation]:
    for ride in case.rides[person.id]:
        if ride.trip.kind != "referral" and ride.boards.start_s < back_s:
            subjects = of_person(person.id), f"trips/{ride.trip.id}"
            figures: Figures = {
                "person": person.id,
                "trip": ride.trip.id,
                "boards_s": ride.boards.start_s,
                "back_s": back_s,
            }
            yield broken("left-before-treatment", "boards-before-back", *subjects, **figures)


def places(case: Case) -> Iterator[Violation]:
    """Every treatment has a place of the hospital, and no place treats two at once."""
    taken: defaultdict[tuple[SiteId, int], list[tuple[int, int, str]]] = defaultdict(list)
    for referral in case.referrals:
        capacity = case.sites[referral.hospital].capacity
        lowest = min(capacity, 1)
        if not lowest <= referral.place <= capacity:
            subjects = of_person(referral.person), f"sites/{referral.hospital}"
            figures: Figures = {"place": referral.place, "places": capacity, "site": referral.hospital}
            yield broken("hospital-full", "hospital", *subjects, **figures)
        elif capacity:
            use = referral.treated_from_s, referral.treated_until_s, of_person(referral.person)
            taken[referral.hospital, referral.place].append(use)
    for (hospital, place), uses in taken.items():
        for before, after in overlaps(uses):
            treats = before, after, f"sites/{hospital}"
            yield broken("hospital-full", "hospital-twice", *treats, place=place, site=hospital)


def passengers(case: Case) -> Iterator[Violation]:
    """On a referral trip ride its patients and those told to accompany them."""
    expected: defaultdict[TripId, set[PersonId]] = defaultdict(set)
    for referral in case.referrals:
        for trip in (referral.out_trip, referral.back_trip):
            expected[trip] |= {referral.person, *referral.accompanied_by}
    for trip_id, rides in case.aboard.items():
        for ride in rides:
            if ride.trip.kind == "referral" and ride.person.id not in expected[trip_id]:
                subjects = of_person(ride.person.id), f"trips/{trip_id}"
                yield broken("referral-companion", "accompanies-nobody", *subjects, person=ride.person.id, trip=trip_id)


def companions(case: Case) -> Iterator[Violation]:
    """Who accompanies a patient is needed, and rides there and back with them."""
    for referral in case.referrals:
        patient = case.people[referral.person]
        known = [case.people[one] for one in referral.accompanied_by if one in case.people]
        needed = _needed(patient, known)
        for companion in known:
            if companion.id not in needed:
                yield _apart(patient, companion, "companion-needless")
        for trip in (referral.out_trip, referral.back_trip):
            for companion in known:
                if not _beside(case, patient, companion, trip):
                    yield _apart(patient, companion, "companion-apart", trip=trip)


def _needed(patient: Person, known: list[Person]) -> set[PersonId]:
    """Name those of `known` whom the patient needs, or somebody needed for the patient needs in turn."""
    group, news = {patient.id}, [patient]
    while news:
        person = news.pop()
        adults = [one for one in known if one.household == person.household and not one.is_child]
        wanted = {person.carer}
        if person.is_child and not any(one.id == person.carer for one in adults):
            wanted |= {one.id for one in adults[:1]}
        for one in known:
            if one.id in wanted and one.id not in group:
                group.add(one.id)
                news.append(one)
    return group - {patient.id}


def _beside(case: Case, patient: Person, companion: Person, trip: TripId) -> bool:
    theirs = [ride for ride in case.rides.get(companion.id, ()) if ride.trip.id == trip]
    own = [ride for ride in case.rides.get(patient.id, ()) if ride.trip.id == trip]
    return all(any(their.covers(ride) for their in theirs) for ride in own)


def _apart(patient: Person, companion: Person, said: str, **figures: Figure) -> Violation:
    subjects = of_person(patient.id), of_person(companion.id)
    return broken("referral-companion", said, *subjects, person=companion.id, patient=patient.id, **figures)


def _wrong(person: Person, said: str, **figures: Figure) -> Violation:
    return broken("referral-wrong", said, of_person(person.id), person=person.id, **figures)
