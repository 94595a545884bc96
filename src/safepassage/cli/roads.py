"""The command that looks at roads."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safepassage.cli.showing import (
    FINDINGS,
    FINE,
    answers,
    folder_argument,
    json_option,
    reading,
    show_faults,
    spoken,
    words,
    write_file,
)

if TYPE_CHECKING:
    from safepassage.desk.roads import Looked


@click.command()
@folder_argument
@click.option(
    "--plan", "plan_file", type=click.Path(path_type=Path), metavar="PLAN.json", help="Tell the legs it drives."
)
@click.option("--vehicle", default="", metavar="V", help="Times for this vehicle; by default the heaviest.")
@click.option("--from", "start", metavar="A", help="Directions from this site ...")
@click.option("--to", "end", metavar="B", help="... to this one.")
@click.option(
    "--alternatives", type=click.IntRange(min=0, max=9), default=0, show_default=True, help="And so many other ways."
)
@click.option(
    "--close",
    "closures",
    multiple=True,
    metavar="WHAT[@FROM..UNTIL]",
    help='What a closure does: a link, or "LON,LAT;LON,LAT" (a line; a ring closes what it holds).',
)
@click.option("--matrix", type=click.Path(path_type=Path), help="Write times and distances of the legs here, as CSV.")
@click.option("--geojson", type=click.Path(path_type=Path), help="Write legs, ways and closures as lines here.")
@click.option("--html", "page", type=click.Path(path_type=Path), help="Write it as one page here.")
@json_option
def roads(  # noqa: PLR0913, PLR0917 - the command's options are its contract
    folder: Path,
    plan_file: Path | None,
    vehicle: str,
    start: str | None,
    end: str | None,
    alternatives: int,
    closures: tuple[str, ...],
    matrix: Path | None,
    geojson: Path | None,
    page: Path | None,
    *,
    as_json: bool,
) -> None:
    """Look at the roads: how long legs take, which way to drive, what a closure does, where a way can be cut."""
    from safepassage.desk.roads import Asked, look

    if (start is None) != (end is None):
        raise click.UsageError("--from and --to belong together: give both sites, or neither")
    console = words()
    asked = Asked(
        plan=plan_file,
        vehicle=vehicle,
        ends=None if start is None or end is None else (start, end),
        alternatives=alternatives,
        closures=closures,
    )
    with reading(console) as tell:
        looked = look(folder, asked, tell=tell)
    language = spoken()
    for path, content in ((matrix, looked.matrix), (geojson, looked.geojson), (page, lambda: looked.page(language))):
        if path is not None:
            write_file(path, content())
    if as_json:
        sys.stdout.buffer.write(looked.file())
    else:
        show_faults(console, looked.outlook.faults)
        _ways(looked)
    sys.exit(FINDINGS if looked.is_cut else FINE)


def _ways(looked: Looked) -> None:
    """Write what a look at the roads found to stdout."""
    from safepassage.reports.roads_brief import roads_brief
    from safepassage.reports.roads_terminal import MOST_LEGS, roads_terminal

    outlook = looked.outlook
    found = roads_brief(looked.operation, outlook, legs_at_most=MOST_LEGS)
    roads_terminal(found, len(outlook.legs), answers(), language=spoken())
