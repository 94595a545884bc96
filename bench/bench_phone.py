"""Time until a phone of a slow network is usable: the check-in page and the first page of the console.

The reference case is served in a process of its own. A real Chromium stands in for the phone: its processor is slowed
down, and every byte goes through a network of so many bits a second with so long a way (Chrome's own profiles). *Seen*
is when the first content is painted, *usable* when the answer to the first tap is: a script in the page taps as soon as
there is something to tap on the screen, and waits until what was tapped answers and that is painted. Both count from
where the browser began to go to the address. All is measured inside the page: what drives a browser from outside works
in the page too, a second and more on a processor so slow. Cold is a browser that was never here; warm has the page's
files from its last visit, in the service worker or in its cache. A round begins with a new profile.
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


USE: Final = """(() => {
  const found = (selector) => document.querySelector(selector);
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const when = (what) => new Promise((done) => {
    const look = () => what() && (watcher.disconnect(), done(what()));
    const watcher = new MutationObserver(look);
    watcher.observe(document, { attributes: true, characterData: true, childList: true, subtree: true });
    document.addEventListener("DOMContentLoaded", look);
    look();
  });
  const use = async () => { USE };
  void use().then(painted).then(() => console.info("usable", performance.now()));
})();"""
"""Put in the page before its own scripts. In place of USE: how the page is used, up to the answer."""

ENROL: Final = "await when(() => found('html[data-ready]'));"
"""The field for the code and its button stand there and answer."""

TAP: Final = """
  await when(() => found("[data-person] .act"));
  await painted();
  [...document.querySelectorAll("[data-person] .act")].at(-1).click();
  await when(() => found("#said:not(:empty), dialog[open]"));
"""
"""The last button of the list is tapped; what it records is on the disk when the page says so."""

READ: Final = """
  await when(() => found("#live") && document.readyState !== "loading" && found("main a, main summary"));
  await painted();
  found("main a, main summary").focus();
"""
"""What the first page tells stands there, its scripts have begun, and it is gone through by keyboard."""


def visit(context: BrowserContext, address: str, profile: dict[str, float], use: str) -> dict[str, float]:
    """Open an address slowly and use it; return what was seen when, and how much came over the network."""
    page = context.new_page()
    page.add_init_script(USE.replace("USE", use))
    throttle(context, page, profile)
    with page.expect_console_message(lambda told: told.text.startswith("usable ")) as told:
        page.goto(address, wait_until="commit")
    usable = float(told.value.text.split()[1])
    seen, sent = page.evaluate(PAINTED), page.evaluate(BYTES)
    page.close()
    return {"seen_ms": seen, "usable_ms": usable, "bytes": sent}


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
                    visit(context, f"{address}/static/check-in/index.html", profile, ENROL)
                )
                page = context.new_page()
                _let_in(page, code(slug))
                page.close()
                took.setdefault("check-in, from the service worker", []).append(
                    visit(context, f"{address}/static/check-in/index.html", profile, TAP)
                )
                context.close()
                context = browser.new_context(**playwright.devices["Pixel 5"])
                context.add_cookies([{"name": "safepassage-session", "value": cookie, "url": address}])
                for key in ("now, first visit", "now, again"):
                    took.setdefault(key, []).append(visit(context, f"{address}/", profile, READ))
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
