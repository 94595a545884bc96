"""Changes to ambulance rounds: who rides on which run, in which order, to which hospital."""

from __future__ import annotations

import random

from msgspec import Struct

from safepassage.planner.rounds_yard import BACK, OUT, OUT_ONE_BY_ONE, Run, Yard


class Lines(Struct, kw_only=True):
    """Per ambulance its runs in order; per group the node of its hospital. Never changed in place."""

    runs: list[list[Run]]
    hospital: list[int]


def varied(yard: Yard, lines: Lines, rng: random.Random) -> Lines | None:
    """Change the lines a little at random; None when the change is not possible."""
    chance = rng.random()
    runs, hospital = [list(line) for line in lines.runs], list(lines.hospital)
    if chance < 0.30:
        done = _move_group(yard, runs, rng)
    elif chance < 0.55:
        done = _swap_groups(yard, runs, rng)
    elif chance < 0.70:
        done = _move_run(yard, runs, rng)
    elif chance < 0.80:
        done = _swap_runs(yard, runs, rng)
    elif chance < 0.86:
        done = _swap_tails(yard, runs, rng)
    elif chance < 0.93:
        done = _other_hospital(yard, runs, hospital, rng)
    elif chance < 0.98:
        done = _swap_people(yard, runs, rng)
    else:
        done = _part(yard, runs, rng)
    if done and rng.random() < 0.25:
        done = _move_group(yard, runs, rng) or True
    return Lines(runs=runs, hospital=hospital) if done else None


def _pick(runs: list[list[Run]], rng: random.Random) -> tuple[int, int]:
    """One of all runs: its ambulance and position."""
    at = rng.randrange(sum(len(line) for line in runs))
    for number, line in enumerate(runs):
        if at < len(line):
            return number, at
        at -= len(line)
    raise AssertionError


def _without(run: Run, group: int) -> Run:
    return run[0], tuple(g for g in run[1] if g != group)


def _move_group(yard: Yard, runs: list[list[Run]], rng: random.Random) -> bool:
    """Take a group off one run and put it on another the same way, or on a new one."""
    number, at = _pick(runs, rng)
    way, groups = runs[number][at]
    group = groups[rng.randrange(len(groups))]
    others = [
        (a, i)
        for a, line in enumerate(runs)
        for i, run in enumerate(line)
        if run[0] % 2 == way % 2 and (a, i) != (number, at) and yard.takes(a, run, group)
    ]
    fresh = rng.random() < 0.2 or not others
    if fresh:
        able = [a for a in range(len(runs)) if yard.shares(a, group, [])]
        other = able[rng.randrange(len(able))]
        runs[number][at] = _without(runs[number][at], group)
        runs[other].insert(rng.randrange(len(runs[other]) + 1), (way, (group,)))
    else:
        other, place = others[rng.randrange(len(others))]
        runs[number][at] = _without(runs[number][at], group)
        runs[other][place] = (runs[other][place][0], (*runs[other][place][1], group))
    _drop_empty(runs)
    return True


def _drop_empty(runs: list[list[Run]]) -> None:
    for line in runs:
        line[:] = [run for run in line if run[1]]


def _swap_groups(yard: Yard, runs: list[list[Run]], rng: random.Random) -> bool:
    """Exchange two groups between two runs the same way."""
    number, at = _pick(runs, rng)
    way, groups = runs[number][at]
    others = [
        (a, i)
        for a, line in enumerate(runs)
        for i, run in enumerate(line)
        if run[0] % 2 == way % 2 and (a, i) != (number, at)
    ]
    if not others:
        return False
    other, place = others[rng.randrange(len(others))]
    one, two = groups[rng.randrange(len(groups))], rng.choice(runs[other][place][1])
    return _exchange(yard, runs, ((number, at, one), (other, place, two)))


def _exchange(yard: Yard, runs: list[list[Run]], pair: tuple[tuple[int, int, int], tuple[int, int, int]]) -> bool:
    (number, at, one), (other, place, two) = pair
    left, right = _without(runs[number][at], one), _without(runs[other][place], two)
    if not (yard.takes(number, left, two) and yard.takes(other, right, one)):
        return False
    runs[number][at] = (left[0], (*left[1], two))
    runs[other][place] = (right[0], (*right[1], one))
    return True


def _swap_people(yard: Yard, runs: list[list[Run]], rng: random.Random) -> bool:
    """Exchange two groups on their way out and on their way back."""
    count = len(yard.site)
    one, two = rng.randrange(count), rng.randrange(count)
    if one == two:
        return False
    for way in (OUT, BACK):
        where = {
            group: (a, i, group)
            for a, line in enumerate(runs)
            for i, run in enumerate(line)
            if run[0] % 2 == way
            for group in run[1]
            if group in {one, two}
        }
        if where[one][:2] != where[two][:2] and not _exchange(yard, runs, (where[one], where[two])):
            return False
    return True


def _move_run(yard: Yard, runs: list[list[Run]], rng: random.Random) -> bool:
    """Put a run elsewhere, in its own line or another's."""
    number, at = _pick(runs, rng)
    run = runs[number].pop(at)
    other = rng.randrange(len(runs)) if rng.random() < 0.6 else number
    if not yard.holds(other, run):
        return False
    runs[other].insert(rng.randrange(len(runs[other]) + 1), run)
    return True


def _swap_runs(yard: Yard, runs: list[list[Run]], rng: random.Random) -> bool:
    number, at = _pick(runs, rng)
    other, place = _pick(runs, rng)
    one, two = runs[number][at], runs[other][place]
    if not (yard.holds(number, two) and yard.holds(other, one)):
        return False
    runs[number][at], runs[other][place] = two, one
    return True


def _swap_tails(yard: Yard, runs: list[list[Run]], rng: random.Random) -> bool:
    number, other = rng.randrange(len(runs)), rng.randrange(len(runs))
    if number == other:
        return False
    at, place = rng.randrange(len(runs[number]) + 1), rng.randrange(len(runs[other]) + 1)
    one, two = runs[number][at:], runs[other][place:]
    if not all(yard.holds(other, run) for run in one) or not all(yard.holds(number, run) for run in two):
        return False
    runs[number][at:], runs[other][place:] = two, one
    return True


def _other_hospital(yard: Yard, runs: list[list[Run]], hospital: list[int], rng: random.Random) -> bool:
    """Send a group, or all of a run where they may, to another hospital."""
    number, at = _pick(runs, rng)
    groups = runs[number][at][1]
    if rng.random() < 0.5:
        groups = (groups[rng.randrange(len(groups))],)
    options = yard.problem.groups[groups[0]].hospitals
    goal = options[rng.randrange(len(options))]
    moved = [g for g in groups if goal in yard.problem.groups[g].hospitals]
    changed = False
    for group in moved:
        if hospital[group] != yard.node[goal]:
            hospital[group] = yard.node[goal]
            changed = True
    return changed


def _part(yard: Yard, runs: list[list[Run]], rng: random.Random) -> bool:
    """Let the groups of a run out leave one by one, longest treatment first, or together again."""
    number, at = _pick(runs, rng)
    way, groups = runs[number][at]
    if way == BACK or len(groups) == 1:
        return False
    lasting = yard.problem.groups
    if way == OUT:
        ordered = sorted(groups, key=lambda g: (-max(lasting[g].treatments_s), lasting[g].alight_s, g))
        runs[number][at] = (OUT_ONE_BY_ONE, tuple(ordered))
    else:
        runs[number][at] = (OUT, groups)
    return True
