"""The commands that hand data out, and that look at what others hand in."""

from __future__ import annotations

from pathlib import Path

import click

from safepassage.cli.disclosing import by_option
from safepassage.cli.showing import folder_argument, json_option, words, write_file, write_json

_FORMATS = ("csv", "xlsx", "datapackage", "geojson", "gpx", "gtfs-realtime", "cap", "pfif", "fhir")
_output = click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="FILE|DIR", help="Where to."
)


@click.command()
@folder_argument
@click.argument("plan_file", metavar="[PLAN.json]", type=click.Path(path_type=Path), required=False)
@click.option("--format", "format_", type=click.Choice(_FORMATS), required=True, help="See the reference of formats.")
@_output
@click.option(
    "--ledger", default="", metavar="L", help="What happened: own, a SQLite file, an export, postgresql://..."
)
@click.option(
    "--redaction",
    type=click.Choice(["full", "medical", "code-only"]),
    help="What the recipient may see of people; by default what the role of a party allows, else code-only.",
)
@click.option("--recipient", default="", metavar="WHO", help="To whom it goes: a party's id or a name.")
@by_option
@click.option("--about", default="", metavar="WHAT", help="Of an alert: closure:1, incident:ID or hold:CONVOY.")
@click.option("--domain", default="", metavar="NAME", help="Of who answers for it: relief.example.org.")
@click.option(
    "--consents", type=click.Path(path_type=Path), metavar="CSV", help="Who wants to be found: id, until, by."
)
@click.option("--exact-positions", "exact", is_flag=True, help="Positions as told; by default late and to a square.")
@click.option("--exercise", is_flag=True, help="Of an alert: nothing of it is real.")
@json_option
def export(folder: Path, plan_file: Path | None, format_: str, output: Path, *, as_json: bool, **said: object) -> None:
    """Write data for others: tables, maps, alerts, records; of people only what the recipient may see."""
    from safepassage.desk.giving import Wanted, give

    wanted = Wanted(format=format_, **{name: value for name, value in said.items() if value is not None})  # type: ignore[arg-type]
    given = give(folder, plan_file, wanted, output)
    if as_json:
        answer = {
            "format": "safepassage-export/1",
            "files": [str(path) for path in given.files],
            "people": given.people,
            "redaction": given.redaction if given.people else None,
            "disclosure_recorded": given.recorded if given.people else None,
        }
        write_json(answer)
        return
    console = words()
    for path in given.files:
        console.print(f"wrote {path}", markup=False)
    if given.people:
        console.print(f"{given.people:,} people in it, {given.redaction}, for {wanted.recipient}", markup=False)
    if given.recorded and given.people:
        console.print("recorded as a disclosure; a second person approves it in the console")
    elif given.people:
        console.print("NOT recorded: record this disclosure by hand, with whom it went to (--ledger own records it)")


@click.group("import")
def import_() -> None:
    """Look at what others hand in: nothing is taken over by this; a person looks and decides."""


@import_.command()
@click.argument("alert", metavar="ALERT.xml", type=click.Path(path_type=Path))
@folder_argument
@_output
@json_option
def cap(alert: Path, folder: Path, output: Path, *, as_json: bool) -> None:
    """Propose closures from an alert: shapes to look at, and to put into the folder as closures.geojson."""
    from safepassage.desk.giving import proposed_closures
    from safepassage.exchange.shapes_out import geojson_pieces

    proposal = proposed_closures(folder, alert)
    write_file(output, b"".join(geojson_pieces(proposal.shapes)))
    if as_json:
        answer = {"format": "safepassage-import-cap/1", "headline": proposal.headline,
                  "closures": len(proposal.shapes), "remarks": list(proposal.remarks)}  # fmt: skip
        write_json(answer)
        return
    console = words()
    console.print(f"{proposal.headline}: {len(proposal.shapes)} area(s) proposed in {output}", markup=False)
    for remark in proposal.remarks:
        console.print(remark, markup=False)
    console.print(f"Look at them; then put them into {folder} as closures.geojson", markup=False)


@import_.command()
@click.argument("records", metavar="RECORDS.xml", type=click.Path(path_type=Path))
@_output
@json_option
def pfif(records: Path, output: Path, *, as_json: bool) -> None:
    """Make a table of records of persons that others look for; those that have expired say so alone."""
    from safepassage.desk.giving import found_records, records_table
    from safepassage.exchange.tabular import csv_pieces

    found = found_records(records)
    write_file(output, b"".join(csv_pieces(records_table(found), tags=False)))
    expired = sum(one.is_tombstone for one in found)
    if as_json:
        write_json({"format": "safepassage-import-pfif/1", "records": len(found), "expired": expired})
        return
    words().print(f"{len(found):,} record(s), {expired:,} expired: delete what you have of those", markup=False)
