"""Changes of an operation that somebody thinks about: a bus more, an ambulance less, a window that is longer."""

from __future__ import annotations

import re
from typing import Final, get_args

from msgspec import Struct
from msgspec.structs import replace

from safepassage.model.clauses import Clause, Deadline, TimeWindow
from safepassage.model.errors import UsageError
from safepassage.model.fleet import Vehicle, VehicleKind
from safepassage.model.ids import VehicleId
from safepassage.model.operation import Operation
from safepassage.model.time import Window

_FORM: Final = re.compile(r"(?P<subject>[a-z]+)(?P<sign>[+-])(?P<amount>\d{1,4})(?P<unit>min|h|)")
_KINDS: Final = get_args(VehicleKind)
_SECONDS: Final = {"min": 60, "h": 3600}


class WhatIf(Struct, frozen=True, kw_only=True):
    """A change: `amount` vehicles of a kind more or fewer, or every window and deadline `amount` seconds longer."""

    subject: str
    amount: int
    text: str


def read(text: str) -> WhatIf:
    """Read a change as it is written on the command line: `bus+1`, `ambulance-2`, `window+40min`, `window+1h`.

    Raises
    ------
    UsageError
        When it has another form.
    """
    found = _FORM.fullmatch(text.strip().lower())
    if found is not None:
        amount = int(found["amount"]) * (-1 if found["sign"] == "-" else 1)
        if found["subject"] == "window" and found["unit"]:
            return WhatIf(subject="window", amount=amount * _SECONDS[found["unit"]], text=found[0])
        if found["subject"] in _KINDS and not found["unit"]:
            return WhatIf(subject=found["subject"], amount=amount, text=found[0])
    raise UsageError(
        f'a change is a kind of vehicle and a number, or "window" and a time; found "{text}"; '
        f"write bus+1, ambulance-1, window+40min or window+1h (kinds: {', '.join(_KINDS)})"
    )


def varied(operation: Operation, change: WhatIf) -> Operation:
    """Return the operation with a change made to it.

    Vehicles that are added are like the last of their kind; those that are left out are the last.

    Raises
    ------
    UsageError
        When there are no vehicles of the kind, or fewer than are left out.
    """
    if change.subject == "window":
        return replace(operation, clauses=tuple(_longer(clause, change.amount) for clause in operation.clauses))
    of_kind = [vehicle for vehicle in operation.vehicles if vehicle.kind == change.subject]
    if not of_kind or len(of_kind) + change.amount < 0:
        raise UsageError(f'"{change.text}": the operation has {len(of_kind)} vehicles of this kind')
    if change.amount < 0:
        dropped = {vehicle.id for vehicle in of_kind[change.amount :]}
        return replace(operation, vehicles=tuple(one for one in operation.vehicles if one.id not in dropped))
    added = tuple(_another(operation, of_kind[-1], n + 1) for n in range(change.amount))
    last = operation.vehicles.index(of_kind[-1]) + 1
    return replace(operation, vehicles=(*operation.vehicles[:last], *added, *operation.vehicles[last:]))


def _another(operation: Operation, like: Vehicle, number: int) -> Vehicle:
    taken = {vehicle.id for vehicle in operation.vehicles}
    name = f"{like.kind}+{number}"
    while name in taken:
        name += "+"
    return replace(like, id=VehicleId(name), name="", source="assumption: what if there were one more")


def _longer(clause: Clause, by_s: int) -> Clause:
    if isinstance(clause, TimeWindow):
        longer = [Window(from_s=one.from_s, until_s=max(one.from_s, one.until_s + by_s)) for one in clause.windows]
        return replace(clause, windows=tuple(longer))
    return replace(clause, due_s=clause.due_s + by_s) if isinstance(clause, Deadline) else clause
