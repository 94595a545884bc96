"""Which households change trips: whole ones by construction, chosen class by class into a bundle."""

from __future__ import annotations

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.households.problem import Integers
from safepassage.planner.households.table import (
    BIT,
    BUNDLE,
    CLASSES,
    COUNT,
    FIRST_CLASS,
    FREE,
    LEFT,
    LOAD,
    MASK,
    PICKUP,
    READY,
    SPACE,
    STOPS,
    below,
    people_of,
)


@kernel
def tally(s: Integers, pickup: int, bundle: int) -> int:
    """Sum people and times of a bundle's households; the number of people."""
    first = s[pickup, FIRST_CLASS]
    for column in range(READY + 1):
        s[bundle, column] = 0
    for k in range(s[pickup, CLASSES]):
        number = s[bundle, COUNT + k]
        if number > 0:
            for column in range(READY):
                s[bundle, column] += number * s[first + k, column]
            s[bundle, READY] = max(s[bundle, READY], s[first + k, READY])
    return people_of(s, bundle)


@kernel
def empty(s: Integers, pickup: int, bundle: int) -> None:
    """Take all out of a bundle."""
    for k in range(s[pickup, CLASSES]):
        s[bundle, COUNT + k] = 0


@kernel
def choose_all(s: Integers, stop: int, bundle: int) -> int:
    """Choose everybody of a stop."""
    for column in range(READY + 1):
        s[bundle, column] = s[stop, column]
    for k in range(s[s[stop, PICKUP], CLASSES]):
        s[bundle, COUNT + k] = s[stop, COUNT + k]
    return people_of(s, bundle)


@kernel
def choose_some(s: Integers, stop: int, bundle: int) -> int:
    """Choose some households of one class of a stop, or of a bundle's place."""
    pickup = s[stop, PICKUP]
    classes = s[pickup, CLASSES]
    empty(s, pickup, bundle)
    k = below(classes)
    while s[stop, COUNT + k] == 0:
        k = k + 1 if k + 1 < classes else 0
    s[bundle, COUNT + k] = 1 + below(s[stop, COUNT + k])
    return tally(s, pickup, bundle)


@kernel
def choose_fitting(s: Integers, pickup: int, present: int, bundle: int) -> int:
    """Choose as many of the households in a row as SPACE takes, the classes in turn, at times from a random one."""
    first, classes = s[pickup, FIRST_CLASS], s[pickup, CLASSES]
    k = below(classes) if np.random.random() < 0.5 else 0
    for _ in range(classes):
        number = times_within(people_of(s, first + k), s[0, SPACE + 3], s[present, COUNT + k])
        for column in range(3):
            if s[first + k, LOAD + column] > 0:
                number = times_within(s[first + k, LOAD + column], s[0, SPACE + column], number)
        s[bundle, COUNT + k] = number
        for column in range(3):
            s[0, SPACE + column] -= number * s[first + k, LOAD + column]
        s[0, SPACE + 3] -= number * people_of(s, first + k)
        k = k + 1 if k + 1 < classes else 0
    return tally(s, pickup, bundle)


@kernel
def choose_covering(s: Integers, stop: int, bundle: int) -> int:
    """Choose few households of a stop that free at least the places in SPACE; 0 where that cannot be.

    Large classes are taken while they do not free more than needed, then one household of the smallest class that
    frees enough.
    """
    pickup = s[stop, PICKUP]
    first, classes = s[pickup, FIRST_CLASS], s[pickup, CLASSES]
    empty(s, pickup, bundle)
    for column in range(SPACE, SPACE + 3):
        mobility = LOAD + column - SPACE
        for k in range(classes):
            size = s[first + k, mobility]
            if s[0, column] > 0 and size > 0:
                spare = s[stop, COUNT + k] - s[bundle, COUNT + k]
                free_places(s, first + k, (bundle, k), times_within(size, s[0, column], spare))
        for k in range(classes - 1, -1, -1):
            enough = s[first + k, mobility] >= s[0, column]
            if s[0, column] > 0 and enough and s[stop, COUNT + k] > s[bundle, COUNT + k]:
                free_places(s, first + k, (bundle, k), 1)
        if s[0, column] > 0:
            return 0
    return tally(s, pickup, bundle)


@kernel
def free_places(s: Integers, one: int, chosen: tuple[int, int], number: int) -> None:
    """Add households of a class to a bundle and take their places off what is needed."""
    bundle, k = chosen
    s[bundle, COUNT + k] += number
    for column in range(3):
        s[0, SPACE + column] -= number * s[one, LOAD + column]


@kernel
def times_within(size: int, room: int, most: int) -> int:
    """Count how many of a size go into a room, at most so many. A division would cost a check for zero."""
    number = 0
    while number < most and size <= room:
        room -= size
        number += 1
    return number


@kernel
def may_end(s: Integers, pickup: int, bundle: int, shelter: int) -> bool:
    """Whether the households of a stop or a bundle may end at a shelter."""
    if s[0, FREE] > 0:
        return True
    first, mask, bit, barred = s[pickup, FIRST_CLASS], s[shelter, MASK], s[shelter, BIT], 0
    for k in range(s[pickup, CLASSES]):
        if s[bundle, COUNT + k] > 0:
            barred += 1 - ((s[first + k, mask] >> bit) & 1)
    return bool(barred == 0)


@kernel
def all_may_end(s: Integers, t: int, shelter: int) -> bool:
    """Whether everybody of a trip may end at a shelter."""
    if s[0, FREE] > 0:
        return True
    able = True
    for stop in range(t + 1, t + 1 + s[t, STOPS]):
        able &= may_end(s, s[stop, PICKUP], stop, shelter)
    return able


@kernel
def choose_left(s: Integers, pickup: int, shelter: int, most: int) -> int:
    """Choose, into the first bundle, who of those left at a pickup fits in SPACE and may end at a shelter.

    `most` 1: a single household. Returns the number of people.
    """
    first, classes, bundle = s[pickup, FIRST_CLASS], s[pickup, CLASSES], s[0, BUNDLE]
    mask, bit = s[shelter, MASK], s[shelter, BIT]
    for k in range(classes):
        s[bundle + 1, COUNT + k] = s[first + k, LEFT] if (s[first + k, mask] >> bit) & 1 else 0
    people = choose_fitting(s, pickup, bundle + 1, bundle)
    if people == 0 or most > 1:
        return people
    k = below(classes)
    while s[bundle, COUNT + k] == 0:
        k = k + 1 if k + 1 < classes else 0
    empty(s, pickup, bundle)
    s[bundle, COUNT + k] = 1
    return tally(s, pickup, bundle)
