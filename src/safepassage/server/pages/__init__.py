"""The pages of the console, a module each: `routes(console)` returns its addresses."""

from __future__ import annotations

from safepassage.server.pages import entering, log, now, settings, trust

PAGES = (now, entering, log, settings, trust)
"""In the order in which addresses are looked for."""
