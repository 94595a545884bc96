"""The process that is killed: appends numbered events for ever and says which are acknowledged.

`python -m ledger.faults.writer ADDRESS one|groups|threads FIRST`: one line with its number for each acknowledged event.
"""

from __future__ import annotations

import os
import sys
import threading
from itertools import count
from typing import Final, Literal

from safepassage.ledger.stores import Store, StoreStoppedError
from safepassage.ledger.stores.committing import CommittingStore
from safepassage.ledger.stores.opening import open_store
from safepassage.ledger.stores.sqlite import SqliteStore

Manner = Literal["one", "groups", "threads"]
GROUP: Final = 50
THREADS: Final = 8


def event(number: int) -> bytes:
    """Return the bytes of the numbered event, some 600."""
    return b"%d " % number * (600 // len(b"%d " % number))


def number_of(data: bytes) -> int:
    """Return the number of an event, whole; ValueError when it is none of ours."""
    number = int(data.split(b" ", 1)[0])
    if event(number) != data:
        raise ValueError(data)
    return number


def _append(store: Store, first: int, step: int, size: int) -> None:
    """Append `size` events at a time, `step` apart, until the store stops."""
    try:
        for turn in count():
            numbers = [first + (turn * size + k) * step for k in range(size)]
            store.append([event(number) for number in numbers])
            os.write(1, b"".join(b"%d\n" % number for number in numbers))
    except StoreStoppedError:
        return


def main(address: str, manner: Manner, first: int) -> None:
    """Append until killed, or until the store stops. A log is carried over often, so that a kill often comes then."""
    SqliteStore.carried_at, SqliteStore.longest_log = 12, 24
    store = open_store(address)
    if manner != "threads":
        _append(store, first, 1, GROUP if manner == "groups" else 1)
        return
    many = CommittingStore(store)
    threads = [threading.Thread(target=_append, args=(many, first + k, THREADS, 1)) for k in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))  # type: ignore[arg-type]
