"""Tiny random problems: up to five households, two shelters, three vehicles of two types, windows, wheelchairs."""

from __future__ import annotations

import numpy as np

from safepassage.planner.households.problem import UNREACHABLE, HouseholdProblem


def tiny(seed: int) -> HouseholdProblem:
    """Draw a problem; every second one has vehicles that are alike, every third windows and other restrictions."""
    rng = np.random.default_rng(seed)
    count, pickups, shelters, vehicles = (
        int(rng.integers(low, high)) for low, high in ((2, 6), (1, 4), (1, 3), (1, 4))
    )
    yards, speeds = int(rng.integers(1, 3)), 2
    sites = yards + pickups + shelters
    drive = rng.integers(1, 60, (speeds, sites, sites))
    if rng.random() < 0.5:
        drive = (drive + drive.transpose(0, 2, 1)) // 2
    drive[:, np.arange(sites), np.arange(sites)] = 0
    drive[rng.random(drive.shape) < 0.05] = UNREACHABLE
    sizes = np.c_[rng.integers(0, 5, count), rng.random(count) < 0.2, rng.random(count) < 0.1].astype(np.int64)
    sizes[sizes.sum(1) == 0, 0] = 1
    people = sizes.sum(1)
    strict = seed % 3 == 0
    windows = [
        tuple((int(a), int(a + rng.integers(10, 80))) for a in np.cumsum(rng.integers(0, 60, 3)) * 2)
        if strict and rng.random() < 0.3
        else ()
        for _ in range(pickups + shelters)
    ]
    places = np.array([[int(rng.integers(3, 9)), 1, 1], [int(rng.integers(2, 6)), int(rng.integers(0, 2)), 0]])
    slack = 1 + rng.random()
    return HouseholdProblem(
        pickup=rng.integers(0, pickups, count),
        sizes=sizes,
        board_s=people * int(rng.integers(0, 4)) + sizes[:, 1] * 3,
        alight_s=people * int(rng.integers(0, 3)),
        ready_s=rng.integers(0, 60, count) * (strict and rng.random() < 0.5),
        allowed=(rng.random((count, shelters)) < 0.8) if strict else np.ones((count, shelters), np.bool_),
        places=places,
        speed=np.array([0, 1]),
        kind=rng.integers(0, 2, vehicles) * (seed % 2),
        yard=rng.integers(0, yards, vehicles),
        available_s=rng.integers(0, 30, vehicles) * (rng.random() < 0.5),
        yards=yards,
        pickups=pickups,
        shelters=shelters,
        drive_s=drive,
        room=np.ceil(rng.dirichlet(np.ones(shelters)) * people.sum() * slack + rng.integers(0, 5)).astype(np.int64),
        windows=tuple(windows),
        bays=np.zeros(pickups + shelters, np.int64),
        setup_s=int(rng.integers(0, 12)),
        most_pickups=4,
        drive_limit_s=np.array([UNREACHABLE, UNREACHABLE]),
    )
