"""Speeds, weights, lengths and durations in the spellings of OpenStreetMap."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safepassage.roads import quantities
from safepassage.roads.quantities import duration_s, length_cm, speed_kmh, weight_kg


def test_examples_are_true() -> None:
    found = doctest.testmod(quantities)
    assert found.attempted >= 4
    assert not found.failed


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("50", 50),
        ("50 km/h", 50),
        ("55 mph", 88.51392),
        ("10 knots", 18.52),
        ("62,5", 62.5),
        (" 80 ; 60 | 70", 60),
        ("none; 80", 80),
        ("none", 0),
        ("signals", 0),
        ("RO:urban", 50),
        ("de:rural", 80),
        ("DE:30", 30),
        ("DE:zone:30", 30),
        ("DE:zone30", 30),
        ("GB:nsl_single", 96),
        ("walk", 7),
        ("", None),
        ("0", None),
        ("900", None),
        ("50 furlongs", None),
        ("XX:nonsense", None),
        ("5" * 5000, None),
    ],
)
def test_speeds(text: str, kmh: float | None) -> None:
    assert speed_kmh(text) == (kmh if kmh is None else pytest.approx(kmh))


@pytest.mark.parametrize(
    ("text", "kg"),
    [("7.5 t", 7500), ("12", 12000), ("3,5", 3500), ("3500kg", 3500), ("10 lbs", None), ("20000 lbs", 9071),
     ("5 lt", 5080), ("none", 0), ("unsigned", 0), ("7500", None), ("0", None), ("16;12", 12000)],
)  # fmt: skip
def test_weights(text: str, kg: int | None) -> None:
    assert weight_kg(text) == kg


@pytest.mark.parametrize(
    ("text", "cm"),
    [("4", 400), ("3.85 m", 385), ("12'6\"", 381), ("12 ft 6 in", 381), ("12 ft", 365), ("10'", 304), ("250 cm", 250),
     ("default", 0), ("0.1", None), ("400", None), ("tall", None)],
)  # fmt: skip
def test_lengths(text: str, cm: int | None) -> None:
    assert length_cm(text) == cm


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0:20", 1200), ("01:30:10", 5410), ("45", 2700), ("2 h", 7200), ("15 min", 900), ("P1DT1H", 90000), ("0", None),
     ("00:00", None), ("P", None), ("a while", None)],
)  # fmt: skip
def test_durations(text: str, seconds: int | None) -> None:
    assert duration_s(text) == seconds


@given(st.text())
def test_nothing_raises(text: str) -> None:
    for read in (speed_kmh, weight_kg, length_cm, duration_s):
        found = read(text)
        assert found is None or found >= 0
