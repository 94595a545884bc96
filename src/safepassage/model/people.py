"""Who moves."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from safepassage.model.ids import HouseholdId, PersonId, SiteId

Mobility = Literal["walking", "wheelchair", "stretcher"]
AgeBand = Literal["infant", "child", "adult", "older"]
Choice = Literal["consented", "declined", "withdrawn"]

MOBILITIES: tuple[Mobility, ...] = ("walking", "wheelchair", "stretcher")
CHILD_BANDS: frozenset[AgeBand] = frozenset(("infant", "child"))


class Person(Struct, frozen=True, kw_only=True):
    """A person who is asked whether they want to move, and what moving them needs.

    `household` members ride together, except on the way to and from a hospital.
    `site` is where the person waits. `destination` is where they end; empty means any shelter
    or destination. `carer` rides beside the person on every ride. `treatment_s` above zero means a
    referral: to a hospital (`hospital`, or any), treated that long, and back at `site` before
    the person's departure. `group` is a label that ratio clauses count by.
    """

    id: PersonId
    household: HouseholdId
    site: SiteId
    destination: SiteId = SiteId("")
    mobility: Mobility = "walking"
    age_band: AgeBand = "adult"
    choice: Choice = "consented"
    fit_to_travel: bool = True
    carer: PersonId = PersonId("")
    treatment_s: int = 0
    hospital: SiteId = SiteId("")
    apart_from: tuple[PersonId, ...] = ()
    group: str = ""
    name: str = ""
    source: str = ""

    @property
    def is_child(self) -> bool:
        """Whether the person may only ride with an adult of their household."""
        return self.age_band in CHILD_BANDS

    @property
    def travels(self) -> bool:
        """Whether the person asked to move and is fit to (consented, fit to travel)."""
        return self.choice == "consented" and self.fit_to_travel
