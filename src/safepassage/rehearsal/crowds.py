"""Who counts for a clause that counts people: arrivals and departures at a capped site, departures of two groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from safepassage.model.clauses import Cap, Ratio
from safepassage.model.ids import ClauseId, SiteId
from safepassage.rehearsal.lists import ends, row
from safepassage.rehearsal.script import Ints
from safepassage.timetable.network import Network
from safepassage.timetable.sequences import Passage, Sequences

Drive: TypeAlias = tuple[str, int]
"""Trip, and the stop that the drive leads to."""
Limits: TypeAlias = tuple[tuple[ClauseId, int], ...]


class Crowds(NamedTuple):
    """What makes a count rise and fall, and who stays from when until when; activities by their position.

    Counts: at the end of an activity (with `from_start` 1 its start) so much more or less; what counts is the most that
    there ever is, those of one instant together. Stays: from the end of one activity to the start of another; what
    counts is the longest.
    """

    count_at: Ints
    count_moment: Ints
    count_from_start: Ints
    count_by: Ints
    dwell_at: Ints
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
    counts: list[Counter[tuple[int, int]]] = []
    stays: list[Counter[tuple[int, int]]] = []
    most: list[tuple[ClauseId, int]] = []
    longest: list[tuple[ClauseId, int]] = []
    for clause in own.operation.clauses:
        if isinstance(clause, Ratio):
            most.append((clause.id, clause.denominator * clause.tolerance))
            counts.append(_departures(own, network, clause))
        elif isinstance(clause, Cap):
            dwells = Counter(dwells_at(own, network, clause.site))
            if clause.max_people > 0:
                most.append((clause.id, clause.max_people))
                counts.append(_presence(dwells))
            if clause.max_dwell_s > 0:
                longest.append((clause.id, clause.max_dwell_s))
                stays.append(dwells)
    found = Crowds(
        count_at=ends([list(one) for one in counts]),
        count_moment=row([moment for moment, _ in one] for one in counts),
        count_from_start=row([from_start for _, from_start in one] for one in counts),
        count_by=row(one.values() for one in counts),
        dwell_at=ends([list(one) for one in stays]),
        dwell_from=row([begins for begins, _ in one] for one in stays),
        dwell_until=row([leaves for _, leaves in one] for one in stays),
    )
    return found, tuple(most), tuple(longest)


def _departures(own: Sequences, network: Network, clause: Ratio) -> Counter[tuple[int, int]]:
    """Count `denominator` for each of the group and -`numerator` for each of the other, when their vehicle drives on.

    The clause holds as long as that never passes `denominator` x `tolerance`.
    """
    found: Counter[tuple[int, int]] = Counter()
    for person, rides in own.rides.items():
        group = own.people[person].group
        by = clause.denominator * (group == clause.group) - clause.numerator * (group == clause.against)
        first = next((ride for ride in rides if ride.trip.kind != "referral"), None)
        if by and first is not None:
            stops = range(first.board + 1, len(first.trip.stops))
            drive = next(number for number in stops if first.trip.stops[number].route)
            found[network.drives[first.trip.id, drive], 1] += by
    return found


def _presence(dwells: Counter[tuple[int, int]]) -> Counter[tuple[int, int]]:
    found: Counter[tuple[int, int]] = Counter()
    for (begins, leaves), people in dwells.items():
        found[begins, 0] += people
        found[leaves, 1] -= people
    return found


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
