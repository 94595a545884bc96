"""Papers of a plan: which, in which languages, for whom; written one file after the other."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from safepassage.desk.check import readable
from safepassage.desk.disclosing import LONGEST, NONE, SUMS, By, Leaving, listing, record_files, recorder
from safepassage.desk.files import write_whole
from safepassage.desk.plan_files import read_plan_of
from safepassage.desk.told_files import read_rehearsal
from safepassage.model.errors import UsageError
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.plan import Plan
from safepassage.reports.papers.blocks import Paper
from safepassage.reports.papers.kinds import BLANK, KINDS, papers_of, withheld
from safepassage.reports.papers.many import printed
from safepassage.reports.papers.redaction import Stamp, stamp
from safepassage.reports.papers.source import Rehearsed, Source, Spans, setup_of, source_of
from safepassage.reports.words import LANGUAGES, Language

CHOICES: Final = (*KINDS, BLANK)
"""What can be asked for."""

PREFIX: Final = "papers"
"""How the `what` of a disclosure begins that hands out papers; kinds, redaction, languages and whom about follow."""

NOBODY_NAMED: Final = "nobody named"
"""The recipient in the record where papers with codes alone name none."""

SPANS: Final = (0.05, 0.5, 0.95)
"""Levels of a rehearsal that papers tell: between the outer ones lie nine runs in ten."""

MOST_LANGUAGES: Final = 2
_NOT_IN_NAMES: Final = re.compile(r"[^\w.+-]+")


class Order(Struct, frozen=True, kw_only=True):
    """What is to be printed: kinds (none: all), the languages of each set (`en+ar` is two on a page), and for whom.

    `about` are the vehicles, convoys, sites and people whose papers are meant; empty: all. `rehearsal` is a file whose
    times stand beside those of the plan.
    """

    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    recipient: str = ""
    redaction: str = "code-only"
    copy: int = 1
    about: frozenset[str] = frozenset()
    rehearsal: Path | None = None


class Sheet(Struct, frozen=True, kw_only=True):
    """A file that was made: its name, of which kind, about whom or what, in which languages, and its content."""

    name: str
    kind: str
    about: str
    languages: str
    content: bytes


class Job(Struct, frozen=True, kw_only=True):
    """An order that was read: an operation and its plan, whom it is for, and what."""

    operation: Operation
    plan: Plan
    stamp: Stamp
    kinds: tuple[str, ...]
    languages: tuple[tuple[Language, ...], ...]
    about: frozenset[str] = frozenset()
    named: Callable[[Person], str] | None = None
    rehearsed: Rehearsed | None = None

    @property
    def withheld(self) -> tuple[str, ...]:
        """The kinds that were asked for and that the recipient does not get."""
        return withheld(self.stamp, self.kinds)


def job(
    operation: Operation, plan: Plan, order: Order, *, made: datetime, named: Callable[[Person], str] | None = None
) -> Job:
    """Read an order.

    Parameters
    ----------
    operation, plan
        What papers are made of.
    order
        Which papers, for whom.
    made
        The instant that stands on them.
    named
        What a person is called, where not by the people's list.

    Raises
    ------
    UsageError
        When it asks for what does not exist, or does not say who gets names, or the rehearsal is of another plan.
    """
    if unknown := sorted(set(order.kinds) - set(CHOICES)):
        raise UsageError(f"no such paper: {', '.join(unknown)}; there are {', '.join(CHOICES)}")
    return Job(
        operation=operation,
        plan=plan,
        stamp=stamp(order.recipient, order.redaction, made, order.copy),
        kinds=order.kinds or CHOICES,
        languages=tuple(dict.fromkeys(_languages(one) for one in order.languages)),
        about=order.about,
        named=named,
        rehearsed=_rehearsed(operation, plan, order.rehearsal) if order.rehearsal else None,
    )


def _rehearsed(operation: Operation, plan: Plan, path: Path) -> Rehearsed:
    """Read of a rehearsal what papers tell; one of another operation or plan would set false times beside."""
    found = read_rehearsal(path)
    if found.operation != operation.id:
        raise UsageError(f"{path.name}: the rehearsal is of {found.operation}, the plan of {operation.id}")
    planned_s = plan.objective.makespan_s if plan.objective else 0
    if found.sha256 != operation.sha256 or found.planned_s != planned_s:
        raise UsageError(f"{path.name}: the folder or the plan is another by now; rehearse this plan anew")
    spans = {}
    for one in found.instants:
        at_s = dict(zip(found.levels, one.quantiles_s, strict=True))
        low_s, half_s, high_s = (at_s.get(level) for level in SPANS)
        spans[one.name] = Spans(half_s=half_s, low_s=low_s, high_s=high_s, never=one.never)
    return Rehearsed(runs=found.runs, spans=spans)


def _languages(text: str) -> tuple[Language, ...]:
    """Read `ar` or `en+ar`."""
    names = text.split("+")
    found = tuple(one for name in names for one in LANGUAGES if one == name)
    if len(found) != len(names) or len(set(found)) != len(found) or len(found) > MOST_LANGUAGES:
        raise UsageError(f"{text!r} is no language of papers: one of {', '.join(LANGUAGES)}, or two as in en+ar")
    return found


def concerned(asked: Job) -> frozenset[str]:
    """Return the ids of everybody who stands on the papers of a job."""
    source = source_of(asked.operation, asked.plan, asked.stamp, asked.languages[0], asked.named, asked.rehearsed)
    return frozenset(person for one in _wanted(asked, source) for person in one.people)


def _wanted(asked: Job, source: Source) -> Iterator[Paper]:
    return (one for one in papers_of(source, asked.kinds) if not asked.about or one.about in asked.about)


def sheets(asked: Job, *, stop: Callable[[], bool] = bool) -> Iterator[Sheet]:
    """Make the papers of a job, one after the other.

    Parameters
    ----------
    asked
        The job.
    stop
        Asked before each paper; from then on there are no more.

    Raises
    ------
    InternalError
        When a paper cannot be set.
    """
    names: set[str] = set()
    for languages in asked.languages:
        source = source_of(asked.operation, asked.plan, asked.stamp, languages, asked.named, asked.rehearsed)
        for paper, content in printed(_wanted(asked, source), setup_of(source), stop=stop):
            told = "+".join(languages)
            name = file_name(paper, told, names)
            yield Sheet(name=name, kind=paper.kind, about=paper.about, languages=told, content=content)


def file_name(paper: Paper, languages: str, taken: set[str]) -> str:
    """Name a paper's file so that every system takes it and no other has it; the name is added to those taken."""
    parts = ("blank" if paper.blank else "", paper.kind, paper.about, str(paper.part) if paper.part else "")
    stem = _NOT_IN_NAMES.sub("_", "-".join(part for part in parts if part))[:80]
    name, n = f"{stem}.{languages}.pdf", 1
    while name.casefold() in taken:
        n += 1
        name = f"{stem}~{n}.{languages}.pdf"
    taken.add(name.casefold())
    return name


class Done(Struct, frozen=True, kw_only=True):
    """What was printed: the job, its files without their content, and the name of the disclosure.

    `people` is how many stand on them; `disclosure` is empty where nobody does, or there is no ledger.
    """

    job: Job
    files: tuple[Sheet, ...]
    people: int
    disclosure: str = ""


def print_plan(
    folder: Path,
    plan_file: Path,
    order: Order,
    output: Path,
    *,
    by: By | None = None,
    tell: Callable[[int, str], None] = lambda *_: None,
) -> Done:
    """Print the papers of a plan into a folder; what people stand on is recorded as a disclosure first.

    Parameters
    ----------
    folder, plan_file
        The operation and its plan.
    order
        Which papers, for whom.
    output
        The folder that they are written to, made where it is not there; all of them or none.
    by
        Who hands it out, and where that is recorded.
    tell
        Called with each file: how many there are, and its name.

    Raises
    ------
    InputError
        When the folder or the plan cannot be read.
    UsageError
        When the order asks for what does not exist, or does not say who gets names, or there are no such papers.
    StoreRefusedError
        When the ledger cannot be used, or a server has it open.
    OSError
        When a file cannot be written.
    """
    operation, _travel = readable(folder)
    plan, _warnings = read_plan_of(operation, plan_file)
    asked = job(operation, plan, order, made=datetime.now(UTC))
    persons = sorted(concerned(asked))
    by = by or By()
    with recorder(folder, by.ledger if persons else NONE) as running, _staged(output) as staged:
        files, sums = _write(asked, staged, tell)
        name = ""
        if running is not None:
            to = asked.stamp.recipient or NOBODY_NAMED
            leaving = Leaving(recipient=to, what=_what(asked, len(persons)), persons=persons)
            name = record_files(running, leaving, sums, by.name)
            if len(sums) > 1:
                write_whole(staged / f"{name}{SUMS}", listing(sums))
        _put(staged, output)
    return Done(job=asked, files=files, people=len(persons), disclosure=name)


@contextmanager
def _staged(output: Path) -> Iterator[Path]:
    """Make a folder in another, in which files wait until they may be there; where none come, nothing is left."""
    new = not output.exists()
    output.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".printing-", dir=output) as made:
            yield Path(made)
    finally:
        if new and not any(output.iterdir()):
            output.rmdir()


def _put(staged: Path, output: Path) -> None:
    for path in sorted(staged.iterdir()):
        path.replace(output / path.name)


def _write(asked: Job, staged: Path, tell: Callable[[int, str], None]) -> tuple[tuple[Sheet, ...], dict[str, str]]:
    """Write the papers of a job; return them without their content, and the sum of each."""
    files: list[Sheet] = []
    sums: dict[str, str] = {}
    for sheet in sheets(asked):
        write_whole(staged / sheet.name, sheet.content)
        sums[sheet.name] = sha256(sheet.content).hexdigest()
        files.append(replace(sheet, content=b""))
        tell(len(files), sheet.name)
    if not files:
        raise UsageError("there are no such papers: the plan has none for what was chosen")
    return tuple(files), sums


def _what(asked: Job, people: int) -> str:
    """Say what an order is as the console does, in what a record can hold: the longest part is counted, not named."""
    kinds = "all" if asked.kinds == CHOICES else ",".join(asked.kinds)
    languages = ",".join("+".join(one) for one in asked.languages)
    parts = [kinds, asked.stamp.redaction, languages, ",".join(sorted(asked.about))]
    numbers = (len(asked.kinds), 1, len(asked.languages), len(asked.about))
    while len(told := f"{PREFIX}/{'/'.join(parts)} {people}") > LONGEST:
        longest = max(range(len(parts)), key=lambda at: len(parts[at]))
        parts[longest] = f"{numbers[longest]} of them"
    return told
