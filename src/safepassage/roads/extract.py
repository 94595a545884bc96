"""Read the roads of an OpenStreetMap extract into a network."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import osmium

from safepassage.model.errors import Fault, InputError, Place
from safepassage.roads.building import Ways, build
from safepassage.roads.network import Floats, Int32s, Int64s, Roads, Tell
from safepassage.roads.profiles import Drive, Pass, read, read_node, relevant, words
from safepassage.roads.restrictions import Restriction, read_restriction, with_restrictions

FRACTIONS_OF_DEGREE: Final = 1e7
NOWHERE: Final = 2**31 - 1
"""What the library gives for a place that is not known."""
TOLD_EACH: Final = 50_000
RESTRICTED: Final = tuple(
    f"restriction:{kind}"
    for kind in ("hgv", "bus", "psv", "motorcar", "motor_vehicle", "emergency", "vehicle", "conditional")
)
USUAL_WAYS_PER_BYTE: Final = 0.015
"""Highways and boats in a byte of an extract, about: for progress only."""


class _Known(NamedTuple):
    """What tags mean that were read before: number of the drive (-1: none), and what is counted."""

    drive: int
    words: tuple[str, ...]


class _Found(NamedTuple):
    """Ways as they are read: references of all after each other, with places in ten millionths of a degree."""

    refs: array[int]
    x: array[int]
    y: array[int]
    size: array[int]
    way: array[int]
    drive: array[int]
    name: array[int]
    drives: list[Drive]
    names: dict[str, int]
    restrictions: list[Restriction]
    counts: Counter[str]


def read_extract(path: Path, *, tracks: bool = False, tell: Tell = lambda _stage, _done: None) -> Roads:
    """Read the roads that a car, an ambulance, a bus or a truck may drive.

    Islands are still in it: see `components.connected`.

    Parameters
    ----------
    path
        An extract as `.osm.pbf`; XML works too.
    tracks
        Whether field and forest tracks are read.
    tell
        Is told how far the reading is.

    Raises
    ------
    InputError
        When the file cannot be read, or holds no road.
    """
    with _faults(path):
        found = _ways(path, tracks=tracks, tell=tell)
        if not found.way:
            raise InputError((_no_roads(path),))
        places = _places(path, found)
        special = _special(path, places.point, found.counts)
    tell("joining roads", 0.0)
    network = build(_whole(found, places), found.drives, tuple(found.names), special)
    if not len(network.edge):
        raise InputError((_no_roads(path),))
    network = with_restrictions(network, found.restrictions, found.counts)
    tell("joining roads", 1.0)
    return Roads(network, dict(sorted(found.counts.items())), np.zeros(0, dtype=np.int32))


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    """Turn what the library says of a broken file into a fault."""
    try:
        yield
    except (RuntimeError, OSError, ValueError) as error:
        fault = Fault(
            code="extract-broken",
            severity="error",
            place=Place(file=path.name),
            what="the extract cannot be read",
            expected="a whole OpenStreetMap extract (.osm.pbf)",
            found=" ".join(str(error).replace(str(path), path.name).split())[:200],
            remedy="download or copy it again, and compare its size with that of the original",
        )
        raise InputError((fault,)) from error


def _no_roads(path: Path) -> Fault:
    return Fault(
        code="extract-without-roads",
        severity="error",
        place=Place(file=path.name),
        what="the extract holds no road that can be driven",
        expected="ways with highway=*, and the nodes that they refer to",
        remedy="take an extract of the area that was not filtered, or check that it was copied whole",
    )


def _ways(path: Path, *, tracks: bool, tell: Tell) -> _Found:
    """Read ways and restrictions; tags that occur again are read once."""
    refs, x, y, size = array("q"), array("i"), array("i"), array("q")
    found = _Found(refs, x, y, size, array("q"), array("i"), array("i"), [], {"": 0}, [], Counter())
    known: dict[tuple[tuple[str, str], ...], _Known] = {}
    expected = max(path.stat().st_size * USUAL_WAYS_PER_BYTE, 1)
    kinds = osmium.filter.EntityFilter(osmium.osm.WAY | osmium.osm.RELATION)
    keys = osmium.filter.KeyFilter("highway", "route", "restriction", *RESTRICTED)
    things = osmium.FileProcessor(str(path)).with_locations("flex_mem").with_filter(kinds).with_filter(keys)
    for number, thing in enumerate(things):
        if number % TOLD_EACH == 0:
            tell("reading roads", min(number / expected, 0.99))
        tags = {tag.k: tag.v for tag in thing.tags}
        if isinstance(thing, osmium.osm.Relation):
            members = ((member.type, member.ref, member.role) for member in thing.members)
            found.restrictions.extend(read_restriction(tags, members, found.counts))
            continue
        drive = _drive(tags, known, found, tracks=tracks)
        if drive >= 0 and isinstance(thing, osmium.osm.Way):
            for node in thing.nodes:
                found.refs.append(node.ref)
                found.x.append(node.x)
                found.y.append(node.y)
            found.size.append(len(thing.nodes))
            found.way.append(thing.id)
            found.drive.append(drive)
            found.name.append(found.names.setdefault(name_of(tags), len(found.names)))
    tell("reading roads", 1.0)
    return found


def name_of(tags: dict[str, str]) -> str:
    """Return what a road is called, on one line: its name, else its number."""
    return " ".join((tags.get("name") or tags.get("ref") or "").split())


def _drive(
    tags: dict[str, str], known: dict[tuple[tuple[str, str], ...], _Known], found: _Found, *, tracks: bool
) -> int:
    """Return the number of what a way's tags mean, -1 where nobody drives it; count what is to be told of it."""
    looked_at = relevant(tags)
    key = tuple(sorted(looked_at.items()))
    if key not in known:
        reading = read(looked_at, tracks=tracks)
        known[key] = _Known(-1 if reading.drive is None else len(found.drives), words(reading))
        if reading.drive is not None:
            found.drives.append(reading.drive)
    found.counts.update(known[key].words)
    return known[key].drive


class _Places(NamedTuple):
    """Points of roads, sorted by number, and where they lie; NaN where the extract does not say."""

    point: Int64s
    refs: Int64s
    lon: Floats
    lat: Floats


def _places(path: Path, found: _Found) -> _Places:
    """Sort the points of roads, and find where they lie."""
    point, first, refs = np.unique(np.frombuffer(found.refs, dtype=np.int64), return_index=True, return_inverse=True)
    x, y = (np.frombuffer(values, dtype=np.int32)[first] for values in (found.x, found.y))
    if point[0] < 0 or (x == NOWHERE).all():
        # editors give negative numbers to new points, which the library's index does not hold; and in a file that is
        # not sorted the points come too late for it
        x, y = _read_places(path, point)
    known = x != NOWHERE
    lon, lat = (np.where(known, values / FRACTIONS_OF_DEGREE, np.nan) for values in (x, y))
    return _Places(point, refs.reshape(-1).astype(np.int64), lon, lat)


def _read_places(path: Path, point: Int64s) -> tuple[Int32s, Int32s]:
    """Look at every point of the file, slowly."""
    x, y = np.full(len(point), NOWHERE, dtype=np.int32), np.full(len(point), NOWHERE, dtype=np.int32)
    index = {number: at for at, number in enumerate(point.tolist())}
    for node in osmium.FileProcessor(str(path), osmium.osm.NODE):
        if isinstance(node, osmium.osm.Node) and node.id in index:
            x[index[node.id]], y[index[node.id]] = node.location.x, node.location.y
    return x, y


def _whole(found: _Found, places: _Places) -> Ways:
    """Put ways and the places of their points together; points without a place are missing."""
    missing = np.isnan(places.lon)
    found.counts["points missing"] += int(missing.sum())
    return Ways(
        point=places.point,
        lon=places.lon,
        lat=places.lat,
        refs=np.where(missing[places.refs], -1, places.refs),
        at=np.append(0, np.cumsum(np.frombuffer(found.size, dtype=np.int64))),
        drive=np.frombuffer(found.drive, dtype=np.int32),
        way=np.frombuffer(found.way, dtype=np.int64),
        name=np.frombuffer(found.name, dtype=np.int32),
        stretched=np.ones(len(found.way)),
    )


def _special(path: Path, point: Int64s, counts: Counter[str]) -> dict[int, Pass]:
    """Find barriers and fords on points of roads, by number of the point."""
    found: dict[int, Pass] = {}
    keys = osmium.filter.KeyFilter("barrier", "ford")
    for node in osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(keys):
        at = int(np.searchsorted(point, node.id))
        if at < len(point) and point[at] == node.id:
            unread: set[str] = set()
            passing = read_node({tag.k: tag.v for tag in node.tags}, unread)
            counts.update(f"unread {word}" for word in unread)
            if passing is not None:
                found[at] = passing
                counts["barriers closed" if not passing.bits else "barriers and fords"] += 1
    return found
