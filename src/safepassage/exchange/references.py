"""Check that every id that is named exists, and say which one may have been meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from safepassage.exchange.bounds import MAX_FAULTS_PER_CODE, MAX_SUGGESTIONS
from safepassage.exchange.entries import LIMITS
from safepassage.exchange.faults import Faults, Severity, shown
from safepassage.exchange.nearest import nearest
from safepassage.exchange.safety import skeleton
from safepassage.exchange.tables import Table
from safepassage.exchange.words import VEHICLE_KIND
from safepassage.model.clauses import (
    ALL_ARRIVED,
    REFERRALS_CLOSED,
    START,
    arrived,
    cleared,
    departed,
    joined,
    left,
)
from safepassage.model.errors import Fault
from safepassage.model.operation import is_assumption

_MANY: Final = 2000
_WORDS: Final = {
    "people": "a person of the people table",
    "sites": "a site of the sites table",
    "roads": "a road of the roads table",
    "convoys": "a convoy of [[convoys]]",
    "parties": "a party of [[parties]]",
    "milestones": "a milestone of [[milestones]], or a computed one",
}
_SUBJECTS: Final = {"drive": "roads", "milestone": "brought about"} | dict.fromkeys(
    ("service", "treatment", "rest", "refuel", "halt"), "sites"
)
"""What lasts -> where its subject is found."""


class _Known(Struct):
    """The ids of one table, and how many suggestions have been looked for."""

    ids: frozenset[str]
    looked: int = 0
    ordered: list[str] = []
    looks: dict[str, str] = {}


def known_ids(tables: dict[str, Table]) -> dict[str, frozenset[str]]:
    """Gather the ids of every table that could be read; what could not is left out, not checked against."""
    known: dict[str, frozenset[str]] = {}
    for name in ("people", "sites", "roads", "convoys", "parties", "sources"):
        if name in tables:
            known[name] = frozenset(value for value in tables[name].column("id") if value is not None)
    if "sites" in known:
        names = {START, REFERRALS_CLOSED, ALL_ARRIVED}
        names.update(value for value in tables["milestones"].column("id") if value is not None)
        for convoy in known["convoys"]:
            names |= {departed(convoy), arrived(convoy)}  # type: ignore[arg-type]
        for site in known["sites"]:
            names |= {left(site), cleared(site), joined(site)}  # type: ignore[arg-type]
        known["milestones"] = frozenset(names)
    return known


def check_references(tables: dict[str, Table], faults: Faults) -> None:
    """Keep a fault for every id that names nothing.

    Parameters
    ----------
    tables
        The tables and lists that could be read, by name.
    faults
        Where every fault is kept, at its cell.
    """
    known = {name: _Known(ids=ids) for name, ids in known_ids(tables).items()}
    for table in tables.values():
        for field in table.fields:
            if field.refers in known and field.model in table.columns:
                for index, value in _named(table.columns[field.model]):
                    if value not in known[field.refers].ids:
                        _unknown(table, (index, field.model), value, _WORDS[field.refers], known[field.refers], faults)
        _check_sources(table, known.get("sources"), faults)
    _check_halts(tables, known, faults)
    _check_subjects(tables, known, faults)
    _check_vehicles(tables, faults)
    _check_groups(tables, faults)
    _check_figures(tables, faults)


def _named(column: list[Any]) -> Iterator[tuple[int, str]]:
    for index, value in enumerate(column):
        if isinstance(value, tuple):
            yield from ((index, one) for one in value)
        elif value:
            yield index, value


def _unknown(table: Table, at: tuple[int, str], value: str, expected: str, known: _Known, faults: Faults) -> None:
    _keep(
        table,
        at,
        faults,
        code="unknown-reference",
        what=f"{at[1]} names nothing",
        expected=expected,
        found=value,
        remedy=_suggestion(value, known),
    )


def _keep(table: Table, at: tuple[int, str], faults: Faults, *, severity: Severity = "error", **words: str) -> None:
    faults.add(
        Fault(
            code=words["code"],
            severity=severity,
            place=table.place(*at),
            what=words["what"],
            expected=words["expected"],
            found=shown(words["found"]),
            remedy=words["remedy"],
            subjects=(table.row_id(at[0]),),
        )
    )


def _suggestion(value: str, known: _Known) -> str:
    """Name the id that looks the same in other letters, or the nearest one."""
    if not value.isascii():
        known.looks = known.looks or {skeleton(one): one for one in known.ids}
    alike = known.looks.get(skeleton(value))
    if alike is not None:
        return f"it looks like {alike} but has other letters: type it again by hand"
    known.looked += 1
    if known.looked > (MAX_SUGGESTIONS if len(known.ids) > _MANY else MAX_FAULTS_PER_CODE):
        return "check the spelling, or add it"
    known.ordered = known.ordered or sorted(known.ids)
    near = nearest(value, known.ordered, 60, by_letters=True)
    return f"did you mean {near}?" if near else "check the spelling, or add it"


def _check_sources(table: Table, sources: _Known | None, faults: Faults) -> None:
    if sources is None or "source" not in table.columns:
        return
    for index, value in _named(table.columns["source"]):
        if value not in sources.ids and not is_assumption(value):
            _keep(
                table,
                (index, "source"),
                faults,
                code="unknown-source",
                severity="warning",
                what="the source is not listed",
                expected='the id of an entry of [[sources]], or "assumption: why"',
                found=value,
                remedy=_suggestion(value, sources),
            )


def _check_halts(tables: dict[str, Table], known: dict[str, _Known], faults: Faults) -> None:
    if "sites" not in known:
        return
    convoys = tables["convoys"]
    for index, halts in enumerate(convoys.column("halts")):
        for halt in halts or ():
            if halt.site not in known["sites"].ids:
                _unknown(convoys, (index, "halts"), halt.site, _WORDS["sites"], known["sites"], faults)


def _check_subjects(tables: dict[str, Table], known: dict[str, _Known], faults: Faults) -> None:
    """Find subjects that are not what lasts: a milestone that follows from the movement is not uncertain by itself."""
    uncertainties = tables["uncertainties"]
    own = frozenset(value for value in tables["milestones"].column("id") if value is not None)
    known = known | {"brought about": _Known(ids=own)}
    words = _WORDS | {"brought about": "a milestone of [[milestones]]"}
    of, subjects = uncertainties.column("of"), uncertainties.column("subject")
    for index, (what, subject) in enumerate(zip(of, subjects, strict=True)):
        refers = _SUBJECTS.get(what, "")
        if subject and refers in known and subject not in known[refers].ids:
            _unknown(uncertainties, (index, "subject"), subject, words[refers], known[refers], faults)


def _check_vehicles(tables: dict[str, Table], faults: Faults) -> None:
    """Find breakdowns of a vehicle that is neither in the table nor a kind."""
    if "vehicles" not in tables:
        return
    ids = (value for value in tables["vehicles"].column("id") if value is not None)
    known = _Known(ids=frozenset((*ids, *VEHICLE_KIND)))
    incidents = tables["incidents"]
    for index, vehicle in enumerate(incidents.column("vehicle")):
        if vehicle and vehicle not in known.ids:
            expected = f"a vehicle of the vehicles table, or {', '.join(VEHICLE_KIND)}"
            _unknown(incidents, (index, "vehicle"), vehicle, expected, known, faults)


def _check_groups(tables: dict[str, Table], faults: Faults) -> None:
    """Find ratios over a group that nobody is in: surely a slip, as doing nothing keeps them."""
    if "people" not in tables:
        return
    groups = _Known(ids=frozenset(value for value in tables["people"].column("group") if value))
    clauses = tables["clauses"]
    for index, kind in enumerate(clauses.column("kind")):
        for field in ("group", "against") if kind == "ratio" else ():
            value = clauses.column(field)[index]
            if value and value not in groups.ids:
                _keep(
                    clauses,
                    (index, field),
                    faults,
                    code="unknown-group",
                    what=f"nobody is in the group of {field}",
                    expected="a group of the people table",
                    found=value,
                    remedy=_suggestion(value, groups),
                )


def _check_figures(tables: dict[str, Table], faults: Faults) -> None:
    """Warn of a source of a figure that is not there."""
    figures = tables["figures"]
    paths = _Known(ids=frozenset(_paths(tables)))
    for index, what in enumerate(figures.column("what")):
        if what and what not in paths.ids:
            _keep(
                figures,
                (index, "what"),
                faults,
                code="unknown-figure",
                severity="warning",
                what="there is no such figure",
                expected="a dotted path such as limits.rest_s or convoys.NAME.spacing_s",
                found=what,
                remedy=_suggestion(what, paths),
            )


def _paths(tables: dict[str, Table]) -> Iterator[str]:
    yield from ("id", "title", "title_fr", "title_ar", "time_zone", "start")
    for field in LIMITS:
        yield f"limits.{field.model}"
    for table in tables.values():
        yield table.name
        for value in filter(None, table.column("id")):
            yield f"{table.name}.{value}"
        for field in table.fields:
            yield f"{table.name}.{field.model}"
            if table.keys:
                for key in table.keys:
                    yield f"{key}.{field.model}"
