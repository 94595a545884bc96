"""The example rows of the template: small, but an operation that can be planned."""

from __future__ import annotations

from typing import Final

EXAMPLE: Final = "assumption: example"

_HOUSEHOLDS: Final = (
    # household, site, then mobility and age band of each member
    ("H01", "school", ("walking adult", "walking adult", "walking child", "walking child")),
    ("H02", "school", ("walking adult", "walking infant", "walking child")),
    ("H03", "school", ("walking older", "wheelchair older")),
    ("H04", "school", ("walking adult", "walking adult", "walking child")),
    ("H05", "school", ("walking adult",)),
    ("H06", "market", ("walking adult", "walking adult", "walking child", "walking child", "walking infant")),
    ("H07", "market", ("walking older",)),
    ("H08", "market", ("walking adult", "wheelchair adult", "walking child")),
    ("H09", "market", ("walking adult", "walking older")),
    ("H10", "market", ("stretcher older", "walking adult")),
    ("H11", "market", ("walking adult", "walking adult", "walking child", "walking child")),
)

Row = dict[str, str]


def _people() -> list[Row]:
    rows: list[Row] = []
    for household, site, members in _HOUSEHOLDS:
        for member in members:
            mobility, age_band = member.split()
            person = f"P{len(rows) + 1:03d}"
            row = {"id": person, "household": household, "site": site, "mobility": mobility, "age_band": age_band}
            rows.append(row | {"choice": "consented", "fit_to_travel": "yes", "source": EXAMPLE})
    patient = next(row for row in rows if row["mobility"] == "stretcher")
    patient["carer"] = f"P{int(patient['id'][1:]) + 1:03d}"
    rows[7]["apart_from"] = rows[12]["id"]
    return rows


_VEHICLES: Final[list[Row]] = [
    {"id": "B1", "kind": "bus", "site": "depot", "seats": "24", "wheelchair_bays": "1", "name": "Bus 1"},
    {"id": "B2", "kind": "bus", "site": "depot", "seats": "24", "wheelchair_bays": "1", "name": "Bus 2"},
    {"id": "A1", "kind": "ambulance", "site": "depot", "seats": "2", "stretchers": "1", "name": "Ambulance 1"},
]

_SITES: Final[list[Row]] = [
    {"id": "depot", "kind": "depot", "lon": "36.700", "lat": "34.500", "rest": "yes", "fuel": "yes",
     "name": "Depot (example)", "name_ar": "المرآب"},
    {"id": "school", "kind": "pickup", "lon": "36.720", "lat": "34.520", "bays": "1",
     "name": "School (example)", "name_ar": "المدرسة"},
    {"id": "market", "kind": "pickup", "lon": "36.740", "lat": "34.515", "bays": "2",
     "name": "Market square (example)", "name_ar": "ساحة السوق"},
    {"id": "bridge", "kind": "checkpoint", "lon": "36.780", "lat": "34.500",
     "name": "Bridge (example)", "name_ar": "الجسر"},
    {"id": "hall", "kind": "shelter", "lon": "36.850", "lat": "34.480", "bays": "2", "capacity": "60",
     "takes_stretchers": "yes", "opens": "06:00-22:00", "rest": "yes",
     "name": "Sports hall (example)", "name_ar": "الصالة"},
]  # fmt: skip

_ROADS: Final[list[Row]] = [
    {"id": "depot-school", "start": "depot", "end": "school", "length_km": "3.2", "travel_min": "7"},
    {"id": "school-market", "start": "school", "end": "market", "length_km": "2.4", "travel_min": "6"},
    {"id": "market-bridge", "start": "market", "end": "bridge", "length_km": "4.5", "travel_min": "9"},
    {"id": "depot-bridge", "start": "depot", "end": "bridge", "length_km": "8.1", "speed_kmh": "40",
     "name": "river road"},
    {"id": "over-bridge", "start": "bridge", "end": "hall", "length_km": "7.6", "travel_min": "13",
     "controlled_by": "bridge-authority"},
]  # fmt: skip

_CLOSURES: Final[list[Row]] = [
    {"link": "depot-bridge", "from": "2026-03-01 06:00", "until": "2026-03-01 12:00", "reason": "water on the road"},
]


def example_rows() -> dict[str, list[Row]]:
    """Give the rows of each table: column -> text."""
    tables = {"vehicles": _VEHICLES, "sites": _SITES, "roads": _ROADS, "closures": _CLOSURES}
    marked = {name: [row | {"source": EXAMPLE} for row in rows] for name, rows in tables.items()}
    defaults = {"both_ways": "yes"}
    marked["roads"] = [defaults | row for row in marked["roads"]]
    return {"people": _people(), **marked}
