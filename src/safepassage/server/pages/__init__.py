"""The pages of the console, a module each: `routes(console)` returns its addresses."""

from __future__ import annotations

from safepassage.server.pages import entering, log, manifests, now, outboxes, people, settings, trust

PAGES = (now, entering, people, manifests, log, outboxes, settings, trust)
"""In the order in which addresses are looked for."""
