"""How claims fit each other and the record, with the arithmetic."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from account.claims import texts
from account.claims.measuring import GAZETTEER
from reports.material import OPERATION
from safepassage.account.claims.families import families, with_families
from safepassage.account.claims.reading import read_report
from safepassage.account.claims.reconciling import Figure, between, intervals, match_of, reconcile
from safepassage.account.claims.recorded import figures
from safepassage.ledger.board import Board
from safepassage.ledger.clocks import Interval
from safepassage.ledger.gathering import Unaccounted
from safepassage.ledger.journeys import NOWHERE, Where
from safepassage.ledger.people import PersonState
from safepassage.ledger.vehicles import VehicleState
from safepassage.model.claims import Claim


def claim(name: str, least: int | None = None, most: int | None = None, **more: Any) -> Claim:
    return Claim(id=name, least=least, most=most, **({"of": ("person",), "family": name} | more))


@pytest.mark.parametrize(
    ("one", "other", "verdict", "reason"),
    [
        ((16, 16), (16, 16), "agree", "same"),
        ((650, 750), (700, 700), "agree", "inside"),
        ((650, 750), (700, 900), "compatible", "overlap"),
        ((301, None), (400, 400), "compatible", "overlap"),
        ((None, 60), (None, 40), "compatible", "overlap"),
        ((16, 16), (17, 17), "contradict", "apart"),
        ((301, None), (None, 250), "contradict", "apart"),
    ],
)
def test_intervals(one: tuple[int, int], other: tuple[int, int], verdict: str, reason: str) -> None:
    assert intervals(one, other)[:2] == (verdict, reason)
    assert intervals(other, one)[:2] == (verdict, reason)


def test_the_arithmetic_is_written_out() -> None:
    assert intervals((16, 16), (17, 17))[2] == "16 ∩ 17 = ∅ (17 − 16 = 1)"
    assert intervals((650, 750), (700, None))[2] == "650–750 ∩ ≥ 700 = 700–750"
    assert between((None, 4)) == "≤ 4"
    assert between((None, None)) == "?"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"of": ("relative",)}, "other-counted"),
        ({"planned": True}, "planned-and-done"),
        ({"deed": "killed"}, "other-deed"),
        ({"from_day": "2026-03-01", "until_day": "2026-03-02"}, "other-day"),
        ({"origin": "marj"}, "other-place"),
    ],
)
def test_what_cannot_be_compared_says_why(change: dict[str, Any], reason: str) -> None:
    base = {"from_day": "2026-03-09", "until_day": "2026-03-09", "origin": "harbour", "deed": "left"}
    found = match_of(claim("a", 40, 40, **base), claim("b", 40, 40, **(base | change)))
    assert (found.verdict, found.reason) == ("not-comparable", reason)


def test_what_one_denies_contradicts() -> None:
    found = match_of(claim("a", 40, 40), claim("b", 40, 40, negated=True))
    assert (found.verdict, found.reason, found.arithmetic) == ("contradict", "denied", "40 ≠ ¬ 40")
    none = match_of(claim("a", 0, 0, negated=True), claim("b", 4, 4))
    assert (none.verdict, none.reason) == ("contradict", "apart")
    kinds = match_of(claim("a", kind="escort", of=()), claim("b", kind="escort", of=()))
    assert (kinds.verdict, kinds.reason) == ("agree", "both-said")


def test_one_family_is_counted_once_and_not_compared_with_itself() -> None:
    rows = (("a", 16, "bus", "x"), ("b", 16, "bus", "x"), ("c", 17, "bus", "y"), ("d", 5, "ambulance", "y"))
    found = reconcile([claim(name, n, n, of=(of,), family=family) for name, n, of, family in rows])
    assert found.families == 2
    assert [(one.first, one.second, one.verdict) for one in found.between] == [("a", "c", "contradict")]
    assert found.contradicts


def test_without_a_family_the_report_or_source_counts() -> None:
    assert reconcile([claim("a", 1, 1, family="", source="S"), claim("b", 2, 2, family="", source="S")]).families == 1
    assert reconcile([claim("a", 1, 1, family=""), claim("b", 2, 2, family="")]).families == 2


def test_both_readings_of_the_112() -> None:
    named = (("one", texts.FIRST), ("two", texts.SECOND), ("three", texts.THIRD))
    reports = [read_report(text, GAZETTEER, name=name) for name, text in named]
    every = with_families(reports, families(reports))
    found = reconcile([one for report in every for one in report.claims])
    assert found.families == 2
    inside, on_top = found.readings
    assert (inside.reading, inside.people, inside.others, inside.each) == ("inside", (650, 750), (538, 638), (41, 47))
    assert (on_top.reading, on_top.people, on_top.each) == ("on-top", (762, 862), (48, 54))
    assert inside.arithmetic == "650–750 − 112 = 538–638; 650–750 ÷ 16 = 41–47"
    assert on_top.arithmetic == "650–750 + 112 = 762–862; 762–862 ÷ 16 = 48–54"
    verdicts = {(one.verdict, one.arithmetic) for one in found.between}
    assert ("contradict", "650–750 ∩ 840 = ∅ (840 − 750 = 90)") in verdicts
    assert ("contradict", "16 ∩ 17 = ∅ (17 − 16 = 1)") in verdicts


def test_a_part_without_a_total_or_buses() -> None:
    part = claim("p", 112, 112, of=("relative",), origin="marj", family="x")
    assert reconcile([part]).readings == ()
    total = claim("t", 500, None, of=("relative", "fighter"), family="x")
    found = reconcile([total, part]).readings
    assert [one.each for one in found] == [(None, None), (None, None)]
    assert [one.people for one in found] == [(500, None), (612, None)]
    assert found[0].others == (388, None)


FIGURES = (
    Figure(name="known", of="person", deed="", least=740, most=740),
    Figure(name="moved", of="person", deed="moved", least=690, most=700),
    Figure(name="arrived", of="person", deed="arrived", least=10, most=10),
    Figure(name="referred", of="wounded", deed="treated", least=25, most=25),
    Figure(name="returned", of="wounded", deed="returned", least=24, most=24),
    Figure(name="bus-listed", of="bus", deed="", least=17, most=17),
    Figure(name="bus-left", of="bus", deed="left", least=16, most=16),
)


@pytest.mark.parametrize(
    ("one", "figure", "verdict", "reason"),
    [
        (claim("a", 650, 750, deed="left"), "moved", "compatible", "overlap"),
        (claim("a", 650, 750, deed="left", of=("fighter", "relative")), "moved", "compatible", "overlap"),
        (claim("a", 800, 800, deed="left"), "moved", "contradict", "apart"),
        (claim("a", 10, 10, deed="arrived"), "arrived", "agree", "same"),
        (claim("a", 16, 16, of=("bus",), deed="left"), "bus-left", "agree", "same"),
        (claim("a", 16, 16, of=("bus",), planned=True), "bus-listed", "contradict", "apart"),
        (claim("a", 25, 25, of=("wounded",), deed="moved"), "referred", "agree", "same"),
        (claim("a", 25, 25, of=("wounded",), deed="returned"), "returned", "contradict", "apart"),
        (claim("a", 25, 25, of=("wounded",), deed="moved", negated=True), "referred", "contradict", "denied"),
        (claim("a", 30, 30, of=("wounded",), deed="moved", negated=True), "referred", "compatible", "denied"),
        (claim("a", 300, 300, of=("fighter",), deed="left"), "moved", "not-comparable", "role-claimed"),
        (claim("a", 112, 112, of=("relative",), deed="moved"), "moved", "not-comparable", "other-counted"),
        (claim("a", 650, 750, planned=True), "known", "agree", "inside"),
    ],
)
def test_a_claim_beside_the_record(one: Claim, figure: str, verdict: str, reason: str) -> None:
    found = {match.second: match for match in reconcile([one], FIGURES).with_record}
    assert (found[f"ledger:{figure}"].verdict, found[f"ledger:{figure}"].reason) == (verdict, reason)


def test_no_figure_is_of_another_deed() -> None:
    assert reconcile([claim("a", 0, 0, negated=True)], FIGURES).with_record == ()
    assert reconcile([claim("a", 0, 0, negated=True, deed="left")], FIGURES).contradicts
    assert reconcile([claim("a", 3, 3, deed="killed")], FIGURES).with_record == ()
    assert reconcile([claim("a", 3, 3, of=("truck",))], FIGURES).with_record == ()


def test_who_shares_nothing_is_not_set_side_by_side() -> None:
    assert reconcile([claim("a", 3, 3, of=("child",)), claim("b", 3, 3, of=("wounded",))]).between == ()
    assert reconcile([claim("a", 3, 3, of=("bus",)), claim("b", 3, 3, of=("truck",))]).between == ()


def test_what_the_record_counts() -> None:
    found = {one.name: one for one in figures(OPERATION, Board().state())}
    assert (found["known"].least, found["moved"].most) == (0, 0)
    listed = sum(vehicle.kind == "bus" for vehicle in OPERATION.vehicles)
    assert (found["bus-listed"].least, found["bus-left"].most) == (listed, 0)


def test_who_was_removed_is_not_counted_and_who_is_in_doubt_only_in_the_most() -> None:
    bus = next(one for one in OPERATION.vehicles if one.kind == "bus")
    person = OPERATION.people[0].id
    aboard, road = Where("vehicle", bus.id), Where("road", bus.id)
    state = replace(
        Board().state(),
        people={
            str(person): PersonState(id=str(person), records=(str(person),), place=aboard, possible=(NOWHERE,)),
            "Z": PersonState(id="Z", records=("Z",), place=aboard, missing=True),
            "X": PersonState(id="X", records=("X",), place=aboard, removed=True),
            "Y": PersonState(id="Y", records=("Y",), place=aboard, age_band="child", referral="returned"),
        },
        unaccounted=(Unaccounted(person="Z", reason="missing", since=None),),
        vehicles={str(bus.id): VehicleState(id=str(bus.id), place=road, since=Interval(1, 1, 1))},
    )
    found = {one.name: (one.least, one.most) for one in figures(OPERATION, state)}
    assert (found["known"], found["moved"], found["children-moved"]) == ((3, 3), (1, 3), (1, 1))
    assert (found["returned"], found["bus-left"]) == ((1, 1), (1, 1))
