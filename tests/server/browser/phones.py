"""A phone's browser as a process of its own, with a profile on the disk: it can be killed and started again."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from conftest import BROWSER_ARGUMENTS, browser_path, without_browser


class Phone:
    """A running browser that keeps its profile in a folder.

    It is driven by the playwright of the session's browser: there is only one such in a process.
    """

    def __init__(self, chromium: Browser, profile: Path) -> None:
        path = browser_path()
        if path is None:
            without_browser()
        self._process = subprocess.Popen(
            [str(path), *BROWSER_ARGUMENTS, f"--user-data-dir={profile}", "--remote-debugging-port=0", "about:blank"],
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stderr is not None
        address = next(line.split()[-1].decode() for line in self._process.stderr if b"DevTools listening on" in line)
        self._browser: Browser = chromium.browser_type.connect_over_cdp(address)

    def page(self, address: str) -> Page:
        """Open an address in a new tab."""
        page = self._browser.contexts[0].new_page()
        page.goto(address)
        return page

    def kill(self) -> None:
        """Pull the plug: every process of the browser at once, with no word to any of them."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()


@contextmanager
def started(chromium: Browser, profile: Path) -> Iterator[Phone]:
    """Lend a phone, and pull its plug in the end."""
    phone = Phone(chromium, profile)
    try:
        yield phone
    finally:
        phone.kill()
