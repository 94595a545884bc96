"""What a rehearsal of the small operation might have found, by hand: everything that a report can tell."""

# Ids stand as plain strings here, so that the material reads as an operation folder does.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

from reports.material import END_S, HOSTILE, PLAN, REVERSED
from safepassage.model.plan import Plan
from safepassage.rehearsal.outcome import (
    LEVELS,
    Assumption,
    Chance,
    Change,
    ClauseChance,
    Critical,
    Driver,
    Endurance,
    Gate,
    Outcome,
    Spread,
    Waiting,
)

RUNS = 10_000
BIN_S = 600
BINS = 288


def chance(count: int, low: float, high: float) -> Chance:
    return Chance(count=count, runs=RUNS, share=count / RUNS, low=low, high=high)


def spread(name: str, middle_s: int, each_s: int, never: float = 0.0) -> Spread:
    """Make quantiles that lie `each_s` apart, the late ones three times as far; the last are never when it may be."""
    steps = (-2.0, -1.5, -0.7, 0.0, 2.0, 4.5, 6.0)
    quantiles = tuple(
        None if 1 - level < never else middle_s + int(step * each_s) for level, step in zip(LEVELS, steps, strict=True)
    )
    return Spread(name=name, quantiles_s=quantiles, never=never)


def fan(arrivals_s: tuple[tuple[int, int], ...], each_s: int) -> tuple[tuple[int, ...], ...]:
    """Make the people out at the end of each bin, by level: the arrivals shifted, the slow runs being the low level."""
    late = (6.0, 4.5, 2.0, 0.0, -0.7, -1.5, -2.0)
    return tuple(
        tuple(
            sum(people for at_s, people in arrivals_s if at_s + int(step * each_s) <= (one + 1) * BIN_S)
            for one in range(BINS)
        )
        for step in late
    )


def crowd(site: str, from_s: int, until_s: int, people: float) -> Waiting:
    """Make a crowd that comes and goes in an hour."""
    counts = tuple(
        round(people * max(0.0, min(1.0, (one * BIN_S - from_s) / 3600, (until_s - one * BIN_S) / 3600)), 2)
        for one in range(BINS)
    )
    return Waiting(site=site, people=counts, person_hours=sum(counts) * BIN_S / 3600)


def critical_of(plan: Plan) -> tuple[Critical, ...]:
    """Make the plan's own chain the most frequent one."""
    found = []
    for number, link in enumerate(plan.chain):
        share = round(1 - 0.83 * number / max(len(plan.chain), 1), 3)
        trip, stop = _where(plan, link.subject, link.site, link.end_s)
        found.append(
            Critical(activity=link.activity, subject=link.subject, site=link.site, trip=trip, stop=stop, share=share)
        )
    return tuple(found)


def _where(plan: Plan, vehicle: str, site: str, end_s: int) -> tuple[str, int]:
    for trip in plan.trips:
        for number, stop in enumerate(trip.stops):
            if trip.vehicle == vehicle and stop.site == site and end_s in (stop.arrive_s, stop.end_s):
                return trip.id, number
    return "", -1


OUTCOME = Outcome(
    operation="exercise",
    sha256="ab" * 32,
    runs=RUNS,
    seed=7,
    people=8,
    due_s=54000,
    due_by="noon",
    in_time=chance(8314, 0.8239, 0.8386),
    planned_s=END_S,
    instants=(
        spread("start", 0, 0),
        spread("disclosed", 8000, 900, never=0.07),
        spread("departed:main", 19000, 600),
        spread("head oasis main", 31500, 800),
        spread("tail oasis main", 31700, 800),
        spread("head town main", 49000, 1500),
        spread("all-arrived", END_S + 700, 1600),
        Spread(name="arrived:other", quantiles_s=(None,) * 7, never=1.0),
    ),
    clauses=(
        ClauseChance(clause="first", kind="precedence", kept=chance(10_000, 0.9996, 1.0)),
        ClauseChance(clause="noon", kind="deadline", kept=chance(8314, 0.8239, 0.8386)),
        ClauseChance(clause="night", kind="window", kept=chance(3, 0.0001, 0.0009)),
        ClauseChance(clause="cameras", kind="exclusion", kept=None),
    ),
    critical=(*critical_of(PLAN), Critical(activity="rest", subject="E1", site="oasis", trip="", stop=-1, share=0.0)),
    gates=(
        Gate(convoy="night", activity="board", subject="A1", site="camp", share=0.4),
        Gate(convoy="night", activity="window", subject="night first", site="camp", share=0.2),
        Gate(convoy="night", activity="board", subject="B1", site="camp", share=0.15),
        Gate(convoy="night", activity="treat", subject="P002", site="clinic", share=0.1),
        Gate(convoy="night", activity="treat", subject="P003", site="clinic", share=0.05),
        Gate(convoy="night", activity="milestone", subject="disclosed", site="", share=0.095),
        Gate(convoy="night", activity="rest", subject="B1", site="oasis", share=0.005),
    ),
    waiting=(
        crowd("oasis", 30000, 35000, 8),
        crowd("camp", 2000, 20000, 11),
        Waiting(site="turn", people=(0.0,) * BINS, person_hours=0.0),
    ),
    under_way=(spread("A1 C-A1", 34000, 900), spread("B1 C-B1", 33000, 900)),
    tallies={"returned": 0.02, "breakdowns": 0.31, "road-cuts-met": 0.08, "new-tally": 1.0},
    bin_s=BIN_S,
    fan=fan(((END_S - 300, 1), (END_S, 7)), 1600),
    drivers=(
        Driver(group="drives", share=0.18, low=0.15, high=0.21),
        Driver(group="day", share=0.52, low=0.48, high=0.56, late=0.44, late_low=0.4, late_high=0.48),
        Driver(group="breakdowns", share=0.0004, low=-0.01, high=0.02),
        Driver(group="new-group", share=-0.001, low=-0.02, high=0.01),
    ),
    endurance=(
        Endurance(what="fuel", unit="litres", whom="bus", lasts_s=None, no_return_s=20000, no_return_at="oasis",
                  no_return_held=True, outlasted=chance(0, 0.0, 0.0004), source="list"),
        Endurance(what="water", unit="litres", whom="", lasts_s=172800, no_return_s=86400, no_return_at="",
                  outlasted=chance(120, 0.01, 0.0143), source="assumption: six litres each"),
        Endurance(what="medicine", unit="doses", whom="patients", lasts_s=20 * 86400, no_return_s=None,
                  no_return_at="", outlasted=chance(0, 0.0, 0.0004), source=HOSTILE),
    ),
    assumptions=(
        Assumption(what="rest", figure="1 to 1.3 times", source="assumption: practice", share=None),
        Assumption(what="drive west", figure=f"1.3 times {REVERSED}", source=HOSTILE, share=0.18),
        Assumption(what="drive", figure="1 in 10 takes 1.3 times", source="assumption: default", share=0.52),
        Assumption(what="limits.setup_s", figure="120", source="", share=None),
        Assumption(what="reserve water patients", figure="6 litres", source="list", share=None),
    ),
    changes=(
        Change(change="bus+1", out_in_time=0.001, out_low=-0.002, out_high=0.004, earlier_s=3.0, earlier_low_s=-20.0,
               earlier_high_s=26.0, makespan_s=END_S),
        Change(change="ambulance+1", out_in_time=0.041, out_low=0.037, out_high=0.045, earlier_s=1520.0,
               earlier_low_s=1490.0, earlier_high_s=1550.0, makespan_s=END_S - 1500),
        Change(change="window+40min", out_in_time=-0.004, out_low=-0.006, out_high=-0.002, earlier_s=-95.0,
               earlier_low_s=-120.0, earlier_high_s=-70.0, makespan_s=None, note=HOSTILE),
    ),
)  # fmt: skip
