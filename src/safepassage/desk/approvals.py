"""What two people agree to: a handover, a removal from the list, a disclosure.

A handover has happened, and is recorded at once; the counterpart, or somebody who approves, signs it off after. Nobody
is removed and nothing is given out before a second person agrees: until then it is a request, and no event.
"""

from __future__ import annotations

import secrets
from concurrent.futures import Future
from typing import Any, Final

import msgspec
from msgspec import Struct

from safepassage.desk.calls import Kept
from safepassage.desk.closed import STILL
from safepassage.desk.recording import NEED_TWO, Said, record_second
from safepassage.desk.requests import Request
from safepassage.desk.roles import NotPermittedError, Who, may, require, require_record
from safepassage.desk.running import Running
from safepassage.desk.told import Told, told
from safepassage.ledger.facts import Fact
from safepassage.ledger.recording import NotRecordedError
from safepassage.ledger.vocabulary import TYPES
from safepassage.model.errors import UsageError

ANSWER_S: Final = 30.0
"""How long the disk may take."""

MOST_DECIDED: Final = 20


class Waiting(Struct, frozen=True, kw_only=True):
    """What waits for a second person: requests, and events that were recorded and need an approval; with who may.

    `decided` are the latest requests that were.
    """

    requests: tuple[tuple[Request, bool], ...]
    events: tuple[tuple[Told, bool], ...]
    decided: tuple[Request, ...]


def waiting(running: Running, who: Who) -> Waiting:
    """Return what waits, each with whether this person may approve it.

    Raises
    ------
    NotPermittedError
        When none of it is theirs to see.
    """
    require_part(who)
    events = unapproved(running)
    requests = tuple(
        (one, one.by != who.name and may(who, "approve", one.site, one.vehicle)) for one in running.requests.open()
    )
    return Waiting(
        requests=requests,
        events=tuple((one, one.actor != who.name and may_approve(who, one)) for one in events),
        decided=tuple(running.requests.decided(MOST_DECIDED)),
    )


def require_part(who: Who) -> None:
    """Refuse those who neither ask for nor approve what needs two.

    Raises
    ------
    NotPermittedError
        When they have no part in it.
    """
    if not takes_part(who):
        require(who, "approve")


def takes_part(who: Who) -> bool:
    """Tell whether somebody asks for or approves what needs two."""
    return any(may(who, action, who.serves) for action in ("approve", "hand-over", "remove", "disclose"))


def may_approve(who: Who, one: Told) -> bool:
    """Tell whether somebody may be the second person: who approves, and of a handover who takes part in it there."""
    places = one.site, one.vehicle, one.subject
    return may(who, "approve", *places) or (one.type == "handed-over" and may(who, "hand-over", *places))


def unapproved(running: Running) -> tuple[Told, ...]:
    """Return the events that need a second person and have none, the oldest first."""
    state = running.now().state
    with running.keeper.lock:
        merging = running.keeper.board.merging
        subjects = [("vehicle", name) for name, one in state.vehicles.items() if one.handovers]
        subjects += [("person", name) for name, one in state.people.items() if one.removed]
        subjects += [("disclosure", name) for name in state.disclosures]
        facts = [fact for kind, name in subjects for fact in merging.history(kind, name).facts
                 if fact.type in NEED_TWO and not _approved(running, fact)]  # fmt: skip
        found = {fact.name: told(running, fact) for fact in facts}
    return tuple(sorted(found.values(), key=lambda one: (one.time.likely_ms, one.name)))


def _approved(running: Running, fact: Fact) -> bool:
    """Tell whether somebody else than who recorded an event approved it; `running.keeper.lock` is held."""
    merging = running.keeper.board.merging
    name = fact.name.hex()
    return any(
        one.type == "approved" and one.payload is not None and one.payload.approves == name
        and one.actor not in ("", fact.actor) and merging.standing.counts(one)
        for one in merging.about_events(fact.subject)
    )  # fmt: skip


def approve_event(running: Running, who: Who, name: str) -> Future[Kept]:
    """Approve an event that waits for a second person.

    Raises
    ------
    UsageError
        When it does not wait.
    NotPermittedError
        When it is theirs already, or not theirs to approve.
    BusyError, StoreStoppedError
        When nothing is taken.
    """
    found = next((one for one in unapproved(running) if one.name == name), None)
    if found is None:
        raise UsageError("this does not wait for anybody any more; look at the page anew")
    if not may_approve(who, found):
        raise NotPermittedError(f"{who.role}: not permitted to approve this")
    return record_second(running, who, found.subject, name)


def ask(running: Running, who: Who, said: Said) -> int:
    """Ask for a removal or a disclosure; return the request's number.

    Raises
    ------
    NotPermittedError
        When that is not theirs to ask for.
    NotRecordedError
        When it is no such event of the vocabulary.
    UsageError
        When the reason or the recipient is missing, or nobody of that code is known.
    """
    require_record(who, said.type, said.site, said.vehicle, said.subject)
    if said.type not in STILL:
        running.require_open()
    payload: Any = dict(said.payload)
    try:
        msgspec.convert(payload, TYPES[said.type].payload)
    except msgspec.ValidationError as error:
        raise NotRecordedError(f"{said.type}: {error}") from error
    people = running.now().state.people
    persons = payload.get("persons", []) if said.type == "disclosed" else [said.subject]
    unknown = [one for one in persons if one not in people]
    if unknown:
        raise UsageError(f"nobody of this code is known: {', '.join(unknown[:8])}")
    missing = [name for name in ("reason",) if said.type == "removed" and not payload.get(name)]
    missing += [name for name in ("recipient", "what") if said.type == "disclosed" and not payload.get(name)]
    if missing:
        raise UsageError(f"say the {' and the '.join(missing)} too")
    subject = said.subject or f"disclosure-{secrets.token_hex(4)}"
    return running.requests.ask(who.name, said.type, subject, (said.vehicle, said.site), payload)


def decide(running: Running, who: Who, number: int, *, agrees: bool, why: str = "") -> None:
    """Agree to a request, which records it and the approval, or refuse it; whoever asked may only withdraw it.

    Parameters
    ----------
    running
        The ledger.
    who
        The second person.
    number
        Of the request.
    agrees
        Whether they do.
    why
        The reason of a refusal.

    Raises
    ------
    UsageError
        When there is no such request, or it was decided meanwhile.
    NotPermittedError
        When it is their own, or not theirs to approve.
    BusyError, StoreStoppedError
        When nothing is taken; the request waits on.
    """
    one = running.requests.find(number)
    own = one.by == who.name
    if not own or agrees:
        require(who, "approve", one.site, one.vehicle)
    if own and agrees:
        raise NotPermittedError("a second person approves; this was asked for by the same one")
    if not agrees:
        running.requests.move(number, "open", "withdrawn" if own else "refused", who.name, why[:200])
        return
    running.requests.move(number, "open", "deciding")
    try:
        _carry_out(running, who, one)
    except BaseException:
        running.requests.move(number, "deciding", "open")
        raise
    running.requests.move(number, "deciding", "approved", who.name)


def _carry_out(running: Running, who: Who, one: Request) -> None:
    """Do what a request asks for: what was prepared for its type, or recording it with the approval."""
    if one.type in running.performs:
        running.performs[one.type](one, who.name)
        return
    payload = msgspec.convert(dict(one.payload), TYPES[one.type].payload)
    kept = running.record(
        one.type, subject=one.subject, vehicle=one.vehicle, site=one.site, actor=one.by, payload=payload
    ).result(ANSWER_S)
    record_second(running, who, one.subject, kept.name).result(ANSWER_S)
