"""What is told of one scenario among many: a row of figures, each row of its own."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from safepassage.rehearsal.judging import due
from safepassage.rehearsal.scenario import Part, Scenario
from safepassage.rehearsal.script import NEVER
from safepassage.rehearsal.statistics import of_runs, paired, spread


class Named(Struct, frozen=True, kw_only=True):
    """Which scenario: the folder and the plan as they were listed, what was changed, the seed."""

    folder: str
    plan: str
    change: str = ""
    seed: int = 0

    def __str__(self) -> str:
        parts = (self.folder, self.plan, self.change, f"seed {self.seed}" if self.seed else "")
        return " ".join(part for part in parts if part)


class Row(Named, frozen=True, kw_only=True):
    """One scenario. Times are seconds since the operation's start, None where they are not known.

    `inputs` tells what the figures were made of: the same folder, plan, change, seed, runs, planning and release. `low`
    and `high` are the 95 % interval of the chance that everybody is out when it is due (`share`), `last_..._s` the
    quantiles of the last arrival, `never` the share of runs in which some never arrive. `gain` and `earlier_s` are the
    differences from the operation's own plan, run by run under the same random numbers, None for that plan itself.
    """

    inputs: str
    operation: str
    runs: int
    note: str = ""
    in_time: int | None = None
    share: float | None = None
    low: float | None = None
    high: float | None = None
    due_s: int | None = None
    planned_s: int | None = None
    never: float | None = None
    last_05_s: int | None = None
    last_10_s: int | None = None
    last_25_s: int | None = None
    last_50_s: int | None = None
    last_75_s: int | None = None
    last_90_s: int | None = None
    last_95_s: int | None = None
    gain: float | None = None
    gain_low: float | None = None
    gain_high: float | None = None
    earlier_s: float | None = None
    earlier_low_s: float | None = None
    earlier_high_s: float | None = None

    def __str__(self) -> str:
        if self.share is None or self.low is None or self.high is None:
            return f"{super().__str__()}: {self.note}"
        return f"{super().__str__()}: {self.share:.1%} ({self.low:.1%} to {self.high:.1%})"


QUANTILES = ("last_05_s", "last_10_s", "last_25_s", "last_50_s", "last_75_s", "last_90_s", "last_95_s")
"""The fields of the quantiles, in the order of `LEVELS`."""


def row_of(name: Named, scenario: Scenario, found: Part, base: Part | None) -> Row:
    """Read the runs of a scenario.

    Parameters
    ----------
    name
        As it was listed.
    scenario
        What was played.
    found
        Its runs.
    base
        Those of the operation's own plan under the same seed; None: this is that plan.
    """
    chance, last = of_runs(found.in_time), spread("last", found.last)
    differences: dict[str, Any] = {}
    if base is not None:
        gain, earlier = paired(base, found)
        differences = {"gain": gain.mean, "gain_low": gain.low, "gain_high": gain.high}
        if ((base.last < NEVER) & (found.last < NEVER)).any():
            differences |= {"earlier_s": earlier.mean, "earlier_low_s": earlier.low, "earlier_high_s": earlier.high}
    objective = scenario.plan.objective
    quantiles: dict[str, Any] = dict(zip(QUANTILES, last.quantiles_s, strict=True))
    return Row(
        folder=name.folder,
        plan=name.plan,
        change=name.change,
        seed=name.seed,
        inputs=scenario.key,
        operation=scenario.operation.id,
        runs=chance.runs,
        in_time=chance.count,
        share=chance.share,
        low=chance.low,
        high=chance.high,
        due_s=due(scenario.operation)[0],
        planned_s=objective.makespan_s if objective else None,
        never=last.never,
        **quantiles,
        **differences,
    )
