"""The small operation of the reports with names that must not go astray, and papers read back as text."""

# mypy: disable-error-code="arg-type"

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import cache

from msgspec.structs import replace
from pypdf import PdfReader

from reports.material import OPERATION, PLAN
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.reports.papers.blocks import Paper
from safepassage.reports.papers.kinds import KINDS
from safepassage.reports.papers.press import data_of, pressed
from safepassage.reports.papers.redaction import stamp
from safepassage.reports.papers.source import Rehearsed, Source, setup_of, source_of
from safepassage.reports.words import Language

MADE = datetime(2017, 8, 28, 6, 5, 9, tzinfo=UTC)
NAMES = {f"P{number:03}": f"Name{number:03}" for number in range(1, 11)}
"""Of whom, what they are called: texts that occur nowhere else."""

NAMED = replace(
    OPERATION,
    title="Exercise",
    people=tuple(
        replace(person, name=NAMES[person.id], source="SECRET-SOURCE", group="SECRET-GROUP")
        for person in OPERATION.people
    ),
    sites=tuple(replace(site, name="Village") if site.id == "village" else site for site in OPERATION.sites),
)


def source(
    redaction: str = "code-only",
    languages: tuple[Language, ...] = ("en",),
    operation: Operation = NAMED,
    plan: Plan = PLAN,
    recipient: str = "Branch office",
    rehearsed: Rehearsed | None = None,
) -> Source:
    return source_of(operation, plan, stamp(recipient, redaction, MADE, 3), languages, rehearsed=rehearsed)


def papers(kind: str, given: Source) -> list[Paper]:
    return list(KINDS[kind].papers(given))


def pdf_of(paper: Paper, given: Source) -> bytes:
    return pressed(data_of(paper, setup_of(given)))


def reader(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


@cache
def told(pdf: bytes) -> str:
    """Return all text of a PDF, its isolates and soft breaks taken out."""
    text = "\n".join(page.extract_text() for page in reader(pdf).pages)
    return "".join(one for one in text if one not in "\u200b\u2066\u2067\u2068\u2069\u202a\u202b\u202c")


def everything(pdf: bytes) -> str:
    """Return all text of a PDF with what stands about it: its metadata, its outline, descriptions of pictures."""
    read = reader(pdf)
    found = [told(pdf), str(read.metadata), str(read.xmp_metadata and read.xmp_metadata.stream.get_data()),
             str(read.outline), str(list(read.attachments))]  # fmt: skip
    for number in range(len(read.xref[0]) if read.xref else 0):
        one = read.get_object(number)
        found.append(str(one))
    return "\n".join(found)


def lines(pdf: bytes) -> list[str]:
    """Return the lines of a PDF's first page as the eye meets them: their runs of letters from left to right."""
    runs: dict[int, list[tuple[float, str]]] = {}

    def note(text: str, page: list[float], at: list[float], *_: object) -> None:
        runs.setdefault(round(page[5]), []).append((page[4] + at[4], text))

    reader(pdf).pages[0].extract_text(visitor_text=note)
    return ["".join(text for _, text in sorted(line)) for line in runs.values()]
