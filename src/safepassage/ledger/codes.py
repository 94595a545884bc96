"""What each error of this room means to whoever keeps the ledger, and what to do about it."""

from __future__ import annotations

from typing import Final

from safepassage.model.errors import Code

_CODES: Final[dict[str, tuple[str, str, str]]] = {
    "store-refused": (
        "The ledger cannot be used as it is",
        (
            "The file or database is no ledger, is damaged or newer than this program, is open for writing elsewhere, "
            "or what it stands on is known to lose data."
        ),
        "The message names the reason. Nothing was changed. A damaged file: restore a backup into a new name.",
    ),
    "store-stopped": (
        "The ledger takes nothing more",
        (
            "A write failed: the disk is full or faulty, or the database went away. What was acknowledged is safe; "
            "what was just handed in may or may not be there."
        ),
        (
            "Make room or mend the disk, then start again. Devices send again what was not acknowledged; nothing "
            "counts twice."
        ),
    ),
}

CODES: Final[dict[str, Code]] = {
    name: Code(title=title, meaning=meaning, remedy=remedy) for name, (title, meaning, remedy) in _CODES.items()
}
