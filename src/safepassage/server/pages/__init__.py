"""The pages of the console, a module each: `routes(console)` returns its addresses."""

from __future__ import annotations

from safepassage.server.pages import (
    account,
    accounts,
    entering,
    log,
    now,
    outboxes,
    positions,
    settings,
    timeline,
    trust,
    vehicle_map,
)  # fmt: skip

PAGES = (now, entering, vehicle_map, timeline, log, positions, outboxes, settings, account, accounts, trust)
"""In the order in which addresses are looked for."""
