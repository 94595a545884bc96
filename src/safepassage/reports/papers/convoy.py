"""What a convoy is led by: its order, serial by serial, and the timetable of its control points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from safepassage.model.plan import Load
from safepassage.reports.movement import ControlPoint, Movement, movements
from safepassage.reports.papers.blocks import Block, Column, Fields, Heading, Paper, Points, Table, Told, signatures
from safepassage.reports.papers.manifest import load_told
from safepassage.reports.papers.redaction import isolated
from safepassage.reports.papers.source import Rehearsed, Source, Spans
from safepassage.reports.words import Phrase, called, counted, distance, duration, say
from safepassage.reports.words.phrases import listed
from safepassage.reports.words.rehearsal import number, share

ORDER: Final = "convoy-order"
TIMETABLE: Final = "movement-timetable"
BLANK_LINES: Final = 20
RULES: Final = ("spacing", "stop-together", "nobody-leaves", "count", "report")
_POINT_COLUMNS: Final = ("point", "role", "distance", "head", "tail", "halt")


def orders(source: Source) -> Iterator[Paper]:
    """Make the order of every convoy."""
    for movement in movements(source.operation, source.plan):
        load = _sum(movement)
        yield Paper(
            kind=ORDER,
            about=movement.order.convoy,
            title=say("paper.title.convoy-order"),
            subtitle=called(source.setting, movement.order.convoy, "convoy"),
            blocks=(
                Fields(rows=(*_frame(source, movement), (say("paper.field.leader"), ""), (say("paper.field.phone"), ""),
                             (say("paper.field.deputy"), ""), (say("paper.field.channel"), ""))),
                Heading(text=say("paper.heading.serials")),
                Table(columns=_serial_columns(), rows=_serials(source, movement)),
                Fields(rows=((say("paper.field.total"), counted("person", load.people)),
                             (say("paper.column.load"), load_told(load)))),
                Heading(text=say("paper.heading.rules")),
                Points(items=_rules(movement)),
                signatures("convoy-leader", "coordinator"),
            ),
        )  # fmt: skip


def _rules(movement: Movement) -> tuple[Phrase, ...]:
    return tuple(say(f"paper.rule.{name}", spacing=duration(movement.order.spacing_s)) for name in RULES)


def _sum(movement: Movement) -> Load:
    loads = [serial.load for serial in movement.serials]
    return Load(
        walking=sum(load.walking for load in loads),
        wheelchair=sum(load.wheelchair for load in loads),
        stretcher=sum(load.stretcher for load in loads),
    )


def _frame(source: Source, movement: Movement) -> tuple[tuple[Phrase, Told], ...]:
    order = movement.order
    convoy = next(one for one in source.operation.convoys if one.id == order.convoy)
    return (
        (say("paper.field.from"), source.site(convoy.assembly)),
        (say("paper.field.to"), source.site(convoy.destination)),
        (say("paper.field.leaves"), source.at(order.departs_s)),
        (say("paper.field.spacing"), duration(order.spacing_s)),
        (say("paper.field.vehicles"), counted("vehicle", len(order.order))),
        (say("paper.field.speed"), isolated(f"{movement.speed_percent} %")),
    )


def _serial_columns() -> tuple[Column, ...]:
    kinds = {"vehicle": "strong"}
    shares = {"plate": 1.5, "load": 2.5}
    names = ("serial", "vehicle", "kind", "plate", "leaves", "people", "load")
    return tuple(
        Column(label=say(f"paper.column.{name}"), share=shares.get(name, 0), kind="strong" if name in kinds else "text")
        for name in names
    )


def _serials(source: Source, movement: Movement) -> tuple[tuple[Told, ...], ...]:
    vehicles = {vehicle.id: vehicle for vehicle in source.operation.vehicles}
    return tuple(
        (
            str(serial.number),
            isolated(serial.vehicle),
            say(f"kind.{vehicles[serial.vehicle].kind}"),
            isolated(vehicles[serial.vehicle].name),
            source.at(serial.departs_s),
            str(serial.load.people),
            load_told(serial.load),
        )
        for serial in movement.serials
    )


def blank_order(_source: Source) -> Paper:
    """Make a convoy order to fill in by hand."""
    names = ("convoy", "date", "from", "to", "leaves", "spacing", "leader", "phone", "deputy", "channel")
    return Paper(
        kind=ORDER,
        about="",
        title=say("paper.title.convoy-order"),
        blank=True,
        blocks=(
            Fields(rows=tuple((say(f"paper.field.{name}"), "") for name in names)),
            Table(columns=_serial_columns(), blank=16),
            signatures("convoy-leader", "coordinator"),
        ),
    )


def timetables(source: Source) -> Iterator[Paper]:
    """Make the movement timetable of every convoy: start point, control points, release point."""
    for movement in movements(source.operation, source.plan):
        points = _from_assembly(source, movement)
        last = len(points) - 1
        yield Paper(
            kind=TIMETABLE,
            about=movement.order.convoy,
            title=say("paper.title.movement-timetable"),
            subtitle=called(source.setting, movement.order.convoy, "convoy"),
            blocks=(
                Fields(rows=_frame(source, movement)),
                Table(
                    columns=_point_columns(),
                    rows=tuple(
                        _point(source, one, "start" if at == 0 else "release" if at == last else "control")
                        for at, one in enumerate(points)
                    ),
                ),
                Points(items=(say("paper.timetable.head-tail"), say("paper.timetable.serials"),
                              say("paper.timetable.passed"))),
                *(_rehearsed(source, source.rehearsed, movement, points) if source.rehearsed else ()),
            ),
        )  # fmt: skip


def _from_assembly(source: Source, movement: Movement) -> tuple[ControlPoint, ...]:
    """Return the control points from the assembly site on, which the plan's timetable may leave out."""
    order, points = movement.order, movement.points
    assembly = next(one.assembly for one in source.operation.convoys if one.id == order.convoy)
    if points and points[0].site == assembly:
        return points
    tail_s = order.departs_s + order.spacing_s * max(0, len(order.order) - 1)
    return (ControlPoint(site=assembly, length_m=0, head_s=order.departs_s, tail_s=tail_s), *points)


def _point_columns() -> tuple[Column, ...]:
    return (
        *(Column(label=say(f"paper.column.{name}"), share=2 if name in {"point", "halt"} else 0,
                 kind="strong" if name in {"head", "tail"} else "text") for name in _POINT_COLUMNS),
        Column(label=say("paper.column.actual"), share=1),
    )  # fmt: skip


def _point(source: Source, one: ControlPoint, role: str) -> tuple[Told, ...]:
    works = listed([say(f"paper.work.{work}") for work in one.work]) if one.work else None
    halt = say("paper.halt", time=duration(one.stop_s), works=works) if works else duration(one.stop_s)
    return (
        source.site(one.site),
        say(f"paper.point.{role}"),
        "" if one.length_m is None else distance(one.length_m),
        source.at(one.head_s),
        source.at(one.tail_s),
        halt if one.stop_s and role == "control" else "–",
        "",
    )


def _rehearsed(
    source: Source, rehearsed: Rehearsed, movement: Movement, points: tuple[ControlPoint, ...]
) -> tuple[Block, ...]:
    """Tell beside the planned times when the convoy came to its points in the runs of a rehearsal."""
    rows = []
    never = 0.0
    for one in points:
        head, tail = (_spans(rehearsed, movement, points, one, which) for which in ("head", "tail"))
        never = max(never, *(spans.never for spans in (head, tail) if spans), 0.0)
        rows.append((source.site(one.site), source.at(one.head_s), *_times(source, head),
                     source.at(one.tail_s), *_times(source, tail)))  # fmt: skip
    said = ["meaning", "half", "nine", *(("never",) if never else ())]
    return (
        Heading(text=say("paper.heading.rehearsed", n=number(rehearsed.runs))),
        Table(columns=_rehearsed_columns(), rows=tuple(rows)),
        Points(items=tuple(say(f"paper.rehearsed.{name}", share=share(never)) for name in said)),
    )


def _spans(
    rehearsed: Rehearsed, movement: Movement, points: tuple[ControlPoint, ...], point: ControlPoint, which: str
) -> Spans | None:
    """Return when head or tail came to a point; None where the rehearsal does not tell it, or it is passed twice."""
    order = movement.order
    if point is points[0]:
        # the first vehicle's departure, and the last's behind it
        found, behind_s = rehearsed.spans.get(f"departed:{order.convoy}"), point.tail_s - point.head_s
        return _later(found, behind_s if which == "tail" else 0) if found else None
    if sum(one.site == point.site for one in points) > 1:
        return None
    return rehearsed.spans.get(f"{which} {point.site} {order.convoy}")


def _later(spans: Spans, by_s: int) -> Spans:
    half_s, low_s, high_s = (
        None if at_s is None else at_s + by_s for at_s in (spans.half_s, spans.low_s, spans.high_s)
    )
    return replace(spans, half_s=half_s, low_s=low_s, high_s=high_s)


def _times(source: Source, spans: Spans | None) -> tuple[Told, Told]:
    if spans is None or spans.low_s is None:
        return "–", "–"
    half = "–" if spans.half_s is None else source.at(spans.half_s)
    low = source.at(spans.low_s)
    if spans.high_s is None:
        return half, say("paper.rehearsed.or-never", low=low)
    return half, say("paper.rehearsed.between", low=low, high=source.at(spans.high_s))


def _rehearsed_columns() -> tuple[Column, ...]:
    ends = ((f"{which}-planned", f"{which}-half", f"{which}-nine") for which in ("head", "tail"))
    return (
        Column(label=say("paper.column.point"), share=1.5),
        *(Column(label=say(f"paper.column.{name}"), share=1.4 if name.endswith("nine") else 1.2,
                 kind="strong" if name.endswith("planned") else "text") for end in ends for name in end),
    )  # fmt: skip


def blank_timetable(_source: Source) -> Paper:
    """Make a movement timetable to fill in by hand."""
    names = ("convoy", "date", "from", "to", "leaves", "spacing")
    return Paper(
        kind=TIMETABLE,
        about="",
        title=say("paper.title.movement-timetable"),
        blank=True,
        blocks=(
            Fields(rows=tuple((say(f"paper.field.{name}"), "") for name in names)),
            Table(columns=_point_columns(), blank=BLANK_LINES),
        ),
    )
