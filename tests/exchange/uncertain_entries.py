"""A folder with every entry on what is uncertain, and parts of such entries."""

# Plain texts stand for typed ids in what is compared here.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

from pathlib import Path

from safepassage.exchange import folder
from safepassage.model.uncertainty import (
    Uncertain,
)

FULL = """
[[sources]]
id = "report"
title = "A report"
[[milestones]]
id = "open"
[[uncertainties]]
of = "drive"
times = { shape = "pert", low = 0.9, mode = 1, high = 1.5 }
plus = { shape = "uniform", low_s = 30, high_h = 0.5 }
day = 0.4
place = 0.6
source = "report"
[[uncertainties]]
of = "drive"
subject = "R1"
times = { shape = "lognormal", mode = 1.1, high = "2,5" }
source = "assumption: x"
[[uncertainties]]
of = "soins"
subject = "clinic"
plus = { mode_min = 5 }
source = "assumption: x"
[[uncertainties]]
of = "milestone"
subject = "open"
plus = { shape = "triangular", low_min = 0, mode_min = 30, high_h = 2 }
never = 0.05
source = "assumption: x"
[[incidents]]
id = "engine"
kind = "breakdown"
vehicle = "Autocar"
per_1000_km = 0.25
lasts = { shape = "fixed", mode_min = 45 }
options = ["repair", "return"]
source = "assumption: x"
[[incidents]]
id = "this-bus"
kind = "breakdown"
vehicle = "B1"
per_1000_km = 1
lasts = { mode_min = 45 }
source = "assumption: x"
[[incidents]]
id = "cut"
kind = "road-cut"
link = "R1"
probability = 0.1
between = { from = "07:00", until = 2026-03-01T12:00:00 }
lasts = { mode_h = 3 }
options = ["attente", "detour", "split"]
max_hold_h = 2
source = "assumption: x"
[[incidents]]
id = "search"
kind = "screening"
site = "clinic"
per_person = { shape = "pert", low_s = 10, mode_s = 20, high_s = 60 }
detains = 0.01
release = { mode_h = 2 }
waits_min = 30
source = "assumption: x"
[[incidents]]
id = "more"
kind = "walk-ins"
site = "school"
mean = 2.5
source = "assumption: x"
[[spares]]
kind = "bus"
count = 2
site = "school"
ready_min = 20
seats = 40
wheelchair_bays = 1
stretchers = 1
source = "assumption: x"
[[spares]]
kind = "bus"
count = 1
site = "school"
seats = 12
source = "assumption: x"
[[reserves]]
what = "water"
unit = "litres"
amount = 6
per_day = 3.5
source = "assumption: x"
[[reserves]]
what = "fuel"
unit = "litres"
amount = 300
per_day = 10
per_100_km = 30
per = "vehicle"
whom = "bus"
source = "assumption: x"
"""
SOURCE = "assumption: x"


def uncertain(path: Path) -> Uncertain:
    reading = folder.read(path)
    assert reading.faults == ()
    assert reading.operation is not None
    return reading.operation.uncertain


DRIVE = "[[uncertainties]]\nof = 'drive'\nsource = 'assumption: x'\n"
OPEN = "[[milestones]]\nid = 'open'\n[[uncertainties]]\nof = 'milestone'\nsource = 'assumption: x'\n"
CUT = """[[incidents]]
id = 'cut'
kind = 'road-cut'
link = 'R1'
probability = 0.1
between = { from = "07:00", until = "12:00" }
lasts = { mode_h = 3 }
source = 'assumption: x'
"""
ENGINE = """[[incidents]]
id = 'engine'
kind = 'breakdown'
per_1000_km = 0.25
lasts = { mode_min = 45 }
source = 'assumption: x'
"""
SEARCH = """[[incidents]]
id = 'search'
kind = 'screening'
site = 'clinic'
per_person = { mode_s = 20 }
source = 'assumption: x'
"""
SPARE = "[[spares]]\nkind = 'bus'\nsite = 'school'\ncount = 1\nsource = 'assumption: x'\n"
WATER = "[[reserves]]\nwhat = 'water'\nunit = 'l'\namount = 3\nper_day = 3\nsource = 'assumption: x'\n"
