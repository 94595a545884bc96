"""Is there a road, and may it be driven: from where people and vehicles are to where they must be.

Connectivity is worked out twice, on all links and on those that clauses and closures ever leave open. The search counts
the links that are never open on the way, so that the fewest that would have to be opened are named.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from safepassage.model.errors import Fault
from safepassage.model.fleet import Convoy, Vehicle
from safepassage.model.ids import LinkId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.places import FINAL_KINDS, Link
from safepassage.model.time import Window
from safepassage.model.travel import drive_s
from safepassage.rules.case import grouped
from safepassage.rules.openness import ALWAYS, Openness, joined_windows, openness
from safepassage.rules.premises.findings import clash, few
from safepassage.rules.premises.fleet import final_carriers, shuttles, sites_with_people
from safepassage.rules.roads import unfit


class Step(Struct, frozen=True, kw_only=True):
    """How far a site is from those searched from: links never open on the way, the next link and the site after it."""

    closed: int
    link: LinkId | None = None
    following: SiteId | None = None


class Net(Struct, frozen=True, kw_only=True):
    """Links forwards and backwards from each site, and why some are never open (cells that say so).

    `unfit` are those of them that do not let who is asked about pass.
    """

    forwards: dict[SiteId, tuple[tuple[SiteId, LinkId], ...]]
    backwards: dict[SiteId, tuple[tuple[SiteId, LinkId], ...]]
    never: dict[LinkId, tuple[str, ...]]
    unfit: frozenset[LinkId] = frozenset()


def faults_of_people(operation: Operation, net: Net) -> Iterator[Fault]:
    """Find people without a road to where they end, and those whom no vehicle gets to."""
    carrying = shuttles(operation) if operation.convoys else final_carriers(operation)
    passable = for_vehicles(operation, net, carrying, together=False)
    yield from _people(operation, passable)
    yield from _vehicles(operation, passable)
    ambulances = [vehicle for vehicle in operation.vehicles if vehicle.kind == "ambulance"]
    yield from _patients(operation, for_vehicles(operation, net, ambulances, together=False))


def faults_of_convoys(operation: Operation, net: Net) -> Iterator[Fault]:
    """Find convoys without vehicles, or without a road to gather and to go."""
    by_convoy = grouped((vehicle.convoy, vehicle) for vehicle in operation.vehicles if vehicle.convoy)
    for convoy in operation.convoys:
        members = by_convoy.get(convoy.id, ())
        if not members:
            what = f"convoy {convoy.id} has no vehicles"
            yield clash("convoy-without-vehicles", what, [f"convoys/{convoy.id}/id"], remedy="assign vehicles to it")
        passable = for_vehicles(operation, net, members, together=True)
        steps = search(passable.backwards, passable.never, [convoy.assembly])
        for vehicle in members:
            words = f"{vehicle.id} does not get to the assembly site {convoy.assembly}"
            yield from _found(passable, steps, vehicle.site, [f"vehicles/{vehicle.id}/site"], words)
        yield from _way(convoy, passable)


def net_of(operation: Operation, links: tuple[Link, ...]) -> Net:
    """Lay out the links in both directions, and say which are never open at the fastest vehicle's speed."""
    arcs = [(link.start, link.end, link.id) for link in links]
    arcs += [(link.end, link.start, link.id) for link in links if link.both_ways]
    states = openness(operation, links)
    percent = max((vehicle.speed_percent for vehicle in operation.vehicles), default=100)
    whole = Window(from_s=0, until_s=operation.limits.horizon_s)
    return Net(
        forwards=grouped((start, (end, link)) for start, end, link in arcs),
        backwards=grouped((end, (start, link)) for start, end, link in arcs),
        never={
            link.id: _why(link, states[link.id])
            for link in links
            if not ever_open(states[link.id], drive_s(link.travel_s, percent), whole)
        },
    )


def for_vehicles(operation: Operation, net: Net, vehicles: Iterable[Vehicle], *, together: bool) -> Net:
    """Shut the links that let none of the vehicles pass; that one of them cannot pass, where they go `together`."""
    asked = {(one.profile, one.size): one for one in vehicles}.values()
    says = any if together else all
    shut = [link.id for link in operation.links if asked and says(any(unfit(one, link)) for one in asked)]
    cells = {link: net.never.get(link, ()) for link in shut}
    return replace(net, never=net.never | cells, unfit=frozenset(shut))


def ever_open(state: Openness, duration_s: int, whole: Window) -> bool:
    """Tell whether a link can be driven in `duration_s` at any time within `whole`."""
    if state.areas or state.refusals:
        return False
    free = [
        Window(from_s=max(window.from_s, whole.from_s), until_s=min(window.until_s, whole.until_s))
        for window in (state.consented if state.asks_consent else (ALWAYS,))
    ]
    shut = joined_windows(Window(from_s=one.from_s, until_s=one.until_s) for one in state.closures)
    return any(until_s - from_s >= duration_s for window in free for from_s, until_s in _between(window, shut))


def _between(window: Window, shut: tuple[Window, ...]) -> Iterator[tuple[int, int]]:
    from_s = window.from_s
    for closure in shut:
        yield from_s, min(closure.from_s, window.until_s)
        from_s = max(from_s, closure.until_s)
    yield from_s, window.until_s


def _why(link: Link, state: Openness) -> tuple[str, ...]:
    clauses = (*state.areas, *state.refusals, *state.consents)
    cells = [f"clauses/{clause}/kind" for clause in clauses]
    # a closure by its shape has no road to name it by: its reason tells people which is meant
    cells += [f"closures/{closure.link or closure.reason}/from_s" for closure in state.closures]
    # a link that a party controls without any clause about it: the link itself is what to look at
    return tuple(cells) or (f"links/{link.id}/controlled_by",)


def search(
    arcs: dict[SiteId, tuple[tuple[SiteId, LinkId], ...]], never: Iterable[LinkId], sources: Iterable[SiteId]
) -> dict[SiteId, Step]:
    """Search from `sources` along `arcs` for the ways with the fewest links of `never`."""
    closed = set(never)
    found = {source: Step(closed=0) for source in sorted(sources)}
    waiting = deque(found)
    while waiting:
        site = waiting.popleft()
        for other, link in arcs.get(site, ()):
            count = found[site].closed + (link in closed)
            if other not in found or count < found[other].closed:
                found[other] = Step(closed=count, link=link, following=site)
                if link in closed:
                    waiting.append(other)
                else:
                    waiting.appendleft(other)
    return found


def closed_links(steps: dict[SiteId, Step], site: SiteId, never: Iterable[LinkId]) -> list[LinkId]:
    """Name the links on the way between `site` and those searched from that are never open."""
    names = []
    step = steps[site]
    while step.link is not None and step.following is not None:
        if step.link in never:
            names.append(step.link)
        step = steps[step.following]
    return names


def _found(net: Net, steps: dict[SiteId, Step], site: SiteId, subjects: Iterable[str], words: str) -> Iterator[Fault]:
    """Give the fault of `site` in `steps`, if there is one."""
    step = steps.get(site)
    if step is None:
        remedy = "add the missing road to the table of links, or correct the site"
        yield clash("unreachable-site", f"{words}: there is no road", subjects, remedy=remedy)
    elif step.closed:
        links = closed_links(steps, site, net.never)
        narrow = [link for link in links if link in net.unfit]
        if narrow:
            yield clash(
                "no-fitting-road",
                f"{words}: no road lets the vehicles pass",
                (*subjects, *(f"links/{link}/id" for link in narrow)),
                found=f"too low, too narrow, too weak or closed to them: {few(narrow)}",
                remedy="send other vehicles, give these vehicles' own measures, or add another road",
            )
            return
        cells = dict.fromkeys(cell for link in links for cell in net.never[link])
        yield clash(
            "no-consented-road",
            f"{words}: every road is closed to it",
            (*subjects, *(f"links/{link}/id" for link in links), *cells),
            found=f"never open on the best way: {few(links)}; because of {few(cell.split('/')[1] for cell in cells)}",
            remedy="obtain the consent or the opening of these links, or add another road",
        )


def _people(operation: Operation, net: Net) -> Iterator[Fault]:
    """From each waiting site to where its people end, or to the assembly site of a convoy that goes there."""
    finals = frozenset(site.id for site in operation.sites if site.kind in FINAL_KINDS)
    searches: dict[frozenset[SiteId], dict[SiteId, Step]] = {}
    wishes = grouped(((person.site, person.destination), person) for person in operation.people if person.travels)
    for (site, wanted), people in wishes.items():
        targets = frozenset([wanted]) if wanted else finals
        if operation.convoys:
            targets = frozenset(one.assembly for one in operation.convoys if wanted in ("", one.destination))
        if not targets:
            continue
        if targets not in searches:
            searches[targets] = search(net.backwards, net.never, targets)
        subjects = [f"sites/{site}/id"]
        words = f"{len(people)} people at {site} cannot be brought to {few(sorted(targets))}"
        yield from _found(net, searches[targets], site, subjects, words)


def _vehicles(operation: Operation, net: Net) -> Iterator[Fault]:
    """Check that some vehicle that may bring people gets to every site where they wait."""
    assemblies = {convoy.assembly for convoy in operation.convoys}
    carrying = shuttles(operation) if assemblies else final_carriers(operation)
    if carrying:
        steps = search(net.forwards, net.never, {vehicle.site for vehicle in carrying})
        for site in sites_with_people(operation):
            if site not in assemblies:
                words = f"no vehicle that may bring people gets to {site}"
                yield from _found(net, steps, site, [f"sites/{site}/id"], words)


def _patients(operation: Operation, net: Net) -> Iterator[Fault]:
    """Ambulances reach every patient; a hospital can be reached from there, and left again."""
    every = frozenset(site.id for site in operation.sites if site.kind == "hospital")
    ambulances = {vehicle.site for vehicle in operation.vehicles if vehicle.kind == "ambulance"}
    steps = search(net.forwards, net.never, ambulances)
    patients = grouped(
        ((person.site, person.hospital), person)
        for person in operation.people
        if person.travels and person.treatment_s > 0
    )
    for (site, wanted), people in patients.items():
        subjects = tuple(f"people/{person.id}/hospital" for person in people)
        hospitals = frozenset([wanted]) if wanted else every
        if not hospitals:
            what = f"{len(people)} people at {site} need treatment, and there is no hospital"
            yield clash("no-hospital", what, subjects, remedy="add a hospital to the sites")
            continue
        if ambulances:
            yield from _found(net, steps, site, subjects, f"no ambulance gets to {site}")
        out = search(net.backwards, net.never, hospitals)
        yield from _found(net, out, site, subjects, f"patients at {site} cannot be brought to {few(sorted(hospitals))}")
        back = search(net.forwards, net.never, hospitals)
        yield from _found(net, back, site, subjects, f"patients from {site} cannot be brought back from hospital")


def _way(convoy: Convoy, net: Net) -> Iterator[Fault]:
    """Go leg by leg from the assembly site by the halts to the destination."""
    place = convoy.assembly
    for end in (*(halt.site for halt in convoy.halts), convoy.destination):
        steps = search(net.backwards, net.never, [end])
        words = f"convoy {convoy.id} does not get from {place} to {end}"
        if place not in steps and end != convoy.destination:
            remedy = "correct the site of the halt, or add the road to it"
            yield clash("halt-off-road", f"{words}: there is no road", [f"convoys/{convoy.id}/halts"], remedy=remedy)
        else:
            yield from _found(net, steps, place, [f"convoys/{convoy.id}/destination"], words)
        place = end
