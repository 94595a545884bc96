"""Routes join up, and every link is open from entry to exit."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from safepassage.model.fleet import Vehicle
from safepassage.model.ids import ClauseId, LinkId, SiteId
from safepassage.model.places import Link
from safepassage.model.plan import Violation
from safepassage.rules.case import Case, Drive
from safepassage.rules.openness import Openness, openness
from safepassage.rules.violations import at_stop, broken


class Obstacle(Struct, frozen=True, kw_only=True):
    """What a drive over a link runs against: the rule, the clauses that say so, the words."""

    rule: str
    link: LinkId
    clauses: tuple[ClauseId, ...]
    words: str


def routes(case: Case) -> Iterator[Violation]:
    """Demand that the links of a drive lead from where the vehicle was to the stop, one-way links forwards."""
    for drive in _all_drives(case):
        place: SiteId | None = drive.origin
        for link in drive.links:
            place = None if place is None else beyond(link, place)
        if place != drive.stop.site:
            detail = f"the links {', '.join(drive.stop.route)} do not lead from {drive.origin} to {drive.stop.site}"
            yield broken("route-broken", detail, at_stop(drive.trip.id, drive.index))
        for link in _passed_accesses(drive):
            detail = f"{link.id} is an access of {link.start}: it is driven at the beginning or the end of a drive only"
            yield broken("route-broken", detail, at_stop(drive.trip.id, drive.index), f"links/{link.id}")


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
        yield broken(obstacle.rule, obstacle.words, *subjects, *(f"clauses/{clause}" for clause in obstacle.clauses))


def passable_links(case: Case) -> Iterator[Violation]:
    """Every link that is driven lets its vehicle pass."""
    for drive in _all_drives(case):
        vehicle = case.vehicles[drive.trip.vehicle]
        for link in drive.links:
            for words in unfit(vehicle, link):
                subjects = at_stop(drive.trip.id, drive.index), f"links/{link.id}", f"vehicles/{vehicle.id}"
                yield broken("link-unfit", words, *subjects)


def unfit(vehicle: Vehicle, link: Link) -> Iterator[str]:
    """Say why a link does not let a vehicle pass."""
    if vehicle.profile is None:
        return
    if vehicle.profile in link.closed_to:
        yield f"{link.id} is closed to vehicles that count as {vehicle.profile}"
    for own, most, what in (
        (vehicle.size.weight_kg, link.max_weight_kg, "kg"),
        (vehicle.size.height_cm, link.max_height_cm, "cm high"),
        (vehicle.size.width_cm, link.max_width_cm, "cm wide"),
    ):
        if 0 < most < own:
            yield f"{vehicle.id} counts as {own} {what}, {link.id} takes {most} at most"


def night_drives(case: Case) -> Iterator[Violation]:
    """Whoever does not drive slowly drives by day only."""
    night = case.operation.night
    if night is None:
        return
    for drive in _all_drives(case):
        exit_s = drive.depart_s + drive.drive_s
        for dark in night.windows if drive.links and not drive.stop.slow else ():
            if drive.depart_s < dark.until_s and dark.from_s < exit_s:
                words = f"driven from {drive.depart_s} to {exit_s} s as by day, and it is night from {dark.from_s} s"
                yield broken("night-too-fast", words, at_stop(drive.trip.id, drive.index), "operation/night")


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
    if state.areas:
        words = f"{link} lies in an area that is not crossed"
        yield Obstacle(rule="area-crossed", link=link, clauses=state.areas, words=words)
    if state.refusals:
        words = f"consent for {link} is not granted"
        yield Obstacle(rule="link-without-consent", link=link, clauses=state.refusals, words=words)
    elif state.asks_consent and not any(window.holds(entry_s, exit_s) for window in state.consented):
        words = f"{link} is driven from {entry_s} to {exit_s} s without the consent of who controls it"
        yield Obstacle(rule="link-without-consent", link=link, clauses=state.consents, words=words)
    for closure in state.closures:
        if entry_s < closure.until_s and closure.from_s < exit_s:
            words = (
                f"{link} is driven from {entry_s} to {exit_s} s, closed from {closure.from_s} to {closure.until_s} s"
            )
            yield Obstacle(rule="link-closed", link=link, clauses=(), words=words)


def _all_drives(case: Case) -> Iterator[Drive]:
    for chain in case.drives.values():
        yield from chain
