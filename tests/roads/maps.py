"""Small maps: sites, links, what opens and closes them; and a reading of the rules too simple to be wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from safepassage.model.clauses import Area, Clause, Consent
from safepassage.model.fleet import Vehicle
from safepassage.model.ids import ClauseId, LinkId, PartyId, SiteId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.places import Closure, Link, Site
from safepassage.model.time import Window
from safepassage.model.travel import drive_s

SPAN = st.tuples(st.integers(0, 60), st.integers(0, 40)).map(lambda pair: window(pair[0], pair[0] + pair[1]))


def window(from_s: int, until_s: int) -> Window:
    return Window(from_s=from_s, until_s=until_s)


def site(name: str, lon: float = 0.0, lat: float = 0.0, **more: Any) -> Site:
    return Site(id=SiteId(name), lon=lon, lat=lat, **{"kind": "pickup"} | more)


def link(name: str, ends: str, travel_s: int = 10, **more: Any) -> Link:
    start, end = ends.split("-")
    told: dict[str, Any] = {"length_m": travel_s * 10} | more
    return Link(id=LinkId(name), start=SiteId(start), end=SiteId(end), travel_s=travel_s, **told)


def closure(name: str, from_s: int, until_s: int) -> Closure:
    return Closure(link=LinkId(name), from_s=from_s, until_s=until_s)


def consent(
    name: str, *links: str, granted: bool = True, windows: tuple[Window, ...] = (), party: str = "army"
) -> Consent:
    return Consent(
        id=ClauseId(name), party=PartyId(party), links=tuple(map(LinkId, links)), granted=granted, windows=windows
    )


def area(name: str, *links: str, polygon: tuple[tuple[float, float], ...] = ()) -> Area:
    return Area(id=ClauseId(name), party=PartyId("militia"), links=tuple(map(LinkId, links)), polygon=polygon)


def operation(
    links: Iterable[Link],
    *,
    sites: Iterable[Site] = (),
    clauses: Iterable[Clause] = (),
    closures: Iterable[Closure] = (),
    speeds: Iterable[int] = (100,),
) -> Operation:
    """Make an operation of links; sites that are not given are made of the links' ends."""
    roads = tuple(links)
    known = {one.id: one for one in sites}
    for one in roads:
        for end in (one.start, one.end):
            known.setdefault(end, site(end))
    return Operation(
        id="map",
        title="",
        time_zone="UTC",
        start=datetime(2026, 1, 1, tzinfo=UTC),
        people=(),
        vehicles=tuple(
            Vehicle(id=VehicleId(f"v{speed}"), kind="bus", site=roads[0].start, seats=1, speed_percent=speed)
            for speed in speeds
        ),
        sites=tuple(known.values()),
        links=roads,
        clauses=tuple(clauses),
        closures=tuple(closures),
    )


def may_drive(asked: Operation, one: Link, entry_s: int, exit_s: int) -> bool:
    """Say whether a link that no polygon touches is open, sentence by sentence as the page on a plan's meaning says."""
    consents = [clause for clause in asked.clauses if isinstance(clause, Consent)]
    if any(isinstance(clause, Area) and one.id in clause.links for clause in asked.clauses):
        return False
    if any(one.id in clause.links and not clause.granted for clause in consents):
        return False
    if any(gap.link == one.id and entry_s < gap.until_s and gap.from_s < exit_s for gap in asked.closures):
        return False
    if not one.controlled_by:
        return True
    theirs = [
        clause
        for clause in consents
        if clause.granted and clause.party == one.controlled_by and (not clause.links or one.id in clause.links)
    ]
    if any(not clause.windows for clause in theirs):
        return True
    # several consents add up: every second from entry to exit lies in one of them, and none begins between two
    windows = [spell for clause in theirs for spell in clause.windows]
    seconds = range(entry_s, exit_s + 1)
    held = all(any(spell.holds(at_s, at_s) for spell in windows) for at_s in seconds)
    return held and all(any(spell.holds(a, b) for spell in windows) for a, b in pairwise(seconds))


def ways(asked: Operation, origin: str, end: str) -> Iterator[tuple[Link, ...]]:
    """Give every way from one site to another that passes none twice."""
    waiting: list[tuple[str, tuple[str, ...], tuple[Link, ...]]] = [(origin, (origin,), ())]
    while waiting:
        place, passed, path = waiting.pop()
        if place == end:
            yield path
            continue
        for one in asked.links:
            onward = [one.end] if one.start == place else []
            onward += [one.start] if one.both_ways and one.end == place else []
            waiting += [(other, (*passed, other), (*path, one)) for other in onward if other not in passed]


def open_at(asked: Operation, path: Iterable[Link], speed: int, depart_s: int) -> bool:
    """Say whether every link of a way is open from entry to exit."""
    entry_s = depart_s
    for one in path:
        exit_s = entry_s + drive_s(one.travel_s, speed)
        if not may_drive(asked, one, entry_s, exit_s):
            return False
        entry_s = exit_s
    return True


@st.composite
def clauses_about(draw: st.DrawFn, names: list[str]) -> list[Clause]:
    """Draw clauses about some links: consents of two parties, granted or not, and an area."""
    found: list[Clause] = []
    for number in range(draw(st.integers(0, 3))):
        about = draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
        windows = tuple(draw(st.lists(SPAN, max_size=2)))
        granted = draw(st.sampled_from((True, True, True, False)))
        party = draw(st.sampled_from(("army", "army", "side")))
        found.append(consent(f"c{number}", *about, granted=granted, windows=windows, party=party))
    if draw(st.sampled_from((False, False, False, True))):
        found.append(area("area", draw(st.sampled_from(names))))
    return found


@st.composite
def maps(draw: st.DrawFn) -> Operation:
    """Draw a map of up to five sites whose ways all take different times; up to three links are not always open."""
    count = draw(st.integers(2, 5))
    names = [f"s{number}" for number in range(count)]
    pairs = [f"{a}-{b}" for a in names for b in names if a != b]
    ends = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=7))
    places = draw(st.permutations(range(len(ends))))
    special = [f"l{number}" for number in range(min(3, len(ends)))]
    links = [
        link(
            f"l{number}",
            pair,
            2**place,
            both_ways=draw(st.booleans()),
            controlled_by=PartyId(draw(st.sampled_from(("", "army"))) if f"l{number}" in special else ""),
        )
        for number, (pair, place) in enumerate(zip(ends, places, strict=True))
    ]
    closed = draw(st.lists(st.tuples(st.sampled_from(special), SPAN), max_size=2))
    return operation(
        links,
        sites=[site(name, kind="junction" if name == "s4" else "pickup") for name in names],
        clauses=draw(clauses_about(special)),
        closures=[closure(name, spell.from_s, spell.until_s) for name, spell in closed],
        speeds=(draw(st.sampled_from((50, 100))),),
    )
