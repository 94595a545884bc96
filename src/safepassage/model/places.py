"""Where people wait, stop and arrive, and the road links between."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from safepassage.model.fleet import Profile
from safepassage.model.ids import LinkId, PartyId, SiteId
from safepassage.model.time import Window

SiteKind = Literal[
    "pickup", "assembly", "hospital", "checkpoint", "rest", "handover",
    "shelter", "destination", "fallback", "depot", "junction",
]  # fmt: skip

FINAL_KINDS: frozenset[SiteKind] = frozenset(("shelter", "destination"))


class Site(Struct, frozen=True, kw_only=True):
    """A place with bays, a capacity and opening windows.

    `bays` is how many vehicles are served at once (0 unlimited). `capacity` is how many people a final site takes in
    all, or how many patients a hospital treats at once (0 unlimited). `opens` are the windows in which a service must
    fit (empty: always). `rest` and `fuel` say whether a crew can rest and a vehicle refuel here. `pcode` is the place
    code by which humanitarian data sets name the place or the area that it lies in.
    """

    id: SiteId
    kind: SiteKind
    lon: float
    lat: float
    name: str = ""
    name_ar: str = ""
    bays: int = 0
    capacity: int = 0
    takes_stretchers: bool = True
    opens: tuple[Window, ...] = ()
    rest: bool = False
    fuel: bool = False
    pcode: str = ""
    source: str = ""


class Link(Struct, frozen=True, kw_only=True):
    """A stretch of road between two sites.

    `travel_s` is the time at 100 % speed, `heavy_s` that of buses and trucks (less than `travel_s`, as 0: the same).
    `closed_to` are the profiles that may not drive it, `max_weight_kg`, `max_height_cm` and `max_width_cm` what it
    bears and lets through (0: no limit). `controlled_by` is the party that holds the stretch. `line` is its shape in
    lon, lat where it is known; else it counts as straight. An `access` joins the site `start` to a road: it is driven
    at the beginning or the end of a drive only.
    """

    id: LinkId
    start: SiteId
    end: SiteId
    length_m: int
    travel_s: int
    both_ways: bool = True
    heavy_s: int = 0
    closed_to: tuple[Profile, ...] = ()
    max_weight_kg: int = 0
    max_height_cm: int = 0
    max_width_cm: int = 0
    controlled_by: PartyId = PartyId("")
    name: str = ""
    line: tuple[tuple[float, float], ...] = ()
    source: str = ""
    access: bool = False


class Closure(Struct, frozen=True, kw_only=True):
    """What cannot be driven from `from_s` until `until_s`.

    `link`, or every link whose line touches the `polygon` or the `line` (lon, lat).
    """

    link: LinkId = LinkId("")
    from_s: int
    until_s: int
    reason: str = ""
    source: str = ""
    polygon: tuple[tuple[float, float], ...] = ()
    line: tuple[tuple[float, float], ...] = ()


class RoadMap(Struct, frozen=True, kw_only=True):
    """The file that holds the roads where no table of links does: an OpenStreetMap extract, or lines as GeoJSON.

    `file` is its name in the operation folder, `sha256` that of its content. With `tracks`, field and forest tracks are
    driven too. A site farther than `reach_m` from every road is not joined to them.
    """

    file: str
    sha256: str = ""
    tracks: bool = False
    reach_m: int = 2000
    source: str = ""


CorrectionKind = Literal["add", "remove", "retime", "limit"]


class Correction(Struct, frozen=True, kw_only=True):
    """What somebody knows better than the road map, and why.

    `add` a stretch along `line`, its ends joined to the nearest roads; `remove` roads, `retime` them or `limit` what
    may use them. The roads meant are those of the OpenStreetMap `way` (0: any), and where a `line` is given of these
    the ones that it follows or crosses. `both_ways` false means only the direction of the line, or of the way. A
    stretch that is added or re-timed takes `travel_s` in all, or is driven at `speed_kmh`. Limits of 0 say nothing.
    """

    id: str
    action: CorrectionKind
    author: str
    reason: str
    way: int = 0
    line: tuple[tuple[float, float], ...] = ()
    both_ways: bool = True
    travel_s: int = 0
    speed_kmh: float = 0
    max_weight_kg: int = 0
    max_height_cm: int = 0
    max_width_cm: int = 0
    name: str = ""
    source: str = ""
