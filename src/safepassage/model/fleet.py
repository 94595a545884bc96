"""What moves people: vehicles, and convoys of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from msgspec import Struct

from safepassage.model.ids import ConvoyId, SiteId, VehicleId

VehicleKind = Literal["bus", "minibus", "ambulance", "escort", "supply", "car", "truck", "boat"]
ConvoyPosition = Literal["head", "body", "tail"]
Profile = Literal["car", "ambulance", "bus", "truck"]

PROFILES: Mapping[VehicleKind, Profile] = MappingProxyType({
    "bus": "bus", "minibus": "bus", "truck": "truck", "supply": "truck", "ambulance": "ambulance", "car": "car",
    "escort": "car",
})  # fmt: skip
"""How each kind of vehicle counts on the road; a boat is not on it."""

HEAVY: frozenset[Profile] = frozenset(("bus", "truck"))
"""Profiles that take a link's `heavy_s`."""


class Size(NamedTuple):
    """Weight and outer measures of a vehicle with what it carries."""

    weight_kg: int
    height_cm: int
    width_cm: int


LARGEST: Mapping[Profile, Size] = MappingProxyType(
    {
        "bus": Size(weight_kg=19_500, height_cm=400, width_cm=255),
        "truck": Size(weight_kg=40_000, height_cm=400, width_cm=255),
        "ambulance": Size(weight_kg=5_000, height_cm=300, width_cm=220),
        "car": Size(weight_kg=3_500, height_cm=220, width_cm=210),
    }
)
"""What counts for measures that are not given.

Bus (two axles) and truck (five axles or more): the largest allowed by Council Directive 96/53/EC, annex I. Ambulance
and car: an assumption.
"""


class Vehicle(Struct, frozen=True, kw_only=True):
    """One vehicle, where it stands, what it holds and how far it may go.

    `speed_percent` scales the speed of every link (80 = a fifth slower). `range_m` is the distance
    between two refuellings, 0 unlimited. `crews` is how many crews share the driving. Of `weight_kg` (loaded),
    `height_cm` and `width_cm`, what is 0 is not given: the largest of its profile counts.
    A vehicle with a `convoy` makes one trip with it; ambulances also drive the referrals before. A vehicle without a
    convoy shuttles: to the convoys' assembly sites where the operation has convoys, else to final sites.
    """

    id: VehicleId
    kind: VehicleKind
    site: SiteId
    seats: int
    wheelchair_bays: int = 0
    stretchers: int = 0
    speed_percent: int = 100
    range_m: int = 0
    crews: int = 1
    available_from_s: int = 0
    weight_kg: int = 0
    height_cm: int = 0
    width_cm: int = 0
    convoy: ConvoyId = ConvoyId("")
    position: ConvoyPosition = "body"
    name: str = ""
    source: str = ""

    @property
    def profile(self) -> Profile | None:
        """How it counts on the road; None for a boat, which no limit of a road concerns."""
        return PROFILES.get(self.kind)

    @property
    def size(self) -> Size:
        """Its measures, those that are not given as large as its profile allows; all 0 for a boat."""
        if self.profile is None:
            return Size(0, 0, 0)
        largest = LARGEST[self.profile]
        return Size(
            self.weight_kg or largest.weight_kg, self.height_cm or largest.height_cm, self.width_cm or largest.width_cm
        )


class Halt(Struct, frozen=True, kw_only=True):
    """A halt that the whole convoy must make at a site on its way, lasting at least `duration_s`."""

    site: SiteId
    duration_s: int
    purpose: str = ""


class Convoy(Struct, frozen=True, kw_only=True):
    """Vehicles that move together.

    They leave `assembly` in their order, `spacing_s` apart, drive at the slowest one's speed and end at `destination`.
    """

    id: ConvoyId
    assembly: SiteId
    destination: SiteId
    spacing_s: int = 30
    halts: tuple[Halt, ...] = ()
    title: str = ""
    title_fr: str = ""
    title_ar: str = ""
    source: str = ""
