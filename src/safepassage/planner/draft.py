"""A plan under construction: who gets on and off where, by which route, in what order; times are only hints."""

from __future__ import annotations

from msgspec import Struct

from safepassage.model.ids import ConvoyId, LinkId, PersonId, SiteId, VehicleId
from safepassage.model.plan import TripKind, Work
from safepassage.model.travel import Pace


class DraftStop(Struct, kw_only=True):
    """A stop with its people; `start_s` orders it in its vehicle's chain and in its bay.

    With `slow`, the drive to here is made at night's pace.
    """

    site: SiteId
    start_s: int
    end_s: int
    route: tuple[LinkId, ...] = ()
    board: list[PersonId] = []
    alight: list[PersonId] = []
    work: tuple[Work, ...] = ()
    bay: int = 0
    not_before_s: int = 0
    slow: bool = False


class DraftTrip(Struct, kw_only=True):
    """A trip of a vehicle."""

    vehicle: VehicleId
    kind: TripKind
    pace: Pace
    stops: list[DraftStop]
    convoy: ConvoyId = ConvoyId("")


class DraftReferral(Struct, kw_only=True):
    """A patient's referral: by which trips (objects in the draft), where, in which place."""

    person: PersonId
    hospital: SiteId
    out: DraftTrip
    back: DraftTrip
    from_s: int
    place: int
    accompanied_by: tuple[PersonId, ...]
