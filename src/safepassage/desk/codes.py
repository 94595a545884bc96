"""What each code of this room and of the server means to a coordinator, and what to do about it."""

from __future__ import annotations

from typing import Final

from safepassage.model.errors import Code

_CODES: Final[dict[str, tuple[str, str, str]]] = {
    "server-busy": (
        "Too much waits for the disk",
        "More is handed in than the disk takes at the moment. Nothing of this call was kept.",
        "Send again in a few seconds: devices do so by themselves. If it lasts, look at the disk.",
    ),
    "server-keys": (
        "The server's keys cannot be used",
        "The file of keys beside the ledger is missing, damaged, or can be read by others on this machine.",
        "Put the file back from where the folder was copied. Open to others: chmod 600 it, and ask who has read it.",
    ),
}

CODES: Final[dict[str, Code]] = {
    code: Code(title=title, meaning=meaning, remedy=remedy) for code, (title, meaning, remedy) in _CODES.items()
}
"""Every code that these rooms use."""
