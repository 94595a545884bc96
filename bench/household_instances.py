"""Instances of the full problem, by recipe and with fixed seeds: op16, mid, city, and small mixed ones.

Pickups and yards lie in a square of 20 by 20 units, shelters on a circle of radius 13 around its middle; a unit takes
120 s. Households have 1 to 8 members; one in fifty has a member in a wheelchair. Shelters have a fifth more room than
there are people. Every vehicle has 50 seats and, besides, 2 wheelchair bays: a household of q people of whom w are in
wheelchairs takes q - w seats and w bays. Boarding takes 6 s and alighting 3 s a person; every stop with a service, at a
pickup or at a shelter, 60 s more.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from safepassage.planner.households.problem import HouseholdProblem

UNIT_S = 120
BOARD_S, ALIGHT_S, SETUP_S = 6, 3, 60
HOUSEHOLD_SIZES = (0.25, 0.2, 0.15, 0.15, 0.1, 0.07, 0.05, 0.03)
WHEELCHAIR_SHARE = 0.02
FOREVER_S = 2**40


class Recipe(Struct, frozen=True, kw_only=True):
    """How large an instance is; `people` is the mean per pickup."""

    pickups: int
    shelters: int
    vehicles: int
    yards: int
    people: int
    seed: int


OP16 = Recipe(pickups=20, shelters=4, vehicles=16, yards=2, people=35, seed=11)
MID = Recipe(pickups=200, shelters=10, vehicles=60, yards=5, people=50, seed=12)
CITY = Recipe(pickups=2000, shelters=50, vehicles=500, yards=10, people=50, seed=13)


def op16() -> HouseholdProblem:
    """668 people, 16 vehicles: one or two trips each."""
    return generate(OP16)


def mid() -> HouseholdProblem:
    """10,445 people, 60 vehicles."""
    return generate(MID)


def city() -> HouseholdProblem:
    """98,128 people, 500 vehicles."""
    return generate(CITY)


def generate(recipe: Recipe, slack: float = 1.2) -> HouseholdProblem:
    """Draw an instance of one vehicle type: everything is allowed everywhere, always."""
    rng = np.random.default_rng(recipe.seed)
    pickups = rng.random((recipe.pickups, 2)) * 20
    angle = rng.random(recipe.shelters) * 2 * np.pi
    shelters = np.c_[10 + 13 * np.cos(angle), 10 + 13 * np.sin(angle)]
    yards = rng.random((recipe.yards, 2)) * 20
    households = _draw_households(recipe, rng)
    people = int(households[:, 1].sum())
    weight = rng.random(recipe.shelters) + 0.3
    room = np.ceil(weight / weight.sum() * people * slack).astype(np.int64)
    count = len(households)
    return HouseholdProblem(
        pickup=households[:, 0].copy(),
        sizes=np.c_[households[:, 1] - households[:, 2], households[:, 2], np.zeros(count, np.int64)],
        board_s=BOARD_S * households[:, 1],
        alight_s=ALIGHT_S * households[:, 1],
        ready_s=np.zeros(count, np.int64),
        allowed=np.ones((count, recipe.shelters), np.bool_),
        places=np.array([[50, 2, 0]], np.int64),
        speed=np.zeros(1, np.int64),
        kind=np.zeros(recipe.vehicles, np.int64),
        yard=np.arange(recipe.vehicles) % recipe.yards,
        available_s=np.zeros(recipe.vehicles, np.int64),
        yards=recipe.yards,
        pickups=recipe.pickups,
        shelters=recipe.shelters,
        drive_s=_drives_s(np.r_[yards, pickups, shelters])[None],
        room=room,
        windows=((),) * (recipe.pickups + recipe.shelters),
        bays=np.zeros(recipe.pickups + recipe.shelters, np.int64),
        setup_s=SETUP_S,
        most_pickups=8,
        drive_limit_s=np.full(1, FOREVER_S),
    )


def _draw_households(recipe: Recipe, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw pickup, people and wheelchairs of every household."""
    rows = []
    for pickup in range(recipe.pickups):
        people = int(rng.integers(int(recipe.people * 0.2), int(recipe.people * 1.8) + 1))
        drawn = 0
        while drawn < people:
            size = min(int(rng.choice(8, p=HOUSEHOLD_SIZES) + 1), people - drawn)
            rows.append((pickup, size, int(rng.random() < WHEELCHAIR_SHARE)))
            drawn += size
    return np.array(rows, np.int64)


def _drives_s(points: NDArray[np.float64]) -> NDArray[np.int64]:
    between = np.sqrt(((points[:, None] - points[None]) ** 2).sum(2))
    drives: NDArray[np.int64] = np.rint(between * UNIT_S).astype(np.int64)
    return drives


def mixed(recipe: Recipe) -> HouseholdProblem:
    """Three vehicle types with places and speeds of their own, stretchers, choices of shelter, windows, crew limits.

    Buses, minibuses (a fifth faster) and ambulances (two stretchers, twice as fast); one household in twelve
    has a member on a stretcher; one in ten may not use some shelters; every fourth pickup opens twice an hour and every
    third shelter closes for a while; a tenth of the households is ready later; a vehicle drives at most three hours.
    """
    plain = generate(recipe)
    rng = np.random.default_rng(recipe.seed + 1000)
    count, vehicles = len(plain.pickup), recipe.vehicles
    sizes = plain.sizes.copy()
    lying = (rng.random(count) < 1 / 12) & (sizes[:, 0] > 0)
    sizes[lying, 0] -= 1
    sizes[lying, 2] += 1
    allowed = np.ones((count, recipe.shelters), np.bool_)
    choosy = np.flatnonzero(rng.random(count) < 0.1)
    allowed[choosy] = rng.random((len(choosy), recipe.shelters)) < 0.7
    allowed[choosy, rng.integers(recipe.shelters, size=len(choosy))] = True
    drive = plain.drive_s[0]
    return replace(
        plain,
        sizes=sizes,
        ready_s=np.where(rng.random(count) < 0.1, rng.integers(0, 3600, count), 0),
        allowed=allowed,
        places=np.array([[50, 2, 0], [16, 1, 1], [2, 1, 2]], np.int64),
        speed=np.array([0, 1, 2], np.int64),
        kind=np.arange(vehicles) % 5 // 2,
        available_s=rng.integers(0, 900, vehicles),
        drive_s=np.stack([drive, -(-drive * 100 // 120), -(-drive * 100 // 200)]),
        windows=_draw_windows(recipe),
        bays=np.r_[np.zeros(recipe.pickups, np.int64), np.full(recipe.shelters, 4)],
        most_pickups=5,
        drive_limit_s=np.full(3, 3 * 3600),
    )


def _draw_windows(recipe: Recipe) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Every fourth pickup opens for twenty minutes twice an hour; every third shelter closes between 1 h and 1 h 20."""
    often = tuple((start, start + 1200) for start in range(0, 8 * 3600, 1800))
    pause = ((0, 3600), (4800, 8 * 3600))
    pickups: list[Any] = [often if place % 4 == 3 else () for place in range(recipe.pickups)]
    return (*pickups, *(pause if place % 3 == 2 else () for place in range(recipe.shelters)))


def small(seed: int) -> HouseholdProblem:
    """Draw a plain instance of a handful of pickups."""
    return generate(Recipe(pickups=6, shelters=3, vehicles=4, yards=2, people=30, seed=seed))


def small_mixed(seed: int) -> HouseholdProblem:
    """Draw a mixed instance of a handful of pickups."""
    return mixed(Recipe(pickups=8, shelters=4, vehicles=9, yards=2, people=25, seed=seed))
