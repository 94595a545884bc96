"""What drives the risk: the share of the variance that goes away with a group of causes (total Sobol index).

All runs are played again with new random numbers for one group of streams and the old ones for all others (pick and
freeze). What the outcome then differs by is what the group does, alone and together with others: the indices of all
groups may add up to more than 1.

References
----------
M. J. W. Jansen (1999): Analysis of variance designs for model output. Computer Physics Communications 117, 35-43.
A. Saltelli, P. Annoni, I. Azzini, F. Campolongo, M. Ratto, S. Tarantola (2010): Variance based sensitivity analysis of
model output. Computer Physics Communications 181, 259-270, table 2 (f).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from safepassage.model.operation import Operation
from safepassage.model.uncertainty import Lasting
from safepassage.rehearsal.acts import LASTING
from safepassage.rehearsal.outcome import Driver
from safepassage.rehearsal.script import (
    BREAKDOWNS,
    CUTS,
    DAY,
    DRIVES,
    GROUPS,
    MILESTONES,
    PLACE,
    SCREENINGS,
    SERVICES,
    TREATMENTS,
    WALK_INS,
    Floats,
    Ints,
    Keys,
    Script,
)
from safepassage.rehearsal.statistics import Mean, ratio
from safepassage.rehearsal.streams import stream_key
from safepassage.timetable.network import Network

_OTHER = np.uint64(0x5555555555555555)
"""Turns the key of a stream into that of another one."""


def total_index(before: Floats, after: Floats) -> Mean:
    """Estimate the total Sobol index of a group, and its interval; 0 where nothing scatters.

    Parameters
    ----------
    before, after
        The outcome of each run, and of the same run with new random numbers for the group, shape (runs,).

    References
    ----------
    Jansen (1999): the mean of (before - after)² / 2, over the variance; the interval is that of a ratio of means.
    """
    # both have the same law: together they know its mean and variance better
    middle = (np.mean(before) + np.mean(after)) / 2
    squares = ((before - middle) ** 2 + (after - middle) ** 2) / 2
    if not squares.any():
        return Mean(0.0, 0.0, 0.0)
    found = ratio((before - after) ** 2 / 2, squares)
    return Mean(found.mean, max(0.0, found.low), max(found.mean, min(1.0, found.high)))


def drawing(script: Script) -> tuple[int, ...]:
    """List the groups of streams from which a script draws."""
    chances, drives, incidents = script.chances, script.drives, script.incidents
    groups = set(chances.group[chances.law >= 0].tolist())
    groups |= set(chances.group[script.activities.never > 0].tolist())
    draws = {
        DAY: len(chances.day_key) > 0,
        PLACE: len(chances.place_key) > 0,
        DRIVES: len(drives.activity) > 0,
        SERVICES: SERVICES in groups,
        TREATMENTS: TREATMENTS in groups,
        MILESTONES: MILESTONES in groups,
        BREAKDOWNS: bool((drives.breaks >= 0).any()),
        CUTS: bool(np.isin(drives.link, np.flatnonzero(np.diff(incidents.cut_at))).any()),
        SCREENINGS: bool((incidents.screen_of >= 0).any()),
        WALK_INS: bool((incidents.walk_mean > 0).any()),
    }
    return tuple(group for group in range(len(GROUPS)) if draws[group])


def seeds_of(seed: int) -> Ints:
    """Give every group of streams the seed of the rehearsal."""
    return np.full(len(GROUPS), seed, np.int64)


def anew(seed: int, group: int) -> Ints:
    """Give the seeds with which one group draws anew and all others as before."""
    found = seeds_of(seed)
    found[group] = stream_key(f"anew {seed}") >> 1
    return found


def lasting_anew(script: Script, network: Network, operation: Operation, of: Lasting) -> Script:
    """Write the script in which everything of a kind draws anew how long it lasts, what it shares with others included.

    So it is told apart what the spread of one kind of activity does: the groups of streams put what is common to a day
    or a place together, whatever it is common to.

    Parameters
    ----------
    script
        What `compile_plan` made.
    network
        Made with it.
    operation
        Names the sites, links and milestones that streams are named after.
    of
        The kind.
    """
    chances, drives, incidents = script.chances, script.drives, script.incidents
    own = np.array([LASTING.get(activity.kind) == of for activity in network.activities], np.bool_)
    of_roads = (*(site.id for site in operation.sites), *(link.id for link in operation.links))
    subjects = (*of_roads, *(milestone.id for milestone in operation.milestones))
    places = {stream_key(f"place {of} {subject}") for subject in subjects}
    days = {stream_key(f"day {of}")}
    chances = chances._replace(
        key=_other(chances.key, own),
        day_key=_other(chances.day_key, _among(chances.day_key, days)),
        place_key=_other(chances.place_key, _among(chances.place_key, places)),
    )
    if of == "drive":
        # screenings are keyed by the drive as well: they keep their numbers
        drives = drives._replace(key=_other(drives.key, np.True_))
        incidents = incidents._replace(screen_key=_other(incidents.screen_key, np.True_))
    return script._replace(chances=chances, drives=drives, incidents=incidents)


def _among(keys: Keys, wanted: set[int]) -> NDArray[np.bool_]:
    return np.array([key in wanted for key in keys.tolist()], np.bool_)


def _other(keys: Keys, which: NDArray[np.bool_] | np.bool_) -> Keys:
    return np.where(which, keys ^ _OTHER, keys)


def kinds(script: Script, network: Network) -> tuple[Lasting, ...]:
    """List the kinds of activities whose lengths scatter."""
    scatters = script.chances.law >= 0
    found = {LASTING.get(one.kind): None for one, yes in zip(network.activities, scatters, strict=True) if yes}
    if len(script.drives.activity):
        found["drive"] = None
    return tuple(of for of in found if of is not None)


def driver(group: str, last: tuple[Ints, Ints], late: tuple[Floats, Floats], horizon_s: int) -> Driver:
    """Tell what a group does to the last arrival and to being late.

    Parameters
    ----------
    group
        Its name.
    last
        When all have arrived, before and after it has drawn anew, shape (runs,), seconds. Where some never arrive, or
        later than `horizon_s`, that is taken instead.
    late
        1 in runs in which not everybody is out in time, else 0.
    horizon_s
        The end of the time considered.
    """
    before, after = (np.minimum(one, horizon_s).astype(np.float64) for one in last)
    share, of_late = total_index(before, after), total_index(*late)
    return Driver(
        group=group,
        share=share.mean,
        low=share.low,
        high=share.high,
        late=of_late.mean,
        late_low=of_late.low,
        late_high=of_late.high,
    )
