"""Write a plan to PLAN.json and read it back, also after somebody edited it by hand.

The file has the keys of `KEYS` in that order. Instants (`INSTANTS`) are ISO 8601 with the offset of the operation's
zone, under the model's name without `_s`; durations stay whole seconds. Equal plans are equal bytes.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from safepassage.exchange import instants
from safepassage.exchange.bounds import MAX_PLAN_BYTES
from safepassage.exchange.faults import Faults
from safepassage.exchange.plan_parts import Reader, read_part
from safepassage.model.errors import Fault, InputError, Place
from safepassage.model.operation import Operation
from safepassage.model.plan import (
    PLAN_FORMAT,
    ChainLink,
    ClauseReading,
    ConvoyOrder,
    MilestoneReading,
    Passing,
    Plan,
    Referral,
    Stop,
)

INSTANTS: Final[dict[type[Struct], tuple[str, ...]]] = {
    Stop: ("arrive_s", "start_s", "end_s", "depart_s", "not_before_s"),
    Referral: ("treated_from_s", "treated_until_s", "returned_s"),
    Passing: ("head_s", "tail_s"),
    ConvoyOrder: ("departs_s",),
    ClauseReading: ("due_s", "at_s"),
    MilestoneReading: ("at_s",),
    ChainLink: ("start_s", "end_s"),
}
"""The fields that are instants; every other `_s` is a duration."""

KEYS: Final = (
    "format", "operation", "status", "objective", "bound_s", "gap", "trips", "manifests", "referrals", "convoys",
    "clauses", "milestones", "unserved", "chain", "levers", "clashes", "remedies", "violations", "seed", "solver",
)  # fmt: skip
"""The keys of the file, in their order."""


def write_plan(operation: Operation, plan: Plan) -> bytes:
    """Write `plan` as the bytes of PLAN.json: UTF-8, two spaces of indent, a line feed at the end.

    Parameters
    ----------
    operation
        The operation that the plan is of: its start and zone give the instants.
    plan
        The plan.

    Raises
    ------
    zoneinfo.ZoneInfoNotFoundError
        When the operation's zone is unknown.
    """
    content: dict[str, object] = {}
    for key in KEYS:
        if key == "format":
            content[key] = PLAN_FORMAT
        elif key == "operation":
            content[key] = {"id": plan.operation, "sha256": plan.sha256}
        else:
            content[key] = _written(operation, getattr(plan, key), {})
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def _written(operation: Operation, value: object, texts: dict[int, str]) -> object:
    if isinstance(value, tuple):
        return [_written(operation, item, texts) for item in value]
    if not isinstance(value, Struct):
        return value
    moments = INSTANTS.get(type(value), ())
    content: dict[str, object] = {}
    for name in value.__struct_fields__:
        item = getattr(value, name)
        if name == "slow" and not item:
            continue  # driven as by day
        if name not in moments:
            content[name] = _written(operation, item, texts)
        elif name == "not_before_s" and item == 0:
            continue  # holds nothing back
        elif item is None:
            content[name.removesuffix("_s")] = None
        else:
            if item not in texts:
                texts[item] = instants.as_text(operation, item)
            content[name.removesuffix("_s")] = texts[item]
    return content


def read_plan(operation: Operation, data: bytes, *, file: str = "PLAN.json") -> tuple[Plan, tuple[Fault, ...]]:
    """Read the bytes of a PLAN.json of `operation`.

    Parameters
    ----------
    operation
        The operation that the plan should be of.
    data
        The content of the file.
    file
        The file's name, for the places of faults.

    Returns
    -------
    tuple[Plan, tuple[Fault, ...]]
        The plan, and warnings: `plan-of-other-content` when the plan was made for another content of the
        operation folder (another sha256), `plan-of-other-operation` when for another operation, `plan-gap` when the
        written gap is not that of the bound and the makespan.

    Raises
    ------
    InputError
        With every fault found, when this is not a readable plan.
    """
    faults = Faults()
    content = _decoded(data, file, faults)
    plan = None
    if content is not None:
        plan = _plan(operation, content, Reader(operation=operation, file=file, faults=faults, instants=INSTANTS))
    if plan is None or faults.stop:
        raise InputError(faults.all())
    _compare(operation, plan, content or {}, faults=faults, file=file)
    return plan, faults.all()


def _decoded(data: bytes, file: str, faults: Faults) -> dict[str, object] | None:
    """Decode the JSON; the fault names the line."""
    if len(data) > MAX_PLAN_BYTES:
        what, expected = f"the file has {len(data)} bytes", f"at most {MAX_PLAN_BYTES}"
        faults.add(Fault(code="too-large", severity="error", place=Place(file=file), what=what, expected=expected))
        return None
    try:
        content = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        digits = str(error).rpartition("byte ")[2].rstrip(")")
        line = data.count(b"\n", 0, int(digits)) + 1 if digits.isdecimal() else 0
        faults.add(
            Fault(
                code="not-json",
                severity="error",
                place=Place(file=file, cell=f"line {line}" if line else ""),
                what="this is not JSON",
                expected="a plan written by safepassage plan",
                found=str(error),
                remedy="undo the last edit, or plan again",
            )
        )
        return None
    if not isinstance(content, dict) or content.get("format") != PLAN_FORMAT:
        found = content.get("format") if isinstance(content, dict) else type(content).__name__
        faults.add(
            Fault(
                code="unknown-format",
                severity="error",
                place=Place(file=file, cell="format"),
                what="this is not a plan of a format this version reads",
                expected=f'"{PLAN_FORMAT}"',
                found=repr(found)[:80],
                remedy="plan again with this version",
            )
        )
        return None
    return content


def _plan(operation: Operation, content: dict[str, object], reader: Reader) -> Plan | None:
    """Rearrange the keys of the file to those of the model and read them all."""
    del operation
    plain = {key: value for key, value in content.items() if key not in ("format", "operation", "gap")}
    named = content.get("operation")
    if not isinstance(named, dict) or not all(isinstance(named.get(key), str) for key in ("id", "sha256")):
        reader.fault("operation", "the operation that the plan is of", '{"id": text, "sha256": text}', named)
        return None
    plain["operation"] = named["id"]
    plain["sha256"] = named["sha256"]
    plan = read_part(msgspec.inspect.type_info(Plan), plain, "", reader)
    return plan if isinstance(plan, Plan) else None


def _compare(operation: Operation, plan: Plan, content: dict[str, object], *, faults: Faults, file: str) -> None:
    """Warn where the plan is not of this operation as it stands."""
    expected_gap = plan.gap
    gap = content.get("gap")
    checks = (
        ("plan-of-other-operation", "operation.id", operation.id, plan.operation, plan.operation == operation.id),
        ("plan-of-other-content", "operation.sha256", operation.sha256, plan.sha256, plan.sha256 == operation.sha256),
        ("plan-gap", "gap", expected_gap, gap, gap == expected_gap),
    )  # fmt: skip
    remedies = {
        "plan-of-other-operation": "check that the plan belongs to this folder",
        "plan-of-other-content": "the folder was changed after planning: plan again, or let the referee check it",
        "plan-gap": "the figure is computed from the bound and the makespan; the written one is not used",
    }
    for code, cell, expected, found, equal in checks:
        if not equal:
            faults.add(
                Fault(
                    code=code,
                    severity="warning",
                    place=Place(file=file, cell=cell),
                    what=f"the {cell.replace('.', ' ')} of the plan is another",
                    expected=str(expected),
                    found=str(found)[:80],
                    remedy=remedies[code],
                )
            )
