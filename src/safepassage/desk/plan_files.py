"""Plan files, from the planner or from somebody's hand."""

from __future__ import annotations

from pathlib import Path

from safepassage.exchange.plan_file import read_plan
from safepassage.model.errors import Fault, InputError, Place
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan

MAX_PLAN_BYTES = 200_000_000


def read_plan_of(operation: Operation, plan_file: Path) -> tuple[Plan, tuple[Fault, ...]]:
    """Read a plan file of an operation.

    Returns
    -------
    tuple
        The plan, and warnings about the file (it was made for another state of the folder).

    Raises
    ------
    InputError
        When the plan cannot be read.
    """
    return read_plan(operation, _content(plan_file), file=plan_file.name)


def _content(plan_file: Path) -> bytes:
    what = ""
    if not plan_file.is_file():
        what = "there is no such plan file"
    elif plan_file.stat().st_size > MAX_PLAN_BYTES:
        what = f"the plan file is larger than {MAX_PLAN_BYTES} bytes"
    if what:
        fault = Fault(code="plan-file", severity="error", place=Place(file=plan_file.name), what=what)
        raise InputError((fault,))
    return plan_file.read_bytes()
