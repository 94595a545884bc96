"""Plan an operation folder, have any plan refereed, show it as a page."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from safepassage.desk.check import readable
from safepassage.desk.plan_files import read_plan_of
from safepassage.desk.preparing import missing, prepare
from safepassage.exchange.plan_file import write_plan
from safepassage.model.errors import Fault
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan, Violation
from safepassage.planner import Limit
from safepassage.planner import plan as make_plan
from safepassage.planner.progress import Progress, Tell
from safepassage.planner.seat_needs import SeatNeed, seat_needs
from safepassage.reports.brief import Odds
from safepassage.reports.page import plan_page
from safepassage.reports.seat_remark import seat_remark
from safepassage.reports.words import language_named
from safepassage.rules import check as referee_check


class Planned(Struct, frozen=True, kw_only=True):
    """An operation, its plan, and what buses of the common sizes would hold."""

    operation: Operation
    plan: Plan
    seats: tuple[SeatNeed, ...] = ()

    def file(self) -> bytes:
        """Write the content of PLAN.json."""
        return write_plan(self.operation, self.plan)

    def remarks(self, language: str = "en") -> tuple[str, ...]:
        """Say what the reader should know besides: which bus sizes are enough."""
        return tuple(seat_remark(need).of(language_named(language)) for need in self.seats)

    def page(self, language: str = "en", odds: Odds | None = None) -> bytes:
        """Make the plan one self-contained page; `odds` are what a rehearsal of it found."""
        remarks = [seat_remark(need) for need in self.seats]
        return plan_page(self.operation, self.plan, language=language_named(language), remarks=remarks, odds=odds)


def plan(folder: Path, *, limit: Limit, seed: int, tell: Tell) -> Planned:
    """Plan the operation in a folder.

    Parameters
    ----------
    folder
        The operation folder.
    limit
        Seconds and iterations.
    seed
        Of all random choices.
    tell
        Called with each stage as it begins, and whenever plan or bound get better.

    Raises
    ------
    InputError
        When the folder cannot be read.
    """
    operation, travel = readable(folder)
    if missing("planner"):
        tell(Progress(stage="kernels"))
        prepare("planner")
    made = make_plan(operation, travel, limit, seed, tell=tell)
    return Planned(operation=operation, plan=made, seats=seat_needs(operation, seed=seed))


def referee(folder: Path, plan_file: Path) -> tuple[tuple[Violation, ...], tuple[Fault, ...]]:
    """Check any plan against the operation, also one edited by hand.

    Returns
    -------
    tuple
        Violations of rules, and warnings about the file (it was made for another state of the folder).

    Raises
    ------
    InputError
        When the folder or the plan cannot be read.
    """
    operation, travel = readable(folder)
    read, warnings = read_plan_of(operation, plan_file)
    return referee_check(operation, travel, read), warnings


def show(folder: Path, plan_file: Path) -> Planned:
    """Read a plan back, for its page or its summary.

    Raises
    ------
    InputError
        When the folder or the plan cannot be read.
    """
    operation, _travel = readable(folder)
    read, _warnings = read_plan_of(operation, plan_file)
    return Planned(operation=operation, plan=read)
