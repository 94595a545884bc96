"""Lists of people brought to the console: looked at, compared, put in force, and the former ones kept.

Nothing changes before somebody says so. Who is on the list in force and of whom something was recorded leaves it only
when a second person agrees, and their removal is then an event like any other.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from safepassage.desk.check import Checked, check, readable
from safepassage.desk.files import PLACE, keep_whole
from safepassage.desk.list_comparison import Compared, compare
from safepassage.desk.list_files import ListFileError, content_of, drop, lay_aside, place_of, put
from safepassage.desk.personal import nameless
from safepassage.desk.recording import record_second
from safepassage.desk.requests import Request
from safepassage.desk.roles import NotPermittedError, Who, may, require
from safepassage.desk.running import Running
from safepassage.ledger.vocabulary import Reasoned
from safepassage.model.errors import Fault, InputError, InternalError, UsageError
from safepassage.model.errors import Place as At
from safepassage.model.operation import Operation

ASKED: Final = "list-in-force"
"""The type of a request that a list be put in force."""

REASON: Final = "not on the new list"
FOLDER: Final = "lists"
FILE: Final = "lists.json"
ANSWER_S: Final = 30.0
MOST_TOLD: Final = 40
"""People whom a request names."""


class List(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list that was brought: what the file was called, by whom, when (ISO 8601, UTC); its SHA-256 and people.

    `since` is when it was put in force for the last time, `by_whom` who did and who agreed; empty: never.
    """

    number: int
    name: str
    by: str
    at: str
    sha256: str
    people: int = 0
    since: str = ""
    by_whom: tuple[str, ...] = ()


class _Written(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: Literal["safepassage-lists/1"]
    operation: str
    last: int
    lists: tuple[List, ...]


class Lists:
    """The lists of an operation that a server keeps.

    Parameters
    ----------
    running
        Its ledger. One without a folder keeps no lists.
    """

    def __init__(self, running: Running) -> None:
        self.running = running
        self.lock = threading.RLock()
        self._home = home_of(running)
        self._read: tuple[int, str, Checked] | None = None
        self._last, self.lists = self._kept() if self._home else (0, ())
        running.performs[ASKED] = self._agreed

    @property
    def home(self) -> Path:
        """The operation folder.

        Raises
        ------
        UsageError
            When this ledger has none.
        """
        if self._home is None:
            raise UsageError("this server has no operation folder to keep a list in")
        return self._home

    def _place(self, number: int) -> Path:
        return self.home / PLACE / FOLDER / str(number)

    def _kept(self) -> tuple[int, tuple[List, ...]]:
        """Read the last number that was given, and the lists."""
        path = self.home / PLACE / FOLDER / FILE
        if not path.exists():
            return 0, ()
        try:
            written = msgspec.json.decode(path.read_bytes(), type=_Written)
        except (OSError, msgspec.MsgspecError, UnicodeError) as error:
            fault = Fault(
                code="list-book", severity="error", place=At(file=FILE), what=f"the kept lists cannot be read: {error}",
                expected="the file as the server wrote it", remedy="put it back from a copy, or move it away",
            )  # fmt: skip
            raise InputError((fault,)) from error
        return written.last, written.lists

    def _write(self, lists: tuple[List, ...]) -> None:
        last = max([self._last, *(one.number for one in lists)])
        operation = str(self.running.operation.id)
        written = _Written(format="safepassage-lists/1", operation=operation, last=last, lists=lists)
        path = self.home / PLACE / FOLDER / FILE
        path.parent.mkdir(exist_ok=True, mode=0o700)
        keep_whole(path, msgspec.json.format(msgspec.json.encode(written), indent=1))
        self._last, self.lists = last, lists

    def _lay_aside(self, name: str, content: bytes, sheet: str = "") -> int:
        """Keep a list under a number that no other ever had: what somebody confirms is what they looked at."""
        number = self._last + 1
        # what a server left behind that was cut off before it wrote of it
        drop(self._place(number))
        lay_aside(self.home, self._place(number), name, content, sheet=sheet)
        return number

    def find(self, number: int) -> List:
        """Return a kept list.

        Raises
        ------
        UsageError
            When there is none of that number.
        """
        found = next((one for one in self.lists if one.number == number), None)
        if found is None:
            raise UsageError("there is no such list: another one was brought meanwhile, or it was set aside")
        return found

    def in_force(self) -> List | None:
        """Return the list that is in force; None where it was never brought here, or changed in the folder since."""
        last = max((one for one in self.lists if one.since), key=lambda one: one.since, default=None)
        if last is None:
            return None
        file = self.home / content_of(self._place(last.number))[0].name
        same = file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == last.sha256
        return last if same else None

    def asked(self, number: int) -> Request | None:
        """Return the request that a list be put in force, while it waits for a second person."""
        return next((one for one in self.running.requests.open() if _is_of(one, number)), None)

    def bring(self, who: Who, name: str, content: bytes) -> int:
        """Keep a list to be looked at; the last one that was brought and never put in force makes way for it.

        Parameters
        ----------
        who
            Who brings it.
        name
            What the file is called.
        content
            What is in it.

        Raises
        ------
        NotPermittedError
            When that is not theirs.
        ListFileError
            When it is no file of people, or empty.
        OSError
            When the disk refuses.
        """
        require_lists(who)
        self.running.require_open()
        if not content:
            raise ListFileError("no file, or an empty one")
        with self.lock:
            number = self._lay_aside(name, content)
            brought = List(
                number=number, name=name.replace("\\", "/").rpartition("/")[2][:80], by=who.name, at=_now(),
                sha256=hashlib.sha256(content).hexdigest(), people=self._checked(number).listed,
            )  # fmt: skip
            drafts = [one for one in self.lists if not one.since and self.asked(one.number) is None]
            self._write((*(one for one in self.lists if one not in drafts), brought))
            for one in drafts:
                drop(self._place(one.number))
        return number

    def set_aside(self, who: Who, number: int) -> None:
        """Take a list away that is not in force, nor was ever.

        Raises
        ------
        NotPermittedError, UsageError
            When that is not theirs; there is no such list, or it was in force or is asked for.
        OSError
            When the disk refuses.
        """
        require_lists(who)
        with self.lock:
            one = self.find(number)
            if one.since or self.asked(number) is not None:
                raise UsageError("this list was in force, or waits for a second person: it stays")
            self._write(tuple(other for other in self.lists if other.number != number))
            drop(self._place(number))

    def _checked(self, number: int) -> Checked:
        """Read a kept list with its operation as it is; kept in memory until another one is looked at."""
        key = number, self.running.operation.sha256
        if self._read is None or self._read[:2] != key:
            self._read = None
            checked = check(self._place(number))
            if checked.operation is not None:
                known = nameless(checked.operation, self.running.person_keys.destroyed())
                checked = replace(checked, operation=known)
            up = "../" * len(self._place(number).relative_to(self.home).parts)
            faults = tuple(_located(fault, up) for fault in checked.faults)
            self._read = (*key, replace(checked, faults=faults))
        return self._read[2]

    def compared(self, who: Who, number: int) -> Compared:
        """Return what a list brings.

        Raises
        ------
        NotPermittedError, UsageError
            When that is not theirs to see, or there is no such list.
        """
        require_look(who)
        self.find(number)
        with self.lock:
            checked = self._checked(number)
        with self.running.keeper.lock:
            recorded = frozenset(self.running.keeper.board.merging.subjects("person"))
        return compare(checked, self.running.operation.people, recorded)

    def put_in_force(self, who: Who, number: int) -> bool:
        """Put a list in force; where that takes somebody off it of whom something is recorded, ask a second person.

        Returns
        -------
        bool
            Whether it is in force now.

        Raises
        ------
        NotPermittedError, UsageError
            When that is not theirs, the list cannot be read, or it waits for a second person already.
        OSError
            When the disk refuses; the former list stays.
        """
        require_lists(who)
        found = self.compared(who, number)
        if not found.readable:
            raise UsageError("this list has errors: correct them in the file, and bring it again")
        if self.asked(number) is not None:
            raise UsageError("this list waits for a second person already")
        if found.removed:
            require(who, "remove")
            told = {"persons": list(found.removed[:MOST_TOLD]), "n": len(found.removed)}
            payload = {"list": number, "digest": _digest(found.removed), **told}
            self.running.requests.ask(who.name, ASKED, self.find(number).name, ("", ""), payload)
            return False
        self._put(number, (who.name,))
        return True

    def _agreed(self, request: Request, second: str) -> None:
        """Put a list in force that a second person agreed to, and record who left it by that."""
        number = int(request.payload["list"])
        gone = self.compared(Who(name=request.by, role="coordinator"), number).removed
        if _digest(gone) != request.payload["digest"]:
            raise UsageError("by now others are in the record who are not on this list: refuse, and have it asked anew")
        self._put(number, (request.by, second))
        running, other = self.running, Who(name=second, role="coordinator")
        said = Reasoned(reason=REASON)
        kept = [running.record("removed", subject=one, actor=request.by, payload=said) for one in gone]
        approvals = [
            record_second(running, other, one, answer.result(ANSWER_S).name)
            for one, answer in zip(gone, kept, strict=True)
        ]
        for answer in approvals:
            answer.result(ANSWER_S)

    def _put(self, number: int, by: tuple[str, ...]) -> None:
        self.running.require_open()
        with self.lock:
            expected = self._checked(number).operation
            if expected is None:
                raise UsageError("this list has errors: correct them in the file, and bring it again")
            before = self._keep_former()
            try:
                self._take(number, expected)
            except BaseException:
                if before:
                    put(self.home, self._place(before))
                else:
                    (self.home / content_of(self._place(number))[0].name).unlink(missing_ok=True)
                raise
            now = _now()
            self._write(tuple(
                replace(one, since=now, by_whom=by, people=len(expected.people)) if one.number == number else one
                for one in self.lists
            ))  # fmt: skip
            self._read = None

    def _take(self, number: int, expected: Operation) -> None:
        put(self.home, self._place(number))
        operation, travel = readable(self.home)
        if nameless(operation, self.running.person_keys.destroyed()).people != expected.people:
            raise InternalError("the list reads otherwise in its place than it did when it was looked at")
        self.running.take_operation(operation, travel)

    def _keep_former(self) -> int:
        """Keep the list of the folder as it is, where it was not brought here; return its number (0: there is none)."""
        place = place_of(check(self.home, people_later=True).mappings)
        if place is None or not self.running.operation.people:
            return 0
        content = (self.home / place.file).read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        same = [one.number for one in self.lists if one.sha256 == sha256 and one.since]
        if same:
            return same[-1]
        number = self._lay_aside(place.file, content, place.sheet)
        people = len(self.running.operation.people)
        former = List(number=number, name=place.file, by="", at="", sha256=sha256, people=people, since="-")
        self._write((*self.lists, former))
        return number


def require_lists(who: Who) -> None:
    """Refuse those who may not bring lists: whoever may change who rides on what, and see names.

    Raises
    ------
    NotPermittedError
        When they may not.
    """
    if not may_bring(who):
        raise NotPermittedError(f"{who.role or 'no role'}: not permitted to bring lists of people")


def may_bring(who: Who) -> bool:
    """Tell whether somebody may bring lists."""
    return may(who, "change-manifests") and may(who, "see-names")


def require_look(who: Who) -> None:
    """Refuse those who may not look at lists: whoever brings them, and whoever agrees to what they change.

    Raises
    ------
    NotPermittedError
        When they may not.
    """
    if not (may_bring(who) or (may(who, "approve") and may(who, "see-names"))):
        raise NotPermittedError(f"{who.role or 'no role'}: not permitted to look at lists of people")


def home_of(running: Running) -> Path | None:
    """Return the operation folder of a ledger; None where it has none."""
    place = running.place
    return place.parents[1] if place is not None and place.parts[-2:] == PLACE.parts else None


def _is_of(request: Request, number: int) -> bool:
    return request.type == ASKED and request.payload.get("list") == number


def _digest(persons: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(persons).encode()).hexdigest()


def _located(fault: Fault, up: str) -> Fault:
    """Return a fault with its file as seen from the operation folder."""
    return replace(fault, place=replace(fault.place, file=fault.place.file.removeprefix(up)))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
