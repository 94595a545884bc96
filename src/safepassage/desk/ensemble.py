"""Many operations, each as it is and changed in many ways, rehearsed at once; a row of figures for each scenario.

An operation is read here; plans are made and runs played by whoever offers their hands, in parts of about a second.
Which of them does what makes no difference: a plan follows from its seed and the iterations, a run from its number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Final, NamedTuple, TypeAlias

import msgspec
from msgspec import Struct

from safepassage import __version__
from safepassage.desk.check import readable
from safepassage.desk.ensemble_file import RowFile, as_json
from safepassage.desk.ensemble_list import Listed, Variant, read_list
from safepassage.desk.hands import Hands, plan_anew
from safepassage.desk.plan_files import read_plan_of
from safepassage.desk.preparing import missing, prepare
from safepassage.model.errors import Fault, InputError, InternalError, SafepassageError, UsageError
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.rehearsal.cluster import LONG
from safepassage.rehearsal.local import RUNS, spans
from safepassage.rehearsal.row import Named, Row, row_of
from safepassage.rehearsal.scenario import Part, Scenario, play_part, together

ACTS_OF_STOP: Final = 2
"""Activities that a stop of a trip makes, about; it only tells how many runs take a second."""
LISTEN_S: Final = 0.1
_READING: Final = Lock()
"""Folders are read one at a time: two plans may be of one folder."""


class Wanted(Struct, frozen=True, kw_only=True):
    """What is played of every operation: as it is and with each of the variants, under each of the seeds.

    A variant is planned anew with so many `iterations`.
    """

    variants: tuple[Variant, ...] = ()
    seeds: tuple[int, ...] = (0,)
    runs: int = 2_000
    iterations: int = 1_000


class Problem(Struct, frozen=True, kw_only=True):
    """Why something could not be played: a scenario, or all those of an operation, told at its own plan."""

    name: Named
    what: str
    scenarios: int = 1
    faults: tuple[Fault, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}: {'; '.join(map(str, self.faults)) or self.what}"


class Answered(Struct, frozen=True, kw_only=True):
    """The rows of an ensemble in the order of its list, what could not be played, and whether it was stopped."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    stopped: bool

    def file(self) -> bytes:
        """Write everything as JSON."""
        return as_json(msgspec.to_builtins(self))


Answer: TypeAlias = Row | Problem
Tell: TypeAlias = Callable[[Answer | None, int, int], None]
"""Told a scenario that is answered (None: kernels are compiled), how many are, and of how many."""


class _Course(NamedTuple):
    """What all operations of an ensemble share."""

    wanted: Wanted
    hands: Hands
    known: Mapping[Named, Row]
    answers: SimpleQueue[Answer]


class _Case(NamedTuple):
    """An operation that was read, its plan, what its scenarios are made of, and those that are left to play."""

    listed: Listed
    operation: Operation
    plan: Plan
    inputs: dict[Named, str]
    left: list[Named]


class _Played(NamedTuple):
    """A scenario whose runs are handed out."""

    name: Named
    scenario: Scenario
    parts: list[Future[Part]]


def ensemble(
    file: Path, wanted: Wanted, hands: Hands, *, output: Path | None = None, tell: Tell,
    stop: Callable[[], bool] = bool,
) -> Answered:  # fmt: skip
    """Rehearse every operation of a list, as it is and changed.

    Parameters
    ----------
    file
        The list (see `read_list`).
    wanted
        What is played of each.
    hands
        Who plays.
    output
        A table, by its ending CSV, JSON or Parquet: rows in it that are of the same inputs are not played again, and
        new ones are written to it as they come.
    tell
        Told every scenario that is answered.
    stop
        Asked now and then: True ends with what is there.

    Raises
    ------
    UsageError
        When the list or the table cannot be read. What is wrong with one operation is a problem among the answers.
    InternalError
        When a process that was playing has died.
    """
    listed = read_list(file, wanted.variants)
    order = [name for one in listed for name in _names(one, wanted)]
    order = list(dict.fromkeys(order))
    table = RowFile(output, order)
    rooms = missing("rehearsal", *(("planner",) if any(len(one.variants) > 1 for one in listed) else ()))
    if rooms:
        tell(None, 0, len(order))
        prepare(*rooms)
    rows: dict[Named, Row] = {}
    problems: list[Problem] = []
    try:
        for answer in play(listed, _Course(wanted, hands, table.known, SimpleQueue()), stop):
            if isinstance(answer, Row):
                table.add(answer)
                rows[Named(folder=answer.folder, plan=answer.plan, change=answer.change, seed=answer.seed)] = answer
            else:
                problems.append(answer)
            tell(answer, len(rows) + sum(one.scenarios for one in problems), len(order))
    finally:
        table.write()
    place = {name: number for number, name in enumerate(order)}
    return Answered(
        rows=tuple(rows[name] for name in order if name in rows),
        problems=tuple(sorted(problems, key=lambda one: place[one.name])),
        stopped=len(rows) + sum(one.scenarios for one in problems) < len(order),
    )


def play(listed: tuple[Listed, ...], course: _Course, stop: Callable[[], bool]) -> Iterator[Answer]:
    """Answer scenario by scenario, as they are done; a few operations are under way at a time.

    Raises
    ------
    InternalError
        When a process that was playing has died.
    """
    with ThreadPoolExecutor(course.hands.workers + 1) as lanes:
        under_way = [lanes.submit(_play, one, course) for one in listed]
        try:
            while under_way:
                # first who is done, then what they said: nothing is said after that
                under_way = [one for one in under_way if not _ended(one)]
                yield from _said(course.answers)
                if stop():
                    return
        except BrokenExecutor as error:
            raise InternalError("a process that was playing has died; what is done is kept, start again") from error
        finally:
            if under_way:
                course.hands.end()
            for one in under_way:
                one.cancel()


def _ended(lane: Future[None]) -> bool:
    if lane.done():
        lane.result()
    return lane.done()


def _said(answers: SimpleQueue[Answer]) -> Iterator[Answer]:
    """Listen for a moment."""
    wait = True
    while True:
        try:
            yield answers.get(timeout=LISTEN_S) if wait else answers.get_nowait()
        except Empty:
            return
        wait = False


def _play(listed: Listed, course: _Course) -> None:
    """Play an operation; nobody is waiting for it when that is called off."""
    if course.hands.over:
        return
    try:
        case = _read(listed, course)
    except (SafepassageError, OSError) as error:
        course.answers.put(_problem(_names(listed, course.wanted), error))
        return
    try:
        _play_case(case, course)
    except CancelledError:
        return


def _read(listed: Listed, course: _Course) -> _Case:
    """Read an operation and its plan; what is known already is answered at once."""
    with _READING:
        operation, _travel = readable(listed.folder_path)
        plan, _warnings = read_plan_of(operation, listed.plan_path)
    if not plan.trips:
        raise UsageError("this plan moves nobody: there is nothing to rehearse")
    content = hashlib.sha256(listed.plan_path.read_bytes()).hexdigest()
    contents = operation.sha256, content
    inputs = {name: _inputs(name, contents, course.wanted) for name in _names(listed, course.wanted)}
    left: list[Named] = []
    for name, made_of in inputs.items():
        row = course.known.get(name)
        if row is not None and row.inputs == made_of:
            course.answers.put(row)
        else:
            left.append(name)
    return _Case(listed, operation, plan, inputs, left)


def _names(listed: Listed, wanted: Wanted) -> list[Named]:
    names = (listed.name(variant, seed) for seed in wanted.seeds for variant in listed.variants)
    return list(dict.fromkeys(names))


def _inputs(name: Named, contents: tuple[str, str], wanted: Wanted) -> str:
    """Say what a row is made of: whatever would change its figures changes this."""
    iterations = wanted.iterations if name.change else 0
    made_of = (__version__, *contents, name.change, name.seed, wanted.runs, iterations)
    return hashlib.sha256(msgspec.json.encode(made_of)).hexdigest()[:32]


def _play_case(case: _Case, course: _Course) -> None:
    """Hand out the operation's own plan and the changed ones, then answer as they come back."""
    varied = _varied(case, course)
    own = {seed: _hand_out(case, (Variant(), seed), (case.operation, case.plan), course) for seed in _seeds(case)}
    iterations, seed_of_plan = course.wanted.iterations, case.plan.seed
    planned = {course.hands.submit(plan_anew, what[1], iterations, seed_of_plan): what for what in varied}
    bases: dict[int, Part] = {}
    for seed, played in own.items():
        try:
            bases[seed] = _together(played.parts)
        except (SafepassageError, ValueError) as error:
            course.answers.put(_problem([name for name in case.left if name.seed == seed], error))
        else:
            if played.name in case.left:
                course.answers.put(row_of(played.name, played.scenario, bases[seed], None))
    waiting: list[_Played] = []
    for done in as_completed(planned):
        waiting += _changed(case, planned[done], done, bases, course)
        waiting = _answer(waiting, bases, course, wait=False)
    _answer(waiting, bases, course, wait=True)


def _seeds(case: _Case) -> list[int]:
    return list(dict.fromkeys(name.seed for name in case.left))


def _varied(case: _Case, course: _Course) -> list[tuple[Variant, Operation]]:
    """Make the changes that are left to play; one that does not fit is told."""
    found: list[tuple[Variant, Operation]] = []
    for variant in case.listed.variants:
        names = [name for name in case.left if name.change == variant.text]
        if not variant.text or not names:
            continue
        try:
            found.append((variant, variant.of(case.operation)))
        except UsageError as error:
            for name in names:
                course.answers.put(_problem([name], error))
                case.left.remove(name)
    return found


def _changed(
    case: _Case,
    what: tuple[Variant, Operation],
    done: Future[Plan],
    bases: Mapping[int, Part],
    course: _Course,
) -> list[_Played]:
    """Hand out the runs of a plan that is made."""
    variant, operation = what
    names = [name for name in case.left if name.change == variant.text and name.seed in bases]
    try:
        plan = done.result()
    except (SafepassageError, ValueError) as error:
        for name in names:
            course.answers.put(_problem([name], error))
        return []
    if course.hands.over:
        # a plan that was cut short is not the one that was asked for
        raise CancelledError
    if plan.trips:
        return [_hand_out(case, (variant, name.seed), (operation, plan), course) for name in names]
    for name in names:
        course.answers.put(_nobody(name, case.inputs[name], operation, course.wanted.runs))
    return []


def _nobody(name: Named, inputs: str, operation: Operation, runs: int) -> Row:
    return Row(
        folder=name.folder, plan=name.plan, change=name.change, seed=name.seed, inputs=inputs, operation=operation.id,
        runs=runs, note="infeasible",
    )  # fmt: skip


def _hand_out(case: _Case, which: tuple[Variant, int], what: tuple[Operation, Plan], course: _Course) -> _Played:
    name = case.listed.name(*which)
    operation, plan = what
    scenario = Scenario(key=case.inputs[name], operation=operation, plan=plan, seed=name.seed)
    activities = ACTS_OF_STOP * sum(len(trip.stops) for trip in plan.trips)
    cut = spans(0, course.wanted.runs, max(RUNS, LONG // activities))
    return _Played(name, scenario, [course.hands.submit(play_part, scenario, *span) for span in cut])


def _together(parts: list[Future[Part]]) -> Part:
    return together([part.result() for part in parts])


def _answer(waiting: list[_Played], bases: Mapping[int, Part], course: _Course, *, wait: bool) -> list[_Played]:
    """Answer those who are done (with `wait` all, one after the other); return the others."""
    left: list[_Played] = []
    for one in waiting:
        if not wait and not all(part.done() for part in one.parts):
            left.append(one)
            continue
        try:
            row = row_of(one.name, one.scenario, _together(one.parts), bases[one.scenario.seed])
        except (SafepassageError, ValueError) as error:
            course.answers.put(_problem([one.name], error))
        else:
            course.answers.put(row)
    return left


def _problem(names: list[Named], error: Exception) -> Problem:
    faults = error.faults if isinstance(error, InputError) else ()
    return Problem(name=names[0], what=str(error), scenarios=len(names), faults=faults)
