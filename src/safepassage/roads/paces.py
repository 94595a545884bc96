"""Which vehicles the roads treat alike: who fits the same links in the same time drives at the same pace."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from safepassage.model.fleet import Vehicle
from safepassage.model.ids import ConvoyId, LinkId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.travel import PACES, Pace, Passage, Travel, fits, is_heavy


class Paces(Struct, frozen=True, kw_only=True):
    """The pace of each vehicle by itself and of each convoy, and what the classes in them are."""

    vehicles: dict[VehicleId, Pace]
    convoys: dict[ConvoyId, Pace]
    passages: tuple[Passage, ...]

    @property
    def all(self) -> tuple[Pace, ...]:
        """Every pace at which somebody drives."""
        return tuple(sorted({*self.vehicles.values(), *self.convoys.values()}))


def paces(operation: Operation) -> Paces:
    """Work out at which pace each vehicle and each convoy drives.

    A convoy goes as fast as its slowest vehicle, takes the time of heavy vehicles when one is heavy, and only the
    links that let each of its vehicles pass. Classes that fit the same links in the same times have one number; 0 is
    that of vehicles that fit all links and are light, or as fast as light ones.
    """
    numbers = _Numbers(operation)
    alone = {one.id: numbers.pace([one]) for one in operation.vehicles}
    together = {
        convoy.id: numbers.pace([one for one in operation.vehicles if one.convoy == convoy.id])
        for convoy in operation.convoys
    }
    return Paces(vehicles=alone, convoys=together, passages=tuple(numbers.found))


def paced(operation: Operation) -> Travel:
    """Return what tells how long drives take: links and paces, no routes and no windows."""
    known = paces(operation)
    return Travel(
        links={link.id: link for link in operation.links},
        routes={},
        open={},
        closed_by={},
        paces=known.vehicles,
        convoy_paces=known.convoys,
        passages=known.passages,
        night=operation.night,
    )


class _Numbers:
    """Numbers classes in the order in which they come up."""

    def __init__(self, operation: Operation) -> None:
        limiting = [
            one
            for one in operation.links
            if one.closed_to or one.max_weight_kg or one.max_height_cm or one.max_width_cm
        ]
        self.limiting = limiting
        self.slower = frozenset(link.id for link in operation.links if link.heavy_s > link.travel_s)
        self.found: dict[Passage, int] = {Passage(): 0}
        self._unfit: dict[tuple[object, ...], frozenset[LinkId]] = {}

    def pace(self, vehicles: Iterable[Vehicle]) -> Pace:
        """Return the pace of vehicles that drive together; 100 of none."""
        members = tuple(vehicles)
        unfit = frozenset[LinkId]().union(*(self._of(one) for one in members))
        heavy = any(is_heavy(one) for one in members) and not self.slower <= unfit
        number = self.found.setdefault(Passage(unfit=unfit, heavy=heavy), len(self.found))
        return PACES * number + min((one.speed_percent for one in members), default=100)

    def _of(self, vehicle: Vehicle) -> frozenset[LinkId]:
        key = (vehicle.profile, vehicle.size)
        if key not in self._unfit:
            self._unfit[key] = frozenset(link.id for link in self.limiting if not fits(vehicle, link))
        return self._unfit[key]
