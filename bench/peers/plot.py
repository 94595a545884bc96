"""Draw the gap over time of all solvers, case by case, from a recorded result. Runs in the peers' environment."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

COLOURS = {
    "safepassage": "#000000",
    "PyVRP": "#0072b2",
    "OR-Tools routing": "#d55e00",
    "VROOM": "#009e73",
    "CP-SAT": "#cc79a7",
    "HiGHS": "#e69f00",
}
LEAST_PERCENT = 0.05
"""Where a gap of nothing is drawn on the logarithmic axis."""


def draw(axis: Any, case: dict[str, Any]) -> None:
    """Draw the steps of every solver's gap to the best bound proved."""
    bound_s = case["bound_s"]
    for line in case["solvers"]:
        if not line["trace"] or not bound_s:
            continue
        times = [max(0.01, at_s) for at_s, _ in line["trace"]]
        gaps = [max(LEAST_PERCENT, 100 * (makespan_s / bound_s - 1)) for _, makespan_s in line["trace"]]
        width = 2.2 if line["solver"] == "safepassage" else 1.2
        axis.step(
            [*times, case["seconds"]], [*gaps, gaps[-1]], where="post", label=line["solver"],
            color=COLOURS[line["solver"]], linewidth=width,
        )  # fmt: skip
    axis.set_title(case["problem"], fontsize=10)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlim(0.01, case["seconds"])
    axis.set_ylim(LEAST_PERCENT * 0.8, 300)
    axis.set_xlabel("seconds", fontsize=8)
    axis.set_ylabel("gap, %", fontsize=8)
    axis.tick_params(labelsize=7)
    axis.grid(visible=True, which="major", linewidth=0.3)


def main() -> None:
    """Read the result named first, write the picture named second."""
    cases = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["cases"]
    # Equal results make equal files: no date, and names that do not change.
    mpl.rcParams["svg.hashsalt"] = "peers"
    mpl.rcParams["svg.fonttype"] = "none"
    across = min(4, len(cases))
    down = -(-len(cases) // across)
    figure, axes = plt.subplots(down, across, figsize=(3.2 * across, 2.8 * down + 0.6), squeeze=False)
    for axis in axes.flat[len(cases) :]:
        axis.axis("off")
    for axis, case in zip(axes.flat, cases, strict=False):
        draw(axis, case)
    handles = {label: line for axis in axes.flat for line, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    names = [name for name in COLOURS if name in handles]
    figure.legend(
        [handles[name] for name in names], names, loc="lower center", ncols=len(names), fontsize=8, frameon=False
    )
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    figure.savefig(sys.argv[2], metadata={"Date": None, "Creator": None})


if __name__ == "__main__":
    main()
