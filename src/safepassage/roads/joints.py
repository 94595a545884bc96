"""How the sites of an operation are joined to its roads, and how much road there is."""

from __future__ import annotations

from safepassage.model.operation import Operation
from safepassage.roads.laying import Frame, Laid
from safepassage.roads.outlook import Joint, MapTold
from safepassage.roads.reading import DRAWN_ENDINGS
from safepassage.roads.snapping import FAR_M

KM = 1000
OPENSTREETMAP = "© OpenStreetMap contributors, Open Database License"
"""Whom an extract is from: its licence asks for these words on every map."""


def map_told(operation: Operation, laid: Laid | None) -> MapTold:
    """Tell which file the roads are from, and how much there is in it; of a table, its links."""
    if laid is None:
        length_m = sum(link.length_m for link in operation.links)
        links, sites = len(operation.links), len(operation.sites)
        return MapTold(file="", source="", length_km=length_m / KM, stretches=links, junctions=sites)
    network, file = laid.network, operation.road_map.file if operation.road_map else ""
    return MapTold(
        file=file,
        source="" if file.lower().endswith(DRAWN_ENDINGS) else OPENSTREETMAP,
        length_km=float(network.length_m.sum()) / KM,
        stretches=len(network.length_m),
        junctions=len(network.node),
    )


def joints(operation: Operation, laid: Laid | None, frame: Frame) -> tuple[Joint, ...]:
    """Tell how each site is joined, in the order of the operation.

    Parameters
    ----------
    operation
        With its links.
    laid
        The operation on its map; None: its links are those of a table, which join the sites that they name.
    frame
        The class of vehicles that is asked about.
    """
    if laid is None:
        roads = {end: link for link in reversed(operation.links) for end in (link.start, link.end)}
        stops = [site.id for site in operation.sites if site.kind != "junction"]
        return tuple(
            Joint(site=site, distance_m=0.0, road=roads[site].name or roads[site].id)
            if site in roads
            else Joint(site=site, distance_m=None, warning="site-off-road")
            for site in stops
        )
    return tuple(_joint(laid, number, frame) for number in range(len(laid.stops)))


def _joint(laid: Laid, number: int, frame: Frame) -> Joint:
    site = laid.stops[number].id
    found = [one for one in laid.joined.candidates[number] if one.bits & frame.profiles]
    if not found:
        return Joint(site=site, distance_m=None, warning="site-off-road")
    nearest = min(found, key=lambda one: one.distance_m)
    road = laid.network.names[int(laid.network.name[nearest.edge])]
    far = "site-far-from-road" if nearest.distance_m > FAR_M else ""
    return Joint(site=site, distance_m=nearest.distance_m, road=road, warning=far)
