"""The pages of the console, a module each: `routes(console)` returns its addresses."""

from __future__ import annotations

from safepassage.server.pages import acts, approvals, clauses, entering, log, now, outboxes, settings, trust

PAGES = (now, entering, clauses, acts, approvals, log, outboxes, settings, trust)
"""In the order in which addresses are looked for."""
