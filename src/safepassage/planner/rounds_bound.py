"""Quick bounds on when the last patient can be back: each patient alone, the rounds needed, the treatment places."""

from __future__ import annotations

from safepassage.model.ids import SiteId
from safepassage.planner.rounds_problem import Ambulance, Group, Rounds, fits

FAR = 2**40
"""Seconds of a drive that does not exist."""


def closed_bound_s(problem: Rounds) -> int:
    """Bound from below when the last patient can be back at their site, for every plan that the referee passes.

    The largest of three bounds:

    *Each patient*: an ambulance that holds the group goes for it at once, takes it to a hospital, it is treated,
    and the way home is the shortest of any ambulance. The four services are at four instants, so each takes its
    setting up.

    *Rounds*: an ambulance's stops at patients' sites and at hospitals alternate in blocks. Whoever alights in its
    k-th block at hospitals was aboard on the way there, so its places bound how many do. Two such ways begin at
    least a shortest way out and back apart, plus two settings up and two services of one group. The places of all
    ways that begin up to t must hold all patients, by mobility; after the last of them began, its patients still
    ride, are treated and ride back.

    *Places*: the treatments fit into the places of the hospitals, each between its first possible arrival and its
    last possible fetching.

    Parameters
    ----------
    problem
        The compiled referrals.

    Returns
    -------
    int
        Seconds since the start; at least `FAR` when some patient can be taken nowhere.
    """
    if not problem.groups or not problem.ambulances:
        return 0
    singles = [_single_s(problem, group) for group in problem.groups]
    if max(singles) >= FAR:
        return max(singles)
    return max(*singles, _rounds_s(problem), _places_s(problem))


def between(problem: Rounds, ambulance: Ambulance, ends: tuple[SiteId, SiteId]) -> int:
    """Seconds of the shortest drive from one site to the other; `FAR` when there is none."""
    if ends[0] == ends[1]:
        return 0
    return problem.drive_s.get((ambulance.pace, *ends), FAR)


def _single_s(problem: Rounds, group: Group) -> int:
    able = [a for a in problem.ambulances if fits(a.places, group.sizes)]
    ways = [
        min(
            a.available_s + between(problem, a, (a.site, group.site)) + between(problem, a, (group.site, h))
            for a in able
        )
        + min(between(problem, a, (h, group.site)) for a in able)
        for h in group.hospitals
        if able
    ]
    return min(ways, default=FAR) + _services_s(problem, group) + max(group.treatments_s)


def _services_s(problem: Rounds, group: Group) -> int:
    """On and off, twice."""
    return 4 * problem.setup_s + 2 * (group.board_s + group.alight_s)


def _rounds_s(problem: Rounds) -> int:
    sites = {group.site for group in problem.groups}
    hospitals = {h for group in problem.groups for h in group.hospitals}
    out_s = min(between(problem, a, (s, h)) for a in problem.ambulances for s in sites for h in hospitals)
    back_s = min(between(problem, a, (h, s)) for a in problem.ambulances for s in sites for h in hospitals)
    service_s = min(min(group.board_s, group.alight_s) for group in problem.groups)
    apart_s = out_s + back_s + 2 * (problem.setup_s + service_s)
    # who alights in the last of these ways may have boarded before it began: only somebody's service is certain there
    after_s = out_s + back_s + service_s
    after_s += min(_services_s(problem, g) - g.board_s + max(g.treatments_s) for g in problem.groups)
    need = [sum(group.sizes[kind] for group in problem.groups) for kind in range(3)]
    starts = sorted(
        (a.available_s + min(between(problem, a, (a.site, s)) for s in sites) + k * apart_s, a.places)
        for a in problem.ambulances
        for k in range(len(problem.groups))
    )
    held = [0, 0, 0]
    for start_s, places in starts:
        held = [have + more for have, more in zip(held, places, strict=True)]
        if all(have >= wanted for have, wanted in zip(held, need, strict=True)):
            return start_s + after_s
    return 0


def _places_s(problem: Rounds) -> int:
    """Return the first end by which places hold all treatments, each place from first arrival to last fetching."""
    hospitals = {h for group in problem.groups for h in group.hospitals}
    if not all(problem.beds.get(h, 0) for h in hospitals):
        return 0
    work_s = sum(sum(group.treatments_s) for group in problem.groups)
    lost = sorted((_lost_s(problem, h), problem.beds[h]) for h in hospitals)
    bound_s = FAR
    for count in range(1, len(lost) + 1):
        places = sum(beds for _, beds in lost[:count])
        idle_s = sum(away_s * beds for away_s, beds in lost[:count])
        bound_s = min(bound_s, -(-(work_s + idle_s) // places))
    return bound_s


def _lost_s(problem: Rounds, hospital: SiteId) -> int:
    """Seconds, from the start and before the end, in which a place of the hospital can treat nobody."""
    groups = [g for g in problem.groups if hospital in g.hospitals]
    there_s = min(
        a.available_s
        + between(problem, a, (a.site, g.site))
        + between(problem, a, (g.site, hospital))
        + g.board_s
        + g.alight_s
        for a in problem.ambulances
        for g in groups
    )
    home_s = min(
        between(problem, a, (hospital, g.site)) + g.board_s + g.alight_s for a in problem.ambulances for g in groups
    )
    return there_s + home_s + 4 * problem.setup_s
