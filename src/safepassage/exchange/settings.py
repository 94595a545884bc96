"""Read the entries of operation.toml: the plain keys, [limits], and the lists, as values of the model."""

from __future__ import annotations

from datetime import UTC, datetime, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from msgspec import Struct
from rapidfuzz import process

from safepassage.exchange.bounds import MAX_SECONDS
from safepassage.exchange.clock import DAY_S, Clock, placed
from safepassage.exchange.draft import NAME, Draft, Entry, unknown_key
from safepassage.exchange.entries import CLAUSES, HALT, LIMITS, LISTS, OPERATION
from safepassage.exchange.faults import Bad, Faults
from safepassage.exchange.fields import UNITS, Field
from safepassage.exchange.tables import Table
from safepassage.exchange.values import read_value
from safepassage.model.errors import Place
from safepassage.model.fleet import Halt

_UNKNOWN: Final = Clock(start=datetime(2000, 1, 1, tzinfo=UTC), zone=ZoneInfo("UTC"), known=False)


class Settings(Struct, kw_only=True):
    """What operation.toml says: the plain keys, the limits, the lists by name, and the clock."""

    top: dict[str, Any]
    limits: dict[str, Any]
    lists: dict[str, Table]
    clock: Clock
    start: datetime


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
    lists = {name: _list(name, draft.lists.get(name, []), clock, faults) for name in (*LISTS, "clauses")}
    return Settings(top=top, limits=limits, lists=lists, clock=clock, start=start)


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
    found = _values(values, LIMITS, _UNKNOWN)
    limits: dict[str, Any] = {}
    for key, (field, value) in found.items():
        place = Place(file=draft.limits[key].file, cell=f"limits.{key}")
        if field is None:
            unknown_key(place, key, tuple(f.model for f in LIMITS), faults)
        elif isinstance(value, Bad):
            faults.bad(place, key, value, values[key])
        elif field.model in limits:
            faults.bad(place, key, _TWICE, values[key])
        else:
            limits[field.model] = value
    return limits


_TWICE: Final = Bad(code="given-twice", expected="one of the units only", remedy="remove one of the keys")


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
        near = process.extractOne(str(given.value)[:64], sorted(available_timezones()), score_cutoff=60)
        remedy = f"did you mean {near[0]}?" if near else ""
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


def _values(values: dict[str, Any], fields: tuple[Field, ...], clock: Clock) -> dict[str, tuple[Field | None, Any]]:
    """Read the keys of one entry: key -> its field (None unknown) and the model's value or a Bad."""
    spelled: dict[str, Field] = {}
    for field in fields:
        units = UNITS.get(field.kind)
        if units is None:
            spelled[field.name] = field
        else:
            for unit in units:
                spelled[f"{field.name}_{unit}"] = msgspec.structs.replace(field, unit=unit)
    found: dict[str, tuple[Field | None, Any]] = {}
    for key, value in values.items():
        known = spelled.get(key)
        if known is None:
            found[key] = (None, None)
        elif known.kind == "halts":
            found[key] = (known, _halts(value, clock))
        else:
            found[key] = (known, _strict(known, value, clock))
    return found


def _strict(field: Field, value: Any, clock: Clock) -> Any:
    """Read a value of TOML, where an empty text means nothing was given."""
    if value == "" and not field.required:
        return None
    if value == "":
        return Bad(code="missing-value", expected=field.help, remedy="fill it in")
    if field.kind == "yes_no" and not isinstance(value, bool):
        return Bad(code="unknown-word", expected="true or false")
    return read_value(field, value, clock)


def _halts(value: Any, clock: Clock) -> tuple[Halt, ...] | Bad:
    wrong = Bad(code="not-a-list", expected="halts = [{site = ..., duration_min = ..., purpose = ...}]")
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return wrong
    halts: list[Halt] = []
    for item in value:
        found = _values(item, HALT, clock)
        plain: dict[str, Any] = {}
        for field, read in found.values():
            if field is None or field.model in plain:
                return wrong
            if isinstance(read, Bad):
                return read
            if read is not None:
                plain[field.model] = read
        if "site" not in plain or "duration_s" not in plain:
            return wrong
        halts.append(Halt(**plain))
    return tuple(halts)


def _list(name: str, entries: list[Entry], clock: Clock, faults: Faults) -> Table:
    """Read the entries of a list; a clause by the fields of its kind."""
    every = {f.model: f for fields in CLAUSES.values() for f in fields} if name == "clauses" else {}
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
        plain, spelled = _entry(entry, fields, clock, faults)
        table.spelled.append(spelled)
        for model, value in plain.items():
            table.columns.setdefault(model, [None] * len(entries))[number] = value
    return table


def _fields_of(name: str, entry: Entry, faults: Faults) -> tuple[Field, ...] | None:
    if name != "clauses":
        return LISTS[name]
    kind = entry.values.get("kind")
    fields = CLAUSES.get(kind) if isinstance(kind, str) else None
    if fields is None:
        near = process.extractOne(str(kind)[:64], list(CLAUSES), score_cutoff=60)
        remedy = f"did you mean {near[0]}?" if near else ""
        bad = Bad(code="unknown-word", expected=", ".join(CLAUSES), remedy=remedy)
        faults.bad(Place(file=entry.file, cell=f"{entry.key}.kind"), "kind of clause", bad, kind)
    return fields


def _entry(
    entry: Entry, fields: tuple[Field, ...], clock: Clock, faults: Faults
) -> tuple[dict[str, Any], dict[str, str]]:
    """Read one entry: the model's values, and under which key each is given."""
    plain: dict[str, Any] = {}
    spelled: dict[str, str] = {}
    values = {key: value for key, value in entry.values.items() if key != "remove"}
    for key, (field, value) in _values(values, fields, clock).items():
        place = Place(file=entry.file, cell=f"{entry.key}.{key}")
        if field is None:
            known = [f.written if f.unit or f.kind not in UNITS else f"{f.name}_min" for f in fields]
            unknown_key(place, key, tuple(known), faults)
        elif isinstance(value, Bad):
            faults.bad(place, key, value, values[key])
            plain[field.model] = None
        elif field.model in plain:
            faults.bad(place, key, _TWICE, values[key])
        else:
            plain[field.model] = value
            spelled[field.model] = key
    for field in fields:
        if field.required and field.model not in plain:
            bad = Bad(code="missing-value", expected=field.help, remedy="add the key")
            faults.bad(
                Place(file=entry.file, cell=f"{entry.key}.{field.written}"), f"{field.written} is missing", bad, ""
            )
    return plain, spelled
