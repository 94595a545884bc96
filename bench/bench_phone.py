"""Time until a phone of a slow network is usable: the check-in page and the first page of the console.

The reference case is served in a process of its own. A real Chromium stands in for the phone: its processor is slowed
down, and every byte goes through a network of so many bits a second with so long a way (Chrome's own profiles). *Seen*
is when the first content is painted, *usable* when the list answers a tap: the row's sheet is open, or a search has its
answer. Cold is a browser that was never here; warm has the page's files from its last visit, in the service worker or
in its cache. A round begins with a new profile.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final

from playwright.sync_api import BrowserContext, Page, sync_playwright

from bench_screens import PASSWORD, REFERENCE
from bench_server import device
from record import record
from safepassage.desk.accounts import Accounts

PROFILES: Final[dict[str, dict[str, float]]] = {
    "4G": {"kbit_s": 9000, "latency_ms": 60, "processor": 4},
    "fast 3G": {"kbit_s": 1475, "latency_ms": 165, "processor": 4},
    "slow 3G": {"kbit_s": 400, "latency_ms": 400, "processor": 6},
}
"""As Lighthouse and Chrome's tools apply them: bits a second each way, the least time of a way there and back, and how
many times slower the processor is than this machine's."""

PAINTED: Final = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
POST: Final = "arsal"
"""A site of the reference case, with 112 people who wait there."""

SENT: Final = "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"
BYTES: Final = f"{SENT}.reduce((sum, one) => sum + one.transferSize, 0)"


def serving(folder: Path, port: int) -> None:
    """Serve the folder, in a process of its own."""
    from bench_screens import serving as serve  # noqa: PLC0415

    one = device("D000")
    serve(folder, port, one.device, one.public_key)


def throttle(context: BrowserContext, page: Page, profile: dict[str, float]) -> None:
    """Slow a page down: its network and its processor."""
    devtools = context.new_cdp_session(page)
    speed = profile["kbit_s"] * 1000 / 8
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": profile["latency_ms"], "downloadThroughput": speed, "uploadThroughput": speed,
    })  # fmt: skip
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": profile["processor"]})


def visit(context: BrowserContext, address: str, profile: dict[str, float], use: Callable[[Page], None]) -> Any:
    """Open an address slowly and use it; return what was seen when, and how much came over the network."""
    page = context.new_page()
    throttle(context, page, profile)
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    use(page)
    usable = time.perf_counter() - began
    seen, sent = page.evaluate(PAINTED), page.evaluate(BYTES)
    page.close()
    return {"seen_ms": seen, "usable_ms": 1000 * usable, "bytes": sent}


def tap_somebody(page: Page) -> None:
    """Tap a button in the check-in list, and wait until what it says is recorded."""
    page.locator("[data-person] button").last.click()
    page.locator("#said:not(:empty), dialog[open]").first.wait_for(state="attached")


def look_around(page: Page) -> None:
    """Wait until the first page of the console answers: its script has begun, and what is told stands there."""
    page.locator("#live").wait_for()
    page.wait_for_function("document.readyState !== 'loading'")
    page.locator("main a, main summary").first.focus()


def measure(port: int, rounds: int, code: Callable[[str], str], cookie: str) -> dict[str, Any]:
    """Visit everything on every profile, so many times."""
    address = f"http://127.0.0.1:{port}"
    found: dict[str, Any] = {}
    with sync_playwright() as playwright:
        chromium = os.environ.get("SAFEPASSAGE_CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, profile in PROFILES.items():
            took: dict[str, list[Any]] = {}
            for turn in range(rounds):
                context = browser.new_context(**playwright.devices["Pixel 5"])
                slug = f"{name.replace(' ', '-')}-{turn}"
                took.setdefault("check-in, first visit", []).append(
                    visit(context, f"{address}/static/check-in/index.html", profile, _is_ready)
                )
                page = context.new_page()
                _let_in(page, code(slug))
                page.close()
                took.setdefault("check-in, from the service worker", []).append(
                    visit(context, f"{address}/static/check-in/index.html", profile, tap_somebody)
                )
                context.close()
                context = browser.new_context(**playwright.devices["Pixel 5"])
                context.add_cookies([{"name": "safepassage-session", "value": cookie, "url": address}])
                for key in ("now, first visit", "now, again"):
                    took.setdefault(key, []).append(visit(context, f"{address}/", profile, look_around))
                context.close()
            found[name] = {
                key: {field: round(median(one[field] or 0 for one in those)) for field in those[0]}
                for key, those in took.items()
            }
            print(name, found[name], flush=True)
        browser.close()
    return found


def _is_ready(page: Page) -> None:
    page.locator("html[data-ready]").wait_for()


def _let_in(page: Page, address: str) -> None:
    """Let the phone in, begin at a bus, and wait until the page would start without a network."""
    page.goto(address)
    _is_ready(page)
    page.locator("#main button.main").click()
    page.locator("#main input").fill("N1")
    page.get_by_role("button", name=POST, exact=True).click()
    page.locator("[data-person]").first.wait_for()
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")


def main() -> None:
    """Measure, show and record."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--no-record", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "op"
        shutil.copytree(REFERENCE, folder)
        accounts = Accounts(folder / "accounts.sqlite")
        accounts.join(accounts.first_code(), "N1", PASSWORD, "bench")
        session = accounts.log_in("N1", PASSWORD, "bench")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = multiprocessing.get_context("spawn").Process(target=serving, args=(folder, port))
        server.start()
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)

        def code(name: str) -> str:
            secret = accounts.offer_enrolment(session.who, name, "coordinator", "")
            return f"http://127.0.0.1:{port}/enrol#{secret}"

        try:
            found = measure(port, chosen.rounds, code, session.token)
        finally:
            server.terminate()
            server.join(30)
            server.kill()
            accounts.close()
    if not chosen.no_record:
        print(record("phone", {"rounds": chosen.rounds, "profiles": PROFILES, "found": found}))


if __name__ == "__main__":
    main()
