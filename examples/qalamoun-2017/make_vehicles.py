"""Write the fleet of the Qalamoun case, and the fleets of the variants that need another one.

    python make_vehicles.py

The number of buses is reported; everything else about the vehicles is an assumption, given in its row.
"""

from __future__ import annotations

import csv
from pathlib import Path

HERE = Path(__file__).resolve().parent
COLUMNS = (
    "id", "kind", "name", "site", "seats", "wheelchair_bays", "stretchers", "range_km", "crews",
    "available_from", "convoy", "position", "source",
)  # fmt: skip

# The report's figure, and the assumptions to tune (README.md, "What is assumed").
BUSES = 16
BUS_SEATS = {"inside": 45, "on-top": 53}
BUSES_WITH_BAY = 6
BUS_RANGE_KM, AMBULANCE_RANGE_KM = 600, 450
AMBULANCES, AMBULANCES_WITH_BAY = 9, 4
AMBULANCE_SEATS, AMBULANCE_STRETCHERS = 2, 2
AMBULANCES_FROM = "2017-08-28 17:30"
MINIBUSES, MINIBUS_SEATS = 3, 24
MINIBUSES_FROM = "2017-08-28 09:00"
CREWS = 2

AMBULANCE_NOTE = (
    "assumption: ambulances took the wounded and led the convoy (ians, xinhua), no number, size or hour is given; "
    "nine take 25 wounded in two rounds, and the hour is set so that departure falls after dark as reported"
)
ESCORT_NOTE = "assumption: an escort is reported (ians), not its vehicles; one behind the ambulances, one at the tail"
MINIBUS_NOTE = "assumption: the reports do not say how the 112 came from Arsal; three minibuses suit the track"


def bus_note(seats: int) -> str:
    """Say where a bus row comes from."""
    return f"assumption: {BUSES} buses are reported (ians, xinhua), not their seats; {seats} is a common size"


def bus(number: int, seats: int) -> dict[str, object]:
    """Make the row of one bus of the convoy."""
    return {
        "id": f"B{number:02d}", "kind": "bus", "name": f"Bus {number}", "site": "assembly", "seats": seats,
        "wheelchair_bays": int(number <= BUSES_WITH_BAY), "range_km": BUS_RANGE_KM, "crews": CREWS,
        "convoy": "main", "position": "body", "source": bus_note(seats),
    }  # fmt: skip


def ambulance(number: int) -> dict[str, object]:
    """Make the row of one ambulance: referrals first, then the head of the convoy."""
    return {
        "id": f"A{number}", "kind": "ambulance", "name": f"Ambulance {number}", "site": "assembly",
        "seats": AMBULANCE_SEATS, "wheelchair_bays": int(number > AMBULANCES - AMBULANCES_WITH_BAY),
        "stretchers": AMBULANCE_STRETCHERS, "range_km": AMBULANCE_RANGE_KM, "crews": CREWS,
        "available_from": AMBULANCES_FROM, "convoy": "main", "position": "head", "source": AMBULANCE_NOTE,
    }  # fmt: skip


def escort(number: int, position: str) -> dict[str, object]:
    """Make the row of one escort vehicle: it carries nobody."""
    return {
        "id": f"E{number}", "kind": "escort", "name": f"Escort {number}", "site": "assembly", "seats": 0,
        "range_km": BUS_RANGE_KM, "crews": CREWS, "convoy": "main", "position": position, "source": ESCORT_NOTE,
    }  # fmt: skip


def minibus(number: int) -> dict[str, object]:
    """Make the row of one minibus between Arsal and the assembly site."""
    return {
        "id": f"M{number}", "kind": "minibus", "name": f"Minibus {number}", "site": "arsal",
        "seats": MINIBUS_SEATS, "available_from": MINIBUSES_FROM, "source": MINIBUS_NOTE,
    }  # fmt: skip


def fleet(buses: int, seats: int) -> list[dict[str, object]]:
    """Return all rows of one fleet."""
    return [
        *(ambulance(number) for number in range(1, AMBULANCES + 1)),
        escort(1, "head"),
        *(bus(number, seats) for number in range(1, buses + 1)),
        escort(2, "tail"),
        *(minibus(number) for number in range(1, MINIBUSES + 1)),
    ]


def tables() -> dict[str, list[dict[str, object]]]:
    """Return the rows of every file this script writes, by its path in the folder."""
    return {
        "vehicles.csv": fleet(BUSES, BUS_SEATS["inside"]),
        "variants/on-top/vehicles.csv": fleet(BUSES, BUS_SEATS["on-top"]),
        "variants/bus-short/vehicles.csv": fleet(BUSES - 2, BUS_SEATS["inside"]),
    }


def main(folder: Path = HERE) -> None:
    """Write the files."""
    for name, table in tables().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)
        print(name, len(table), "vehicles")


if __name__ == "__main__":
    main()
