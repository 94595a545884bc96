"""Papers ordered at the console: what lists people is a disclosure, printed when a second person has agreed.

What an order is stands in the `what` of the disclosure (`papers/manifest/names/en+ar/B01`), so that the record says
what was given out, and the same papers can be made again from it.
"""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from safepassage.desk.approvals import ask
from safepassage.desk.disclosing import LONGEST, MOST_NAMED
from safepassage.desk.personal import Opener
from safepassage.desk.printing import PREFIX, Job, Order, Sheet, concerned, job, sheets
from safepassage.desk.recording import Said
from safepassage.desk.requests import Request
from safepassage.desk.roles import NotPermittedError, Who, may, require
from safepassage.desk.running import Running
from safepassage.model.errors import UsageError
from safepassage.model.people import Person
from safepassage.model.plan import Plan, Solver
from safepassage.model.redaction import LEVELS, sees
from safepassage.reports.papers.kinds import KINDS

LANGUAGES: Final = ("en", "fr", "ar", "en+ar", "fr+ar", "en+fr")
"""The sets that the console offers."""

LASTS_MS: Final = 86_400_000
"""For how long papers that were agreed to can be fetched: who needs them later asks again, and others look again."""

MOST_FILES: Final = 120
"""Files of one order; more are printed from the command line."""

SHOWN: Final = 30


class Ordered(Struct, frozen=True, kw_only=True):
    """An order that somebody made: its request, what was ordered, and whether the papers can be fetched now."""

    request: Request
    order: Order
    ready: bool = False


class Printed(Struct, frozen=True, kw_only=True):
    """What is handed out: one file, or several in an archive."""

    name: str
    media_type: str
    content: bytes


def orders(running: Running, who: Who) -> tuple[Ordered, ...]:
    """Return the latest orders that somebody made, waiting and decided, the last first."""
    found = [*running.requests.open(), *running.requests.decided(10 * SHOWN)]
    mine = [one for one in found if one.by == who.name and one.type == "disclosed"]
    read = [(one, order_of(one)) for one in sorted(mine, key=lambda one: -one.number)]
    return tuple(
        Ordered(request=one, order=order, ready=one.state == "approved" and _lasts(running, one))
        for one, order in read if order is not None
    )[:SHOWN]  # fmt: skip


def _lasts(running: Running, request: Request) -> bool:
    """Tell whether it was agreed to not too long ago."""
    return running.requests.age_ms(request) < LASTS_MS


def order_of(request: Request) -> Order | None:
    """Read an order out of a request for a disclosure; None where it is about something else."""
    parts = str(request.payload.get("what", "")).split("/", 4)
    if len(parts) != 5 or parts[0] != PREFIX or parts[1] not in KINDS:
        return None
    _, kind, redaction, languages, about = parts
    return Order(kinds=(kind,), languages=(languages,), recipient=str(request.payload.get("recipient", "")),
                 redaction=redaction, copy=request.number, about=frozenset((about,) if about else ()))  # fmt: skip


def lists_people(kind: str) -> bool:
    """Tell whether papers of a kind list people: they wait for a second person."""
    return kind in KINDS and KINDS[kind].people


def order_papers(running: Running, who: Who, given: Order) -> int:
    """Ask for papers that list people; return the request's number.

    Parameters
    ----------
    running
        The ledger, with the plan in force.
    who
        Who asks.
    given
        Papers of one kind, in one set of languages: for whom, and about what.

    Raises
    ------
    NotPermittedError
        When that is not theirs to ask for, or names medical facts that they may not see.
    UsageError
        When nobody would stand on them, or too many, or the order does not say for whom it is.
    """
    _require(who, given)
    (kind,), (languages,), about = given.kinds, given.languages, next(iter(given.about), "")
    what = f"{PREFIX}/{kind}/{given.redaction}/{languages}/{about}"
    if len(what) > LONGEST:
        raise UsageError("the id is too long to be named in the record; print these papers from the command line")
    if not given.recipient.strip():
        raise UsageError("say who gets the papers")
    persons = sorted(concerned(_job(running, given)))
    if not persons:
        raise UsageError("nobody would stand on these papers; choose another vehicle, or who may read medical facts")
    if len(persons) > MOST_NAMED:
        raise UsageError(f"one disclosure names at most {MOST_NAMED} people; choose one vehicle or site")
    payload = {"recipient": given.recipient, "what": what, "persons": persons}
    return ask(running, who, Said(type="disclosed", subject="", payload=payload))


def _require(who: Who, given: Order) -> None:
    require(who, "disclose")
    require(who, "see-names")
    if any(one == given.redaction and sees(one, "patient") for one in LEVELS):
        require(who, "treat")


def hand_out(running: Running, who: Who, number: int) -> Printed:
    """Make the papers of an order that a second person has agreed to.

    Raises
    ------
    NotPermittedError
        When somebody else asked for them, or they are theirs no more to see.
    UsageError
        When there is no such order, nobody has agreed, that is more than a day ago, or other people than those named
        would stand on them.
    """
    request = running.requests.find(number)
    order = order_of(request)
    if order is None or request.type != "disclosed":
        raise UsageError("there is no such order of papers")
    if request.by != who.name:
        raise NotPermittedError("papers are handed to whoever asked for them")
    _require(who, order)
    if request.state != "approved":
        raise UsageError("nobody has agreed to this yet; see the page of approvals")
    if not _lasts(running, request):
        raise UsageError("this was agreed to more than a day ago; order the papers anew")
    asked = _job(running, order)
    if concerned(asked) - set(request.payload.get("persons", ())):
        raise UsageError("other people stand on these papers by now than were named; order them anew")
    return _bundle(asked)


def print_now(running: Running, who: Who, given: Order) -> Printed:
    """Make papers that list nobody: they need no second person.

    Raises
    ------
    NotPermittedError
        When that is not theirs.
    UsageError
        When they list people.
    """
    require(who, "disclose")
    if any(lists_people(kind) for kind in given.kinds):
        raise UsageError("these papers list people: somebody else agrees to them first")
    return _bundle(_job(running, given))


def choices(running: Running) -> tuple[tuple[str, str], ...]:
    """Return what papers can be about: kind of thing and id."""
    operation = running.operation
    sites = sorted({person.site for person in operation.people})
    return (
        *(("vehicle", one.id) for one in operation.vehicles),
        *(("convoy", one.id) for one in operation.convoys),
        *(("site", one) for one in sites),
        *(("party", one.id) for one in operation.parties),
    )


def may_order(who: Who) -> bool:
    """Tell whether somebody has any use of the page."""
    return may(who, "disclose")


def _job(running: Running, order: Order) -> Job:
    operation = running.operation
    plan = running.plan or Plan(
        operation=operation.id, sha256="", status="infeasible", seed=0, solver=Solver(engine="none")
    )
    gone, opened = running.person_keys.destroyed(), Opener(running)
    # a referral is of medical facts alone: of who was erased there is none any more
    plan = replace(plan, referrals=tuple(one for one in plan.referrals if one.person not in gone))

    def named(person: Person) -> str:
        # whose keys are destroyed is named no more, wherever the name still stands
        if person.id in gone:
            return ""
        with running.keeper.lock:
            return person.name or opened(person.id)

    return job(operation, plan, order, made=datetime.now(UTC), named=named)


def _bundle(asked: Job) -> Printed:
    found: list[Sheet] = []
    for one in sheets(asked):
        found.append(one)
        if len(found) > MOST_FILES:
            raise UsageError("too many papers for one order; choose one vehicle, or print from the command line")
    if not found:
        raise UsageError("there are no such papers: the plan has none for what was chosen")
    if len(found) == 1:
        return Printed(name=found[0].name, media_type="application/pdf", content=found[0].content)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for one in found:
            entry = zipfile.ZipInfo(one.name, asked.stamp.made.timetuple()[:6])
            file.writestr(entry, one.content)
    return Printed(name=f"{asked.kinds[0]}.zip", media_type="application/zip", content=archive.getvalue())
