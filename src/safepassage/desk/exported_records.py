"""Records about single people for other programs: for who looks for them (PFIF), and for hospitals (FHIR).

The first kind is copied from place to place and cannot be called back. So nobody is in it but who said so themselves,
for this and for no longer than a date: a list of consents is handed in, which is no part of the consent to travel.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from safepassage.desk.exported_people import people_told
from safepassage.desk.material import Material
from safepassage.exchange.fhir import Hospital, Referral, State
from safepassage.exchange.pfif import Note, NoteStatus, Record, tombstone
from safepassage.exchange.plain_text import unguarded
from safepassage.model.errors import UsageError
from safepassage.model.people import CHILD_BANDS
from safepassage.model.plan import Referral as PlannedReferral

LONGEST_CONSENT: Final = timedelta(days=365)
"""For which a record may be handed on; the format asks for an end, not for an early one. An assumption of ours."""


class Consented(Struct, frozen=True, kw_only=True):
    """Somebody said that they want to be found: until when, and for a child, which adult said so."""

    until: datetime
    by: str = ""


def read_consents(data: bytes, zone_of: Material) -> dict[str, Consented]:
    """Read a list of consents: a CSV with the columns `id`, `until` (a date or an instant) and `by`.

    Parameters
    ----------
    data
        The file.
    zone_of
        In whose time zone a date without offset is; it counts until its end.

    Raises
    ------
    UsageError
        When it is no such list, or a consent has no end, or one too far off.
    """
    found: dict[str, Consented] = {}
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"the list of consents is no CSV in UTF-8: {error}") from error
    if not rows or not {"id", "until"} <= rows[0].keys():
        raise UsageError("the list of consents needs the columns id and until, and a row for each person")
    for row in rows:
        code = unguarded((row["id"] or "").strip())
        until = _until(code, (row["until"] or "").strip(), zone_of)
        if until > zone_of.made + LONGEST_CONSENT:
            raise UsageError(f"{code}: a consent of more than {LONGEST_CONSENT.days} days; ask again nearer to the end")
        found[code] = Consented(until=until, by=unguarded((row.get("by") or "").strip()))
    return found


def _until(code: str, text: str, zone_of: Material) -> datetime:
    try:
        until = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{code}: until when? expected a date such as 2026-03-31; found {text[:40]!r}") from error
    if until.tzinfo is None:
        whole_day = timedelta(days=1) if len(text) <= len("2026-03-31") else timedelta(0)
        until = until.replace(tzinfo=zone_of.zone) + whole_day
    return until


def records(material: Material, consents: Mapping[str, Consented], domain: str) -> Iterator[Record]:
    """Yield a record of each person who consented to be found; of the erased and the expired a tombstone.

    A record says the name and whether the person is believed to be alive; never where they are.

    Parameters
    ----------
    material
        What is known.
    consents
        By code.
    domain
        Of who answers for the records.

    Raises
    ------
    UsageError
        When somebody in the list is not known, has no name, or is a child for whom no adult spoke.
    """
    waiting = dict(consents)
    for person in people_told(material):
        consent = waiting.pop(person["code"], None)
        if consent is None:
            continue
        record = f"{domain}/{person['code']}"
        if person.get("key_destroyed") or person.get("removed"):
            yield tombstone(record, min(material.made, consent.until))
            continue
        if not person.get("name"):
            raise UsageError(f"{person['code']}: nobody can be found without a name; take the row out of the consents")
        if person.get("age_band") in CHILD_BANDS and not consent.by:
            raise UsageError(f"{person['code']}: a child; write into `by` which adult answers for the child's consent")
        note = Note(record=f"{record}.note", author=domain, said=material.made, status=_believed(material, person))
        yield Record(
            record=record, source_date=material.made, entry_date=material.made, expires=consent.until,
            full_name=person["name"], author=domain, source=material.operation.title or material.operation.id,
            notes=(note,) if note.status else (),
        )  # fmt: skip
    if waiting:
        raise UsageError(f"nobody of this code is known: {', '.join(sorted(waiting)[:8])}")


def _believed(material: Material, person: Mapping[str, object]) -> NoteStatus:
    """Return what a record may say: a death is for the family to hear from a person, so it is never said here."""
    if material.state is None or person.get("died"):
        return ""
    if person.get("missing"):
        return "believed_missing"
    return "believed_alive" if person.get("place") else ""


def referrals(material: Material, only: frozenset[str] | None = None) -> Iterator[Referral]:
    """Yield the referrals of the plan and the record: where somebody is treated, and how it stands.

    Parameters
    ----------
    material
        What is known.
    only
        Those whom it may be about; None: everybody.
    """
    planned = {one.person: one for one in material.plan.referrals} if material.plan else {}
    for person in people_told(material, only):
        code = person["code"]
        plan, said = planned.get(code), person.get("referral", "")
        hospital = person.get("hospital") or (plan.hospital if plan else "")
        if person.get("key_destroyed") or not hospital or not (plan or said):
            continue
        state: State = "died" if person.get("died") and said else said or "planned"
        yield Referral(
            person=code, hospital=hospital, state=state, needs=tuple(need for need in person.get("needs", ())
            if need != "escort-needed"), asked=person.get("referred") or material.at(0),
            with_escort="escort-needed" in person.get("needs", ()), **_times(material, plan, person.get("referred")),
        )  # fmt: skip


def _times(material: Material, plan: PlannedReferral | None, referred: datetime | None) -> dict[str, datetime | None]:
    begins = referred or (material.at(plan.treated_from_s) if plan else None)
    ends = material.at(plan.treated_until_s) if plan else None
    return {"begins": begins, "ends": ends if ends and begins and ends >= begins else None}


def hospitals(material: Material, wanted: set[str]) -> list[Hospital]:
    """Return the hospitals that referrals name.

    Parameters
    ----------
    material
        What is known.
    wanted
        Their ids.
    """
    names = {str(site.id): site.name or site.name_ar for site in material.operation.sites}
    return [Hospital(id=one, name=names.get(one, "")) for one in sorted(wanted)]
