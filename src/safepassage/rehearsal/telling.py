"""What the runs of a plan tell, read together."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from safepassage.model.ids import ConvoyId
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.model.travel import Travel
from safepassage.rehearsal.asked import Asked, Names
from safepassage.rehearsal.assumptions import assumptions
from safepassage.rehearsal.chunk import Chunk
from safepassage.rehearsal.endurance import endurance
from safepassage.rehearsal.judging import due, in_time, judge, last_arrivals
from safepassage.rehearsal.outcome import ClauseChance, Critical, Driver, Gate, Outcome, Spread, Waiting
from safepassage.rehearsal.script import NEVER, TALLIES, Ints, Script
from safepassage.rehearsal.statistics import of_runs, quantiles, spread
from safepassage.timetable.network import Network

AT_ONCE = 32
"""Spans of time of which the people out are counted together: for all of them it takes longer to get the memory."""


class Played(Struct, frozen=True, kw_only=True):
    """A plan that was played, what was asked of its runs, and what they gave."""

    operation: Operation
    travel: Travel
    plan: Plan
    script: Script
    network: Network
    asked: Asked
    names: Names
    chunk: Chunk


def outcome_of(
    played: Played, seed: int, drivers: tuple[Driver, ...] = (), by_kind: tuple[Driver, ...] = ()
) -> Outcome:
    """Read runs together.

    Parameters
    ----------
    played
        The plan, and what its runs gave.
    seed
        Of the runs.
    drivers, by_kind
        What the groups of causes do, and the kinds of activities.
    """
    operation, plan, chunk, names = played.operation, played.plan, played.chunk, played.names
    due_s, due_by = due(operation)
    return Outcome(
        operation=operation.id,
        sha256=operation.sha256,
        runs=len(chunk.instants),
        seed=seed,
        people=int(played.asked.people.sum()),
        due_s=due_s,
        due_by=due_by,
        in_time=of_runs(in_time(operation, names, chunk)),
        planned_s=plan.objective.makespan_s if plan.objective else 0,
        instants=_spreads(names.instants, chunk.instants),
        clauses=_clauses(operation, names, chunk),
        critical=_critical(played.network, chunk, last_arrivals(names, chunk)),
        gates=_gates(played, names, chunk),
        waiting=_waiting(names, chunk, played.asked.bin_s),
        under_way=_spreads(names.rides, np.where(chunk.under_way == 0, NEVER, chunk.under_way)),
        tallies=dict(zip(TALLIES, chunk.tallies.mean(axis=0).tolist(), strict=True)),
        bin_s=played.asked.bin_s,
        fan=fan(chunk.out),
        drivers=drivers,
        endurance=endurance(operation, played.travel, plan, names, chunk),
        assumptions=assumptions(operation, played.travel, plan, played.network, (*drivers, *by_kind)),
    )


def _spreads(names: tuple[str, ...], columns: Ints) -> tuple[Spread, ...]:
    return tuple(spread(name, np.ascontiguousarray(values)) for name, values in zip(names, columns.T, strict=True))


def _clauses(operation: Operation, names: Names, chunk: Chunk) -> tuple[ClauseChance, ...]:
    judged = judge(operation, names, chunk)
    return tuple(
        ClauseChance(
            clause=clause.id,
            kind=str(clause.__struct_config__.tag),
            kept=None if (kept := judged[clause.id]) is None else of_runs(kept),
        )
        for clause in operation.clauses
    )


def _critical(network: Network, chunk: Chunk, last: Ints) -> tuple[Critical, ...]:
    """Tell how often each activity was on the chain, the most frequent first; those that never were are left out."""
    arrived = max(1, int(np.count_nonzero(last < NEVER)))
    found = []
    for position in np.argsort(-chunk.critical, kind="stable"):
        if chunk.critical[position] == 0:
            break
        one = network.activities[position]
        share = int(chunk.critical[position]) / arrived
        found.append(
            Critical(activity=one.kind, subject=one.subject, site=one.site, trip=one.trip, stop=one.stop, share=share)
        )
    return tuple(found)


def _gates(played: Played, names: Names, chunk: Chunk) -> tuple[Gate, ...]:
    """Tell what departures waited for last, convoy by convoy, the most frequent first."""
    found = []
    for convoy, at, counts in zip(names.departures, played.asked.departure, chunk.gating, strict=True):
        departed = max(1, int(counts.sum()))
        for position in np.argsort(-counts, kind="stable"):
            if counts[position] == 0:
                break
            own = position == len(counts) - 1
            one = played.network.activities[at if own else position]
            found.append(
                Gate(
                    convoy=ConvoyId(convoy),
                    activity="window" if own else one.kind,
                    subject=one.gate if own else one.subject,
                    site=one.site,
                    share=int(counts[position]) / departed,
                )
            )
    return tuple(found)


def _waiting(names: Names, chunk: Chunk, bin_s: int) -> tuple[Waiting, ...]:
    runs = len(chunk.instants)
    return tuple(
        Waiting(
            site=site,  # type: ignore[arg-type]
            people=tuple((person_s / (bin_s * runs)).tolist()),
            person_hours=float(person_s.sum()) / 3600 / runs,
        )
        for site, person_s in zip(names.sites, chunk.waiting, strict=True)
        if person_s.any()
    )


def fan(out: NDArray[np.int32]) -> tuple[tuple[int, ...], ...]:
    """Give for each of `LEVELS` how many people are out at the end of each span: that share of the runs has no more.

    Parameters
    ----------
    out
        People out in each span, shape (runs, spans).
    """
    people = np.zeros(len(out), out.dtype)
    found = []
    for first in range(0, out.shape[1], AT_ONCE):
        sums = np.ascontiguousarray(out[:, first : first + AT_ONCE].T)
        for row in sums:
            people += row
            row[:] = people
        found.append(quantiles(sums))
    return tuple(tuple(row) for row in np.concatenate(found, axis=1).tolist())
