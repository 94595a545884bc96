"""Routes join up, and every link is open from entry to exit."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from safepassage.model.fleet import Vehicle
from safepassage.model.ids import ClauseId, LinkId, SiteId
from safepassage.model.places import Link
from safepassage.model.plan import Violation
from safepassage.rules.case import Case, Drive
from safepassage.rules.details import Figures
from safepassage.rules.openness import Openness, openness
from safepassage.rules.violations import at_stop, broken


class Obstacle(Struct, frozen=True, kw_only=True):
    """What a drive over a link runs against: the rule, the clauses that say so, what is said with its figures."""

    rule: str
    link: LinkId
    clauses: tuple[ClauseId, ...]
    said: str
    figures: Figures


def routes(case: Case) -> Iterator[Violation]:
    """Demand that the links of a drive lead from where the vehicle was to the stop, one-way links forwards."""
    for drive in _all_drives(case):
        place: SiteId | None = drive.origin
        for link in drive.links:
            place = None if place is None else beyond(link, place)
        if place != drive.stop.site:
            figures: Figures = {"links": drive.stop.route, "origin": drive.origin, "site": drive.stop.site}
            yield broken("route-broken", "route", at_stop(drive.trip.id, drive.index), **figures)
        for link in _passed_accesses(drive):
            subjects = at_stop(drive.trip.id, drive.index), f"links/{link.id}"
            yield broken("route-broken", "route-access", *subjects, link=link.id, site=link.start)


def _passed_accesses(drive: Drive) -> Iterator[Link]:
    """Give accesses that a drive passes on its way to somewhere else."""
    last = len(drive.links) - 1
    for position, link in enumerate(drive.links):
        leaves = position == 0 and link.start == drive.origin
        enters = position == last and link.start == drive.stop.site
        if link.access and not (leaves or enters):
            yield link


def beyond(link: Link, place: SiteId) -> SiteId | None:
    """Return the site at the other end of `link` when driven from `place`, or None where that is not allowed."""
    if link.start == place:
        return link.end
    if link.both_ways and link.end == place:
        return link.start
    return None


def open_links(case: Case) -> Iterator[Violation]:
    """Every link is open while it is driven."""
    for drive, obstacle in obstacles(case):
        subjects = at_stop(drive.trip.id, drive.index), f"links/{obstacle.link}"
        clauses = (f"clauses/{clause}" for clause in obstacle.clauses)
        yield broken(obstacle.rule, obstacle.said, *subjects, *clauses, **obstacle.figures)


def passable_links(case: Case) -> Iterator[Violation]:
    """Every link that is driven lets its vehicle pass."""
    for drive in _all_drives(case):
        vehicle = case.vehicles[drive.trip.vehicle]
        for link in drive.links:
            for said, figures in unfit(vehicle, link):
                subjects = at_stop(drive.trip.id, drive.index), f"links/{link.id}", f"vehicles/{vehicle.id}"
                yield broken("link-unfit", said, *subjects, **figures)


def unfit(vehicle: Vehicle, link: Link) -> Iterator[tuple[str, Figures]]:
    """Say why a link does not let a vehicle pass: what is said, and its figures."""
    if vehicle.profile is None:
        return
    if vehicle.profile in link.closed_to:
        yield "closed-to", {"link": link.id, "profile": vehicle.profile}
    for own, most, said in (
        (vehicle.size.weight_kg, link.max_weight_kg, "too-heavy"),
        (vehicle.size.height_cm, link.max_height_cm, "too-high"),
        (vehicle.size.width_cm, link.max_width_cm, "too-wide"),
    ):
        if 0 < most < own:
            yield said, {"vehicle": vehicle.id, "own": own, "link": link.id, "most": most}


def night_drives(case: Case) -> Iterator[Violation]:
    """Whoever does not drive slowly drives by day only."""
    night = case.operation.night
    if night is None:
        return
    for drive in _all_drives(case):
        exit_s = drive.depart_s + drive.drive_s
        for dark in night.windows if drive.links and not drive.stop.slow else ():
            if drive.depart_s < dark.until_s and dark.from_s < exit_s:
                subjects = at_stop(drive.trip.id, drive.index), "operation/night"
                figures: Figures = {"from_s": drive.depart_s, "until_s": exit_s, "night_s": dark.from_s}
                yield broken("night-too-fast", "night", *subjects, **figures)


def obstacles(case: Case) -> Iterator[tuple[Drive, Obstacle]]:
    """Give every drive with every obstacle it runs against."""
    driven = {link.id: link for drive in _all_drives(case) for link in drive.links}
    states = openness(case.operation, driven.values())
    for drive in _all_drives(case):
        entry_s = drive.depart_s
        for link, over_s in zip(drive.links, drive.over_s, strict=True):
            exit_s = entry_s + over_s
            for obstacle in against(states[link.id], link.id, entry_s, exit_s):
                yield drive, obstacle
            entry_s = exit_s


def against(state: Openness, link: LinkId, entry_s: int, exit_s: int) -> Iterator[Obstacle]:
    """Give what stands against driving `link` from `entry_s` to `exit_s`."""
    driven: Figures = {"link": link, "from_s": entry_s, "until_s": exit_s}
    if state.areas:
        yield Obstacle(rule="area-crossed", link=link, clauses=state.areas, said="area", figures={"link": link})
    if state.refusals:
        rule, said = "link-without-consent", "consent-refused"
        yield Obstacle(rule=rule, link=link, clauses=state.refusals, said=said, figures={"link": link})
    elif state.asks_consent and not any(window.holds(entry_s, exit_s) for window in state.consented):
        rule, said = "link-without-consent", "consent-window"
        yield Obstacle(rule=rule, link=link, clauses=state.consents, said=said, figures=driven)
    for closure in state.closures:
        if entry_s < closure.until_s and closure.from_s < exit_s:
            figures = driven | {"closed_s": closure.from_s, "opened_s": closure.until_s}
            yield Obstacle(rule="link-closed", link=link, clauses=(), said="closed", figures=figures)


def _all_drives(case: Case) -> Iterator[Drive]:
    for chain in case.drives.values():
        yield from chain
