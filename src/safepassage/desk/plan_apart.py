"""Plan in a process of its own: by `python -m safepassage.desk.plan_apart FOLDER`, for a server that goes on answering.

The folder holds what is asked (`job.json`), and takes the plan and what is to be said of it. Each line of the standard
output is how far it has got, as JSON. A line on the standard input ends the search with the best plan so far; its end
ends everything: whoever asked is gone.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from safepassage.desk.check import readable
from safepassage.desk.files import write_whole
from safepassage.desk.preparing import missing, prepare
from safepassage.exchange.plan_file import write_plan
from safepassage.model.errors import InputError, InternalError, SafepassageError, UsageError
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.plan import Plan, Violation
from safepassage.model.travel import Travel
from safepassage.planner.progress import Progress
from safepassage.planner.reaction_facts import Reaction
from safepassage.rehearsal.outcome import Chance

JOB: Final = "job.json"
PLAN: Final = "PLAN.json"
RESULT: Final = "result.json"
RUNS: Final = 2_000
"""Runs that a plan is rehearsed with: half a percent of what is often in time, in a second or two."""

KINDNESS: Final = 10
"""How much this process yields to the server (`nice`)."""


class Job(Struct, frozen=True, kw_only=True):
    """What is asked: a folder, how long, from which seed; once it has begun, who is planned for and why anew."""

    folder: str
    seconds: float
    seed: int
    people: tuple[Person, ...] = ()
    reaction: Reaction | None = None


class Result(Struct, frozen=True, kw_only=True):
    """What came of it: rules that the referee finds broken, how often rehearsed runs are in time; else the trouble."""

    violations: tuple[Violation, ...] = ()
    in_time: Chance | None = None
    code: str = ""
    trouble: str = ""


def work(place: Path, stop: threading.Event) -> Result:
    """Do a job.

    Parameters
    ----------
    place
        Its folder.
    stop
        Set: end with the best plan so far.

    Raises
    ------
    SafepassageError
        When the operation cannot be read, or the facts contradict each other.
    """
    # the planner is loaded by those alone who plan
    from safepassage.planner import Limit, plan  # noqa: PLC0415
    from safepassage.planner.reaction import fixed  # noqa: PLC0415
    from safepassage.planner.reaction_whole import in_force  # noqa: PLC0415
    from safepassage.rules import check  # noqa: PLC0415

    job = msgspec.json.decode((place / JOB).read_bytes(), type=Job)
    operation, travel = readable(Path(job.folder))
    if job.people:
        operation = replace(operation, people=job.people)
    if missing("planner"):
        _tell(Progress(stage="kernels"))
        prepare("planner")
    limit = Limit(seconds=job.seconds, stop=stop.is_set)
    made = plan(operation, travel, limit, job.seed, tell=_tell, reaction=job.reaction)
    rest = fixed(operation, job.reaction) if job.reaction else operation
    violations = check(rest, travel, made) if made.trips else ()
    whole = in_force(operation, travel, job.reaction, made) if job.reaction and made.status != "infeasible" else made
    write_whole(place / PLAN, write_plan(operation, whole))
    _tell(Progress(stage="rehearsal"))
    return Result(violations=violations, in_time=_played(rest, travel, made))


def _played(operation: Operation, travel: Travel, plan: Plan) -> Chance | None:
    """Rehearse a plan; None where there is nothing to rehearse, or it cannot be."""
    from safepassage.rehearsal.rehearse import Effort, rehearse  # noqa: PLC0415

    if not plan.trips:
        return None
    if missing("rehearsal"):
        prepare("rehearsal")
    try:
        return rehearse(operation, travel, plan, Effort(runs=RUNS, drivers=0, workers=1)).outcome.in_time
    except (InternalError, UsageError, ValueError):
        return None


def _tell(now: Progress) -> None:
    sys.stdout.write(msgspec.json.encode(now).decode() + "\n")
    sys.stdout.flush()


def _listen(stop: threading.Event) -> None:
    """Wait for the word to stop; end at once when nobody is there any more to say it."""
    if sys.stdin.readline():
        stop.set()
        while sys.stdin.readline():
            pass
    os._exit(3)


def main(place: Path) -> None:
    """Do a job, and write down what came of it."""
    if hasattr(os, "nice"):
        os.nice(KINDNESS)
    stop = threading.Event()
    threading.Thread(target=_listen, args=(stop,), daemon=True).start()
    try:
        result = work(place, stop)
    except InputError as error:
        told = "; ".join(str(fault) for fault in error.faults[:6])
        result = Result(code=error.faults[0].code if error.faults else error.code, trouble=told)
    except SafepassageError as error:
        result = Result(code=error.code, trouble=str(error))
    write_whole(place / RESULT, msgspec.json.encode(result))
    # the listener still waits for a line
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
