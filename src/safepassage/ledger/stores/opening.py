"""A store by its address, as it stands in a command or a configuration."""

from __future__ import annotations

from pathlib import Path

from safepassage.ledger.stores import Store, StoreRefusedError
from safepassage.ledger.stores.postgres import PostgresStore
from safepassage.ledger.stores.sqlite import SqliteStore


def open_store(address: str | Path, *, read_only: bool = False) -> Store:
    """Open the store at a path (SQLite) or at `postgresql://...`.

    Raises
    ------
    StoreRefusedError
        When it cannot be used as it is, or the address is of another kind.
    StoreStoppedError
        When the disk refuses.
    """
    text = str(address)
    if text.startswith(("postgresql://", "postgres://")):
        return PostgresStore(text, read_only=read_only)
    if "://" in text:
        kind = text.split("://", 1)[0]
        raise StoreRefusedError(f"no store of the kind {kind!r}; give a path, or postgresql://host/database")
    return SqliteStore(Path(text), read_only=read_only)
