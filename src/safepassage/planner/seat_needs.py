"""How many seats a bus needs so that the convoys take everybody: tried for the sizes buses commonly have."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from safepassage.model.operation import Operation
from safepassage.planner.columns import Gathered, Timing, columns, seat_problem
from safepassage.planner.demand import bundles
from safepassage.planner.engine import Clock, Effort
from safepassage.planner.seats import seatable

BUS_SEATS = (45, 49, 53)
SECONDS = 5.0


class SeatNeed(Struct, frozen=True, kw_only=True):
    """Whether `buses` of `seats` each are enough: of `need` seats there are `have`. `enough` None: not settled."""

    seats: int
    buses: int
    need: int
    have: int
    enough: bool | None


def seat_needs(operation: Operation, *, seed: int) -> tuple[SeatNeed, ...]:
    """Try the common bus sizes; nothing for an operation without buses in convoys.

    Households stay together, wheelchairs and stretchers keep to their places and those who must not share a vehicle
    do not: that there are as many seats as people is not enough.

    Parameters
    ----------
    operation
        What is asked for.
    seed
        Of the solver.
    """
    buses = [v for v in operation.vehicles if v.kind == "bus" and v.convoy]
    if not buses:
        return ()
    people = bundles(operation)
    need = sum(bundle.sizes[0] for bundle in people)
    found = []
    effort = Effort(iterations=0, work=1.0, seed=seed)
    for seats in BUS_SEATS:
        vehicles = tuple(msgspec.structs.replace(v, seats=seats) if v in buses else v for v in operation.vehicles)
        changed = msgspec.structs.replace(operation, vehicles=vehicles)
        gathered = Gathered(ready_s={}, states={}, busy={}, facts={}, goal={})
        problem = seat_problem(changed, columns(changed, {}), people, gathered, Timing())
        have = sum(seat.places[0] for seat in problem.seats)
        enough = have >= need and seatable(problem, effort, Clock(SECONDS))
        found.append(SeatNeed(seats=seats, buses=len(buses), need=need, have=have, enough=enough))
    return tuple(found)
