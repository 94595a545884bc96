"""Files that look like road maps, and a folder of corrections that has no fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

EXTRACT = b"\x00\x00\x00\x0e\n\tOSMHeader\x18\x90\x01" + bytes(range(64))
DRAWN = (
    b'{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {},'
    b' "geometry": {"type": "LineString", "coordinates": [[36.7, 34.5], [36.8, 34.5]]}}]}'
)
LINE = "LINESTRING (36.7 34.5, 36.8 34.5)"
HEADINGS = [
    "id", "action", "way", "line", "both_ways", "travel_min", "speed_kmh", "max_weight_t", "max_height_m",
    "max_width_m", "name", "author", "reason", "source",
]  # fmt: skip
CORRECTIONS: list[list[Any]] = [
    HEADINGS,
    ["new", "add", "", LINE, "no", "12", "", "3.5", "", "", "ford", "engineer", "made in March", "assumption: x"],
    ["gone", "remove", "4711", "", "", "", "", "", "", "", "", "driver", "the bridge is down", ""],
    ["slow", "retime", "", LINE, "", "", "20", "", "", "", "", "driver", "craters", ""],
    ["low", "limit", "4712", "", "", "", "", "", "3.2", "2.5", "", "driver", "measured", ""],
]


def put(folder: Path, name: str = "area.osm.pbf", content: bytes = EXTRACT) -> Path:
    """Put a road map into a folder and give the folder."""
    (folder / name).write_bytes(content)
    return folder
