"""Planning at the console: in the background, one at a time, beside the plan in force, and put in force by a person.

The work is done by a process of its own (`plan_apart`). What it came to lies on the disk: a server that starts again
tells a finished run as it was, and one that was cut off as cut off.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from safepassage.desk.files import keep_whole
from safepassage.desk.kept_plans import KeptPlan, Plans
from safepassage.desk.lists import home_of
from safepassage.desk.plan_apart import JOB, PLAN, RESULT, Job, Result
from safepassage.desk.roles import Who, require
from safepassage.desk.running import Running
from safepassage.desk.standing_facts import as_recorded, has_begun, reaction_of
from safepassage.exchange.plan_file import read_plan
from safepassage.model.errors import InputError, UsageError
from safepassage.model.plan import Plan
from safepassage.planner.progress import Progress

FOLDER: Final = "planning"
RUN: Final = "run.json"
SECONDS: Final = (10, 60, 300, 1800)
"""How long somebody may let it plan."""

State: TypeAlias = Literal["running", "done", "failed", "cut"]
"""Under way; a plan or the reasons why there is none; it could not be planned at all; the server ended before."""


class Run(Struct, frozen=True, kw_only=True):
    """A planning run: by whom, when (ISO 8601, UTC), for how long; of which list, beside which plan in force.

    `from_now`: what is recorded counts; `facts_s` is the instant of that, seconds since the operation's start, `size`
    that of the log.
    """

    number: int
    by: str
    at: str
    seconds: int
    from_now: bool
    facts_s: int
    size: int
    sha256: str
    beside: int
    state: State = "running"
    ended_early: bool = False
    progress: Progress = Progress(stage="")
    result: Result = Result()
    plan_sha256: str = ""


class Planning:
    """Planning runs of an operation that a server keeps.

    `command` is what does the work; it is handed the folder of the job.

    Parameters
    ----------
    running
        Its ledger.
    """

    command: tuple[str, ...] = (sys.executable, "-m", "safepassage.desk.plan_apart")

    def __init__(self, running: Running) -> None:
        self.running = running
        self.lock = threading.RLock()
        self.version = 0
        """Grows with whatever there is to show."""
        self._home = home_of(running)
        self._place = running.place / FOLDER if running.place else None
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self.run: Run | None = self._last()
        self._plan: tuple[str, Plan] | None = None
        running.ends.append(self.close)

    def _last(self) -> Run | None:
        """Return the run before; one that was under way was cut off with its server."""
        path = self._place / RUN if self._place else None
        if path is None or not path.exists():
            return None
        try:
            found = msgspec.json.decode(path.read_bytes(), type=Run)
        except (OSError, msgspec.MsgspecError, UnicodeError):
            # nothing but a run depends on it, and that can be made again
            return None
        return replace(found, state="cut") if found.state == "running" else found

    def _need(self) -> tuple[Path, Path, Plans]:
        if self._home is None or self._place is None or self.running.plans is None:
            raise UsageError("this server has no operation folder to plan in")
        return self._home, self._place, self.running.plans

    def start(self, who: Who, seconds: int, *, from_now: bool) -> None:
        """Begin to plan.

        Parameters
        ----------
        who
            Who asks.
        seconds
            One of `SECONDS`.
        from_now
            Whether the facts of the record are fixed; else the movement is planned from its start.

        Raises
        ------
        NotPermittedError
            When it is not theirs.
        UsageError
            When it plans already, nobody is listed, or so long is not offered.
        OSError
            When the disk refuses.
        """
        require(who, "change-manifests")
        self.running.require_open()
        home, place, plans = self._need()
        if seconds not in SECONDS:
            raise UsageError(f"choose how long to plan: {', '.join(map(str, SECONDS))} seconds")
        if not self.running.operation.people:
            raise UsageError("nobody is on the list of people yet: bring it first")
        with self.lock:
            if self.run is not None and self.run.state == "running":
                raise UsageError("it plans already: wait for that, or stop it")
            job, facts_s = self._job(home, seconds, from_now=from_now)
            number = self.run.number + 1 if self.run else 1
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(mode=0o700)
            keep_whole(place / JOB, msgspec.json.encode(job))
            run = Run(
                number=number, by=who.name, at=datetime.now(UTC).isoformat(timespec="seconds"), seconds=seconds,
                from_now=from_now, facts_s=facts_s, size=self.running.size, beside=len(plans.plans),
                sha256=self.running.operation.sha256,
            )  # fmt: skip
            keep_whole(place / RUN, msgspec.json.encode(run))
            self._say(run)
            self._process = subprocess.Popen(  # noqa: S603 - this very program
                (*self.command, str(place)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            self._reader = threading.Thread(target=self._follow, args=(self._process, run.number), daemon=True)
            self._reader.start()

    def _job(self, home: Path, seconds: int, *, from_now: bool) -> tuple[Job, int]:
        if not from_now:
            return Job(folder=str(home), seconds=seconds, seed=0), 0
        recorded = as_recorded(self.running.operation, self.running.now().state)
        reaction = reaction_of(self.running, recorded)
        people = tuple(replace(one, name="") for one in recorded.people)
        return Job(folder=str(home), seconds=seconds, seed=0, people=people, reaction=reaction), reaction.facts.now_s

    def _follow(self, process: subprocess.Popen[bytes], number: int) -> None:
        """Take in what the process tells, and in the end what it came to."""
        assert process.stdout is not None  # noqa: S101 - it was asked for
        with process.stdout as lines:
            for line in lines:
                self._heard(number, line)
        process.wait()
        with self.lock:
            _hang_up(process)
            if self.run is None or self.run.number != number or self.run.state != "running":
                return
            self._end(self.run)

    def _heard(self, number: int, line: bytes) -> None:
        try:
            progress = msgspec.json.decode(line, type=Progress)
        except msgspec.MsgspecError:
            return
        with self.lock:
            if self.run is not None and self.run.number == number:
                # a stage of the rehearsal has no figures of its own
                known = self.run.progress
                makespan_s = progress.makespan_s if progress.makespan_s is not None else known.makespan_s
                bound_s = progress.bound_s if progress.bound_s is not None else known.bound_s
                self._say(replace(self.run, progress=replace(progress, makespan_s=makespan_s, bound_s=bound_s)))

    def _end(self, run: Run) -> None:
        _, place, _ = self._need()
        try:
            result = msgspec.json.decode((place / RESULT).read_bytes(), type=Result)
        except (OSError, msgspec.MsgspecError):
            result = Result(code="internal", trouble="the planning process ended without an answer")
        state: State = "failed" if result.code else "done"
        sha256 = "" if result.code else hashlib.sha256((place / PLAN).read_bytes()).hexdigest()
        ended = replace(run, state=state, result=result, plan_sha256=sha256)
        keep_whole(place / RUN, msgspec.json.encode(ended))
        self._say(ended)

    def _say(self, run: Run) -> None:
        self.run = run
        self.version += 1

    def stop(self, who: Who) -> None:
        """End the search with the best plan so far.

        Raises
        ------
        NotPermittedError, UsageError
            When it is not theirs, or nothing is planned.
        """
        require(who, "change-manifests")
        with self.lock:
            if self.run is None or self.run.state != "running" or self._process is None:
                raise UsageError("nothing is being planned")
            if not self.run.ended_early:
                assert self._process.stdin is not None  # noqa: S101 - it was asked for
                # who has ended by now needs no word
                with suppress(BrokenPipeError):
                    self._process.stdin.write(b"stop\n")
                    self._process.stdin.flush()
                self._say(replace(self.run, ended_early=True))

    def close(self) -> None:
        """End what is under way: the next start tells that it was cut off."""
        process, reader = self._process, self._reader
        if process is None or reader is None:
            return
        with self.lock:
            if self.run is not None and self.run.state == "running":
                self._say(replace(self.run, state="cut"))
        process.kill()
        reader.join()
        self._process = None

    def plan(self) -> Plan | None:
        """Return the plan that was found; None while there is none."""
        run = self.run
        if run is None or run.state != "done" or self._place is None:
            return None
        if self._plan is None or self._plan[0] != run.plan_sha256:
            try:
                read = read_plan(self.running.operation, (self._place / PLAN).read_bytes())[0]
            except (OSError, InputError):
                return None
            self._plan = run.plan_sha256, read
        return self._plan[1]

    def hindrance(self) -> str:
        """Return why the plan that was found cannot be put in force, as a word; empty: it can."""
        run, found = self.run, self.plan()
        if run is None or found is None:
            return "none"
        plans = self.running.plans.plans if self.running.plans else ()
        hindrances: Mapping[str, bool] = {
            "in-force": bool(plans) and plans[-1].sha256 == run.plan_sha256,
            "infeasible": found.status == "infeasible" or not found.trips,
            "violations": bool(run.result.violations),
            "other-list": run.sha256 != self.running.operation.sha256,
            "other-plan": run.beside != len(plans),
        }
        return next((word for word, holds in hindrances.items() if holds), "")

    def begun(self) -> bool:
        """Tell whether the movement has begun by the record."""
        return has_begun(self.running)

    def adopt(self, who: Who, sha256: str) -> KeptPlan:
        """Put the plan that was found in force.

        Parameters
        ----------
        who
            Whose decision it is.
        sha256
            Of the plan's file: what they looked at.

        Raises
        ------
        NotPermittedError
            When it is not theirs.
        UsageError
            When there is another plan by now, or something speaks against it.
        OSError
            When the disk refuses; then nothing was changed.
        """
        require(who, "change-manifests")
        self.running.require_open()
        _, place, plans = self._need()
        with self.lock:
            plan, hindrance = self.plan(), self.hindrance()
            if plan is None or self.run is None or self.run.plan_sha256 != sha256:
                raise UsageError("another plan was found meanwhile: look at the page anew")
            if hindrance:
                raise UsageError(f"this plan cannot be put in force: {hindrance}; plan anew")
            kept = plans.keep((place / PLAN).read_bytes(), "planned", who.name)
            self.running.adopt(plan)
            self._say(self.run)
            return kept

    def put_back(self, who: Who, number: int) -> KeptPlan:
        """Put a former plan back in force; it must fit the list as it is.

        Raises
        ------
        NotPermittedError, UsageError
            When it is not theirs; there is no such plan, or it is in force.
        InputError
            When its file cannot be read.
        OSError
            When the disk refuses; then nothing was changed.
        """
        require(who, "change-manifests")
        self.running.require_open()
        _, _, plans = self._need()
        with self.lock:
            content = plans.file(number).read_bytes()
            if plans.plans[-1].sha256 == hashlib.sha256(content).hexdigest():
                raise UsageError("this plan is in force")
            plan, _ = read_plan(self.running.operation, content)
            first = next(one for one in plans.plans if one.number == number)
            kept = plans.keep(content, "put-back", who.name, of=first.of or number)
            self.running.adopt(plan)
            self.version += 1
            return kept


def _hang_up(process: subprocess.Popen[bytes]) -> None:
    """Close the way to a process that has ended; what it did not read any more is lost."""
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
