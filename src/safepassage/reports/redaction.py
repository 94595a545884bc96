"""What each recipient may see of a person: one table, for papers and exports alike.

A list of people is a target list. Three ways to hand one out: `full` to who is answerable for the people and acts for
them (names and households, of medicine only what moving somebody takes); `medical` to who treats them (a name to make
sure of the patient, and what concerns treatment); `code-only` to all others (the code on the wristband, the vehicle,
and what helping somebody aboard takes). Some fields leave the program in none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias, get_args

from safepassage.model.errors import UsageError
from safepassage.model.operation import PartyRole

Redaction: TypeAlias = Literal["full", "medical", "code-only"]
REDACTIONS: Final[tuple[Redaction, ...]] = get_args(Redaction)

_TABLE: Final = """
    field               full  medical  code-only
    code                yes   yes      yes
    token               yes   yes      yes
    vehicle             yes   yes      yes
    trip                yes   yes      yes
    departs             yes   yes      yes
    arrives             yes   yes      yes
    site                yes   yes      yes
    destination         yes   yes      yes
    needs               yes   yes      yes
    name                yes   yes      no
    mobility            yes   yes      no
    age_band            yes   yes      no
    carer               yes   yes      no
    place               yes   yes      no
    since               yes   yes      no
    died                yes   yes      no
    household           yes   no       no
    status              yes   no       no
    registered          yes   no       no
    identity_known      yes   no       no
    walked_in           yes   no       no
    choice              yes   no       no
    destination_told    yes   no       no
    briefed             yes   no       no
    custody             yes   no       no
    missing             yes   no       no
    removed             yes   no       no
    key_destroyed       yes   yes      yes
    fit_to_travel       no    yes      no
    treatment           no    yes      no
    hospital            no    yes      no
    referral            no    yes      no
    referred            no    yes      no
    triage              no    yes      no
    medical_notes       no    yes      no
    accompanied_by      no    yes      no
    detained            no    no       no
    apart_from          no    no       no
    group               no    no       no
    source              no    no       no
"""
"""Kept as it is read. `detained`, `apart_from` and `group` say of somebody what may cost them their life in the wrong
hands: a claimed role above all. A party that holds somebody knows; a protection officer tells others by word."""


def _read(table: str) -> dict[str, frozenset[Redaction]]:
    heads, *rows = (line.split() for line in table.strip().splitlines())
    if tuple(heads[1:]) != REDACTIONS:
        raise KeyError(heads)
    return {
        field: frozenset(redaction for redaction, shown in zip(REDACTIONS, shows, strict=True) if shown == "yes")
        for field, *shows in rows
    }


FIELDS: Final[Mapping[str, frozenset[Redaction]]] = MappingProxyType(_read(_TABLE))
"""Field of a person -> the redactions that show it."""

MOST_FOR: Final[Mapping[PartyRole, Redaction]] = MappingProxyType({
    "operator": "full", "authority": "full", "guarantor": "code-only", "signatory": "code-only",
    "observer": "code-only", "not-consenting": "code-only",
})  # fmt: skip
"""What a party of the operation is given at most without a word of somebody who may say otherwise, by its role."""


def redaction_named(text: str) -> Redaction:
    """Return the redaction of a name.

    Raises
    ------
    UsageError
        When there is none of this name.
    """
    for redaction in REDACTIONS:
        if text.strip().lower() == redaction:
            return redaction
    raise UsageError(f"no redaction is called {text[:40]!r}; there are {', '.join(REDACTIONS)}")


def shows(redaction: Redaction, field: str) -> bool:
    """Tell whether a redaction shows a field of a person.

    Parameters
    ----------
    redaction
        For whom.
    field
        One of `FIELDS`. What the table does not know is shown to nobody.
    """
    return redaction in FIELDS.get(field, frozenset())


def fields_of(redaction: Redaction) -> tuple[str, ...]:
    """Return the fields that a redaction shows, in the order of the table."""
    return tuple(field for field, to in FIELDS.items() if redaction in to)


def redacted(person: Mapping[str, Any], redaction: Redaction) -> dict[str, Any]:
    """Return what may be seen of a person: fields that may not are not there, rather than empty.

    Parameters
    ----------
    person
        Field -> what it says.
    redaction
        For whom.
    """
    return {field: value for field, value in person.items() if shows(redaction, field)}


def usual_for(role: PartyRole | None) -> Redaction:
    """Return what somebody is given who asks for nothing else: a party by its role, anybody else codes alone.

    Parameters
    ----------
    role
        Of the party; None: it is none of the operation's.
    """
    return "code-only" if role is None else MOST_FOR[role]


def needs_of(mobility: str, *, escorted: bool) -> tuple[str, ...]:
    """Say what moving somebody takes, with no word of why: what everybody aboard may know.

    Parameters
    ----------
    mobility
        walking, wheelchair or stretcher; empty: not known.
    escorted
        Whether somebody must ride beside them.

    Returns
    -------
    tuple
        `wheelchair`, `stretcher` and `escort-needed`, where they hold.
    """
    found = (mobility,) if mobility in ("wheelchair", "stretcher") else ()
    return (*found, "escort-needed") if escorted else found
