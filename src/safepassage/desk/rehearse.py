"""Rehearse a plan: what may happen, what drives it, what a change would buy."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from safepassage.desk.check import readable
from safepassage.desk.plan_files import read_plan_of
from safepassage.desk.preparing import missing, prepare
from safepassage.desk.tables import CSV, PARQUET, Column, as_csv, as_parquet
from safepassage.desk.what_if import WhatIf, varied
from safepassage.model.errors import Fault, InternalError, UsageError
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan, Violation
from safepassage.model.time import instant_at
from safepassage.rehearsal.cluster import chunks as cluster_chunks
from safepassage.rehearsal.cluster import cluster
from safepassage.rehearsal.local import chunks as local_chunks
from safepassage.rehearsal.outcome import LEVELS, REHEARSAL_FORMAT, Change, Outcome
from safepassage.rehearsal.rehearse import Effort, Engine, Rehearsed, compare
from safepassage.rehearsal.rehearse import rehearse as play
from safepassage.rehearsal.script import NEVER

if TYPE_CHECKING:
    from safepassage.reports.brief import Odds
from safepassage.roads.table import travel as ways_of

PLAN_SECONDS: Final = 10.0
"""How long a changed operation is planned, as by default on the command line."""

Tell = Callable[[str, int, int], None]
"""Told what is being done, and how many runs are played of how many (0 of 0 where none are)."""


@contextmanager
def playing(name: str, *, address: str = "", workers: int = 0) -> Iterator[Engine | None]:
    """Give the engine of a name: `local` plays on this machine, `cluster` on a Dask cluster.

    Parameters
    ----------
    name
        Which.
    address
        Of the cluster's scheduler; empty: one is started on this machine.
    workers
        Threads, or processes of the cluster that is started; 0: as many as there are cores.

    Raises
    ------
    UsageError
        When Dask is not installed.
    """
    if name == "cluster":
        with cluster(address, workers or os.cpu_count() or 1) as client:
            yield partial(cluster_chunks, client)
    else:
        yield partial(local_chunks, workers=workers)


class Told(Struct, frozen=True, kw_only=True):
    """A rehearsed plan: what was found, the rules that the plan breaks, remarks on its file."""

    operation: Operation
    plan: Plan
    outcome: Outcome
    violations: tuple[Violation, ...]
    warnings: tuple[Fault, ...]
    played: Rehearsed

    def page(self, language: str = "en") -> bytes:
        """Make the rehearsal one self-contained page."""
        # most rehearsals are read in the terminal: what makes pages need not be loaded for them
        from safepassage.reports.rehearsal_page import rehearsal_page  # noqa: PLC0415
        from safepassage.reports.words import language_named  # noqa: PLC0415

        return rehearsal_page(self.operation, self.plan, self.outcome, language=language_named(language))

    def odds(self) -> Odds:
        """Say how often the plan was in time: for its own page."""
        from safepassage.reports.rehearsal_brief import odds  # noqa: PLC0415

        return odds(self.outcome.in_time)

    def file(self) -> bytes:
        """Write everything that was found as JSON; seconds count from `start`."""
        start = instant_at(self.operation.start, 0, self.operation.time_zone).isoformat()
        answer = {"format": REHEARSAL_FORMAT, "start": start, "levels": LEVELS} | msgspec.to_builtins(self.outcome)
        return msgspec.json.format(msgspec.json.encode(answer), indent=2) + b"\n"

    def runs(self, form: str = CSV) -> bytes:
        """Write a table of the runs: out in time, the last arrival, every instant; seconds from the start.

        Parameters
        ----------
        form
            The ending of the file: `.csv` or `.parquet`.

        Raises
        ------
        UsageError
            When Parquet is asked for and pyarrow is not installed.
        """
        instants, last = self.played.chunk.instants, self.played.last
        columns = [
            Column("run", "whole", np.arange(len(last))),
            Column("in_time", "flag", self.played.in_time),
            Column("last_s", "whole", last, last >= NEVER),
            *(
                Column(name, "whole", at_s, at_s >= NEVER)
                for name, at_s in zip(self.played.names.instants, np.ascontiguousarray(instants.T), strict=True)
            ),
        ]
        return as_parquet(columns) if form == PARQUET else as_csv(columns)


def rehearse(
    folder: Path, plan_file: Path, effort: Effort, *, changes: Sequence[WhatIf] = (), tell: Tell,
    stop: Callable[[], bool] = bool,
) -> Told:  # fmt: skip
    """Rehearse a plan of an operation folder, the planner's or one edited by hand.

    Parameters
    ----------
    folder
        The operation folder.
    plan_file
        PLAN.json.
    effort
        How much is played, and by whom.
    changes
        What to compare with: each is planned anew and rehearsed under the same random numbers.
    tell
        Told what is being done.
    stop
        Asked now and then: True ends with what was found so far.

    Raises
    ------
    InputError
        When the folder or the plan cannot be read.
    UsageError
        When the plan moves nobody, contradicts itself, or a change does not fit the operation.
    """
    operation, travel = readable(folder)
    variants = [(change, varied(operation, change)) for change in changes]
    plan, warnings = read_plan_of(operation, plan_file)
    if not plan.trips:
        raise UsageError("this plan moves nobody: there is nothing to rehearse")
    if missing("rehearsal"):
        tell("kernels", 0, 0)
        prepare("rehearsal")

    @cache
    def broken() -> tuple[Violation, ...]:
        from safepassage.rules import check as referee_check  # noqa: PLC0415

        return referee_check(operation, travel, plan)

    def told(done: int, of: int) -> None:
        tell("runs", done, of)
        # while the other chunks are played there is nothing else to do
        broken()

    try:
        played = play(operation, travel, plan, effort, tell=told, stop=stop)
    except (InternalError, ValueError) as error:
        raise UsageError(
            f"this plan cannot be rehearsed: {error}; `safepassage referee` says what it breaks"
        ) from error
    found = [_changed(played, plan, one, variant, effort, tell) for one, variant in variants if not stop()]
    return Told(
        operation=operation,
        plan=plan,
        outcome=replace(played.outcome, changes=tuple(found)),
        violations=broken(),
        warnings=warnings,
        played=played,
    )


def _changed(base: Rehearsed, plan: Plan, change: WhatIf, operation: Operation, effort: Effort, tell: Tell) -> Change:
    """Plan and rehearse a changed operation and compare it with the plan in hand, run by run."""
    # only a change is planned: without one, the planner need not be loaded
    from safepassage.planner import Limit  # noqa: PLC0415
    from safepassage.planner import plan as make_plan  # noqa: PLC0415

    if missing("planner"):
        tell("kernels", 0, 0)
        prepare("planner")
    tell(f"plan {change.text}", 0, 0)
    travel = ways_of(operation)
    other = make_plan(operation, travel, Limit(seconds=PLAN_SECONDS), plan.seed)
    if not other.trips:
        return Change(
            change=change.text, out_in_time=0, out_low=0, out_high=0, earlier_s=0, earlier_low_s=0, earlier_high_s=0,
            makespan_s=None, note="infeasible",
        )  # fmt: skip
    quick = replace(effort, runs=base.outcome.runs, until=None, drivers=0)
    played = play(operation, travel, other, quick, tell=lambda done, of: tell(f"runs {change.text}", done, of))
    return compare(base, played, change.text)
