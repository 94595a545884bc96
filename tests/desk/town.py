"""An operation folder with a small drawn map: two banks of a river, two bridges, a lane that leads to a mill.

The quay runs along the west bank, the east road along the other; both bridges are a kilometre apart. The mill lies at
the end of a lane without a turn-off, the ferry house where no road is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

WEST, EAST = 24.00, 24.01
OLD, NEW, NORTH, MILL = 60.002, 60.008, 60.010, 60.030
OLD_BRIDGE = f"24.005,{OLD - 0.0005};24.005,{OLD + 0.0005}"
NEW_BRIDGE = f"24.005,{NEW - 0.0005};24.005,{NEW + 0.0005}"
MILL_LANE = "24.009,60.02;24.011,60.02"

TOML = """format = "safepassage-operation/1"
id = "river"
title = "Exercise at a river"
title_ar = "تمرين عند نهر"
time_zone = "Europe/Helsinki"
start = 2026-03-14T08:00:00

[[parties]]
id = "city"
name = "City"
role = "authority"
source = "assumption: exercise"
"""
CONSENT = """
[[clauses]]
id = "bridge-hours"
kind = "consent"
title = "The city opens the new bridge in the morning"
party = "city"
granted = true
polygon = [[24.004, 60.0075], [24.006, 60.0075], [24.006, 60.0085], [24.004, 60.0085]]
windows = [{ from = 2026-03-14T08:00:00, until = 2026-03-14T11:00:00 }]
source = "assumption: exercise"
"""
SITES = """id,kind,name,lon,lat,source
school,pickup,School,24.0001,60.0002,assumption: exercise
market,pickup,Market,24.0001,60.0098,assumption: exercise
hall,shelter,Hall,24.0099,60.0052,assumption: exercise
mill,pickup,Mill,24.0101,60.0299,assumption: exercise
yard,depot,Yard,24.0001,60.0050,assumption: exercise
"""
FERRY_HOUSE = "ferry-house,pickup,Ferry house,24.2,60.2,assumption: exercise\n"


def _road(name: str, *points: tuple[float, float], **tags: str) -> dict[str, Any]:
    line = {"type": "LineString", "coordinates": [list(point) for point in points]}
    return {"type": "Feature", "geometry": line, "properties": {"name": name, "highway": "tertiary", **tags}}


def roads() -> bytes:
    """Return the map."""
    drawn = [
        _road("Quay", (WEST, 60.0), (WEST, OLD), (WEST, NEW), (WEST, NORTH)),
        _road("East road", (EAST, 60.0), (EAST, OLD), (EAST, NEW), (EAST, NORTH)),
        _road("Old bridge", (WEST, OLD), (EAST, OLD), bridge="yes"),
        _road("New bridge", (WEST, NEW), (EAST, NEW), bridge="yes", maxspeed="80"),
        _road("Mill lane", (EAST, NORTH), (EAST, MILL)),
    ]
    return json.dumps({"type": "FeatureCollection", "features": drawn}).encode()


def town(folder: Path, *, consent: bool = False, ferry: bool = False, vehicles: bool = True) -> Path:
    """Write the operation folder."""
    folder.mkdir()
    (folder / "operation.toml").write_text(TOML + (CONSENT if consent else ""), encoding="utf-8")
    (folder / "roads.geojson").write_bytes(roads())
    (folder / "sites.csv").write_text(SITES + (FERRY_HOUSE if ferry else ""), encoding="utf-8")
    people = "".join(f"P00{number},H{number},school,adult,walking,consented,list\n" for number in range(1, 5))
    header = "id,household,site,age_band,mobility,choice,source\n"
    (folder / "people.csv").write_text(header + people, encoding="utf-8")
    fleet = "bus1,bus,yard,20,assumption: exercise\ncar1,car,yard,4,assumption: exercise\n" if vehicles else ""
    (folder / "vehicles.csv").write_text("id,kind,site,seats,source\n" + fleet, encoding="utf-8")
    return folder
