"""What compiles every kernel of the ledger: an audit of a single event."""

from __future__ import annotations

from safepassage.ledger.scanning import scan_range
from safepassage.ledger.stores.memory import MemoryStore
from safepassage.ledger.stores.rows import StoreRows


def compile_audit() -> None:
    """Read something that is no event."""
    store = MemoryStore()
    store.append([b"{}", b"[]"])
    scan_range(StoreRows(store), 0, 2)
