"""HiGHS on the task: integer flow of aggregated vehicles on the time-space network, the horizon bisected.

The network is that of `time_network`; HiGHS looks for any flow at a horizon, with the fewest vehicles as the objective.

OR-Tools cannot be loaded beside highspy, so the shelters of the first plan are the nearest with room.

Cannot: form trips; the network of a city does not fit into the time.

References
----------
Huangfu and Hall (2018), parallelizing the dual revised simplex method.
"""

from __future__ import annotations

import highspy
import numpy as np

from peers.task import Integers, Task
from peers.telling import Teller, serve
from peers.time_network import NO_LIMIT, Program, bisect


def flow(program: Program, seconds: float, whole: bool) -> tuple[str, Integers]:  # noqa: FBT001 - a solver's signature
    """Solve a program; the first flow is enough."""
    arcs, nothing = len(program.most), np.zeros(0, np.int64)
    order = np.lexsort((program.row, program.column))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = arcs, len(program.lower)
    lp.col_cost_ = program.cost.astype(float)
    lp.col_lower_, lp.col_upper_ = np.zeros(arcs), program.most.astype(float)
    lp.row_lower_ = np.where(program.lower <= -NO_LIMIT, -highspy.kHighsInf, program.lower)
    lp.row_upper_ = program.upper.astype(float)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.searchsorted(program.column[order], np.arange(arcs + 1))
    lp.a_matrix_.index_ = program.row[order]
    lp.a_matrix_.value_ = program.value[order].astype(float)
    if whole:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * arcs
    solver = highspy.Highs()
    limit = max(0.05, seconds)
    for name, value in (("output_flag", False), ("threads", 2), ("time_limit", limit), ("mip_max_improving_sols", 1)):
        solver.setOptionValue(name, value)
    solver.passModel(lp)
    solver.run()
    if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        return "impossible", nothing
    if solver.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return "unknown", nothing
    return "found", np.rint(solver.getSolution().col_value).astype(np.int64)


def solve(task: Task, teller: Teller, formulation: str, process: int) -> None:
    """Bisect the horizon."""
    del formulation, process
    bisect(task, teller, flow)


if __name__ == "__main__":
    serve(solve)
