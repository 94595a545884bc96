"""The full shuttle problem in arrays: households wait at pickups; vehicles of several types make trips to shelters."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

UNREACHABLE = 2**40
"""A time between places that no way connects."""


class HouseholdProblem(Struct, frozen=True, kw_only=True):
    """Households that ride whole, each waiting at one pickup; vehicles; what places allow.

    Places are numbered: `yards` first, then `pickups`, then `shelters`, in `drive_s`.

    Attributes
    ----------
    pickup
        Shape (households,): the pickup (0-based among pickups) where a household waits.
    sizes
        Shape (households, 3): people walking, in wheelchairs, on stretchers.
    board_s, alight_s
        Shape (households,): seconds of boarding and alighting, without the setting up.
    ready_s
        Shape (households,): not before.
    allowed
        Shape (households, shelters): where a household may end.
    places
        Shape (types, 3): places of a vehicle type by mobility.
    speed
        Shape (types,): which table of `drive_s` a type drives by.
    kind, yard, available_s
        Shape (vehicles,): a vehicle's type, the yard where it stands, from when.
    drive_s
        Shape (speeds, places, places): seconds between places, UNREACHABLE where no way leads.
    room
        Shape (shelters,): people a shelter takes.
    windows
        Per pickup, then per shelter: windows (from, until) in which a service must fit; empty: always.
    bays
        Shape (pickups + shelters,): vehicles served at once, 0 for no limit.
    setup_s
        Seconds of setting up at every stop.
    most_pickups
        Pickups a trip may visit.
    drive_limit_s
        Shape (types,): seconds of driving a vehicle may do in all, before any rest; longer tours need rests, which the
        search must not use unless it knows where.
    """

    pickup: Integers
    sizes: Integers
    board_s: Integers
    alight_s: Integers
    ready_s: Integers
    allowed: Flags
    places: Integers
    speed: Integers
    kind: Integers
    yard: Integers
    available_s: Integers
    yards: int
    pickups: int
    shelters: int
    drive_s: Integers
    room: Integers
    windows: tuple[tuple[tuple[int, int], ...], ...]
    bays: Integers
    setup_s: int
    most_pickups: int
    drive_limit_s: Integers


class Visit(Struct, frozen=True):
    """A stop at a pickup and the households that board there."""

    pickup: int
    households: tuple[int, ...]


class Trip(Struct, frozen=True):
    """A vehicle's run: its pickups in order, and the shelter where all alight."""

    visits: tuple[Visit, ...]
    shelter: int


class Solution(Struct, frozen=True, kw_only=True):
    """The best tours found (per vehicle its trips, in order) and who is left behind (household numbers)."""

    tours: tuple[tuple[Trip, ...], ...]
    makespan_s: int
    left: tuple[int, ...] = ()
    ended_by: str = "iterations"
    trace: tuple[tuple[float, int], ...] = ()
