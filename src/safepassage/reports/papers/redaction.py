"""What of a person a paper may say, by who gets it: the only way from a person to a paper.

What goes in here is a person as the operation knows them; what comes out holds nothing that was not asked for. A group
and a source are never printed: what a side says that somebody is, no paper repeats.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal, TypeAlias, get_args

from msgspec import Struct

from safepassage.model.errors import UsageError
from safepassage.model.people import Person
from safepassage.model.plan import Trip
from safepassage.model.redaction import sees
from safepassage.reports.papers.blocks import Told
from safepassage.reports.words import Phrase, say
from safepassage.reports.words.phrases import NOTHING, set_apart, visible

Redaction: TypeAlias = Literal["full", "names", "medical", "code-only"]
REDACTIONS: Final[tuple[Redaction, ...]] = get_args(Redaction)
"""Names and medical facts; names only; medical facts of patients, with their names; codes."""

LONGEST_RECIPIENT: Final = 60


class Stamp(Struct, frozen=True, kw_only=True):
    """Whom a copy is for, what it may say, when it was made, and its number."""

    recipient: str
    redaction: Redaction
    made: datetime
    copy: int = 1


class Shown(Struct, frozen=True, kw_only=True):
    """What a paper says of a person."""

    code: Told
    name: Told
    household: Told
    age: Told
    needs: Phrase


def stamp(recipient: str, redaction: str, made: datetime, copy: int = 1) -> Stamp:
    """Take down whom a copy is for.

    Raises
    ------
    UsageError
        When there is no such redaction, the recipient is missing where names or medical facts go out, or the recipient
        is too long to be read on every page.
    """
    if redaction not in REDACTIONS:
        raise UsageError(f"a redaction is one of {', '.join(REDACTIONS)}")
    recipient = " ".join(recipient.split())
    if not recipient and redaction != "code-only":
        raise UsageError("say who gets papers with names or medical facts: it stands on every page")
    if len(recipient) > LONGEST_RECIPIENT:
        raise UsageError(f"say who gets the papers in at most {LONGEST_RECIPIENT} letters")
    kept = next(one for one in REDACTIONS if one == redaction)
    return Stamp(recipient=recipient, redaction=kept, made=made, copy=copy)


def shows_medical(stamp: Stamp) -> bool:
    """Tell whether the recipient may read who is a patient, where, and for how long."""
    return sees(stamp.redaction, "patient")


def shows_trip(stamp: Stamp, trip: Trip) -> bool:
    """Tell whether the recipient may read who rides on a trip: who rides to a hospital is a patient."""
    return trip.kind != "referral" or shows_medical(stamp)


def shown(
    stamp: Stamp, person: Person, household: int, *, patient: bool = False, named: Callable[[Person], str] | None = None
) -> Shown:
    """Return what a paper may say of a person.

    Parameters
    ----------
    stamp
        Whom the copy is for.
    person
        Somebody.
    household
        The number of their household on this paper: an id of a household may hold a family's name.
    patient
        Whether the paper is about somebody in treatment or on the way to it.
    named
        What they are called, where not by the people's list.
    """

    def may(field: str) -> bool:
        return sees(stamp.redaction, field, patient=patient)

    name = (named(person) if named else person.name) if may("name") else ""
    return Shown(
        code=isolated(person.id),
        name=isolated(name),
        household=isolated(person.household) if may("household") else str(household),
        age=say(f"age.{person.age_band}") if may("age_band") else _child(person),
        needs=needs(person),
    )


def _child(person: Person) -> Told:
    return say("paper.child") if person.is_child else ""


def needs(person: Person) -> Phrase:
    """Say what somebody needs on the way, as everybody who helps may know it."""
    return NOTHING if person.mobility == "walking" else say(f"paper.needs.{person.mobility}")


def isolated(text: str) -> str:
    """Return a text of somebody's so that it neither reorders what is around it nor hides anything."""
    return set_apart(text) if text else ""


def mark_of(stamp: Stamp, when: Phrase) -> Phrase:
    """Say whom a copy is for, as every page repeats it."""
    recipient = visible(stamp.recipient) or say("paper.nobody-named")
    return say("paper.mark", recipient=recipient, redaction=say(f"paper.redaction.{stamp.redaction}"), when=when,
               copy=stamp.copy)  # fmt: skip
