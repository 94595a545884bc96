"""How fast roads are driven: what is posted, else a default by class, and less where the surface is bad."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from safepassage.roads.quantities import speed_kmh

CLASS_KMH: Final[dict[str, float]] = {
    "motorway": 95, "motorway_link": 50, "trunk": 80, "trunk_link": 45, "primary": 65, "primary_link": 40,
    "secondary": 55, "secondary_link": 35, "tertiary": 45, "tertiary_link": 30, "unclassified": 35, "residential": 25,
    "living_street": 10, "service": 15, "road": 25, "track": 15, "busway": 40, "pedestrian": 10, "footway": 10,
    "cycleway": 10, "path": 10, "bridleway": 10, "ferry": 15,
}  # fmt: skip
"""Mean speed of a light vehicle where no limit is posted, km/h: an assumption of ours."""

SHARE_OF_LIMIT: Final = 0.8
"""Mean speed as a share of a posted limit: junctions, bends and people are on the road too. An assumption."""

HEAVY_SHARE: Final = 0.9
"""Speed of buses and trucks as a share of that of light vehicles: an assumption."""

HEAVY_MOST_KMH: Final[dict[str, float]] = {"motorway": 80, "trunk": 75}
"""Buses and trucks are never faster, by class; HEAVY_MOST_ELSEWHERE_KMH on all others. Assumptions."""
HEAVY_MOST_ELSEWHERE_KMH: Final = 65.0

SURFACE_KMH: Final[dict[str, float]] = {
    "sett": 40, "paving_stones": 60, "bricks": 50, "compacted": 60, "fine_gravel": 50, "gravel": 40,
    "unpaved": 40, "dirt": 30, "earth": 30, "ground": 30, "clay": 30, "pebblestone": 35, "cobblestone": 30,
    "unhewn_cobblestone": 20, "wood": 30, "metal": 50, "grass": 20, "grass_paver": 30, "stone": 20, "rock": 15,
    "rocky": 15, "stepping_stones": 5, "salt": 40, "ice": 20, "snow": 20, "sand": 20, "mud": 10,
}  # fmt: skip
"""Nobody is faster on such a surface, km/h: an assumption."""

FIRM: Final = frozenset(("asphalt", "paved", "concrete", "concrete:plates", "concrete:lanes", "chipseal", "cement"))

SMOOTHNESS_KMH: Final[dict[str, float]] = {
    "excellent": 200, "good": 200, "intermediate": 80, "bad": 40, "very_bad": 20, "horrible": 10, "very_horrible": 5,
    "impassable": 0,
}  # fmt: skip

GRADE_KMH: Final[dict[str, float]] = {"grade1": 40, "grade2": 30, "grade3": 20, "grade4": 12, "grade5": 8}
FORD_KMH: Final = 10.0


def posted_kmh(tags: Mapping[str, str], direction: str, unread: set[str]) -> tuple[float, float]:
    """Return the limits posted for light and for heavy vehicles in a direction, km/h, 0 where none is."""
    light = _first(tags, (f"maxspeed:{direction}", "maxspeed"), unread)
    heavy = [
        limit
        for kind in ("hgv", "bus")
        if (limit := _first(tags, (f"maxspeed:{kind}:{direction}", f"maxspeed:{kind}"), unread))
    ]
    return light, min(heavy, default=0.0)


def driven_kmh(tags: Mapping[str, str], road_class: str, direction: str, unread: set[str]) -> tuple[float, float]:
    """Return the mean speeds of light and heavy vehicles at 100 %, km/h; 0 where the road cannot be driven."""
    limit, heavy_limit = posted_kmh(tags, direction, unread)
    usual = CLASS_KMH[road_class]
    if road_class == "track":
        usual = GRADE_KMH.get(tags.get("tracktype", ""), usual)
    light = min(limit * SHARE_OF_LIMIT if limit else usual, ground_kmh(tags, unread))
    most = HEAVY_MOST_KMH.get(road_class.removesuffix("_link"), HEAVY_MOST_ELSEWHERE_KMH)
    heavy = min(light * HEAVY_SHARE, most, heavy_limit * SHARE_OF_LIMIT if heavy_limit else most)
    return light, heavy


def ground_kmh(tags: Mapping[str, str], unread: set[str]) -> float:
    """Return the speed that surface, smoothness and fords allow, km/h."""
    allowed = [
        _of_list(tags.get("surface", ""), SURFACE_KMH, FIRM, "surface", unread),
        _of_list(tags.get("smoothness", ""), SMOOTHNESS_KMH, frozenset(), "smoothness", unread),
    ]
    grade = tags.get("tracktype", "")
    if grade and grade not in GRADE_KMH:
        unread.add(f"tracktype={grade}")
    if tags.get("ford", "no") != "no":
        allowed.append(FORD_KMH)
    return min(allowed)


def _of_list(text: str, table: Mapping[str, float], free: frozenset[str], key: str, unread: set[str]) -> float:
    """Return the lowest speed among the values of a list; unknown ones do not slow."""
    lowest = 200.0
    for value in filter(None, (part.strip().lower() for part in text.split(";"))):
        if value in table:
            lowest = min(lowest, table[value])
        elif value not in free:
            unread.add(f"{key}={value}")
    return lowest


def _first(tags: Mapping[str, str], keys: tuple[str, ...], unread: set[str]) -> float:
    for key in keys:
        if key in tags:
            found = speed_kmh(tags[key])
            if found is None:
                unread.add(f"{key}={tags[key]}")
            elif found:
                return found
    return 0.0
