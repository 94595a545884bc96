"""What each fault of this room means to a coordinator, and what to do about it."""

from __future__ import annotations

from typing import Final

from safepassage.model.errors import Code

_AGAIN: Final = "Download or copy the file again, and compare its size with that of the original."

_CODES: Final[dict[str, tuple[str, str, str]]] = {
    "roads-unknown-type": (
        "Unknown kind of road file",
        "Roads are read from an OpenStreetMap extract or a GeoJSON file; its ending tells which.",
        "Give the file its right ending: .osm.pbf or .geojson.",
    ),
    "roads-unreadable": (
        "The file of roads may not be read",
        "It is not there, or the system refuses to open it.",
        "Check its name and permissions.",
    ),
    "extract-broken": (
        "A broken extract",
        "The file is cut off, damaged, or no OpenStreetMap extract. Nothing of it is used.",
        _AGAIN,
    ),
    "extract-without-roads": (
        "An extract without roads",
        "The extract was read to its end, and no way in it is a road that a car, ambulance, bus or truck may drive.",
        "Take an extract of the area with all ways and nodes in it. " + _AGAIN,
    ),
    "drawn-broken": (
        "Roads that cannot be read",
        "The file is no GeoJSON, or a line in it has places that are no longitude and latitude.",
        "Export the layer of lines again, for example from QGIS, as GeoJSON in EPSG:4326 (WGS 84).",
    ),
    "drawn-without-roads": (
        "No roads in the file",
        "The GeoJSON file holds no line that can be driven.",
        "Export lines, not points or areas; do not close every line by its properties (`access`, `highway`).",
    ),
    "roads-tags-unread": (
        "Tags of roads that are not understood",
        "These values count as if they were not given: the road is driven as its class is usually driven.",
        "Look at those that lie on your routes; correct what matters in the table of corrections.",
    ),
    "roads-left-out": (
        "Roads that are left out, rules that are ignored",
        "Roads closed by their tags, tracks not asked for, boats not said to take vehicles, kinds of rules not used.",
        "Nothing, if your routes do not need them; else ask for tracks, or add the road in the table of corrections.",
    ),
    "roads-islands": (
        "Roads that lead nowhere",
        "Each kind of vehicle keeps the largest part in which it gets from everywhere to everywhere, and no other.",
        "If a place that you need lies there, add the missing link in the table of corrections.",
    ),
    "site-off-road": (
        "A site without a road",
        "No road that may be driven lies within two kilometres of the site. It is not joined: nothing drives there.",
        "Check its coordinates (is longitude first?) and the area of the extract, or add the road.",
    ),
    "site-far-from-road": (
        "A site far from the road",
        "The road is farther than 250 metres. The way there counts as a straight line at 10 km/h, whatever lies there.",
        "Check the coordinates, or move the site to where vehicles really stop.",
    ),
    "correction-incomplete": (
        "A correction that says too little",
        "It does not say which road is meant, or what is to change.",
        "Give what is expected; every correction also wants an author and a reason.",
    ),
    "correction-hits-nothing": (
        "A correction that meets no road",
        "No road has this number, or lies under this line, or near the end of the new stretch.",
        "Look at the number or the line on the map; longitude comes before latitude.",
    ),
}

CODES: Final[dict[str, Code]] = {
    code: Code(title=title, meaning=meaning, remedy=remedy) for code, (title, meaning, remedy) in _CODES.items()
}
"""Every code that this room uses."""
