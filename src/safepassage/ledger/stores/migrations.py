"""The tables of a SQLite file, as numbered steps from nothing to the newest format.

A step is never changed once it was released: a new need is a new step. The number of steps done stands in the file's
`user_version`. Columns beside the bytes are indexes only; whoever verifies a ledger works them out anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import apsw

from safepassage.ledger.stores import StoreRefusedError

APPLICATION_ID: Final = 0x53504C47
"""`SPLG` at byte 68 of the file: by this the file is known as a ledger, also to the command `file`."""

STEPS: Final = (
    f"""
    create table events (
        position integer primary key,
        digest blob not null unique,
        bytes blob not null
    ) strict;
    create table checkpoints (number integer primary key, note blob not null) strict;
    pragma application_id = {APPLICATION_ID};
    """,
)
"""Step n makes format n of format n - 1."""


def check_format(connection: apsw.Connection, steps: Sequence[str] = STEPS) -> int:
    """Return the format of a file, 0 for an empty one, and touch nothing.

    Raises
    ------
    StoreRefusedError
        When the file is another program's, or of a newer format than this program knows.
    """
    application, version = connection.pragma("application_id"), connection.pragma("user_version")
    if application == 0 and version == 0 and not connection.execute("select count(*) from sqlite_schema").get:
        return 0
    if application != APPLICATION_ID:
        raise StoreRefusedError(
            "this SQLite file is no ledger; give the ledger's file, or a name that is not there yet"
        )
    if version > len(steps):
        raise StoreRefusedError(f"the ledger has format {version}, this program knows up to {len(steps)}; update it")
    return int(version)


def migrate(connection: apsw.Connection, steps: Sequence[str] = STEPS) -> None:
    """Bring a file to the newest format, each step in a transaction of its own.

    A power cut between two steps leaves a whole file of the earlier format, from which the next opening goes on.

    Raises
    ------
    StoreRefusedError
        As `check_format`.
    """
    while True:
        connection.execute("begin immediate")
        done = check_format(connection, steps)
        if done == len(steps):
            connection.execute("rollback")
            return
        connection.execute(steps[done])
        connection.pragma("user_version", done + 1)
        connection.execute("commit")
