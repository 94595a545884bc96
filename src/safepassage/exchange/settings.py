"""Read the entries of operation.toml: the plain keys, [limits], and the lists, as values of the model."""

from __future__ import annotations

from datetime import UTC, datetime, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Struct

from safepassage.exchange.bounds import MAX_SECONDS
from safepassage.exchange.clock import DAY_S, Clock, daily, placed
from safepassage.exchange.draft import NAME, Draft, Entry
from safepassage.exchange.entries import HALT, KINDS, LIMITS, LISTS, NIGHT, OPERATION, ROAD_MAP
from safepassage.exchange.faults import Bad, Faults
from safepassage.exchange.fields import Field
from safepassage.exchange.keys import read_keys
from safepassage.exchange.nearest import nearest
from safepassage.exchange.spreads import read_spread
from safepassage.exchange.tables import Table
from safepassage.exchange.values import read_value
from safepassage.exchange.windows import of_day
from safepassage.model.errors import Place
from safepassage.model.fleet import Halt
from safepassage.model.time import Night, Window

_UNKNOWN: Final = Clock(start=datetime(2000, 1, 1, tzinfo=UTC), zone=ZoneInfo("UTC"), known=False)


class Settings(Struct, kw_only=True):
    """What operation.toml says: the plain keys, the limits, the lists by name, the clock, and the night.

    [roads] is among the lists as `road_map`, where it is given.
    """

    top: dict[str, Any]
    limits: dict[str, Any]
    lists: dict[str, Table]
    clock: Clock
    start: datetime
    night: Night | None = None


def read_settings(draft: Draft, faults: Faults) -> Settings:
    """Read everything of operation.toml but the tables.

    Parameters
    ----------
    draft
        What the files say.
    faults
        Where every fault is kept, at its dotted key.
    """
    limits = _limits(draft, faults)
    top = _top(draft, faults)
    clock, start = _clock(draft, limits.get("horizon_s", 3 * DAY_S), faults)
    lists = {name: _list(name, draft.lists.get(name, []), clock, faults) for name in (*LISTS, *KINDS)}
    if draft.roads:
        lists["road_map"] = _road_map(draft, faults)
    night = _night(draft, clock, faults) if draft.night else None
    return Settings(top=top, limits=limits, lists=lists, clock=clock, start=start, night=night)


def _night(draft: Draft, clock: Clock, faults: Faults) -> Night | None:
    """Read [night]; None after a fault."""
    keys = read_keys({key: given.value for key, given in draft.night.items()}, NIGHT, clock, nested={})
    wrong = list(keys.wrong)
    times = {key: of_day(text) for key in ("from", "until") if (text := keys.plain.get(key)) is not None}
    expected = "a time of day, such as 20:00"
    wrong += [(key, Bad(code="not-windows", expected=expected), text) for key, text in times.items() if text is None]
    windows: tuple[Window, ...] | Bad = ()
    if not wrong:
        start, end = (time for time in times.values() if time is not None)
        windows = daily(clock, start, end)
    if isinstance(windows, Bad):
        wrong.append(("from", windows, keys.plain["from"]))
    for key, bad, found in wrong:
        file = draft.night[key].file if key in draft.night else next(iter(draft.night.values())).file
        faults.bad(Place(file=file, cell=f"night.{key}"), key, bad, found)
    if wrong or isinstance(windows, Bad):
        return None
    return Night(windows=windows, speed_percent=keys.plain["speed_percent"], source=keys.plain.get("source") or "")


def _top(draft: Draft, faults: Faults) -> dict[str, Any]:
    top: dict[str, Any] = {}
    for field in OPERATION:
        given = draft.top.get(field.name)
        if given is None:
            if field.required:
                bad = Bad(code="missing-value", expected=field.help, remedy="add the key")
                faults.bad(Place(file=NAME, cell=field.name), f"{field.name} is missing", bad, "")
        elif field.name != "start":
            value = read_value(field, given.value, _UNKNOWN)
            if isinstance(value, Bad):
                faults.bad(Place(file=given.file, cell=field.name), field.name, value, given.value)
            else:
                top[field.name] = value
    return top


def _limits(draft: Draft, faults: Faults) -> dict[str, Any]:
    values = {key: given.value for key, given in draft.limits.items()}
    keys = read_keys(values, LIMITS, _UNKNOWN, nested={})
    for key, bad, found in keys.wrong:
        faults.bad(Place(file=draft.limits[key].file, cell=f"limits.{key}"), key, bad, found)
    return {model: value for model, value in keys.plain.items() if value is not None}


def _road_map(draft: Draft, faults: Faults) -> Table:
    """Read [roads] as the one entry of a list."""
    keys = read_keys({key: given.value for key, given in draft.roads.items()}, ROAD_MAP, _UNKNOWN, nested={})
    for key, bad, found in keys.wrong:
        faults.bad(Place(file=draft.roads[key].file, cell=f"roads.{key}"), key, bad, found)
    given = draft.roads.get("source") or next(iter(draft.roads.values()))
    return Table(
        name="road_map",
        fields=ROAD_MAP,
        keys=["roads"],
        files=[given.file],
        spelled=[keys.spelled],
        columns={name: [value] for name, value in keys.plain.items()},
    )


def _clock(draft: Draft, horizon_s: int, faults: Faults) -> tuple[Clock, datetime]:
    zone = _zone(draft, faults)
    given = draft.top.get("start")
    if given is None or zone is None:
        return _UNKNOWN, _UNKNOWN.start
    start = _start(given.value, zone)
    if isinstance(start, Bad):
        faults.bad(Place(file=given.file, cell="start"), "start", start, given.value)
        return _UNKNOWN, _UNKNOWN.start
    # A fixed offset: adding seconds to an instant with a zone would move the clock on the wall instead.
    local = start.astimezone(zone)
    fixed = local.replace(tzinfo=timezone(local.utcoffset() or UTC.utcoffset(None)))
    return Clock(start=start, zone=zone, horizon_s=min(horizon_s, MAX_SECONDS)), fixed


def _zone(draft: Draft, faults: Faults) -> ZoneInfo | None:
    given = draft.top.get("time_zone")
    if given is None:
        return None
    try:
        return ZoneInfo(given.value)
    except (ValueError, OSError, TypeError, KeyError):
        near = nearest(str(given.value)[:64], sorted(available_timezones()), 60)
        remedy = f"did you mean {near}?" if near else ""
        bad = Bad(code="unknown-time-zone", expected="an IANA name, such as Asia/Damascus", remedy=remedy)
        faults.bad(Place(file=given.file, cell="time_zone"), "time_zone", bad, given.value)
        return None


def _start(value: Any, zone: ZoneInfo) -> datetime | Bad:
    expected = "a date and time, such as 2017-08-28T19:30:00"
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return Bad(code="not-an-instant", expected=expected)
    if not isinstance(value, datetime):
        return Bad(code="not-an-instant", expected=expected)
    if value.microsecond:
        return Bad(code="not-an-instant", expected="a whole second")
    if not 1971 <= value.year <= 2999:
        return Bad(code="impossible-date", expected="a year from 1971 to 2999")
    return placed(value, zone) if value.tzinfo is None else value.astimezone(UTC)


def _halts(field: Field, value: object, clock: Clock) -> tuple[Halt, ...] | Bad:
    del field
    form = Bad(code="not-a-list", expected="halts = [{site = ..., duration_min = ..., purpose = ...}]")
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return form
    halts: list[Halt] = []
    for item in value:
        keys = read_keys(item, HALT, clock, nested={})
        for _, bad, _ in keys.wrong:
            return form if bad.code in ("unknown-key", "given-twice", "missing-value") else bad
        halts.append(Halt(**{model: read for model, read in keys.plain.items() if read is not None}))
    return tuple(halts)


_NESTED: Final = {"halts": _halts, "factor_spread": read_spread, "time_spread": read_spread}


def _list(name: str, entries: list[Entry], clock: Clock, faults: Faults) -> Table:
    """Read the entries of a list; a clause or an incident by the fields of its kind."""
    every = {field.model: field for fields in KINDS.get(name, {}).values() for field in fields}
    table = Table(
        name=name,
        fields=tuple(every.values()) if every else LISTS[name],
        keys=[entry.key for entry in entries],
        files=[entry.file for entry in entries],
        columns={},
    )
    for number, entry in enumerate(entries):
        fields = _fields_of(name, entry, faults)
        if fields is None:
            table.spelled.append({})
            continue
        values = {key: value for key, value in entry.values.items() if key != "remove"}
        keys = read_keys(values, fields, clock, nested=_NESTED)
        for key, bad, found in keys.wrong:
            faults.bad(Place(file=entry.file, cell=f"{entry.key}.{key}"), key, bad, found)
        table.spelled.append(keys.spelled)
        for model, value in keys.plain.items():
            if model not in table.columns:
                table.columns[model] = [None] * len(entries)
            table.columns[model][number] = value
    return table


def _fields_of(name: str, entry: Entry, faults: Faults) -> tuple[Field, ...] | None:
    kinds = KINDS.get(name)
    if kinds is None:
        return LISTS[name]
    kind = entry.values.get("kind")
    fields = kinds.get(kind) if isinstance(kind, str) else None
    if fields is None:
        near = nearest(str(kind)[:64], kinds, 60)
        remedy = f"did you mean {near}?" if near else ""
        bad = Bad(code="unknown-word", expected=", ".join(kinds), remedy=remedy)
        faults.bad(Place(file=entry.file, cell=f"{entry.key}.kind"), f"kind of {name[:-1]}", bad, kind)
    return fields
