"""Events from one store to another: a move between SQLite and PostgreSQL, a backup, a restore."""

from __future__ import annotations

from contextlib import closing
from itertools import islice
from pathlib import Path

from safepassage.ledger.stores import Store, StoreRefusedError
from safepassage.ledger.stores.files import put_in_place, unfinished
from safepassage.ledger.stores.sqlite import SqliteStore

BATCH = 1000


def copy(source: Store, target: Store, start: int = 0) -> int:
    """Copy events in their order, and the checkpoints; return how many events `target` then holds.

    Safe to begin again at any time: events that are there keep their place. `start` is where an earlier copy ended
    (`len(target)`), to save the way over what is there already; the event before it is compared.

    Raises
    ------
    StoreRefusedError
        When `target` holds other events or checkpoints, or the same in another order: it is another ledger.
    StoreStoppedError
        When a disk refuses.
    """
    # Checkpoints first: each then speaks of events that are copied too.
    notes, end = source.checkpoints(), len(source)
    if len(target) > end:
        raise StoreRefusedError(f"the target holds {len(target)} events, more than the source with {end}")
    position = max(start - 1, 0)
    events = source.read(position, end)
    while batch := list(islice(events, BATCH)):
        if target.append(batch) != list(range(position, position + len(batch))):
            raise StoreRefusedError(f"the target holds other events than the source, at {position} or after")
        position += len(batch)
    kept = target.checkpoints()
    if notes[: len(kept)] != kept:
        raise StoreRefusedError("the target holds other checkpoints than the source")
    for note in notes[len(kept) :]:
        target.keep_checkpoint(note)
    return position


def back_up_to_sqlite(source: Store, target: Path) -> None:
    """Write what is in a store now to a new SQLite file.

    Raises
    ------
    FileExistsError
        When the file is there already.
    StoreStoppedError
        When a disk refuses.
    """
    part = unfinished(target)
    with closing(SqliteStore(part)) as file:
        copy(source, file)
    put_in_place(part, target)


def restore(backup: Path, target: Path) -> None:
    """Make a ledger of a backup, after looking through all of it; the backup is not changed.

    Raises
    ------
    FileExistsError
        When `target` is there already.
    StoreRefusedError
        When the backup is damaged or no ledger.
    """
    with closing(SqliteStore(backup, read_only=True)) as source:
        if faults := source.faults():
            raise StoreRefusedError(f"{backup} is damaged ({faults[0]}); take an earlier backup")
        source.back_up(target)
