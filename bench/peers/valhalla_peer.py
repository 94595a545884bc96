"""Valhalla's routes by car over an extract, in the peers' environment: `valhalla_peer.py EXTRACT PAIRS.json`.

PAIRS.json is a list of [lon, lat, lon, lat]. Says a list in JSON: per pair its `seconds`, `metres`, the seconds of its
stretches alone (the rest is turns and crossings), and by class of road [metres, seconds]; null where there is no route.
The tiles are built beside PAIRS.json, without elevation, time zones or borders, which need more than the extract.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import valhalla


def built(extract: Path, folder: Path) -> valhalla.Actor:
    """Build the tiles of an extract."""
    tiles, file = folder / "tiles", folder / "valhalla.json"
    tiles.mkdir()
    settings = valhalla.get_config(tile_extract="", tile_dir=str(tiles), verbose=False)
    file.write_text(json.dumps(settings), encoding="utf-8")
    builder = Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
    subprocess.run([builder, "-c", file, extract], check=True, stdout=sys.stderr)
    return valhalla.Actor(str(file))


def route(actor: valhalla.Actor, pair: tuple[float, float, float, float]) -> dict[str, Any] | None:
    """Route one pair and add up its stretches by class of road."""
    ends = [{"lon": pair[0], "lat": pair[1]}, {"lon": pair[2], "lat": pair[3]}]
    try:
        found = actor.route({"locations": ends, "costing": "auto", "directions_type": "none"})["trip"]
    except RuntimeError as trouble:
        print(trouble, file=sys.stderr)
        return None
    wanted = {"action": "include", "attributes": ["edge.length", "edge.speed", "edge.road_class"]}
    shape = found["legs"][0]["shape"]
    walk = {"encoded_polyline": shape, "costing": "auto", "shape_match": "edge_walk", "filters": wanted}
    classes: dict[str, list[float]] = {}
    for edge in actor.trace_attributes(walk)["edges"]:
        sums = classes.setdefault(edge["road_class"], [0.0, 0.0])
        sums[0] += edge["length"] * 1000
        sums[1] += edge["length"] / edge["speed"] * 3600
    return {
        "seconds": found["summary"]["time"],
        "metres": found["summary"]["length"] * 1000,
        "driving_s": sum(seconds for _, seconds in classes.values()),
        "classes": classes,
    }


def main() -> None:
    """Build and route."""
    extract, file = Path(sys.argv[1]), Path(sys.argv[2])
    actor = built(extract, file.parent)
    print(json.dumps([route(actor, pair) for pair in json.loads(file.read_text(encoding="utf-8"))]))


if __name__ == "__main__":
    main()
