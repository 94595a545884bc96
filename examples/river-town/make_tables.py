"""Write tables.xlsx of River town: vehicles under French headings, sites under Arabic ones.

Two services hand in a sheet each, with a title above the headings, real dates and the values in their own language:
what the reader meets in the field. The same sites, with a smaller sports hall, are written as CSV for the infeasible
variant. Run as::

    python make_tables.py
"""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import xlsxwriter

HERE = Path(__file__).resolve().parent
NOTE_FR = "assumption: inventé pour l'exercice"
NOTE_AR = "assumption: رقم مفترض للتمرين"
NOTE = "assumption: invented for the exercise"
# A fixed date of creation, so that the same tables give the same file.
CREATED = datetime(2026, 1, 1)  # noqa: DTZ001 - xlsxwriter takes naive dates only

VEHICLE_HEADINGS = (
    "Identifiant", "Nom", "Type de véhicule", "Lieu", "Places", "Fauteuils roulants", "Brancards", "Vitesse (%)",
    "Disponible à partir de", "Provenance",
)  # fmt: skip
SEVEN, HALF_PAST_SEVEN = datetime(2027, 3, 6, 7, 0), datetime(2027, 3, 6, 7, 30)  # noqa: DTZ001 - as in a spreadsheet
VEHICLES = (
    ("R1", "Autobus 1", "autobus", "depot", 50, 1, 0, 100, SEVEN),
    ("R2", "Autobus 2", "autobus", "depot", 50, 2, 0, 100, SEVEN),
    ("R3", "Autobus 3", "autobus", "depot", 50, 2, 0, 100, HALF_PAST_SEVEN),
    ("M1", "Minibus 1", "minibus", "depot", 18, 1, 0, 100, SEVEN),
    ("M2", "Minibus 2", "minibus", "depot", 18, 1, 0, 100, SEVEN),
    ("A1", "Ambulance 1", "ambulance", "hill-clinic", 2, 0, 2, 100, SEVEN),
    ("A2", "Ambulance 2", "ambulance", "hill-clinic", 2, 0, 2, 100, SEVEN),
    ("T1", "Camion haut sur roues", "camion", "depot", 24, 0, 0, 80, SEVEN),
)

SITE_HEADINGS = (
    "الرمز", "الاسم", "الاسم بالإنجليزية", "نوع الموقع", "خط الطول", "خط العرض", "مواقف", "السعة", "يستقبل النقالات",
    "ساعات العمل", "المصدر",
)  # fmt: skip
PICKUP, SHELTER, JUNCTION, DEPOT = "نقطة أخذ", "مأوى", "تقاطع", "مرآب"
YES, NO = "نعم", "لا"
SITES = (
    ("north-school", "مدرسة الضفة الشمالية", "North bank school", PICKUP, 20.010, 45.012, 3, "", "", ""),
    ("mill-lane", "زقاق الطاحونة", "Mill lane", PICKUP, 20.022, 45.006, 2, "", "", ""),
    ("market-hall", "قاعة السوق", "Market hall", PICKUP, 20.000, 44.994, 3, "", "", ""),
    ("station", "محطة القطار", "Station square", PICKUP, 20.030, 44.988, 2, "", "", ""),
    ("nursing-home", "دار المسنين", "Nursing home", PICKUP, 19.985, 44.990, 3, "", "", ""),
    ("sports-hall", "القاعة الرياضية", "Sports hall", SHELTER, 19.960, 44.965, 3, 190, YES, ""),
    ("college", "الكلية", "College", SHELTER, 20.050, 44.960, 2, 150, NO, "08:00-20:00"),
    ("hill-clinic", "عيادة التل", "Clinic on the hill", SHELTER, 20.000, 44.950, 3, 100, YES, ""),
    ("north-end", "رأس الجسر الشمالي", "Bridge, north end", JUNCTION, 20.005, 45.005, "", "", "", ""),
    ("south-end", "رأس الجسر الجنوبي", "Bridge, south end", JUNCTION, 20.004, 44.996, "", "", "", ""),
    ("crossroads", "مفترق الطرق", "Crossroads", JUNCTION, 20.005, 44.980, "", "", "", ""),
    ("upper-bridge", "الجسر العلوي", "Upper bridge", JUNCTION, 20.090, 45.000, "", "", "", ""),
    ("depot", "مرآب الحافلات", "Bus depot", DEPOT, 20.012, 44.975, "", "", "", ""),
)

# The variant's sheet: names and values in English, and a hall in which part of the floor is under water.
SHORT_CAPACITY = {"sports-hall": 160}
ENGLISH = {PICKUP: "pickup", SHELTER: "shelter", JUNCTION: "junction", DEPOT: "depot", YES: "yes", NO: "no"}
SITE_COLUMNS = (
    "id", "name_ar", "name", "kind", "lon", "lat", "bays", "capacity", "takes_stretchers", "opens", "source",
)  # fmt: skip

Cell = str | int | float | datetime


def sheets() -> dict[str, list[tuple[Cell, ...]]]:
    """Return the rows of both sheets as they stand, titles and headings included."""
    return {
        "Véhicules": [
            ("Protection civile de River town - parc de véhicules (exercice)",),
            (),
            VEHICLE_HEADINGS,
            *((*row, NOTE_FR) for row in VEHICLES),
        ],
        "المواقع": [
            ("بلدية مدينة النهر - قائمة المواقع (تمرين)",),
            ("تاريخ القائمة", "2027-03-05"),
            SITE_HEADINGS,
            *((*row, NOTE_AR) for row in SITES),
        ],
    }


def short_sites() -> list[dict[str, Cell]]:
    """Return the sites of the variant in which the shelters hold fewer people than there are."""
    rows = [dict(zip(SITE_COLUMNS, (*row, NOTE), strict=True)) for row in SITES]
    for row in rows:
        row["kind"] = ENGLISH[str(row["kind"])]
        row["takes_stretchers"] = ENGLISH.get(str(row["takes_stretchers"]), "")
        row["capacity"] = SHORT_CAPACITY.get(str(row["id"]), row["capacity"])
    return rows


def write_workbook(path: Path) -> None:
    """Write tables.xlsx."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"title": "River town (exercise)", "created": CREATED})
        bold = book.add_format({"bold": True})
        date = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for name, rows in sheets().items():
            sheet = book.add_worksheet(name)
            if not name.isascii() and "é" not in name:
                sheet.right_to_left()
            sheet.set_column(0, len(VEHICLE_HEADINGS), 18)
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    kind = date if isinstance(value, datetime) else bold if r == 2 else None
                    sheet.write(r, c, value, kind)


def main(folder: Path = HERE) -> None:
    """Write the workbook and the variant's sites."""
    write_workbook(folder / "tables.xlsx")
    path = folder / "variants" / "shelter-short" / "sites.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, SITE_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(short_sites())


if __name__ == "__main__":
    main()
