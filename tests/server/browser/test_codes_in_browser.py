"""Codes read without the browser's own reader, and what is unsent as a series of codes from one phone to another."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator

import pytest
import segno
from playwright.sync_api import Browser, Page, expect

from server.browser.bus_door import BusDoor, violations
from server.browser.phone_server import PhoneServer

WITHOUT_READER = "delete globalThis.BarcodeDetector;"
WITHOUT_CAMERA = "Object.defineProperty(navigator, 'mediaDevices', { value: undefined });"
CAMERA = """
const screen = document.createElement("canvas");
[screen.width, screen.height] = [640, 640];
globalThis.pointAt = async (address) => {
  const picture = await createImageBitmap(await (await fetch(address)).blob());
  const context = screen.getContext("2d");
  context.fillStyle = "#888";
  context.fillRect(0, 0, 640, 640);
  context.drawImage(picture, 40, 40, 560, 560);
};
navigator.mediaDevices.getUserMedia = async () => screen.captureStream(20);
"""


def picture(text: str) -> bytes:
    """Draw a QR code."""
    drawn = io.BytesIO()
    segno.make(text, micro=False).save(drawn, kind="png", scale=8, border=4)
    return drawn.getvalue()


def address_of(png: bytes) -> str:
    """Write a picture as an address that a page can fetch without asking anybody."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


@pytest.fixture
def second(chromium: Browser, server: PhoneServer) -> Iterator[BusDoor]:
    """Lend a second phone, whose browser reads no codes."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en", bypass_csp=True)
    context.add_init_script(WITHOUT_READER + CAMERA)
    yield BusDoor(context.new_page(), server)
    context.close()


def shown_code(page: Page) -> str:
    """Return the code that a phone shows, as a picture."""
    address: str = page.locator("canvas.code").evaluate("(one) => one.toDataURL()")
    return address


def test_a_browser_without_a_reader_reads_a_card_by_the_camera(second: BusDoor) -> None:
    second.open()
    second.page.locator("button.scan").click()
    second.page.locator("#sheet video").wait_for()
    second.page.wait_for_function("document.querySelector('video').srcObject")
    second.page.evaluate("(one) => pointAt(one)", address_of(picture("P004")))
    expect(second.page.locator("#sheet-title")).to_contain_text("P004")


def test_without_a_camera_a_picture_of_the_card_is_read(check_in: BusDoor) -> None:
    page = check_in.page
    page.add_init_script(WITHOUT_READER + WITHOUT_CAMERA)
    check_in.open()
    page.locator("button.scan").click()
    assert violations(page) == []
    chosen = page.locator("#sheet input[type=file]")
    chosen.set_input_files({"name": "no.txt", "mimeType": "text/plain", "buffer": b"no picture"})
    expect(page.locator("#sheet [role=alert]")).to_contain_text("No code is seen")
    chosen.set_input_files({"name": "card.png", "mimeType": "image/png", "buffer": picture("P005")})
    expect(page.locator("#sheet-title")).to_contain_text("P005")


def test_what_is_unsent_goes_from_screen_to_camera(check_in: BusDoor, second: BusDoor) -> None:
    check_in.open()
    second.open(device="D2", post="B2")
    check_in.page.context.set_offline(True)
    for person in ("P001", "P002", "P003"):
        check_in.board(person)
    check_in.menu("Show what is unsent as codes")
    assert violations(check_in.page) == []
    line = check_in.page.locator(".number-of")
    count = int(line.inner_text().split()[-1].strip("\u2068\u2069"))
    assert count > 1
    second.menu("Hand in another phone's file")
    second.page.get_by_role("button", name="Scan the codes it shows").click()
    status = second.page.locator("#sheet p[role=status]")
    second.page.evaluate("(one) => pointAt(one)", address_of(picture("P004")))
    expect(status).to_have_text("This is not a code of a phone's records.")
    for read in range(1, count + 1):
        second.page.evaluate("(one) => pointAt(one)", shown_code(check_in.page))
        if read < count:
            expect(status).to_have_text(f"Read \u2068{read}\u2069 of \u2068{count}\u2069.")
            check_in.page.get_by_role("button", name="Next code").click()
    expect(second.page.locator("#sheet div[role=status]")).to_contain_text(
        "\u2068D1\u2069: handed in \u20683\u2069, new \u20683\u2069"
    )
    assert len(check_in.server.events("D1")) == 3


def test_pieces_come_in_any_order_and_a_wrong_one_spoils_nothing(page: Page) -> None:
    found = page.evaluate(
        """async () => {
          const { Gathering, pieces } = await import("/static/check-in/codes.js");
          const text = JSON.stringify({ name: "\\u0645\\u0631\\u062d \\ud83d\\ude8c", rest: "x".repeat(1500) });
          const told = pieces(text);
          const one = new Gathering();
          const foreign = pieces("other")[0].replace("1 1", "1 2");
          const steps = ["P001", told[2], told[2], foreign, told[0], told[2]].map((code) => one.take(code));
          const whole = one.take(told[1]);
          const spoilt = told.map((code) => code.replaceAll("xx", "xy"));
          const other = new Gathering();
          const wrong = spoilt.map((code) => other.take(code));
          const ascii = told.every((code) => /^[\\x20-\\x7e]*$/.test(code));
          return [told.length, steps, JSON.parse(whole).name === JSON.parse(text).name, wrong, other.read.size, ascii];
        }"""
    )
    assert found == [3, [None] * 6, True, [None] * 3, 0, True]


def test_codes_turn_by_themselves_until_told_to_stop(check_in: BusDoor) -> None:
    page = check_in.page
    page.clock.install()
    check_in.open()
    page.context.set_offline(True)
    for person in ("P001", "P002", "P003"):
        check_in.board(person)
    check_in.menu("Show what is unsent as codes")
    line = page.locator(".number-of")
    page.clock.pause_at(page.evaluate("Date.now() + 60000") / 1000)
    page.get_by_role("button", name="One after the other").click()
    page.clock.run_for(750)
    expect(line).to_contain_text("Code \u20682\u2069 of")
    page.get_by_role("button", name="Stop").click()
    page.clock.run_for(5000)
    expect(line).to_contain_text("Code \u20682\u2069 of")
