"""Who counts for a clause that counts people: arrivals and departures at a capped site, departures of two groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from safepassage.model.clauses import Cap, Ratio
from safepassage.model.ids import ClauseId, SiteId
from safepassage.rehearsal.holds import LISTED, comers_aboard, holds_of
from safepassage.rehearsal.lists import ends, row
from safepassage.rehearsal.script import Ints
from safepassage.timetable.network import Network
from safepassage.timetable.sequences import Passage, Sequences

Drive: TypeAlias = tuple[str, int]
"""Trip, and the stop that the drive leads to."""
Change: TypeAlias = tuple[int, int, int]
"""An activity or a link of a drive, when of it, and the boarding whose unlisted people count (-1: the listed)."""
Limits: TypeAlias = tuple[tuple[ClauseId, int], ...]


ENDS, LEAVES, IS_HELD, IS_LET_GO = range(4)
"""When a count changes: an activity ends, a drive leaves, people are held before a link, they are let go."""


class Crowds(NamedTuple):
    """What makes a count rise and fall, and who stays from when until when; activities by their position.

    Counts: at an instant (`when`, of an activity or a link of a drive) so much more or less, times those who came to a
    boarding and are on no list (`comers`; -1: times one); what counts is the most that there ever is, those of one
    instant together. Stays: from one instant (`when`) to another, the next of its kind; what counts is the longest.
    """

    count_at: Ints
    count_moment: Ints
    count_when: Ints
    count_by: Ints
    count_comers: Ints
    dwell_at: Ints
    dwell_when: Ints
    dwell_from: Ints
    dwell_until: Ints


def crowds_of(own: Sequences, network: Network) -> tuple[Crowds, Limits, Limits]:
    """List what caps and ratios count.

    Parameters
    ----------
    own
        The plan.
    network
        Its network.

    Returns
    -------
    crowds
        As arrays.
    most
        For each count the clause it is of, and the most it allows.
    longest
        For each list of stays the clause it is of, and the seconds it allows.
    """
    counts: list[Counter[Change]] = []
    stays: list[list[Stay]] = []
    most: list[tuple[ClauseId, int]] = []
    longest: list[tuple[ClauseId, int]] = []
    for clause in own.operation.clauses:
        if isinstance(clause, Ratio):
            most.append((clause.id, clause.denominator * clause.tolerance))
            counts.append(_departures(own, network, clause))
        elif isinstance(clause, Cap):
            dwells = [*_at_stops(own, network, clause.site), *_held(own, network, clause.site)]
            if clause.max_people > 0:
                most.append((clause.id, clause.max_people))
                counts.append(_presence(dwells))
            if clause.max_dwell_s > 0:
                longest.append((clause.id, clause.max_dwell_s))
                stays.append(dwells)
    found = Crowds(
        count_at=ends([list(one) for one in counts]),
        count_moment=row([moment for moment, *_ in one] for one in counts),
        count_when=row([when for _, when, _ in one] for one in counts),
        count_by=row(one.values() for one in counts),
        count_comers=row([comers for *_, comers in one] for one in counts),
        dwell_at=ends([list(one) for one in stays]),
        dwell_when=row([stay.when for stay in one] for one in stays),
        dwell_from=row([stay.begins for stay in one] for one in stays),
        dwell_until=row([stay.leaves for stay in one] for one in stays),
    )
    return found, tuple(most), tuple(longest)


def _departures(own: Sequences, network: Network, clause: Ratio) -> Counter[Change]:
    """Count `denominator` for each of the group and -`numerator` for each of the other, when their vehicle drives on.

    The clause holds as long as that never passes `denominator` x `tolerance`.
    """
    found: Counter[Change] = Counter()
    for person, rides in own.rides.items():
        group = own.people[person].group
        by = clause.denominator * (group == clause.group) - clause.numerator * (group == clause.against)
        first = next((ride for ride in rides if ride.trip.kind != "referral"), None)
        if by and first is not None:
            stops = range(first.board + 1, len(first.trip.stops))
            drive = next(number for number in stops if first.trip.stops[number].route)
            found[network.drives[first.trip.id, drive], LEAVES, LISTED] += by
    return found


class Stay(NamedTuple):
    """From one instant to the next of its kind (ENDS to LEAVES, IS_HELD to IS_LET_GO): how many, of which boarding."""

    when: int
    begins: int
    leaves: int
    people: int
    comers: int = LISTED


def _presence(stays: Iterable[Stay]) -> Counter[Change]:
    found: Counter[Change] = Counter()
    for stay in stays:
        found[stay.begins, stay.when, stay.comers] += stay.people
        found[stay.leaves, stay.when + 1, stay.comers] -= stay.people
    return found


def _at_stops(own: Sequences, network: Network, site: SiteId) -> Iterator[Stay]:
    for (begins, leaves), people in Counter(dwells_at(own, network, site)).items():
        yield Stay(ENDS, begins, leaves, people)
    for begins, leaves, boarding in comers_at(own, network, site):
        yield Stay(ENDS, begins, leaves, 1, boarding)


def _held(own: Sequences, network: Network, site: SiteId) -> Iterator[Stay]:
    """Give who may be held at a site that they only pass; before the first link of a drive they are still at a stop."""
    for hold in holds_of(own, network):
        if hold.site == site and not hold.first:
            yield Stay(IS_HELD, hold.link, hold.link, hold.people, hold.comers)


def comers_at(own: Sequences, network: Network, site: SiteId) -> Iterator[tuple[int, int, int]]:
    """Give the drives that bring a vehicle to a site and take it on, and each boarding whose unlisted people it holds.

    Who came to the site itself and who stays there is left out, as of those on the list.
    """
    comers = comers_aboard(own, network)
    for trip in own.plan.trips:
        driven = [number for number in range(len(trip.stops)) if (trip.id, number) in network.drives]
        for here, onward in pairwise(driven):
            if trip.stops[here].site == site:
                brings, takes = network.drives[trip.id, here], network.drives[trip.id, onward]
                # on the drive that brings them they are aboard already
                yield from ((brings, takes, boarding) for boarding in comers.get((trip.id, here), ()))


def dwells_at(own: Sequences, network: Network, site: SiteId) -> Iterator[tuple[int, int]]:
    """Give for each stay of each person the drive that brings them to a site and the one that takes them on.

    Whoever started there and whoever ends there is left out.
    """
    for person, rides in own.rides.items():
        if own.people[person].site != site:
            comes: int | None = None
            for ride in rides:
                for brings, takes in _halts(ride, site):
                    comes = network.drives[brings] if comes is None else comes
                    if takes is not None:
                        yield comes, network.drives[takes]
                        comes = None


def _halts(ride: Passage, site: SiteId) -> Iterator[tuple[Drive, Drive | None]]:
    """Give the drives by which a ride comes to a site and goes on from there (None: it ends there)."""
    comes: Drive | None = None
    stops, trip = ride.trip.stops, ride.trip.id
    for number in range(ride.board, ride.alight + 1):
        if stops[number].site != site:
            continue
        comes = (trip, number) if comes is None else comes
        if number == ride.alight:
            yield comes, None
        elif stops[number + 1].site != site or stops[number + 1].route:
            yield comes, (trip, number + 1)
            comes = None
