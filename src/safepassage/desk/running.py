"""The live ledger of an operation folder: what a server does, without any network."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from safepassage.desk.calls import Answering, Gathering, Kept
from safepassage.desk.check import readable
from safepassage.desk.closed import STILL, ClosedError, Closings
from safepassage.desk.files import PLACE
from safepassage.desk.kept_plans import Plans
from safepassage.desk.manifest_versions import Versions, open_versions
from safepassage.desk.personal import nameless, person_keys
from safepassage.desk.plan_files import read_plan_of
from safepassage.desk.requests import Request, Requests
from safepassage.desk.server_keys import ServerKeys, server_keys
from safepassage.desk.writing import Check, Listener, Writer
from safepassage.ledger.board import BoardState
from safepassage.ledger.erasing import TYPE as ERASED
from safepassage.ledger.keeper import HandedIn, Keeper, Looked
from safepassage.ledger.keys import KeyStore, MemoryKeys
from safepassage.ledger.merging import Key
from safepassage.ledger.roll import Roll, manifests_of, roll_of
from safepassage.ledger.signing import log_public_key
from safepassage.ledger.stores import Store, StoreStoppedError
from safepassage.ledger.stores.opening import open_store
from safepassage.ledger.vocabulary import Reading
from safepassage.model.errors import Fault, SafepassageError
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.model.travel import Travel
from safepassage.reports.board_brief import BoardBrief, board_brief, board_setting
from safepassage.reports.words import Setting

SNAPSHOT: Final = "board.snapshot"
SNAPSHOT_EVENTS: Final = 20_000
"""A snapshot is due when so many events came since the last one."""

SNAPSHOT_SHARE: Final = 20
"""A snapshot is written when so many times as long as the last one took has passed: a twentieth of the time at most."""

SNAPSHOT_REST_S: Final = 0.001
"""How long a snapshot rests after each slice of a third of a millisecond, so that those who hand in come first."""

MOST_READ: Final = 1000


Perform: TypeAlias = Callable[[Request, str], None]
"""Does what a request asks for; told who agreed."""


class Now(Struct, frozen=True, kw_only=True):
    """The board at a size of the log, and what to say of it."""

    size: int
    state: BoardState
    brief: BoardBrief


class Page(Struct, frozen=True, kw_only=True):
    """Events of the log from a position on, and how many there are."""

    since: int
    size: int
    events: tuple[str, ...]


class Clocks(Struct, frozen=True, kw_only=True):
    """The server's clocks: what a device reads beside its own."""

    boot: str
    server_ms: int
    wall_ms: int


class Running:
    """The ledger of an operation while a server keeps it.

    Parameters
    ----------
    store
        Where it is kept.
    keys
        The server's.
    operation, roll, plan
        Of the folder. `travel`, where it is known, and the keys of people's sealed fields are set afterwards.
    place
        The folder of what a server keeps beside its ledger: the board between two runs, requests, backups; None: no
        folder, and nothing of that outlasts this run.
    """

    def __init__(
        self,
        store: Store,
        keys: ServerKeys,
        operation: Operation,
        *,
        roll: Roll,
        plan: Plan | None = None,
        place: Path | None = None,
    ) -> None:
        self.operation, self.plan, self.place = operation, plan, place
        self.travel: Travel | None = None
        self.versions: Versions | None = None
        self.plans: Plans | None = None
        self.closings = Closings(place)
        self.person_keys: KeyStore = MemoryKeys()
        snapshot = place / SNAPSHOT if place else None
        self.keeper = Keeper(store, keys.recorder(), keys.log_key, operation.id, roll=roll, snapshot=snapshot)
        self.public_key = log_public_key(keys.log_key)
        self.checks: list[Check] = []
        self.ends: list[Callable[[], None]] = []
        """What ends with this server."""
        self.performs: dict[str, Perform] = {}
        """What is done, by the type of the request, when a second person agrees to something that is no one event."""
        self.snapshot_trouble = self.listener_trouble = ""
        self.requests = Requests(place / "requests.sqlite" if place else ":memory:")
        self._setting = board_setting(operation, plan)
        self._listeners: list[Listener] = []
        self._now: Now | None = None
        self._now_at = 0.0
        self._looking = threading.Lock()
        self._kept_size, self._kept_at, self._kept_took = len(self.keeper.tree), time.monotonic(), 0.0
        if not len(self.keeper.tree):
            self.keeper.begin(operation_sha256=operation.sha256)
        self._keeps, self._ending = threading.Thread(), threading.Event()
        self._writer = Writer(self.keeper, self._check, self._tell, self._rest)

    def _check(self, looked: Looked) -> None:
        for check in self.checks:
            check(looked)

    @property
    def size(self) -> int:
        """How many events the log has."""
        return len(self.keeper.tree)

    @property
    def setting(self) -> Setting:
        """What ids are called, and which clock is shown."""
        return self._setting

    @property
    def stopped(self) -> SafepassageError | None:
        """Why nothing more is taken; None while all is well."""
        return self._writer.trouble

    @property
    def trouble(self) -> str:
        """Why nothing more is taken, in words; empty while all is well."""
        return str(self.stopped or "")

    @property
    def counts(self) -> dict[str, float]:
        """What was done since the start, and what waits."""
        done = self._writer.counts
        return {name: getattr(done, name) for name in done.__struct_fields__} | {"waiting": self._writer.waiting}

    def clocks(self) -> Clocks:
        """Read this server's clocks."""
        clock = self.keeper.recorder.clock
        return Clocks(boot=clock.boot, server_ms=clock.monotonic_ms(), wall_ms=clock.wall_ms())

    def reading(self, of_boot: str, reading: Reading | None) -> Reading | None:
        """Return a reading of clocks if it was made of the clock of this run, and not of its future.

        Parameters
        ----------
        of_boot
            Which run of the server the device asked.
        reading
            What it read.
        """
        if reading is None:
            return None
        now = self.clocks()
        return reading if of_boot == now.boot and reading.server_ms <= now.server_ms else None

    def hand_in(self, one: HandedIn, *, unsigned: bool = False) -> Future[Kept]:
        """Take in what a device hands in; the answer is there when it is on the disk.

        Parameters
        ----------
        one
            The parcel.
        unsigned
            Somebody answers for it: paper, a file found.

        Raises
        ------
        BusyError
            When too much waits; the answer itself may hold NotTakenError or StoreStoppedError.
        StoreStoppedError
            When nothing more is taken.
        """
        return self._writer.hand_in(one, unsigned=unsigned)

    def take_in(self, one: HandedIn, answer: Answering) -> None:
        """Take in what a device hands in, as `hand_in`; the answer goes where the caller says.

        Raises
        ------
        BusyError
            When too much waits; the answer itself may hold NotTakenError or StoreStoppedError.
        StoreStoppedError
            When nothing more is taken.
        """
        self._writer.take_in(one, answer)

    def record(self, type: str, **said: Any) -> Future[Kept]:  # noqa: A002  the envelope's word
        """Record an event on this server; as `Recorder.record`, answered when it is on the disk.

        Raises
        ------
        ClosedError
            When the operation is closed, and this is none of what is still recorded then.
        BusyError
            When too much waits; the answer itself may hold NotRecordedError or StoreStoppedError.
        StoreStoppedError
            When nothing more is taken.
        """
        if type not in STILL:
            self.require_open()
        return self._writer.record(lambda: self.keeper.recorder.record(type, **said))

    def gather(self, gathering: Gathering) -> Future[Kept]:
        """Keep several things together, all of them or none; as `Writer.gather`.

        Raises
        ------
        ClosedError
            When the operation is closed.
        BusyError
            When too much waits; the answer itself may hold what the gathering raised, or StoreStoppedError.
        StoreStoppedError
            When nothing more is taken.
        """
        self.require_open()
        return self._writer.gather(gathering)

    def require_open(self) -> None:
        """Refuse what changes a closed operation.

        Raises
        ------
        ClosedError
            When it is closed.
        """
        if self.closings.now is not None:
            raise ClosedError(f"closed {self.closings.now.at}")

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell somebody of each group that is kept; returns what ends that."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    def now(self) -> Now:
        """Return the board as it is; worked out once for each size of the log, whoever asks."""
        with self._looking, self.keeper.lock:
            size = self.size
            if self._now is None or self._now.size != size:
                state = self.keeper.board.state()
                before = (self._now.state, self._now.brief) if self._now is not None else None
                self._now = Now(size=size, state=state, brief=board_brief(state, self.setting, before))
            return self._now

    def lately(self, within_s: float) -> Now:
        """Return the board as it was at most so many seconds ago: for what is asked often and need not be the latest.

        Parameters
        ----------
        within_s
            Seconds.
        """
        if self._now is None or time.monotonic() - self._now_at > within_s:
            self._now_at = time.monotonic()
            return self.now()
        return self._now

    def enforce(self) -> None:
        """Destroy again the keys of all whom the record says are forgotten, and read their names from no list."""
        with self.keeper.lock:
            merging = self.keeper.board.merging
            gone = {
                person for person in merging.subjects("person")
                if any(fact.type == ERASED for fact in merging.facts("person", person))
            }  # fmt: skip
        for person in gone - self.person_keys.destroyed():
            self.person_keys.destroy(person)
        self.operation = nameless(self.operation, gone)

    def take_plan(self, plan: Plan) -> None:
        """Go on with a changed plan of the same operation: others are expected on its trips.

        Parameters
        ----------
        plan
            The plan.
        """
        with self._looking, self.keeper.lock:
            before = self.keeper.board.roll
            self.keeper.board.roll = replace(before, manifests=manifests_of(plan))
            self.plan, self._setting, self._now = plan, board_setting(self.operation, plan), None

    def adopt(self, plan: Plan) -> None:
        """Go on with another plan; what was changed in the manifests of the one before stays with that one.

        Parameters
        ----------
        plan
            The plan, of this operation.
        """
        if self.travel is not None and self.place is not None:
            self.versions = open_versions(self.place, self.operation, self.travel, plan)
        self.take_plan(self.versions.plan if self.versions else plan)

    def take_operation(self, operation: Operation, travel: Travel) -> None:
        """Go on with another list of people; the plan in force stays, for those of its people who are listed.

        Parameters
        ----------
        operation, travel
            The operation with that list, and its routes.
        """
        if self.versions is not None and self.place is not None:
            self.versions = open_versions(self.place, operation, travel, self.versions.given)
        plan = self.versions.plan if self.versions else self.plan
        with self._looking, self.keeper.lock:
            self.operation, self.travel, self.plan = operation, travel, plan
            self.keeper.board.roll = roll_of(operation, travel, plan)
            self._setting, self._now = board_setting(operation, plan), None
        self.enforce()

    def events(self, since: int, most: int = MOST_READ) -> Page:
        """Return a page of the log; all that was acknowledged and no more."""
        size = self.size
        stop = min(size, since + min(most, MOST_READ))
        found = tuple(data.decode() for data in self.keeper.store.read(since, stop)) if since < stop else ()
        return Page(since=since, size=size, events=found)

    def checkpoint(self) -> bytes:
        """Return the signed state of the log."""
        with self.keeper.lock:
            return self.keeper.checkpoint()

    def _tell(self, size: int, touched: frozenset[Key]) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(size, touched)
            except Exception as error:  # noqa: BLE001 - a screen that breaks must not stop the record
                self._listeners.remove(listener)
                self.listener_trouble = repr(error)

    def _rest(self) -> None:
        """Have a snapshot written beside the writer, when one is due and none is being written."""
        waited = time.monotonic() - self._kept_at
        due = self.size - self._kept_size >= SNAPSHOT_EVENTS and waited >= SNAPSHOT_SHARE * self._kept_took
        if due and not self._keeps.is_alive():
            self._keeps = threading.Thread(target=self._keep_snapshot, name="ledger-snapshot", daemon=True)
            self._keeps.start()

    def _keep_snapshot(self) -> None:
        size, began = self.size, time.monotonic()
        try:
            self.keeper.keep_snapshot(partial(self._ending.wait, SNAPSHOT_REST_S))
            self.snapshot_trouble = ""
        except (OSError, StoreStoppedError) as error:
            # nothing is lost but time at the next start; a store that stopped tells the writer itself
            self.snapshot_trouble = str(error)
        finally:
            self._kept_size, self._kept_at = size, time.monotonic()
            self._kept_took = self._kept_at - began

    def close(self) -> None:
        """Answer all that waits, keep a snapshot, and let go of the store. A second time does nothing."""
        for end in self.ends:
            end()
        self._writer.close()
        self._ending.set()
        if self._keeps.ident:
            self._keeps.join()
        if self.size != self._kept_size and not self.trouble:
            self._keep_snapshot()
        self.keeper.store.close()
        self.person_keys.close()
        self.requests.close()


def open_running(
    folder: Path, plan_file: Path | None = None, *, address: str = ""
) -> tuple[Running, tuple[Fault, ...]]:
    """Open the ledger of an operation folder, or begin it.

    Parameters
    ----------
    folder
        The operation folder.
    plan_file
        PLAN.json: who is expected on which trip.
    address
        Of the store; empty: a SQLite file in the folder.

    Returns
    -------
    tuple
        The live ledger, and warnings about the plan's file.

    Raises
    ------
    InputError
        When the folder or the plan cannot be read.
    ServerKeysError
        When the server's keys are missing or open to others.
    StoreRefusedError
        When the store cannot be used, or another server has it open.
    StoreStoppedError
        When the disk refuses.
    """
    operation, travel = readable(folder, people_later=True)
    if plan_file is not None:
        # before anything is made in the folder: what cannot be read is refused
        read_plan_of(operation, plan_file)
    place = server_place(folder)
    # the store first: its lock keeps two servers from making keys at once
    store = open_store(address or place / "ledger.sqlite")
    try:
        keys = server_keys(place, make=not len(store))
        plans = Plans(place, str(operation.id))
        given, warnings = plans.start(operation, plan_file)
        versions = open_versions(place, operation, travel, given) if given else None
        plan = versions.plan if versions else None
        roll = roll_of(operation, travel, plan)
        running = Running(store, keys, operation, roll=roll, plan=plan, place=place)
        running.travel, running.versions, running.person_keys = travel, versions, person_keys(place)
        running.plans = plans
        running.enforce()
    except BaseException:
        store.close()
        raise
    return running, warnings


def server_place(folder: Path) -> Path:
    """Return where a server keeps its things in an operation folder; made, for its owner alone, where it is missing."""
    home = folder if folder.is_dir() else folder.parent
    place = home / PLACE
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place
