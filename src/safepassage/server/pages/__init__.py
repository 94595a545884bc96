"""The pages of the console, a module each: `routes(console)` returns its addresses."""

from __future__ import annotations

from safepassage.server.pages import account, accounts, entering, log, now, outboxes, settings, trust

PAGES = (now, entering, log, outboxes, settings, account, accounts, trust)
"""In the order in which addresses are looked for."""
