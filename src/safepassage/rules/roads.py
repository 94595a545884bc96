"""Routes join up, and every link is open from entry to exit."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from safepassage.model.ids import ClauseId, LinkId, SiteId
from safepassage.model.places import Link
from safepassage.model.plan import Violation
from safepassage.model.travel import drive_s
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


def obstacles(case: Case) -> Iterator[tuple[Drive, Obstacle]]:
    """Give every drive with every obstacle it runs against."""
    driven = {link.id: link for drive in _all_drives(case) for link in drive.links}
    states = openness(case.operation, driven.values())
    for drive in _all_drives(case):
        entry_s = drive.depart_s
        for link in drive.links:
            exit_s = entry_s + drive_s(link.travel_s, drive.trip.speed_percent)
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
