"""The command that prints papers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safepassage.cli.disclosing import by_option, record_option, tell_of_record
from safepassage.cli.showing import FINE, folder_argument, json_option, plan_argument, words, write_json

if TYPE_CHECKING:
    from rich.console import Console

REDACTIONS = ("full", "names", "medical", "code-only")
"""Those of the papers, told here so that `--help` answers at once."""

PAPERS = (
    "manifest", "boarding-cards", "convoy-order", "movement-timetable", "driver-briefing", "consent", "referral",
    "notification", "handover", "incident-log", "blank",
)  # fmt: skip
"""The same of their kinds."""


@click.command("print")
@folder_argument
@plan_argument
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR")
@click.option("--only", "kinds", multiple=True, type=click.Choice(PAPERS), help="May be repeated; by default all.")
@click.option(
    "--language",
    "languages",
    multiple=True,
    default=("en",),
    show_default=True,
    metavar="LANGUAGE",
    help="en, fr, ar; en+ar puts two on a page. May be repeated: a set each.",
)
@click.option("--about", multiple=True, metavar="ID", help="Only this vehicle, convoy, site, party or person.")
@click.option("--recipient", default="", metavar="NAME", help="Who gets them: stands on every page.")
@click.option(
    "--redaction", type=click.Choice(REDACTIONS), default="code-only", show_default=True, help="What they may read."
)
@click.option("--copy", type=click.IntRange(min=1, max=9999), default=1, show_default=True, help="Number of this copy.")
@click.option(
    "--rehearsal",
    type=click.Path(path_type=Path),
    metavar="FILE.json",
    help="What `safepassage rehearse -o` wrote of this plan: its times stand on the movement timetable too.",
)
@record_option
@by_option
@json_option
def print_(  # noqa: PLR0913, PLR0917 - the command's options are its contract
    folder: Path,
    plan_file: Path,
    output: Path,
    kinds: tuple[str, ...],
    languages: tuple[str, ...],
    about: tuple[str, ...],
    recipient: str,
    redaction: str,
    copy: int,
    rehearsal: Path | None,
    ledger: str,
    by: str,
    *,
    as_json: bool,
) -> None:
    """Print the papers of a plan as PDF files: for people without a screen, and for when the power is out."""
    from safepassage.desk.disclosing import By
    from safepassage.desk.printing import Order, print_plan

    console = words()
    order = Order(kinds=kinds, languages=languages, recipient=recipient, redaction=redaction, copy=copy,
                  about=frozenset(about), rehearsal=rehearsal)  # fmt: skip
    with _counting(console) as tell:
        done = print_plan(folder, plan_file, order, output, by=By(name=by, ledger=ledger), tell=tell)
    job, files = done.job, done.files
    for kind in job.withheld:
        console.print(f"left out: {kind}, which is for the medical role; ask with --redaction full or medical",
                      markup=False)  # fmt: skip
    console.print(f"wrote {len(files):,} files to {output}", markup=False)
    if done.people:
        tell_of_record(console, done.disclosure)
    if as_json:
        write_json(
            {
                "format": "safepassage-print/1",
                "recipient": job.stamp.recipient,
                "redaction": job.stamp.redaction,
                "copy": job.stamp.copy,
                "made": job.stamp.made.isoformat(timespec="seconds"),
                "withheld": job.withheld,
                "people": done.people,
                "disclosure": done.disclosure or None,
                "files": [
                    {"file": one.name, "kind": one.kind, "about": one.about, "languages": one.languages}
                    for one in files
                ],
            }
        )
    sys.exit(FINE)


@contextmanager
def _counting(console: Console) -> Iterator[Callable[[int, str], None]]:
    """Show how many papers are made, where somebody watches."""
    if not console.is_terminal:
        console.print("safepassage: printing ...", markup=False)
        yield lambda _n, _name: None
        return
    with console.status("reading the folder") as status:
        yield lambda n, name: status.update(f"{n:,} files; {name}")
