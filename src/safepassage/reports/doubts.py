"""What the plan rests on: what is assumed, which of it lies on the binding chain, and the sources of the rest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from safepassage.model.operation import ASSUMPTION, Operation, Source, is_assumption
from safepassage.model.plan import ChainLink, Plan
from safepassage.reports.words import Phrase, Setting, cited, counted, listed, literal, say, say_code

_SHOWN_BY_NAME = 3
_UNITS = {
    "people": "person", "vehicles": "vehicle", "sites": "site", "links": "link", "closures": "closure",
    "parties": "party", "convoys": "convoy", "milestones": "milestone", "clauses": "clause", "figures": "figure",
}  # fmt: skip
_FIGURES = {
    "board": ("setup", "board_walking", "board_wheelchair", "board_stretcher"),
    "alight": ("setup", "alight_walking", "alight_wheelchair", "alight_stretcher"),
    "rest": ("rest", "drive_before_rest"),
    "refuel": ("refuel",),
    "halt": ("halts",),
    "convoy-departure": ("spacing",),
    "spacing": ("spacing",),
    "treat": ("treatment",),
}
_UNIT = re.compile(r"_(?:s|min|h|d|m|km|percent)$")  # figures are named as in the folder, each with its own unit


class Row(Struct, frozen=True):
    """One thing with a source note: a row of a table, or a figure by its dotted path."""

    table: str
    id: str
    source: str


class Doubt(Struct, frozen=True, kw_only=True):
    """One reason for assuming, and how many things of each table it stands behind."""

    reason: str
    ids: dict[str, tuple[str, ...]]


def rows(operation: Operation) -> tuple[Row, ...]:
    """List everything that can carry a source note, in the order of the folder; a road map is one thing."""
    found: list[Row] = []
    for table in _UNITS:
        if table == "links" and operation.road_map is not None:
            found.append(Row(table, operation.road_map.file, operation.road_map.source))
            continue
        for index, item in enumerate(getattr(operation, table)):
            if operation.road_map is None or getattr(item, "kind", "") != "junction":
                found.append(Row(table, _name(item, index), item.source))
    return tuple(found)


def _name(item: Any, index: int) -> str:
    """Name a row by its id, a figure by its path, a closure by its link or its reason."""
    for key in ("id", "what"):
        if getattr(item, key, ""):
            return str(getattr(item, key))
    return f"{item.link}#{index + 1}" if item.link or not item.reason else str(item.reason)


def assumptions(found: Iterable[Row]) -> tuple[Doubt, ...]:
    """Group the assumed rows by their reason, the reason with most rows first."""
    groups: dict[str, dict[str, list[str]]] = {}
    for row in found:
        if is_assumption(row.source):
            reason = row.source.strip()[len(ASSUMPTION) :].strip()
            groups.setdefault(reason, {}).setdefault(row.table, []).append(row.id)
    doubts = [
        Doubt(reason=reason, ids={table: tuple(ids) for table, ids in tables.items()})
        for reason, tables in groups.items()
    ]
    return tuple(sorted(doubts, key=lambda doubt: (-sum(map(len, doubt.ids.values())), doubt.reason)))


def source_counts(operation: Operation, found: Iterable[Row]) -> tuple[tuple[Source, int], ...]:
    """Count how many rows and figures name each source, also in the reason of an assumption."""
    notes = Counter(row.source for row in found)
    return tuple((source, _naming(source.id, notes)) for source in operation.sources)


def _naming(name: str, notes: Counter[str]) -> int:
    pattern = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    return sum(count for note, count in notes.items() if pattern.search(note))


def unsourced(found: Iterable[Row]) -> int:
    """Count rows that name neither a source nor an assumption."""
    return sum(1 for row in found if not row.source.strip())


def on_chain(operation: Operation, plan: Plan) -> tuple[Doubt, ...]:
    """Group the assumptions that the binding chain rests on, the one under most of its time first.

    When one of them is wrong, the answer moves.
    """
    weight_s: dict[tuple[str, str], int] = {}
    for link in plan.chain:
        for key in set(_touched(operation, plan, link)):
            weight_s[key] = weight_s.get(key, 0) + link.waits_s + link.end_s - link.start_s
    found = assumptions(row for row in rows(operation) if (row.table, row.id) in weight_s)
    return tuple(sorted(found, key=lambda doubt: -_weight(doubt, weight_s)))


def _weight(doubt: Doubt, weight_s: dict[tuple[str, str], int]) -> int:
    return sum(weight_s[table, name] for table, names in doubt.ids.items() for name in names)


def _touched(operation: Operation, plan: Plan, link: ChainLink) -> Iterator[tuple[str, str]]:
    subjects = {link.subject, *link.gate.split()}
    for table in ("people", "vehicles", "convoys", "milestones", "clauses", "links"):
        yield from ((table, name) for name in subjects)
    yield "sites", link.site
    driven = tuple(_driven(plan, link))
    if driven and operation.road_map is not None:
        yield "links", operation.road_map.file
    yield from (("links", name) for name in driven)
    yield from (("figures", path) for path in _figures(operation, link, subjects))


def _driven(plan: Plan, link: ChainLink) -> Iterator[str]:
    if link.activity != "drive":
        return
    for trip in plan.trips:
        if link.subject in (trip.vehicle, trip.id, trip.convoy):
            for stop in trip.stops:
                if stop.site == link.site and link.start_s <= stop.arrive_s <= link.end_s:
                    yield from stop.route


def _figures(operation: Operation, link: ChainLink, subjects: set[str]) -> Iterator[str]:
    wanted = set(_FIGURES.get(link.activity, ()))
    for figure in operation.figures:
        parts = {_UNIT.sub("", part) for part in figure.what.split(".")}
        if parts & wanted or (parts & subjects and link.activity not in {"drive", "board", "alight"}):
            yield figure.what


def doubt_text(setting: Setting, doubt: Doubt) -> Phrase:
    """Say what is assumed and why: few things by name, many by number."""
    what = [_things(setting, table, ids) for table, ids in doubt.ids.items()]
    return say("doubt", what=listed(what), reason=literal(doubt.reason) if doubt.reason else say("doubt-no-reason"))


def _things(setting: Setting, table: str, ids: tuple[str, ...]) -> Phrase:
    unit = _UNITS[table]
    if len(ids) > _SHOWN_BY_NAME:
        return counted(unit, len(ids))
    if unit == "figure":
        return listed([figure_name(path) for path in ids])
    names = [literal(name) if unit == "closure" else cited(setting, name, unit) for name in ids]
    return say(f"kind-of.{unit}", names=listed(names))


def figure_name(path: str) -> Phrase:
    """Say what a figure is, by its path in the folder."""
    return say_code("figure", _UNIT.sub("", path), path=literal(path))
