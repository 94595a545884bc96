"""Changes somebody thinks about: read, and made to an operation."""

from __future__ import annotations

import pytest

from planner.small import deadline, operation, person, vehicle, window
from safepassage.desk.what_if import read, varied
from safepassage.model.clauses import Deadline, TimeWindow
from safepassage.model.errors import UsageError


@pytest.mark.parametrize(
    ("text", "subject", "amount"),
    [
        ("bus+1", "bus", 1),
        (" Ambulance-2 ", "ambulance", -2),
        ("window+40min", "window", 2400),
        ("window-1h", "window", -3600),
    ],
)
def test_changes_are_read(text: str, subject: str, amount: int) -> None:
    found = read(text)
    assert (found.subject, found.amount) == (subject, amount)


@pytest.mark.parametrize(
    "text", ["", "bus", "bus+", "bus+1h", "window+1", "window+1d", "camel+1", "bus+1x", "bus+99999"]
)
def test_other_forms_are_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(UsageError, match="write bus"):
        read(text)


def test_a_vehicle_more_is_like_the_last_of_its_kind() -> None:
    small = operation((person("P1"),), (vehicle("B1", seats=8), vehicle("B2", seats=9), vehicle("A", kind="ambulance")))
    found = varied(small, read("bus+2")).vehicles
    assert [one.id for one in found] == ["B1", "B2", "bus+1", "bus+2", "A"]
    assert [one.seats for one in found[2:4]] == [9, 9]
    again = varied(varied(small, read("bus+1")), read("bus+1")).vehicles
    assert [one.id for one in again] == ["B1", "B2", "bus+1", "bus+1+", "A"]


def test_a_vehicle_less_is_the_last_of_its_kind() -> None:
    small = operation((person("P1"),), (vehicle("B1"), vehicle("A", kind="ambulance"), vehicle("B2")))
    assert [one.id for one in varied(small, read("bus-1")).vehicles] == ["B1", "A"]
    with pytest.raises(UsageError, match="has 2 vehicles"):
        varied(small, read("bus-3"))
    with pytest.raises(UsageError, match="has 0 vehicles"):
        varied(small, read("boat+1"))


def test_windows_and_deadlines_become_longer() -> None:
    agreed = (window("start", 100, 200, 400, 500), deadline("start", 300))
    small = operation((person("P1"),), (vehicle("B1"),), clauses=agreed)
    first, second = varied(small, read("window+1min")).clauses
    assert isinstance(first, TimeWindow)
    assert isinstance(second, Deadline)
    assert [(one.from_s, one.until_s) for one in first.windows] == [(100, 260), (400, 560)]
    assert second.due_s == 360
    shorter = varied(small, read("window-1h")).clauses[0]
    assert isinstance(shorter, TimeWindow)
    assert [(one.from_s, one.until_s) for one in shorter.windows] == [(100, 100), (400, 400)]
