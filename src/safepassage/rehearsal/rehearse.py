"""From a plan to what may happen: thousands of runs, read together; and two plans compared run by run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Final, Protocol, TypeAlias

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from safepassage.model.errors import UsageError
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.model.travel import Travel
from safepassage.rehearsal.asked import Asked, Names, asked_of
from safepassage.rehearsal.chunk import Chunk, together
from safepassage.rehearsal.compile import compile_plan
from safepassage.rehearsal.drivers import anew, drawing, driver, kinds, lasting_anew, seeds_of
from safepassage.rehearsal.judging import in_time, last_arrivals
from safepassage.rehearsal.local import chunks
from safepassage.rehearsal.outcome import Change, Driver, Outcome
from safepassage.rehearsal.script import GROUPS, Ints, Script
from safepassage.rehearsal.statistics import half_width, of_runs, paired
from safepassage.rehearsal.telling import Played, outcome_of

MOST: Final = 1_000_000
"""No more runs are played to make an interval small."""
ROOM: Final = 10**9
"""Nor more than fit into so many bytes."""
MOST_ROOM: Final = 2 * 10**9
"""What is asked for outright may take so many."""


class Engine(Protocol):
    """Whoever plays runs: gives their chunks in the order of their numbers."""

    def __call__(
        self,
        script: Script,
        asked: Asked,
        seeds: Ints,
        *,
        runs: tuple[int, int],
        stop: Callable[[], bool] = bool,
    ) -> Iterator[Chunk]:
        """Play runs: the first, and how many."""


Tell: TypeAlias = Callable[[int, int], None]
"""How many runs are played, of how many."""


class Effort(Struct, frozen=True, kw_only=True):
    """How much is played, and by whom.

    `until` is the half-width of the interval of being out in time at which it is enough; it is reached in rounds, each
    as long as all before, up to `MOST` runs or `ROOM`. `drivers` is the number of runs played again for each group of
    causes, 0 for none. Without an `engine`, that many `workers` of this machine play (0: all its cores).
    """

    runs: int = 10_000
    seed: int = 0
    workers: int = 0
    until: float | None = None
    drivers: int = 1_000
    engine: Engine | None = None


class Rehearsed(Struct, frozen=True, kw_only=True):
    """What was found, and the runs it was found in."""

    outcome: Outcome
    names: Names
    chunk: Chunk
    in_time: NDArray[np.bool_]
    last: Ints


def silent(_done: int, _wanted: int) -> None:
    """Tell nobody."""


def rehearse(
    operation: Operation, travel: Travel, plan: Plan, effort: Effort | None = None, *, tell: Tell = silent,
    stop: Callable[[], bool] = bool,
) -> Rehearsed:  # fmt: skip
    """Play a plan many times, and read what happened.

    Parameters
    ----------
    operation
        What the plan is for, and what is uncertain about it.
    travel
        Knows the routes that the plan drives.
    plan
        Whose: the planner's, or made by hand.
    effort
        How much; by default 10,000 runs on this machine.
    tell
        Told after every chunk how many runs are played, of how many.
    stop
        Asked between chunks; from then on there are no more, and what was found by then is told. One chunk is always
        played.

    Raises
    ------
    InternalError
        When the plan's sequences contradict each other.
    UsageError
        When more runs are asked for than can be held.
    ValueError
        When something of the plan has no window left in which it may start, or no run is asked for.
    """
    effort = effort or Effort()
    if effort.runs < 1:
        raise ValueError(f"expected at least one run, found {effort.runs}")
    script, network = compile_plan(operation, travel, plan)
    asked, names = asked_of(operation, plan, network)
    chunk = _rounds(operation, (script, asked, names), effort, tell, stop)
    played = Played(
        operation=operation, travel=travel, plan=plan, script=script, network=network, asked=asked, names=names,
        chunk=chunk,
    )  # fmt: skip
    return Rehearsed(
        outcome=outcome_of(played, effort.seed, *_drivers(played, effort, stop)),
        names=names,
        chunk=chunk,
        in_time=in_time(operation, names, chunk),
        last=last_arrivals(names, chunk),
    )


def _engine(effort: Effort) -> Engine:
    return effort.engine or partial(chunks, workers=effort.workers)


def _rounds(
    operation: Operation, what: tuple[Script, Asked, Names], effort: Effort, tell: Tell, stop: Callable[[], bool]
) -> Chunk:
    """Play round after round until the interval is small enough."""
    script, asked, names = what
    done, wanted = 0, effort.runs

    def stops() -> bool:
        # stop is not asked until a chunk is there
        return done > 0 and stop()

    def more() -> Iterator[Chunk]:
        nonlocal done
        for chunk in _engine(effort)(script, asked, seeds_of(effort.seed), runs=(done, wanted - done), stop=stops):
            if effort.runs > (most := MOST_ROOM // _bytes_of_run(chunk)):
                raise UsageError(f"{effort.runs:,} runs of this plan do not fit into memory; ask for at most {most:,}")
            done += len(chunk.instants)
            yield chunk
            tell(done, wanted)

    found = together(more(), wanted)
    while effort.until is not None and not stops():
        wanted = min(2 * done, MOST, ROOM // _bytes_of_run(found))
        if wanted <= done or half_width(of_runs(in_time(operation, names, found))) <= effort.until:
            break
        found = together(chain((found,), more()), wanted)
    return found


def _bytes_of_run(chunk: Chunk) -> int:
    return max(1, sum(array.nbytes for array in chunk[:6]) // len(chunk.instants))


def _drivers(played: Played, effort: Effort, stop: Callable[[], bool]) -> tuple[tuple[Driver, ...], tuple[Driver, ...]]:
    """Play runs again with new random numbers: for each group of streams, and for each kind of activity.

    Returns
    -------
    groups
        The strongest first.
    kinds
        For assumptions: a quarter of the runs will do to put them in order.
    """
    if not effort.drivers:
        return (), ()
    script, fewer = played.script, structs.replace(effort, drivers=effort.drivers // 4)
    groups = [
        _driver(played, GROUPS[group], (script, anew(effort.seed, group)), effort, stop) for group in drawing(script)
    ]
    changed = {of: lasting_anew(script, played.network, played.operation, of) for of in kinds(script, played.network)}
    seeds = seeds_of(effort.seed)
    of_kinds = [_driver(played, of, (script, seeds), fewer, stop) for of, script in changed.items()]
    found = [one for one in groups if one is not None]
    return tuple(sorted(found, key=lambda one: -one.share)), tuple(one for one in of_kinds if one is not None)


def _driver(
    played: Played, name: str, changed: tuple[Script, Ints], effort: Effort, stop: Callable[[], bool]
) -> Driver | None:
    """Play runs again with another script or other seeds; None when that was stopped or none are asked for."""
    count = min(effort.drivers, len(played.chunk.instants))
    script, seeds = changed
    again: list[Chunk] = []
    if count > 1:
        again += _engine(effort)(script, played.asked, seeds, runs=(0, count), stop=stop)
    if count < 2 or sum(len(chunk.instants) for chunk in again) < count:
        return None
    last, late = _lateness(played, played.chunk)
    other_last, other_late = _lateness(played, together(again, count))
    horizon_s = played.operation.limits.horizon_s
    return driver(name, (last[:count], other_last), (late[:count], other_late), horizon_s)


def _lateness(played: Played, chunk: Chunk) -> tuple[Ints, NDArray[np.float64]]:
    late = ~in_time(played.operation, played.names, chunk)
    return last_arrivals(played.names, chunk), late.astype(np.float64)


def compare(base: Rehearsed, other: Rehearsed, change: str, note: str = "") -> Change:
    """Tell what a change would bring, from the same runs under the same random numbers.

    Parameters
    ----------
    base, other
        Without and with it; of the longer one only as many runs as the other has are taken.
    change
        Which.
    note
        What has to be told with it.

    Raises
    ------
    ValueError
        When the seeds differ: then runs have nothing in common.
    """
    if base.outcome.seed != other.outcome.seed:
        raise ValueError(f"expected runs of one seed, found {base.outcome.seed} and {other.outcome.seed}")
    share, earlier = paired((base.in_time, base.last), (other.in_time, other.last))
    return Change(
        change=change,
        out_in_time=share.mean,
        out_low=share.low,
        out_high=share.high,
        earlier_s=earlier.mean,
        earlier_low_s=earlier.low,
        earlier_high_s=earlier.high,
        makespan_s=other.outcome.planned_s,
        note=note,
    )
