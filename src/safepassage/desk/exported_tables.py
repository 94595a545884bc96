"""The tables about no person that are handed out: places, vehicles, roads, what is closed, who drives when."""

from __future__ import annotations

from collections.abc import Iterator

from safepassage.desk.material import Material
from safepassage.exchange.dataset import Column, Dataset, Reference, Row
from safepassage.model.operation import is_assumption


def sites(material: Material) -> Dataset:
    """Return the places, with their P-codes."""
    columns = (
        Column(name="id", required=True), Column(name="pcode", help="P-code of the place or its area"),
        Column(name="name"), Column(name="name_ar"), Column(name="kind", required=True),
        Column(name="lon", kind="number", required=True, help="degrees east, WGS 84"),
        Column(name="lat", kind="number", required=True, help="degrees north, WGS 84"),
        Column(name="bays", kind="integer", help="vehicles served at once; 0: no limit"),
        Column(name="capacity", kind="integer", help="people taken; 0: no limit"),
        Column(name="takes_stretchers", kind="boolean"), Column(name="rest", kind="boolean"),
        Column(name="fuel", kind="boolean"), Column(name="source"),
    )  # fmt: skip
    return Dataset(name="sites", title="Places", columns=columns, key=("id",), rows=[
        (one.id, one.pcode, one.name, one.name_ar, one.kind, one.lon, one.lat, one.bays, one.capacity,
         one.takes_stretchers, one.rest, one.fuel, one.source)
        for one in material.operation.sites
    ])  # fmt: skip


def vehicles(material: Material) -> Dataset:
    """Return the vehicles."""
    columns = (
        Column(name="id", required=True), Column(name="name"), Column(name="kind", required=True),
        Column(name="site", required=True, help="where it stands at first"),
        Column(name="seats", kind="integer", required=True), Column(name="wheelchair_bays", kind="integer"),
        Column(name="stretchers", kind="integer"), Column(name="crews", kind="integer"), Column(name="convoy"),
        Column(name="position", help="in the convoy"), Column(name="source"),
    )  # fmt: skip
    return Dataset(name="vehicles", title="Vehicles", columns=columns, key=("id",), rows=[
        (one.id, one.name, one.kind, one.site, one.seats, one.wheelchair_bays, one.stretchers, one.crews, one.convoy,
         one.position, one.source)
        for one in material.operation.vehicles
    ], references=(Reference(column="site", dataset="sites", key="id"),))  # fmt: skip


def roads(material: Material) -> Dataset:
    """Return the stretches of road; their shapes are in the exports for maps."""
    columns = (
        Column(name="id", required=True), Column(name="start", required=True), Column(name="end", required=True),
        Column(name="name"), Column(name="length_m", kind="integer"),
        Column(name="travel_s", kind="integer", help="at 100 % speed"), Column(name="both_ways", kind="boolean"),
        Column(name="controlled_by", help="the party that holds it"), Column(name="source"),
    )  # fmt: skip
    return Dataset(name="roads", title="Roads", columns=columns, key=("id",), rows=[
        (one.id, one.start, one.end, one.name, one.length_m, one.travel_s, one.both_ways, one.controlled_by, one.source)
        for one in material.operation.links
    ], references=(Reference(column="start", dataset="sites", key="id"),
                   Reference(column="end", dataset="sites", key="id")))  # fmt: skip


def closures(material: Material) -> Dataset:
    """Return what is closed, from when until when."""
    columns = (
        Column(name="link"), Column(name="from", kind="datetime", required=True),
        Column(name="until", kind="datetime", required=True), Column(name="reason"), Column(name="source"),
    )  # fmt: skip
    return Dataset(name="closures", title="Closed roads", columns=columns, rows=[
        (one.link, material.at(one.from_s), material.at(one.until_s), one.reason, one.source)
        for one in material.operation.closures
    ])  # fmt: skip


def trips(material: Material) -> Dataset:
    """Return who drives when: a row for each stop of each trip of the plan."""
    columns = (
        Column(name="trip", required=True), Column(name="stop", kind="integer", required=True),
        Column(name="vehicle", required=True), Column(name="kind"), Column(name="convoy"),
        Column(name="site", required=True), Column(name="pcode"), Column(name="arrives", kind="datetime"),
        Column(name="departs", kind="datetime"), Column(name="people", kind="integer", help="aboard on departure"),
        Column(name="wheelchair", kind="integer"), Column(name="stretcher", kind="integer"),
    )  # fmt: skip
    return Dataset(
        name="trips", title="Trips of the plan", columns=columns, key=("trip", "stop"), rows=list(_stops(material)),
        references=(Reference(column="vehicle", dataset="vehicles", key="id"),
                    Reference(column="site", dataset="sites", key="id")),
    )  # fmt: skip


def _stops(material: Material) -> Iterator[Row]:
    pcodes = {site.id: site.pcode for site in material.operation.sites}
    for trip in material.plan.trips if material.plan else ():
        for number, stop in enumerate(trip.stops, start=1):
            yield (trip.id, number, trip.vehicle, trip.kind, trip.convoy, stop.site, pcodes.get(stop.site, ""),
                   material.at(stop.arrive_s), material.at(stop.depart_s), stop.load.people, stop.load.wheelchair,
                   stop.load.stretcher)  # fmt: skip


def positions(material: Material) -> Dataset:
    """Return where vehicles were, as exactly as may be told."""
    columns = (
        Column(name="vehicle", required=True), Column(name="at", kind="datetime", required=True),
        Column(name="lat", kind="number", required=True), Column(name="lon", kind="number", required=True),
        Column(name="accuracy_m", kind="integer"),
        Column(name="exactness", choices=("exact", "late-and-coarse"), required=True),
    )  # fmt: skip
    exactness = "exact" if material.exact else "late-and-coarse"
    rows = [
        (vehicle, material.at_ms(fix.at_ms), fix.lat_e7 / 10_000_000, fix.lon_e7 / 10_000_000, fix.accuracy_m or None,
         exactness)
        for vehicle, fixes in sorted(material.tracks.items())
        for fix in fixes
    ]  # fmt: skip
    return Dataset(name="positions", title="Where vehicles were", columns=columns, rows=rows)


def tables(material: Material) -> list[Dataset]:
    """Return all tables about no person, in the order in which they are handed out; what is empty is left out."""
    found = [sites(material), vehicles(material), roads(material), closures(material), trips(material)]
    return [one for one in (*found, positions(material)) if one.rows]


def source_titles(material: Material) -> list[str]:
    """Return where the figures come from, an assumption said to be one."""
    titles = [one.title for one in material.operation.sources]
    told = [*(site.source for site in material.operation.sites), *(one.source for one in material.operation.vehicles)]
    assumed = any(map(is_assumption, told))
    return [*titles, "assumptions of the operation, marked as such"] if assumed else titles
