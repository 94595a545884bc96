"""What the record counts of what reports speak of: people, wounded, children and vehicles on the way."""

from __future__ import annotations

from collections import Counter

from safepassage.account.claims.reconciling import Figure
from safepassage.ledger.board import BoardState
from safepassage.model.operation import Operation
from safepassage.model.places import FINAL_KINDS


def figures(operation: Operation, board: BoardState) -> tuple[Figure, ...]:
    """Count on a board what claims can be compared with.

    Parameters
    ----------
    operation
        Its people and vehicles.
    board
        The board.

    Returns
    -------
    tuple of Figure
        Everybody on the roll or met since (`known`), those aboard or arrived (`moved`), those at a final site
        (`arrived`), referrals (`referred`, and of them `returned`), children who moved, and vehicles by kind that are
        on the road or ended. The least leaves out whose place is contradicted, and who is unaccounted for.
    """
    final = {site.id for site in operation.sites if site.kind in FINAL_KINDS}
    bands = {str(person.id): str(person.age_band) for person in operation.people}
    lost = {one.person for one in board.unaccounted}
    most: Counter[str] = Counter()
    sure: Counter[str] = Counter()
    for name, state in board.people.items():
        if state.removed:
            continue
        child = (state.age_band or bands.get(name, "")) in ("infant", "child")
        wheres = (state.place, *state.possible)
        moved = [one.kind == "vehicle" or (one.kind == "site" and one.id in final) for one in wheres]
        here = [one.kind == "site" and one.id in final for one in wheres]
        facts = {
            "known": [True], "moved": moved, "arrived": here, "children-moved": moved if child else [False],
            "referred": [bool(state.referral)], "returned": [state.referral == "returned"],
        }  # fmt: skip
        most.update(key for key, found in facts.items() if any(found))
        placed = ("known", "referred", "returned") if name in lost else tuple(facts)
        sure.update(key for key in placed if all(facts[key]))
    people = {
        "known": ("person", ""), "moved": ("person", "moved"), "arrived": ("person", "arrived"),
        "children-moved": ("child", "moved"), "referred": ("wounded", "treated"), "returned": ("wounded", "returned"),
    }  # fmt: skip
    found = [Figure(name=name, of=of, deed=deed, least=sure[name], most=most[name])
             for name, (of, deed) in people.items()]  # fmt: skip
    return (*found, *_vehicles(operation, board))


def _vehicles(operation: Operation, board: BoardState) -> tuple[Figure, ...]:
    """Count the vehicles that are listed, and those that have left where they stood."""
    stood = {vehicle.id: vehicle.site for vehicle in operation.vehicles}
    listed = Counter(str(vehicle.kind) for vehicle in operation.vehicles)
    gone: Counter[str] = Counter()
    for vehicle in operation.vehicles:
        state = board.vehicles.get(vehicle.id)
        if state is not None and state.since is not None and (state.place.kind, state.place.id) != (
            "site", stood[vehicle.id]
        ):  # fmt: skip
            gone[str(vehicle.kind)] += 1
    found = []
    for kind in ("bus", "ambulance", "boat"):
        if listed[kind]:
            found.append(Figure(name=f"{kind}-listed", of=kind, deed="", least=listed[kind], most=listed[kind]))
            found.append(Figure(name=f"{kind}-left", of=kind, deed="left", least=gone[kind], most=gone[kind]))
    return tuple(found)
