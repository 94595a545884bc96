"""What each reader may be told: one table for lists, papers and accounts alike.

A list of people is a target list. What the table does not grant leaves the program in no file; what it does not know
is told to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, get_args

Level: TypeAlias = Literal["full", "names", "medical", "code-only", "partner", "public"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
"""Who reads: who answers for the whole movement; who acts for the people and does not treat them; who treats them; who
needs codes alone; partners outside; everybody."""

Grant: TypeAlias = Literal["yes", "patients", "no"]
GRANTS: Final[tuple[Grant, ...]] = get_args(Grant)
"""Of everybody; of patients alone; of nobody."""

_TABLE: Final = """
    field               full  names  medical   code-only  partner  public
    code                yes   yes    yes       yes        no       no
    token               yes   yes    yes       yes        no       no
    vehicle             yes   yes    yes       yes        no       no
    trip                yes   yes    yes       yes        no       no
    departs             yes   yes    yes       yes        no       no
    arrives             yes   yes    yes       yes        no       no
    site                yes   yes    yes       yes        no       no
    destination         yes   yes    yes       yes        no       no
    needs               yes   yes    yes       yes        no       no
    child               yes   yes    yes       yes        no       no
    key_destroyed       yes   yes    yes       yes        no       no
    name                yes   yes    patients  no         no       no
    age_band            yes   yes    patients  no         no       no
    mobility            yes   yes    yes       no         no       no
    carer               yes   yes    yes       no         no       no
    place               yes   yes    yes       no         no       no
    since               yes   yes    yes       no         no       no
    died                yes   yes    yes       no         no       no
    household           yes   yes    no        no         no       no
    status              yes   yes    no        no         no       no
    registered          yes   yes    no        no         no       no
    identity_known      yes   yes    no        no         no       no
    walked_in           yes   yes    no        no         no       no
    choice              yes   yes    no        no         no       no
    destination_told    yes   yes    no        no         no       no
    briefed             yes   yes    no        no         no       no
    custody             yes   yes    no        no         no       no
    missing             yes   yes    no        no         no       no
    removed             yes   yes    no        no         no       no
    patient             yes   no     yes       no         no       no
    fit_to_travel       yes   no     yes       no         no       no
    treatment           yes   no     yes       no         no       no
    hospital            yes   no     yes       no         no       no
    referral            yes   no     yes       no         no       no
    referred            yes   no     yes       no         no       no
    triage              yes   no     yes       no         no       no
    medical_notes       yes   no     yes       no         no       no
    accompanied_by      yes   no     yes       no         no       no
    positions           yes   no     no        yes        yes      no
    words               yes   no     no        yes        yes      no
    devices             yes   no     no        yes        no       no
    detained            no    no     no        no         no       no
    apart_from          no    no     no        no         no       no
    group               no    no     no        no         no       no
    source              no    no     no        no         no       no
"""
"""Kept as it is read. `patient` is that somebody is one, and who is at a hospital; `positions`, `words` and `devices`
are where vehicles and how many people are, what parties said, and what is known of devices: told in accounts, which
are not given to `names` and `medical`. `detained`, `apart_from` and `group` say of somebody what may cost them their
life in the wrong hands: a claimed role above all. A party that holds somebody knows; a protection officer tells others
by word."""


def _read(table: str) -> dict[str, Mapping[Level, Grant]]:
    heads, *rows = (line.split() for line in table.strip().splitlines())
    if tuple(heads[1:]) != LEVELS:
        raise KeyError(heads)
    granted: dict[str, Grant] = {one: one for one in GRANTS}
    return {
        field: MappingProxyType({level: granted[cell] for level, cell in zip(LEVELS, cells, strict=True)})
        for field, *cells in rows
    }


FIELDS: Final[Mapping[str, Mapping[Level, Grant]]] = MappingProxyType(_read(_TABLE))
"""What may be told -> level -> of whom."""


def sees(level: Level, field: str, *, patient: bool = False) -> bool:
    """Tell whether a reader may be told something.

    Parameters
    ----------
    level
        Who reads.
    field
        One of `FIELDS`. What the table does not know is told to nobody.
    patient
        Whether it is of a patient.
    """
    granted = FIELDS[field][level] if field in FIELDS else "no"
    return granted == "yes" or (patient and granted == "patients")
