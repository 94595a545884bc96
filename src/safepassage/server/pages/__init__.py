"""The pages of the console, a module each: `routes(console)` returns its addresses."""

from __future__ import annotations

from safepassage.server.pages import (
    account,
    accounts,
    acts,
    approvals,
    claims,
    clauses,
    closing,
    entering,
    exports,
    lists,
    log,
    manifests,
    now,
    outboxes,
    paper,
    papers,
    people,
    planning,
    positions,
    settings,
    situation,
    timeline,
    trust,
    vehicle_map,
)  # fmt: skip

PAGES = (
    now, entering, people, lists, planning, manifests, timeline, vehicle_map, clauses, situation, claims, acts,
    approvals, papers, paper, log, exports, positions, outboxes, settings, closing, account, accounts, trust,
)  # fmt: skip
"""In the order in which addresses are looked for."""
