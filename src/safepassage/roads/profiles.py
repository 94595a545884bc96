"""What the tags of a way mean: who may drive it, in which direction, how fast, and how heavy, high or wide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from safepassage.roads.network import (
    AMBULANCE,
    BRIDGE,
    BUS,
    CLASSES,
    EVERY_PROFILE,
    FERRY,
    FORD,
    PROFILES,
    TRACK,
    TRUCK,
    TUNNEL,
)
from safepassage.roads.quantities import duration_s, length_cm, weight_kg
from safepassage.roads.speeds import driven_kmh, posted_kmh

CHAINS: Final[dict[str, tuple[str, ...]]] = {
    "car": ("motorcar", "motor_vehicle", "vehicle", "access"),
    "ambulance": ("emergency", "motorcar", "motor_vehicle", "vehicle", "access"),
    "bus": ("bus", "psv", "motor_vehicle", "vehicle", "access"),
    "truck": ("hgv", "motor_vehicle", "vehicle", "access"),
}
"""Keys that decide who may drive, the most particular first."""

OPEN_WORDS: Final = frozenset(
    ("yes", "permissive", "designated", "official", "public", "destination", "delivery", "customers", "discouraged",
     "allowed")
)  # fmt: skip
CLOSED_WORDS: Final = frozenset(
    ("no", "private", "permit", "residents", "military", "agricultural", "forestry", "restricted", "employees",
     "staff", "service", "students", "members", "none", "use_sidepath", "foot", "bicycle")
)  # fmt: skip
SILENT_WORDS: Final = frozenset(("unknown", "variable", "fixme"))
ONLY_WORDS: Final = {"emergency": AMBULANCE, "bus": BUS, "psv": BUS, "hgv": TRUCK, "goods": TRUCK}
FIELD_WORDS: Final = frozenset(("agricultural", "forestry"))
"""Who works the land may drive it: tracks that were asked for are driven in spite of these."""

ON_FOOT: Final = frozenset(("pedestrian", "footway", "cycleway", "path", "bridleway"))
"""Driven only where a key of motor vehicles says so."""

ROOTS: Final = frozenset(
    ("highway", "route", "junction", "oneway", "busway", "maxspeed", "maxweight", "maxheight", "maxwidth",
     "maxaxleload", "maxlength", "maxweightrating", "surface", "smoothness", "tracktype", "service", "bridge", "tunnel",
     "ford", "duration", "area", *(key for chain in CHAINS.values() for key in chain))
)  # fmt: skip
"""First parts of the keys that are looked at."""

IGNORED_LIMITS: Final = ("maxaxleload", "maxlength", "maxweightrating")

BLOCKING: Final = frozenset(
    ("bollard", "block", "jersey_barrier", "cycle_barrier", "motorcycle_barrier", "stile", "turnstile", "kissing_gate",
     "full-height_turnstile", "hampshire_gate", "wicket_gate", "log", "debris", "chain", "rope", "planter", "fence",
     "wall", "hedge", "ditch", "spikes", "bus_trap", "sump_buster", "horse_stile", "barrier_board", "bar")
)  # fmt: skip
PASSING: Final = frozenset(
    ("gate", "lift_gate", "swing_gate", "sliding_gate", "toll_booth", "border_control", "cattle_grid", "entrance",
     "kerb", "height_restrictor", "sally_port", "no", "checkpoint", "police_checkpoint", "military_checkpoint", "yes",
     "bump_gate", "coupure", "rumble_strip", "turnout", "width_restrictor")
)  # fmt: skip

NO_WAY_ACROSS: Final = frozenset(("boat", "stepping_stones"))
"""Fords that no vehicle drives through."""


class Drive(NamedTuple):
    """What a way's tags mean. Bits of profiles by direction; km/h (forward, backward); 0 where no limit is known."""

    forward: int
    backward: int
    light_kmh: tuple[float, float]
    heavy_kmh: tuple[float, float]
    duration_s: int
    road_class: int
    marks: int
    max_weight_kg: int
    max_height_cm: int
    max_width_cm: int
    posted: bool


class Reading(NamedTuple):
    """A way as read: None where nobody drives it, with the reason where one is told; and what was not understood."""

    drive: Drive | None
    left_out: str = ""
    unread: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


class Pass(NamedTuple):
    """What stands on a node of the road: who passes it, and what it adds to the stretch it stands on."""

    bits: int
    marks: int = 0
    max_weight_kg: int = 0
    max_height_cm: int = 0
    max_width_cm: int = 0


def relevant(tags: Mapping[str, str]) -> dict[str, str]:
    """Keep the tags that are looked at."""
    return {key: value for key, value in tags.items() if key.partition(":")[0] in ROOTS}


def read(tags: Mapping[str, str], *, tracks: bool) -> Reading:
    """Read the tags of a way. Whatever is not understood counts as not said and is listed; nothing raises.

    Parameters
    ----------
    tags
        Tags of the way, see `relevant`.
    tracks
        Whether field and forest tracks are driven, also those open to who works the land only.
    """
    kind = class_of(tags)
    if kind not in CLASSES or tags.get("area") == "yes":
        return Reading(None, left_out="areas" if kind in CLASSES else "")
    if kind == "track" and not tracks:
        return Reading(None, left_out="tracks")
    if tags.get("ford") in NO_WAY_ACROSS:
        return Reading(None, left_out="impassable")
    unread: set[str] = set()
    forward, backward = _directions(tags, kind, unread)
    if not forward | backward:
        return Reading(None, left_out=_why_closed(tags, kind), unread=tuple(sorted(unread)))
    ways = [driven_kmh(tags, kind, direction, unread) for direction in ("forward", "backward")]
    if not ways[0][0]:
        return Reading(None, left_out="impassable", unread=tuple(sorted(unread)))
    drive = Drive(
        forward=forward,
        backward=backward,
        light_kmh=(ways[0][0], ways[1][0]),
        heavy_kmh=(ways[0][1], ways[1][1]),
        duration_s=_duration(tags, unread) if kind == "ferry" else 0,
        road_class=CLASSES.index(kind),
        marks=_marks(tags, kind),
        max_weight_kg=limit(tags, ("maxweight",), unread),
        max_height_cm=limit(tags, ("maxheight", "maxheight:physical"), unread),
        max_width_cm=limit(tags, ("maxwidth", "maxwidth:physical"), unread),
        posted=posted_kmh(tags, "forward", set())[0] > 0,
    )
    return Reading(drive, unread=tuple(sorted(unread)), ignored=_ignored(tags))


def words(reading: Reading) -> tuple[str, ...]:
    """List what is counted of a way for telling people about it."""
    told = [f"left out {reading.left_out}"] if reading.left_out else []
    told += [f"unread {word}" for word in reading.unread]
    told += [f"ignored {word}" for word in reading.ignored]
    if reading.drive is not None:
        told += ["ways"] if reading.drive.posted else ["ways", "ways at an assumed speed"]
    return tuple(told)


def read_node(tags: Mapping[str, str], unread: set[str]) -> Pass | None:
    """Read what stands on a node; None where it changes nothing."""
    barrier, ford = tags.get("barrier", ""), tags.get("ford", "no")
    usual = EVERY_PROFILE
    if barrier in BLOCKING:
        usual = 0
    elif barrier and barrier not in PASSING:
        unread.add(f"barrier={barrier}")
    bits = 0
    for number, profile in enumerate(PROFILES):
        said = permission(tags, profile, "", unread)[0] if barrier else None
        bits |= (bool(usual) if said is None else said) << number
    found = Pass(
        bits=0 if ford in NO_WAY_ACROSS else bits,
        marks=0 if ford == "no" else FORD,
        max_weight_kg=limit(tags, ("maxweight",), unread),
        max_height_cm=limit(tags, ("maxheight", "maxheight:physical"), unread),
        max_width_cm=limit(tags, ("maxwidth", "maxwidth:physical"), unread),
    )
    return None if found == Pass(EVERY_PROFILE) else found


def class_of(tags: Mapping[str, str]) -> str:
    """Return the class of a way: its `highway`, or ferry; "" when it is neither."""
    kind = tags.get("highway", "")
    if not kind and tags.get("route") in ("ferry", "shuttle_train"):
        return "ferry"
    return "" if kind == "ferry" else kind


def permission(tags: Mapping[str, str], profile: str, direction: str, unread: set[str]) -> tuple[bool | None, str]:
    """Find whether a profile may drive, by the most particular key that says so, and that key.

    None where no key says anything.
    """
    for key in CHAINS[profile]:
        for full in (f"{key}:{direction}", key) if direction else (key,):
            if full in tags:
                said = _verdict(tags[full], full, profile, unread)
                if said is not None:
                    return said, key
    return None, ""


def limit(tags: Mapping[str, str], keys: tuple[str, ...], unread: set[str]) -> int:
    """Return the lowest limit that one of the keys gives, kg or cm; 0 where there is none."""
    found = []
    for key in keys:
        if key in tags:
            value = weight_kg(tags[key]) if key == "maxweight" else length_cm(tags[key])
            if value is None:
                unread.add(f"{key}={tags[key]}")
            elif value:
                found.append(value)
    return min(found, default=0)


def _verdict(text: str, key: str, profile: str, unread: set[str]) -> bool | None:
    """Read one value of an access key; one open word in a list opens."""
    said: bool | None = None
    for word in (part.strip().lower() for part in text.split(";")):
        if word in OPEN_WORDS:
            return True
        if word in ONLY_WORDS:
            if ONLY_WORDS[word] == 1 << PROFILES.index(profile):
                return True
            said = False
        elif word in CLOSED_WORDS:
            said = False
        elif word not in SILENT_WORDS:
            unread.add(f"{key}={word}")
    return said


def _directions(tags: Mapping[str, str], kind: str, unread: set[str]) -> tuple[int, int]:
    """Return the bits of the profiles that may drive forwards, and backwards."""
    both = [0, 0]
    for number, profile in enumerate(PROFILES):
        ways = _oneway(tags, kind, profile, unread)
        for at, direction in enumerate(("forward", "backward")):
            if ways[at] and _may_drive(tags, kind, profile, direction, unread):
                both[at] |= 1 << number
    return both[0], both[1]


def _may_drive(tags: Mapping[str, str], kind: str, profile: str, direction: str, unread: set[str]) -> bool:
    said, key = permission(tags, profile, direction, unread)
    if kind == "ferry" or kind in ON_FOOT:
        # a boat or a footway takes vehicles only where it is said of vehicles
        of_vehicles = key not in ("", "access", *(() if kind == "ferry" else ("vehicle",)))
        return bool(said) and of_vehicles
    if said is False and kind == "track" and FIELD_WORDS & set(tags.get(key, "").split(";")):
        return True
    if said is not None:
        return said
    if kind == "busway":
        return profile == "bus"
    return profile == "ambulance" or tags.get("service") != "emergency_access"


def _oneway(tags: Mapping[str, str], kind: str, profile: str, unread: set[str]) -> tuple[bool, bool]:
    """Tell whether a profile may drive forwards, and backwards, as far as direction goes."""
    for key in CHAINS[profile][:-1]:
        particular = _way_of(tags.get(f"oneway:{key}", ""), f"oneway:{key}", unread)
        if particular is not None:
            return particular
    general = _way_of(tags.get("oneway", ""), "oneway", unread)
    if general is None:
        circle = tags.get("junction") in ("roundabout", "circular")
        general = (True, False) if circle or kind == "motorway" else (True, True)
    lanes = (tags.get(key) for key in ("busway", "busway:left", "busway:right"))
    if profile == "bus" and any(lane == "opposite_lane" for lane in lanes):
        return True, True
    return general


def _way_of(text: str, key: str, unread: set[str]) -> tuple[bool, bool] | None:
    known = {
        "yes": (True, False), "true": (True, False), "1": (True, False), "-1": (False, True),
        "reverse": (False, True), "no": (True, True), "false": (True, True), "0": (True, True),
        "alternating": (True, True), "reversible": (False, False),
    }  # fmt: skip
    if text and text not in known:
        unread.add(f"{key}={text}")
    return known.get(text)


def _why_closed(tags: Mapping[str, str], kind: str) -> str:
    if kind == "ferry":
        return "ferries"
    if tags.get("oneway") == "reversible":
        return "reversible"
    return "" if kind in ON_FOOT else "closed"


def _marks(tags: Mapping[str, str], kind: str) -> int:
    marks = FERRY if kind == "ferry" else TRACK if kind == "track" else 0
    for key, bit in (("bridge", BRIDGE), ("tunnel", TUNNEL), ("ford", FORD)):
        if tags.get(key, "no") != "no":
            marks |= bit
    return marks


def _duration(tags: Mapping[str, str], unread: set[str]) -> int:
    if "duration" not in tags:
        return 0
    found = duration_s(tags["duration"])
    if found is None:
        unread.add(f"duration={tags['duration']}")
    return found or 0


def _ignored(tags: Mapping[str, str]) -> tuple[str, ...]:
    """List keys that are understood and not used."""
    found = {key for key in IGNORED_LIMITS if key in tags}
    if any(key.endswith(":conditional") for key in tags):
        found.add("conditional")
    return tuple(sorted(found))
