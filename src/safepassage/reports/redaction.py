"""What of a person each redaction of a list shows, by the table of `model`.

Three ways to hand out a list of people: `full` to who is answerable for the people and acts for them (names and
households, of medicine only what moving somebody takes); `medical` to who treats them (the names of patients, to make
sure of them, and what concerns treatment); `code-only` to all others (the code on the wristband, the vehicle, and what
helping somebody aboard takes).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, get_args

from safepassage.model.errors import UsageError
from safepassage.model.operation import PartyRole
from safepassage.model.redaction import Level, sees

Redaction: TypeAlias = Literal["full", "medical", "code-only"]
REDACTIONS: Final[tuple[Redaction, ...]] = get_args(Redaction)

LEVELS: Final[Mapping[Redaction, Level]] = MappingProxyType({
    "full": "names", "medical": "medical", "code-only": "code-only",
})  # fmt: skip
"""Redaction of a list -> the reader in the table of `model`. A list is a file that is copied: a full one goes without
what is medical."""

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


def shows(redaction: Redaction, field: str, *, patient: bool) -> bool:
    """Tell whether a redaction shows a field of a person.

    Parameters
    ----------
    redaction
        For whom.
    field
        As the table of `model` calls it. What it does not know is shown to nobody.
    patient
        Whether the person is one.
    """
    return sees(LEVELS[redaction], field, patient=patient)


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
