"""Read a case of the isolated community evacuation problem: vessels, docks, distances, scenarios.

A case folder holds `input/*.csv` and, as published, `incidences/{gamma,delta,zeta}.csv` with the sailing distances.
Where the folder has no incidences, those of the published Bowen Island cases are taken from `icep_distances.csv` beside
this module (from, to, nautical miles; equal both ways). The folder's `distance matrix.csv` names five docks only and is
not what the model used.

References
----------
Krutein and Goodchild (2022), The isolated community evacuation problem with mixed integer programming, Transportation
Research Part E; data under the MIT licence, copyright 2021 Klaas Fiete Krutein.
"""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

PUBLISHED_DISTANCES = Path(__file__).parent / "icep_distances.csv"


class Vessel(NamedTuple):
    """A vessel: seats, speeds in knots with and without passengers, minutes to load or unload, where and from when."""

    name: str
    seats: int
    loaded_knots: Fraction
    empty_knots: Fraction
    loading_min: Fraction
    available_min: Fraction
    dock: str
    cost_per_hour: Fraction


class Scenario(NamedTuple):
    """What may happen: how likely, and the people who wait at each location for a vessel.

    Those who leave by their own boat (`private_evac` of the file) are taken off already.
    """

    name: str
    probability: Fraction
    people: dict[str, int]


class Case(NamedTuple):
    """One case; `island_docks` and `safe_docks` in the order of the files, `trips` is the most that a vessel makes.

    `nautical_miles` is keyed (from, to): from anywhere to an island dock, and from an island dock to a safe one.
    """

    name: str
    vessels: tuple[Vessel, ...]
    location_of: dict[str, str]
    safe_docks: tuple[str, ...]
    compatible: frozenset[tuple[str, str]]
    nautical_miles: dict[tuple[str, str], Fraction]
    scenarios: tuple[Scenario, ...]
    delay_cost: tuple[Fraction, ...]

    @property
    def trips(self) -> int:
        """The most trips of one vessel."""
        return len(self.delay_cost)


def read(folder: Path) -> Case:
    """Read a case folder.

    Raises
    ------
    FileNotFoundError
        When a table is missing.
    ValueError
        When a table lacks a column, a figure is no number, or a distance that the model needs is not given.
    """
    tables = folder / "input"
    vessels = tuple(_vessel(row, tables) for row in _rows(tables / "vessels.csv"))
    location_of = {row["Dock"]: row["Location"] for row in _rows(tables / "island docks.csv")}
    case = Case(
        name=folder.name,
        vessels=vessels,
        location_of=location_of,
        safe_docks=tuple(row["Dock"] for row in _rows(tables / "mainland docks.csv")),
        compatible=_compatible(tables / "vessel compatibility.csv"),
        nautical_miles=_distances(folder / "incidences"),
        scenarios=_scenarios(tables / "scenarios.csv"),
        delay_cost=tuple(Fraction(row["Delay cost"]) for row in _rows(tables / "roundtrips.csv")),
    )
    _complete(case)
    return case


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{key or "": (value or "").strip() for key, value in row.items()} for row in csv.DictReader(file)]


def _vessel(row: dict[str, str], tables: Path) -> Vessel:
    try:
        return Vessel(
            name=row["Vessel_name"],
            seats=int(row["max_cap"]),
            loaded_knots=Fraction(row["v_loaded"]),
            empty_knots=Fraction(row["vmax"]),
            loading_min=Fraction(row["loading time"]),
            available_min=Fraction(row["time to availability"]),
            dock=row["Regular_origin"],
            cost_per_hour=Fraction(row["operating_cost"]),
        )
    except (KeyError, ValueError) as fault:
        message = f"{tables / 'vessels.csv'}: {row.get('Vessel_name', 'a row')}: {fault}"
        raise ValueError(message) from fault


def _compatible(path: Path) -> frozenset[tuple[str, str]]:
    """Read the table of docks (rows) and vessels (columns): the pairs (vessel, dock) marked 1."""
    pairs = ((vessel, row[""], mark) for row in _rows(path) for vessel, mark in row.items() if vessel)
    return frozenset((vessel, dock) for vessel, dock, mark in pairs if mark == "1")


def _scenarios(path: Path) -> tuple[Scenario, ...]:
    found: dict[str, Scenario] = {}
    for row in _rows(path):
        scenario = found.setdefault(row["Scenario"], Scenario(row["Scenario"], Fraction(row["Probability"]), {}))
        scenario.people[row["Location"]] = max(0, int(row["Demand"]) - int(row["private_evac"]))
    return tuple(found.values())


def _distances(incidences: Path) -> dict[tuple[str, str], Fraction]:
    """Sailing distances by (from, to): the folder's own where it has them, else the published ones both ways."""
    found: dict[tuple[str, str], Fraction] = {}
    if incidences.is_dir():
        for name in ("zeta", "delta", "gamma"):
            for row in _rows(incidences / f"{name}.csv"):
                found[row["Origin"], row["Destination"]] = Fraction(row["Distance"])
        return found
    for row in _rows(PUBLISHED_DISTANCES):
        found[row["from"], row["to"]] = Fraction(row["nautical_miles"])
        found.setdefault((row["to"], row["from"]), Fraction(row["nautical_miles"]))
    return found


def _complete(case: Case) -> None:
    needed = {(start, dock) for start in (*case.safe_docks, *_homes(case)) for dock in case.location_of}
    needed |= {(dock, end) for dock in case.location_of for end in case.safe_docks}
    missing = sorted(needed - case.nautical_miles.keys())
    if missing:
        message = (
            f"{case.name}: {len(missing)} distances are not given, the first from {missing[0][0]} to {missing[0][1]}"
        )
        raise ValueError(message)


def _homes(case: Case) -> tuple[str, ...]:
    return tuple(vessel.dock for vessel in case.vessels)
