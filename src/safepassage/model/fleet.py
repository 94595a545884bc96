"""What moves people: vehicles, and convoys of them."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from safepassage.model.ids import ConvoyId, SiteId, VehicleId

VehicleKind = Literal["bus", "minibus", "ambulance", "escort", "supply", "car", "truck", "boat"]
ConvoyPosition = Literal["head", "body", "tail"]


class Vehicle(Struct, frozen=True, kw_only=True):
    """One vehicle, where it stands, what it holds and how far it may go.

    `speed_percent` scales the speed of every link (80 = a fifth slower). `range_m` is the distance
    between two refuellings, 0 unlimited. `crews` is how many crews share the driving.
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
    convoy: ConvoyId = ConvoyId("")
    position: ConvoyPosition = "body"
    name: str = ""
    source: str = ""


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
    source: str = ""
