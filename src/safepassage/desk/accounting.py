"""Give an account: a party's statement, the situation, plan beside what happened; from a file or a live ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from safepassage.account.comparison import COMPARISON_FORMAT, Comparison, comparison
from safepassage.account.evidence import Seal, seal_of
from safepassage.account.outlook import expected_s
from safepassage.account.record import Record, record_of
from safepassage.account.sayings import Confirmed
from safepassage.account.situation import HOUSE, RECIPIENTS, SITUATION_FORMAT, Recipient, Situation, situation
from safepassage.account.statement import STATEMENT_FORMAT, Statement, statement
from safepassage.desk.approvals import ask, unapproved
from safepassage.desk.check import readable
from safepassage.desk.claim_desk import ClaimsDesk
from safepassage.desk.disclosing import Leaving
from safepassage.desk.ledger import opened_rows
from safepassage.desk.milestones import record_now
from safepassage.desk.personal import Opener
from safepassage.desk.plan_files import read_plan_of
from safepassage.desk.recording import Said
from safepassage.desk.roles import NotPermittedError, Who, may, require
from safepassage.desk.running import Running
from safepassage.desk.timeline import ways_of
from safepassage.desk.told_files import read_rehearsal, read_told
from safepassage.ledger.board import Board
from safepassage.ledger.clocks import NEVER_MS
from safepassage.ledger.envelope import NotAnEventError, decode
from safepassage.ledger.roll import roll_of
from safepassage.ledger.stores.rows import Rows
from safepassage.model.errors import UsageError
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.model.redaction import sees
from safepassage.model.travel import Travel

PAGE: Final = 1000
WHAT: Final = "situation-"
"""How the `what` of a disclosure begins that hands out a situation report; the recipient follows."""

OUTSIDE: Final = tuple(one for one in RECIPIENTS if one not in HOUSE)
"""What leaves the house: a second person agrees before, and it is recorded."""


class Account(Struct, frozen=True, kw_only=True):
    """A ledger read for an account, with what it is of, and the seal of the log."""

    operation: Operation
    plan: Plan | None
    travel: Travel
    board: Board
    record: Record
    seal: Seal | None

    def statement(self, party: str) -> Statement:
        """Make a party's statement.

        Raises
        ------
        UsageError
            When there is no such party.
        """
        return statement(self.record, self.board, party, seal=self.seal)

    def situation(self, recipient: Recipient, said: Confirmed | None = None) -> Situation:
        """Tell a recipient the situation, and what sources were confirmed to say."""
        expected = expected_s(self.record, self.board, self.travel)
        return situation(self.record, self.board, recipient, expected_s=expected, said=said, seal=self.seal)

    def comparison(self, rehearsal: Path | None = None, others: Sequence[Path] = ()) -> Comparison:
        """Compare the plan, a rehearsal's file and what happened; `others` are comparisons kept of other operations.

        Raises
        ------
        UsageError
            When a file is none of these, or of another operation.
        """
        told = read_rehearsal(rehearsal) if rehearsal else None
        kept = [read_told(path, _Kept, COMPARISON_FORMAT).comparison for path in others]
        return comparison(self.record, told, kept)


class _Kept(Struct, frozen=True, kw_only=True):
    format: str
    comparison: Comparison


def open_account(folder: Path, address: str, plan_file: Path | None = None, *, at: str = "") -> Account:
    """Read a ledger, or an export of one, for an account.

    Parameters
    ----------
    folder
        The operation folder.
    address
        A SQLite file, an export, or `postgresql://...`.
    plan_file
        PLAN.json.
    at
        The instant, a local time of the operation: the account is given by what the log held then. Empty: by all of
        it, at the time of its last event.

    Raises
    ------
    UsageError
        When the instant is none.
    InputError
        When the folder or the plan cannot be read.
    StoreRefusedError, ExportError
        When there is no ledger at this address.
    """
    operation, travel = readable(folder)
    plan = read_plan_of(operation, plan_file)[0] if plan_file else None
    roll = roll_of(operation, travel, plan)
    asked_ms = _instant_ms(operation, at) if at else None
    board, end = Board(roll), None
    with opened_rows(address) as rows:
        if asked_ms is not None:
            end = _end_at(rows, asked_ms)
        for data in _events(rows, end):
            _take(board, data)
        seals = [seal_of(note) for note in rows.checkpoints()]
    at_ms = _last_ms(board) if asked_ms is None else asked_ms
    return Account(
        operation=operation, plan=plan, travel=travel, board=board, record=record_of(operation, plan, board, at_ms),
        seal=max((one for one in seals if end is None or one.size <= end), key=lambda one: one.size, default=None),
    )  # fmt: skip


def _events(rows: Rows, end: int | None) -> Iterator[bytes]:
    stop = rows.end() if end is None else end
    for start in range(0, stop, PAGE):
        for _, _, data in rows.rows(start, min(start + PAGE, stop)):
            yield data


def _end_at(rows: Rows, at_ms: int) -> int:
    """Return how many events the log had at an instant, by the clock of the server that began it."""
    server, end = "", 0
    for position, data in enumerate(_events(rows, None), 1):
        try:
            event = decode(data)
        except NotAnEventError:
            continue
        server = server or (event.device if event.type == "opened" else "")
        if event.device == server and event.wall_ms <= at_ms:
            end = position
    return end


def _take(board: Board, data: bytes) -> None:
    """Take an event in; what is none is for `ledger verify` to tell of."""
    try:
        board.apply(data, decode(data))
    except NotAnEventError:
        return


def _instant_ms(operation: Operation, text: str) -> int:
    try:
        local = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError("--at: a date and a time, as 2026-03-01T18:00") from error
    aware = local if local.tzinfo else local.replace(tzinfo=ZoneInfo(operation.time_zone))
    return round(aware.timestamp() * 1000)


def _last_ms(board: Board) -> int:
    """Return when the last event happened of which that is known."""
    timing = board.merging.timing
    times = (timing.interval(fact).likely_ms for fact in board.merging.standing.facts.values())
    return max((time for time in times if abs(time) < NEVER_MS // 2), default=0)


def live_account(running: Running, *, size: int | None = None) -> Account:
    """Read a live ledger for an account as it is now, or as it was when its log had `size` events.

    Parameters
    ----------
    running
        The ledger.
    size
        How many events; None: all.
    """
    operation, plan = running.operation, running.plan
    travel = ways_of(running)
    if size is None:
        # the board first: whoever works it out takes the keeper's lock last
        record, size = record_now(running), running.now().size
        with running.keeper.lock:
            board, note = running.keeper.board, running.keeper.checkpoint(size)
    else:
        board = Board(running.keeper.board.roll)
        for data in running.keeper.store.read(0, size):
            _take(board, data)
        with running.keeper.lock:
            note = running.keeper.checkpoint(size)
        record = record_of(operation, plan, board, _last_ms(board))
    return Account(operation=operation, plan=plan, travel=travel, board=board, record=record, seal=seal_of(note))


def situation_for(
    running: Running, who: Who, recipient: str, workbench: ClaimsDesk | None = None
) -> tuple[Account, Situation, dict[str, str]]:
    """Tell somebody of the house the situation, with the names they may see.

    Parameters
    ----------
    running
        The ledger.
    who
        Who asks.
    recipient
        `full` or `code-only`.
    workbench
        What sources say, for who may read it.

    Raises
    ------
    UsageError
        When it is for somebody outside: that is asked for, and given out when a second person agrees.
    NotPermittedError
        When that is not theirs to see.
    """
    require(who, "see-board")
    if recipient not in RECIPIENTS or recipient in OUTSIDE:
        raise UsageError("for a recipient outside, ask for it: a second person agrees first")
    if recipient == "full" and not (may(who, "see-names") and may(who, "see-log")):
        raise NotPermittedError(f"{who.role}: not permitted to see names and medical facts of everybody")
    account = live_account(running)
    said = workbench.confirmed() if workbench is not None and may(who, "read-claims") else None
    with running.keeper.lock:
        found = account.situation(recipient, said)
        return account, found, _names(running, found)


def _names(running: Running, found: Situation) -> dict[str, str]:
    """Open the names of those whom a report tells of one by one."""
    if not sees(found.recipient, "name"):
        return {}
    opener = Opener(running)
    names = {person: opener(person) for person in told_of(found)}
    return {person: name for person, name in names.items() if name}


def ask_for_situation(running: Running, who: Who, recipient: str, given_to: str) -> int:
    """Ask to give a situation report to somebody outside; return the request's number.

    Parameters
    ----------
    running
        The ledger.
    who
        Who asks.
    recipient
        `partner` or `public`.
    given_to
        Who is to get it.

    Raises
    ------
    UsageError
        When the recipient is none of these, or nobody is named.
    NotPermittedError
        When that is not theirs to ask for.
    """
    if recipient not in OUTSIDE:
        raise UsageError("choose whether it is for partners or for the public")
    said = Said(type="disclosed", subject="", payload={"recipient": given_to, "what": WHAT + recipient, "persons": []})
    return ask(running, who, said)


def given_out(running: Running) -> tuple[tuple[str, str, str], ...]:
    """Return the situation reports that two people agreed to give out: the disclosure, for what recipient, to whom."""
    waits = {one.subject for one in unapproved(running)}
    words = {WHAT + one: one for one in OUTSIDE}
    found = [one for one in running.now().state.disclosures.values() if one.id not in waits and one.what in words]
    return tuple((one.id, words[one.what], one.recipient) for one in found)


def situation_given(
    running: Running, who: Who, disclosure: str, workbench: ClaimsDesk | None = None
) -> tuple[Account, Situation]:
    """Return a situation report that two people agreed to give out, as it was then.

    Parameters
    ----------
    running
        The ledger.
    who
        Who hands it over.
    disclosure
        Which.
    workbench
        What sources say: what stood when the second person agreed is told.

    Raises
    ------
    UsageError
        When nothing of the kind was agreed to.
    NotPermittedError
        When that is not theirs to hand over.
    """
    require(who, "disclose")
    recipient = next((one[1] for one in given_out(running) if one[0] == disclosure), "")
    if recipient not in OUTSIDE:
        raise UsageError("no situation report was agreed to under this name")
    heads = running.now().state.disclosures[disclosure].heads
    (position,) = running.keeper.store.positions([heads[0]])
    (data,) = running.keeper.store.read(position or 0, (position or 0) + 1)
    account = live_account(running, size=(position or 0) + 1)
    said = workbench.confirmed(decode(data).wall_ms) if workbench is not None else None
    return account, account.situation(recipient, said)


def statement_for(running: Running, who: Who, party: str) -> tuple[Account, Statement]:
    """Make the statement of a party from a live ledger.

    Parameters
    ----------
    running
        The ledger.
    who
        Who asks.
    party
        Whose.

    Raises
    ------
    UsageError
        When there is no such party.
    NotPermittedError
        When that is not theirs to hand out.
    """
    require(who, "agree")
    account = live_account(running)
    with running.keeper.lock:
        return account, account.statement(party)


def leaving_statement(found: Statement) -> Leaving:
    """Say what leaves with a statement: it goes to its party, and tells of nobody one by one."""
    return Leaving(recipient=found.party, what=f"statement-{found.party}")


def leaving_situation(found: Situation, given_to: str) -> Leaving | None:
    """Say what leaves with a situation report; None where it stays with those who run the movement.

    Parameters
    ----------
    found
        The report.
    given_to
        Who gets it; empty: whom it is for.
    """
    if found.recipient not in OUTSIDE and not given_to.strip():
        return None
    return Leaving(recipient=given_to.strip() or found.recipient, what=WHAT + found.recipient, persons=told_of(found))


def told_of(found: Situation) -> tuple[str, ...]:
    """Return the codes of those whom a report tells of one by one."""
    every = (person for group in (found.unknown, found.incidents) for one in group for person in one.persons)
    return tuple(dict.fromkeys(every))


def as_told(found: Statement | Situation | Comparison) -> dict[str, Any]:
    """Return an account for programs; seconds count from the operation's start."""
    if isinstance(found, Statement):
        return {"format": STATEMENT_FORMAT, "statement": msgspec.to_builtins(found)}
    if isinstance(found, Situation):
        return {"format": SITUATION_FORMAT, "situation": msgspec.to_builtins(found)}
    return {"format": COMPARISON_FORMAT, "comparison": msgspec.to_builtins(found)}
