"""What every test may ask for: a browser, and property tests that do not depend on the machine's speed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

# Software rendering in a sandboxless process that reaches no network: the same pictures on every machine.
BROWSER_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # this machine under a name that is not its own: what browsers call not secure
    "--host-resolver-rules=MAP phone.test 127.0.0.1",
)

# No deadline per example: a slow machine is no fault. In CI the same examples every time: a red run can be repeated.
settings.register_profile("house", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "house")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Let programs that a test starts count no lines where the test itself counts none.

    Counting takes more than half of the time. Tests of many drawn cases are marked `no_cover`: what they run is
    counted by the tests of its parts.
    """
    if item.get_closest_marker("no_cover") is None:
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    """Count no lines either of what is made for such a test; pytest-cov sees to the test itself."""
    counting = item.config.pluginmanager.getplugin("_cov")
    controller = getattr(counting, "cov_controller", None)
    if controller is None or item.get_closest_marker("no_cover") is None:
        return (yield)
    controller.pause()
    try:
        return (yield)
    finally:
        controller.resume()


def browser_path() -> Path | None:
    """Find the browser: SAFEPASSAGE_CHROMIUM, else the first of BROWSERS on the path."""
    named = os.environ.get("SAFEPASSAGE_CHROMIUM")
    if named:
        return Path(named)
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return Path(found) if found else None


def without_browser() -> None:
    """Skip for want of a browser, except in CI, where a skipped check would pass for a made one."""
    words = "no Chromium or Chrome found: install one, or set SAFEPASSAGE_CHROMIUM=/path/to/it"
    if os.environ.get("CI") == "true":
        pytest.fail(words, pytrace=False)
    pytest.skip(words)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Lend a running headless browser, without network of its own."""
    path = browser_path()
    if path is None:
        without_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(BROWSER_ARGUMENTS))
        yield browser
        browser.close()
