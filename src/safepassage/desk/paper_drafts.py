"""Sheets that somebody is typing: kept until they are entered or dropped, so that a closed browser loses nothing.

They lie beside the ledger, not in the browser: a laptop that others use keeps no names. Each is encrypted under a key
of its own among the keys of people's sealed fields; when the sheet is entered or dropped the key is destroyed, so that
no copy of the file opens any more.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct
from msgspec.structs import replace

from safepassage.desk.claim_book import BLOT, blotter
from safepassage.desk.drawn_text import holds, letters, sought
from safepassage.desk.files import keep_whole
from safepassage.desk.paper_rows import Cells, Head
from safepassage.desk.running import Running
from safepassage.ledger.keys import KeyDestroyedError, NoKeyError
from safepassage.model.errors import UsageError

FOLDER: Final = "paper-drafts"
MOST_DRAFTS: Final = 60
NONCE_BYTES: Final = 12
_NAME: Final = re.compile(r"[0-9a-f]{16}")


class Draft(Struct, frozen=True, kw_only=True):
    """A sheet that is being typed, and by whom; `at_ms` is when it was kept last.

    `looked` tells that it was asked for a preview and has not changed since. `turn` counts what a page hands in: what
    was sent before and comes after changes nothing.
    """

    name: str
    by: str
    head: Head
    rows: tuple[Cells, ...] = ()
    looked: bool = False
    turn: int = 0
    at_ms: int = 0


class Drafts:
    """All sheets that are being typed.

    Parameters
    ----------
    running
        The ledger beside which they lie; where it has no folder they are kept in memory.
    """

    def __init__(self, running: Running) -> None:
        self._running = running
        self._folder = running.place / FOLDER if running.place else None
        self._memory: dict[str, bytes] = {}
        self._lock = threading.RLock()

    def begin(self, by: str, head: Head, rows: Sequence[Cells] = ()) -> Draft:
        """Begin a sheet.

        Parameters
        ----------
        by
            Who types it.
        head, rows
            What is known of it already.

        Raises
        ------
        UsageError
            When too many sheets are begun and neither entered nor dropped.
        """
        if len(self._names()) >= MOST_DRAFTS:
            raise UsageError(f"{MOST_DRAFTS} sheets are begun: enter or drop some of them first")
        draft = Draft(name=secrets.token_hex(8), by=by, head=head, rows=tuple(rows))
        self.keep(draft)
        return draft

    def keep(self, draft: Draft, *, late: bool = False) -> None:
        """Keep a sheet as it is now; it is on the disk when this returns.

        Parameters
        ----------
        draft
            The sheet.
        late
            Whether it may come late: then nothing is done where a later turn, or nothing, is kept by now.
        """
        with self._lock:
            before = self._read(draft.name) if late else None
            if late and (before is None or before.turn > draft.turn):
                return
            self._write(draft)

    def _write(self, draft: Draft) -> None:
        at_ms = self._running.clocks().wall_ms
        text = msgspec.json.encode(replace(draft, at_ms=at_ms))
        nonce = os.urandom(NONCE_BYTES)
        key = self._running.person_keys.key(_key_of(draft.name), "identity")
        content = nonce + AESGCM(key).encrypt(nonce, text, draft.name.encode())
        if self._folder is None:
            self._memory[draft.name] = content
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)
        keep_whole(self._folder / draft.name, content)

    def find(self, name: str) -> Draft:
        """Return a sheet.

        Raises
        ------
        UsageError
            When there is none of that name: it was entered or dropped.
        """
        found = self._read(name) if _NAME.fullmatch(name) else None
        if found is None:
            raise UsageError("this sheet is not being typed any more: it was entered or dropped")
        return found

    def all(self) -> tuple[Draft, ...]:
        """Return all sheets that can be opened, the latest first."""
        found = (draft for name in self._names() if (draft := self._read(name)))
        return tuple(sorted(found, key=lambda one: (-one.at_ms, one.name)))

    def drop(self, name: str) -> None:
        """Forget a sheet, and destroy its key; one that is not there does nothing."""
        with self._lock:
            if name not in self._names():
                return
            self._running.person_keys.destroy(_key_of(name))
            self._memory.pop(name, None)
            if self._folder is not None:
                (self._folder / name).unlink(missing_ok=True)

    def forget(self, people: Mapping[str, Sequence[str]], called: Mapping[str, Sequence[str]]) -> None:
        """Take people out of all sheets: where one was meant their code stays, elsewhere their name is blotted out.

        A sheet in which that changed anything goes on under another name and key: what was kept before opens no more,
        and a page that is still open on it brings nothing back.

        Parameters
        ----------
        people
            Code -> all codes of the same person.
        called
            Code -> what they were called.
        """
        for draft in self.all():
            told = _without(draft, people, called)
            if told != draft:
                self.keep(replace(told, name=secrets.token_hex(8)))
                self.drop(draft.name)

    def _names(self) -> list[str]:
        with self._lock:
            if self._folder is None or not self._folder.is_dir():
                return sorted(self._memory)
            return sorted(path.name for path in self._folder.iterdir() if _NAME.fullmatch(path.name))

    def _read(self, name: str) -> Draft | None:
        try:
            key = self._running.person_keys.known_key(_key_of(name), "identity")
            content = self._content(name)
            text = AESGCM(key).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], name.encode())
            return msgspec.json.decode(text, type=Draft)
        except (KeyDestroyedError, NoKeyError, OSError, KeyError, ValueError, InvalidTag):
            return None

    def _content(self, name: str) -> bytes:
        with self._lock:
            return self._memory[name] if self._folder is None else Path(self._folder / name).read_bytes()


def _without(draft: Draft, people: Mapping[str, Sequence[str]], called: Mapping[str, Sequence[str]]) -> Draft:
    """Return a sheet without people's names."""
    names = {code: [one for name in called[code] if (one := sought(name))] for code in people}
    every_name = [name for every in called.values() for name in every if sought(name)]
    blot = blotter(every_name) if every_name else str

    def meant(text: str) -> str:
        return next((code for code, every in names.items() if any(holds(letters(text), one) for one in every)), "")

    def clean(text: str) -> str:
        text = blot(text)
        return BLOT * len(text) if meant(text) else text

    def line(cells: Cells) -> Cells:
        code = next((one for one, every in people.items() if cells.choice in every), "") or meant(cells.who)
        who = code or cells.who
        return Cells(who=who, choice="" if code else cells.choice, act=clean(cells.act), time=clean(cells.time),
                     where=clean(cells.where), note=clean(cells.note))  # fmt: skip

    head = Head(**{name: clean(getattr(draft.head, name)) for name in Head.__struct_fields__})
    return replace(draft, head=head, rows=tuple(map(line, draft.rows)))


def _key_of(name: str) -> str:
    return f"{FOLDER}/{name}"
