"""The forms that come back from the field: what each is usually about, and what can be said on its lines."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from safepassage.ledger.paper import PREFIX
from safepassage.reports.papers import consent, convoy, driver, handover, incidents, manifest, medical, notification
from safepassage.reports.papers.kinds import BLANK

QR: Final = "safepassage:"
"""What stands before a form's name in its QR code."""

Need: TypeAlias = Literal["vehicle", "site", "place", "hospital", "party", "count", "note"]


class Act(Struct, frozen=True, kw_only=True):
    """What a line can say: about whom, what must be known besides, and whether a reason or kind can be noted."""

    of: Literal["person", "vehicle", "site", "party", "incident"] = "person"
    needs: tuple[Need, ...] = ()
    note: str = ""


_AT: Final[tuple[Need, ...]] = ("site",)
_MET: Final[tuple[Need, ...]] = ("place",)
ACTS: Final[Mapping[str, Act]] = MappingProxyType({
    "boarded": Act(needs=("vehicle", "site")), "alighted": Act(needs=("vehicle", "site")),
    "seen": Act(needs=_MET), "missing": Act(note="reason"), "found": Act(needs=_MET),
    "referred": Act(needs=("site", "hospital")), "treated": Act(needs=_AT), "returned": Act(needs=_AT),
    "retained": Act(needs=_AT, note="reason"), "found-fit": Act(), "found-unfit": Act(note="reason"),
    "died": Act(needs=_MET), "consented": Act(), "declined": Act(note="reason"), "withdrawn": Act(note="reason"),
    "departed": Act(of="vehicle", needs=("vehicle", "site"), note="reason"),
    "arrived": Act(of="vehicle", needs=("vehicle", "site")),
    "broke-down": Act(of="vehicle", needs=("vehicle",), note="reason"),
    "repaired": Act(of="vehicle", needs=("vehicle",)),
    "head-counted": Act(of="vehicle", needs=("vehicle", "count")),
    "head-counted-at-site": Act(of="site", needs=("site", "count")),
    "handed-over": Act(of="vehicle", needs=("vehicle", "count", "party")),
    "incident": Act(of="incident", needs=("note",), note="kind"),
    "acknowledged": Act(of="party", needs=("note",), note="what"),
    "objected": Act(of="party", needs=("note",), note="what"),
})  # fmt: skip
"""In the order in which they are offered. What is asked for first (removals, disclosures) is not taken from paper."""

FORMS: Final[Mapping[str, str]] = MappingProxyType({
    manifest.KIND: "boarded", driver.KIND: "arrived", convoy.ORDER: "departed", convoy.TIMETABLE: "arrived",
    consent.KIND: "consented", medical.KIND: "referred", notification.KIND: "acknowledged",
    handover.KIND: "handed-over", incidents.KIND: "incident",
})  # fmt: skip
"""Kind of form -> what its lines usually say."""

LONGEST_ID: Final = 64
_NOT_IN_IDS: Final = re.compile(r"[\s\x00-\x1f\x7f]+")


class Form(Struct, frozen=True, kw_only=True):
    """A form by its printed name: the kind, whom or what it is about (empty on a blank one), and which part."""

    kind: str
    about: str = ""
    part: str = ""

    @property
    def name(self) -> str:
        """As it is printed."""
        return "/".join(filter(None, ("" if self.about else BLANK, self.kind, self.about, self.part)))


def read_form(text: str) -> Form | None:
    """Read the name that stands at the foot of a form, typed or scanned; None when there is no such form.

    Parameters
    ----------
    text
        `manifest/B1`, `manifest/B1/2`, `blank/handover`, with or without `safepassage:`.
    """
    parts = text.strip().removeprefix(QR).split("/")
    if parts[0].casefold() == BLANK:
        parts = parts[1:] or [""]
    kind = parts[0].strip().casefold()
    if kind not in FORMS or len(parts) > 3:
        return None
    about, part = (*(one.strip() for one in parts[1:]), "", "")[:2]
    return Form(kind=kind, about=about, part=part)


def device_of(form: Form, about: str, day: str, number: str) -> str:
    """Return the id under which a sheet stands in the ledger: the same for whoever enters it, wherever.

    Parameters
    ----------
    form
        What kind of sheet.
    about
        The vehicle or site that stands on it, where its printed name has none.
    day, number
        Its date, and the number that was written on it.
    """
    parts = (form.kind, form.about or about, form.part, day, number.upper())
    said = [_NOT_IN_IDS.sub("_", one).replace("/", "_") for one in parts if one]
    found = PREFIX + "/".join(said)
    if len(found) > LONGEST_ID:
        short = hashlib.sha256(found.encode()).hexdigest()[:12]
        found = f"{PREFIX}{form.kind}/{short}/{day}/{number.upper()}"
    return found
