"""What is said of a person's events, places and times."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from safepassage.ledger.clocks import NEVER_MS, UNKNOWN, Interval
from safepassage.ledger.envelope import Digest
from safepassage.ledger.facts import Fact
from safepassage.ledger.journeys import NOWHERE, Where
from safepassage.ledger.vocabulary import TYPES, Payload, Reasoned, Referred, Registered, Transferred
from safepassage.reports.person_lines import event_told, event_where, time_told, where_told
from safepassage.reports.words import LANGUAGES, Setting, literal, plain
from safepassage.reports.words.phrases import is_said

NOON = int(datetime(2026, 3, 14, 12, tzinfo=UTC).timestamp()) * 1000
SETTING = Setting(
    labels={("site", "hall"): literal("Hall"), ("vehicle", "B1"): literal("Bus 1")},
    start=datetime(2026, 3, 14, 8, tzinfo=UTC), time_zone="UTC", with_day=False,
)  # fmt: skip


def fact(type_: str, payload: Payload | None, vehicle: str = "", site: str = "") -> Fact:
    return Fact(
        name=Digest(b"x"), device="D1", sequence=1, boot="b", monotonic_ms=0, wall_ms=0, basis=(), type=type_,
        subject="P001", vehicle=vehicle, site=site, actor="N1", payload=payload,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("time", "told"),
    [
        (None, "–"),
        (UNKNOWN, "unknown"),
        (Interval(-NEVER_MS, NEVER_MS, NOON), "likely 12:00"),
        (Interval(-NEVER_MS, NOON, NOON - 3_600_000), "before 12:00, likely 11:00"),
        (Interval(-NEVER_MS, NOON, NOON - 10), "before 12:00, likely 11:59"),
        (Interval(-NEVER_MS, NOON, NOON), "just before 12:00"),
        (Interval(NOON, NEVER_MS, NOON + 3_600_000), "after 12:00, likely 13:00"),
        (Interval(NOON, NEVER_MS, NOON), "just after 12:00"),
        (Interval(NOON, NOON + 59_999, NOON + 1), "12:00"),
        (Interval(NOON, NOON + 60_000, NOON + 1), "12:00 to 12:01, likely 12:00"),
        (Interval(-NEVER_MS, NOON, NEVER_MS), "before 12:00, likely –"),
    ],
)
def test_a_time_is_told_as_sure_as_it_is(time: Interval | None, told: str) -> None:
    assert plain(time_told(SETTING, time).en) == told


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (NOWHERE, "at a place unknown"),
        (Where("vehicle", "B1", "hall"), "aboard Bus 1"),
        (Where("foot", "hall", "hall"), "at Hall"),
        (Where("dead", "hall", "hall"), "died, Hall"),
    ],
)
def test_a_place_is_told_by_its_name(where: Where, told: str) -> None:
    assert plain(where_told(SETTING, where).en) == told


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (fact("seen", Payload()), "seen"),
        (fact("registered", Registered(household="H1", mobility="wheelchair")), "registered: household H1, wheelchair"),
        (fact("transferred", Transferred(from_vehicle="B1")), "changed vehicle: from Bus 1"),
        (fact("referred", Referred(hospital="hall", accompanied_by=("P2", "P3"))),
         "referred to hospital: to Hall, with P2, P3"),
        (fact("missing", Reasoned(reason="late")), "reported missing: reason: late"),
        (fact("seen", None), "seen (not understood by this version)"),
        (fact("beamed-up", Payload()), "beamed-up"),
    ],
)  # fmt: skip
def test_an_event_is_told_with_what_it_says(one: Fact, told: str) -> None:
    assert plain(event_told(SETTING, one).en) == told


def test_a_reason_may_be_kept_back() -> None:
    assert plain(event_told(SETTING, fact("missing", Reasoned(reason="late")), reasons=False).en) == "reported missing"


def test_where_an_event_was_names_vehicle_and_site() -> None:
    assert plain(event_where(SETTING, fact("seen", Payload(), "B1", "hall")).en) == "Bus 1, Hall"
    assert plain(event_where(SETTING, fact("seen", Payload())).en) == "–"


def test_there_are_words_for_everything_that_can_happen_to_a_person() -> None:
    types = [type_ for type_, kind in TYPES.items() if kind.subject in ("person", "any")] + ["handed-over"]
    assert [type_ for type_ in types if not is_said(f"person.event.{type_}")] == []
    assert len(LANGUAGES) == 3
