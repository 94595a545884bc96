"""PLAN.json: exact both ways, the same bytes for equal plans, every fault of an edited file."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safepassage.exchange import bounds, plan_file
from safepassage.exchange.plan_file import KEYS, read_plan, write_plan
from safepassage.model import plan as parts
from safepassage.model.errors import InputError
from safepassage.model.ids import ClauseId, SiteId, TripId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan


def operation(zone: str = "Asia/Damascus", start: str = "2017-08-28T06:00:00") -> Operation:
    moment = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone))
    return Operation(
        id="case", title="", time_zone=zone, start=moment, people=(), vehicles=(), sites=(), links=(), sha256="ab"
    )


OPERATION = operation()


def full_plan(at_s: int = 3600, word: str = "x", number: int = 7) -> Plan:
    """Make a plan that fills every field of every part."""

    def fill(kind: msgspec.inspect.Type) -> Any:
        if isinstance(kind, msgspec.inspect.StructType):
            names = plan_file.INSTANTS.get(kind.cls, ())
            values = {field.name: at_s if field.name in names else fill(field.type) for field in kind.fields}
            return kind.cls(**values)
        if isinstance(kind, msgspec.inspect.VarTupleType):
            return (fill(kind.item_type), fill(kind.item_type))
        if isinstance(kind, msgspec.inspect.UnionType):
            return fill(next(t for t in kind.types if not isinstance(t, msgspec.inspect.NoneType)))
        if isinstance(kind, msgspec.inspect.LiteralType):
            return kind.values[-1]
        if isinstance(kind, msgspec.inspect.DictType):
            return {word: number, f"{word}2": word, f"{word}3": (word, word), f"{word}4": None}
        simple = {msgspec.inspect.BoolType: True, msgspec.inspect.IntType: number}
        return simple.get(type(kind), word)

    plan: Plan = fill(msgspec.inspect.type_info(Plan))
    return msgspec.structs.replace(plan, operation="case", sha256="ab")


def test_round_trip_is_exact_and_keeps_the_order_of_keys() -> None:
    plan = full_plan()
    data = write_plan(OPERATION, plan)
    assert read_plan(OPERATION, data) == (plan, ())
    assert write_plan(OPERATION, read_plan(OPERATION, data)[0]) == data
    assert tuple(json.loads(data)) == KEYS


def test_instants_carry_the_offset_and_durations_stay_seconds() -> None:
    content = json.loads(write_plan(OPERATION, full_plan()))
    stop = content["trips"][0]["stops"][0]
    assert stop["arrive"] == stop["not_before"] == "2017-08-28T07:00:00+03:00"
    assert not any(key.endswith("_s") for key in stop)
    assert content["clauses"][0]["slack_s"] == 7
    assert content["chain"][0]["waits_s"] == 7
    assert content["convoys"][0]["departs"].endswith("+03:00")
    assert content["objective"]["makespan_s"] == 7


def test_what_is_not_known_is_null_and_what_is_not_held_back_is_left_out() -> None:
    at = SiteId("a")
    stop = parts.Stop(site=at, route=(), arrive_s=0, start_s=0, end_s=0, depart_s=0, load=parts.Load())
    trip = parts.Trip(id=TripId("t"), vehicle=VehicleId("v"), kind="shuttle", speed_percent=80, stops=(stop,))
    reading = parts.ClauseReading(clause=ClauseId("c"), kind="cap", status="monitored")
    plan = Plan(
        operation="case", sha256="ab", status="infeasible", seed=0, solver=parts.Solver(engine="none"),
        trips=(trip,), clauses=(reading,),
    )  # fmt: skip
    content = json.loads(write_plan(OPERATION, plan))
    assert content["objective"] is content["gap"] is content["bound_s"] is content["clauses"][0]["due"] is None
    assert "not_before" not in content["trips"][0]["stops"][0]
    assert read_plan(OPERATION, write_plan(OPERATION, plan)) == (plan, ())


def test_offsets_follow_the_clocks_over_a_change() -> None:
    paris = operation("Europe/Paris", "2026-03-29T01:30:00")
    plan = full_plan(at_s=3600)
    content = json.loads(write_plan(paris, plan))
    assert content["convoys"][0]["departs"] == "2026-03-29T03:30:00+02:00"
    assert read_plan(paris, write_plan(paris, plan))[0] == plan


@given(
    at_s=st.integers(-(10**6), 10**6),
    word=st.text(st.characters(exclude_categories=["Cs"])),
    number=st.integers(-(2**52), 2**52),
)
def test_any_plan_survives(at_s: int, word: str, number: int) -> None:
    plan = full_plan(at_s, word, number)
    assert read_plan(OPERATION, write_plan(OPERATION, plan))[0] == plan


def edited(change: Any) -> bytes:
    content = json.loads(write_plan(OPERATION, full_plan()))
    change(content)
    return json.dumps(content).encode()


def faults_of(data: bytes) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        read_plan(OPERATION, data)
    return [(fault.code, fault.place.cell) for fault in caught.value.faults]


def test_every_fault_of_an_edited_plan_is_told_at_its_path() -> None:
    def change(content: dict[str, Any]) -> None:
        content["status"] = "perfect"
        content["seed"] = 1.5
        content["trips"][1]["stops"][0]["arrive"] = "2017-08-28T07:00:00"
        content["trips"][1]["stops"][1]["depart"] = 5
        content["trips"][0]["stops"] = {}
        content["manifests"][0]["rides"][1]["seat"] = 4
        del content["manifests"][1]["trip"]
        content["solver"] = "mine"
        content["clauses"][0]["binds"] = 1
        content["unserved"][0]["rule"] = 3
        content["milestones"][0]["at"] = None
        content["referrals"][0]["returned"] = "2017-08-28T07:00:00.5+03:00"
        content["chain"][0]["start"] = "noon"

    assert sorted(faults_of(edited(change))) == sorted(
        ("plan-value", path)
        for path in (
            "status", "seed", "trips[1].stops[0].arrive", "trips[1].stops[1].depart", "trips[0].stops",
            "manifests[0].rides[1].seat", "manifests[1].trip", "solver", "clauses[0].binds", "unserved[0].rule",
            "milestones[0].at", "referrals[0].returned", "chain[0].start",
        )
    )  # fmt: skip


def test_unknown_and_missing_keys_at_the_top() -> None:
    def change(content: dict[str, Any]) -> None:
        content["colour"] = "red"
        del content["seed"]

    assert sorted(faults_of(edited(change))) == [("plan-value", "colour"), ("plan-value", "seed")]


def test_operation_must_be_named() -> None:
    assert faults_of(edited(lambda content: content.update(operation="case"))) == [("plan-value", "operation")]
    assert faults_of(edited(lambda content: content["operation"].pop("sha256"))) == [("plan-value", "operation")]


@pytest.mark.parametrize(
    ("data", "code", "cell"),
    [
        (b'{\n"a": 1,\n}', "not-json", "line 3"),
        (b"", "not-json", ""),
        (b'{"format": "\xff"}', "not-json", ""),
        (b"[" * 100_000, "not-json", ""),
        (b"[]", "unknown-format", "format"),
        (b'{"format": "safepassage-plan/9"}', "unknown-format", "format"),
    ],
)
def test_what_is_no_plan(data: bytes, code: str, cell: str) -> None:
    assert faults_of(data) == [(code, cell)]


def test_a_plan_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_file, "MAX_PLAN_BYTES", 10)
    assert faults_of(b"{" + b" " * 10) == [("too-large", "")]
    assert bounds.MAX_PLAN_BYTES > 10


def test_a_plan_of_another_operation_content_or_gap_is_a_warning() -> None:
    def change(content: dict[str, Any]) -> None:
        content["operation"] = {"id": "other", "sha256": "cd"}
        content["gap"] = 0.5

    plan, faults = read_plan(OPERATION, edited(change))
    assert plan.sha256 == "cd"
    assert {(fault.code, fault.severity) for fault in faults} == {
        ("plan-of-other-operation", "warning"),
        ("plan-of-other-content", "warning"),
        ("plan-gap", "warning"),
    }


@pytest.mark.parametrize(
    ("figures", "cell"),
    [({"need": 1.5}, "violations[0].figures.need"), ({"made": ["S1", 2]}, "violations[0].figures.made[1]"),
     ({"need": True}, "violations[0].figures.need"), ([], "violations[0].figures")],
)  # fmt: skip
def test_figures_of_a_violation_are_whole_numbers_words_or_lists_of_them(figures: object, cell: str) -> None:
    def change(content: dict[str, Any]) -> None:
        content["violations"][0]["figures"] = figures

    assert faults_of(edited(change)) == [("plan-value", cell)]
