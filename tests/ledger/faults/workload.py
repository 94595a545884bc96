"""What is done to a store while a fault is to come, and what must be there after it."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import apsw

from ledger.faults.disk import DiskStore, PlainStore
from safepassage.ledger.envelope import digest
from safepassage.ledger.stores import StoreRefusedError, StoreStoppedError


class Promised:
    """What a store acknowledged, and what it was ever given."""

    def __init__(self) -> None:
        self.positions: dict[bytes, int] = {}
        self.given: set[bytes] = set()
        self.notes: list[bytes] = []
        self.backups: dict[str, int] = {}


class Verdict(NamedTuple):
    """What a look at a ledger found: how many acknowledged events, checkpoints and backups are lost; what is broken."""

    lost: int = 0
    broken: tuple[str, ...] = ()


def takes_something(drawn: float) -> bool:
    """Tell whether what `act` does with this number is refused by a store that stopped: not a look at what is there."""
    return not 0.1 <= drawn < 0.2


def act(store: DiskStore, promised: Promised, chance: random.Random) -> None:
    """Append a few events, some of them again, or keep a checkpoint, carry over the log, or make a backup."""
    drawn = chance.random()
    if drawn < 0.1:
        note = chance.randbytes(chance.randint(50, 400))
        store.keep_checkpoint(note)
        promised.notes.append(note)
    elif drawn < 0.14:
        name = f"backup-{len(promised.backups)}-{chance.randrange(10**6)}"
        held = len(promised.positions)
        store.back_up(store._path.with_name(name))
        promised.backups[name] = held
    elif drawn < 0.2:
        store.carry_over()
    else:
        events = [chance.randbytes(chance.randint(100, 900)) for _ in range(chance.randint(1, 8))]
        if promised.positions and chance.random() < 0.3:
            events.append(chance.choice(list(promised.positions)))
        promised.given.update(events)
        promised.positions.update(zip(events, store.append(events), strict=True))


def look(path: Path, promised: Promised) -> Verdict:
    """Hold what is at a path against what was promised; what was given and not acknowledged may be there."""
    broken: list[str] = []
    lost = 0
    try:
        with closing(PlainStore(path)) as store:
            events = list(store.read())
            broken += store.faults()
            there = {data: position for position, data in enumerate(events)}
            if len(there) != len(events):
                broken.append("an event is there twice")
            if not there.keys() <= promised.given:
                broken.append("an event is there that nobody gave")
            lost += sum(there.get(data) is None for data in promised.positions)
            broken += [
                f"acknowledged at {position}, found at {there[data]}"
                for data, position in promised.positions.items()
                if data in there and there[data] != position
            ]
            names = [digest(data) for data in events]
            if store.positions(names) != list(range(len(events))):
                broken.append("an event is not found by its digest")
            kept = store.checkpoints()
            lost += sum(note not in kept for note in promised.notes)
    except (StoreStoppedError, StoreRefusedError) as error:
        return Verdict(len(promised.positions), (str(error),))
    for name, held in promised.backups.items():
        try:
            with closing(PlainStore(path.with_name(name), read_only=True)) as backup:
                broken += backup.faults()
                lost += max(0, held - len(backup))
        except (StoreStoppedError, StoreRefusedError, apsw.Error) as error:
            broken.append(f"{name}: {error}")
    return Verdict(lost, tuple(broken))


def settle(path: Path, promised: Promised) -> None:
    """Take what is there for acknowledged: from now on nobody may lose it."""
    with closing(PlainStore(path)) as store:
        promised.positions = {data: position for position, data in enumerate(store.read())}
        promised.notes = store.checkpoints()
