"""Handing out lists of people: asked for by one person, agreed to by another, recorded, and only then downloaded.

Who may take a list along is who may disclose, and sees themselves what is in it. A list goes to a recipient, in the
redaction that was agreed to; it is made anew when it is downloaded, and can be for a day. Nobody is in it whom the
record of the disclosure does not name: who came since is handed out by another one.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import Final

from msgspec import Struct

from safepassage.desk import disclosing
from safepassage.desk.approvals import ask, unapproved
from safepassage.desk.calls import Kept
from safepassage.desk.disclosing import MOST_NAMED, Leaving
from safepassage.desk.exported_people import count
from safepassage.desk.exporting import Asked, check
from safepassage.desk.material import Material
from safepassage.desk.recording import Said
from safepassage.desk.roles import Who, may, require
from safepassage.desk.running import Running
from safepassage.ledger.agreement import DisclosureState
from safepassage.model.errors import UsageError
from safepassage.reports.redaction import REDACTIONS, Redaction, redaction_named

LASTS_MS: Final = 86_400_000
"""For how long a list that was agreed to can be downloaded."""

LISTS: Final = ("xlsx", "fhir")
"""Formats in which the console hands out lists: each is one file."""

_WORD: Final = "list"


class Ready(Struct, frozen=True, kw_only=True):
    """A list that may be downloaded: the disclosure, what it holds, and for whom."""

    id: str
    format: str
    redaction: Redaction
    recipient: str
    persons: tuple[str, ...]
    people: int


def takes_part(who: Who) -> bool:
    """Tell whether somebody may hand lists of people out."""
    return may(who, "disclose", who.serves)


def redactions_of(who: Who) -> tuple[Redaction, ...]:
    """Return the redactions that somebody may hand out: nobody gives what they may not see.

    Parameters
    ----------
    who
        Who hands out.
    """
    return tuple(one for one in REDACTIONS if _sees(who, one)) if takes_part(who) else ()


def _sees(who: Who, redaction: Redaction) -> bool:
    needed: dict[Redaction, tuple[str, ...]] = {
        "full": ("see-names",), "medical": ("see-names", "treat"), "code-only": (),
    }  # fmt: skip
    return all(may(who, action) for action in needed[redaction])


def request(running: Running, who: Who, asked: Asked) -> int:
    """Ask that a list be handed out; return the request's number.

    Parameters
    ----------
    running
        The ledger.
    who
        Who asks.
    asked
        What is to be handed out, and to whom.

    Raises
    ------
    NotPermittedError
        When that is not theirs to hand out.
    UsageError
        When it is no list that the console hands out, or the recipient is missing.
    """
    require(who, "disclose")
    if asked.format not in LISTS or asked.redaction not in redactions_of(who):
        raise UsageError("choose a list and a redaction that you may hand out")
    check(asked)
    people = running.now().state.people
    return ask(running, who, Said(type="disclosed", subject="", payload=_payload(asked, list(people))))


def _payload(asked: Asked, people: list[str]) -> dict[str, object]:
    what = f"{_WORD} {asked.format} {asked.redaction} {len(people)}"
    return {"recipient": asked.recipient[:64], "what": what, "persons": people if len(people) <= MOST_NAMED else []}


def ready(running: Running, who: Who) -> tuple[Ready, ...]:
    """Return the lists that somebody may download: agreed to by two, not a day ago, and theirs to see.

    Parameters
    ----------
    running
        The ledger.
    who
        Who looks.
    """
    if not takes_part(who):
        return ()
    waits = {one.subject for one in unapproved(running) if one.type == "disclosed"}
    now_ms = running.clocks().wall_ms
    found = [
        one
        for name, state in running.now().state.disclosures.items()
        if name not in waits and (one := _list_of(state)) and state.time.likely_ms > now_ms - LASTS_MS
    ]
    return tuple(one for one in found if one.redaction in redactions_of(who))


def _list_of(state: DisclosureState) -> Ready | None:
    words = state.what.split()
    if len(words) != 4 or words[0] != _WORD or words[1] not in LISTS or words[2] not in REDACTIONS:
        return None
    if not (words[3].isascii() and words[3].isdigit() and len(words[3]) < 9):
        return None
    return Ready(id=state.id, format=words[1], redaction=redaction_named(words[2]), recipient=state.recipient,
                 persons=state.persons, people=int(words[3]))  # fmt: skip


def take(running: Running, who: Who, disclosure: str) -> Asked:
    """Return what a disclosure allows somebody to download.

    Raises
    ------
    NotPermittedError
        When they may not hand out lists.
    UsageError
        When there is no such list, it may be downloaded no more, or it would hold others than were agreed to.
    """
    require(who, "disclose")
    found = next((one for one in ready(running, who) if one.id == disclosure), None)
    if found is None:
        raise UsageError("this list was not agreed to, or that is more than a day ago: ask for it again")
    only: frozenset[str] | None = frozenset(found.persons)
    if found.people > MOST_NAMED:
        # so many are not named one by one: their number must still be right
        only = None
        if len(running.now().state.people) > found.people:
            raise UsageError("others have come since this list was agreed to: ask for it again")
    return Asked(format=found.format, redaction=found.redaction, recipient=found.recipient, only=only)


def record(running: Running, material: Material, asked: Asked, by: str) -> Future[Kept]:
    """Record that something about people is handed out from the command line; a second person approves it after.

    Parameters
    ----------
    running
        The ledger.
    material, asked
        What is handed out, to whom.
    by
        Who hands it out.

    Raises
    ------
    BusyError, StoreStoppedError
        When nothing is taken.
    """
    people = (
        sorted(asked.consents)
        if asked.format == "pfif"
        else list(material.state.people if material.state else material.persons)
    )
    leaving = Leaving(recipient=asked.recipient, what=f"{asked.what} {count(material)}", persons=people)
    return disclosing.record(running, f"disclosure-{material.made:%Y%m%dT%H%M%S}-{asked.format}", leaving, by)
