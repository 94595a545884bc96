"""Typed ids: a vehicle's id cannot be handed where a person's is expected."""

from __future__ import annotations

from typing import NewType

PersonId = NewType("PersonId", str)
HouseholdId = NewType("HouseholdId", str)
SiteId = NewType("SiteId", str)
VehicleId = NewType("VehicleId", str)
LinkId = NewType("LinkId", str)
PartyId = NewType("PartyId", str)
ConvoyId = NewType("ConvoyId", str)
ClauseId = NewType("ClauseId", str)
MilestoneId = NewType("MilestoneId", str)
TripId = NewType("TripId", str)
