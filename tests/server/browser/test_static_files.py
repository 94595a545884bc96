"""What the server sends to browsers as it is: whole, ours or named, in both languages, and asking nothing outside."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from server.browser.phone_server import STATIC

CHECK_IN = STATIC / "check-in"
VENDOR = STATIC / "vendor"
WORKER = (CHECK_IN / "service_worker.js").read_text("utf-8")
ISOLATED = re.compile(r"\{(\w+)\}")


def kept() -> list[str]:
    """List the files that the service worker keeps, as paths from the page."""
    found = re.search(r"const FILES = \[(.*?)\];", WORKER, re.DOTALL)
    assert found
    return re.findall(r'"([^"]+)"', found[1])


def imported(path: Path) -> set[Path]:
    """List the modules that a module needs at once."""
    text = path.read_text("utf-8")
    return {
        (path.parent / name).resolve()
        for name in re.findall(r'^(?:im|ex)port .*?["\'](\.[^"\']+)["\'];', text, re.MULTILINE)
    }


def test_the_service_worker_keeps_every_file_that_a_start_needs() -> None:
    needed = {path for path in CHECK_IN.iterdir() if path.name != "service_worker.js"}
    waiting = list(needed)
    while waiting:
        path = waiting.pop()
        if path.suffix == ".js":
            waiting += imported(path) - needed
            needed |= imported(path)
    assert len(needed) > 20
    assert {(CHECK_IN / name).resolve() for name in kept()} == needed


def test_its_version_is_of_what_it_keeps() -> None:
    content = hashlib.sha256()
    for name in sorted(kept()):
        content.update(name.encode() + b"\0" + (CHECK_IN / name).read_bytes())
    assert f'const VERSION = "{content.hexdigest()[:16]}";' in WORKER, "write this version into service_worker.js"


def test_every_word_is_there_in_both_languages_with_the_same_places() -> None:
    english, arabic = (json.loads((CHECK_IN / f"{name}.json").read_text("utf-8")) for name in ("en", "ar"))
    assert list(english) == list(arabic)
    assert {
        key for key in english if sorted(ISOLATED.findall(english[key])) != sorted(ISOLATED.findall(arabic[key]))
    } == set()
    assert {key for key, text in arabic.items() if not re.search(r"[\u0600-\u06ff]", text)} == {"language", "said"}
    assert {key for key, text in english.items() if re.search(r"[\u0600-\u06ff]", text)} == {"language"}


def test_every_word_that_is_said_is_there_and_every_one_there_is_said() -> None:
    words = set(json.loads((CHECK_IN / "en.json").read_text("utf-8")))
    text = "".join(path.read_text("utf-8") for path in CHECK_IN.glob("*.js"))
    said = set(re.findall(r'"([a-z][\w.-]*)"', text))
    families = {"type.", "theme.", "age.", "mobility.", "place."}
    assert {key for key in words if key not in said and not any(key.startswith(one) for one in families)} == set()
    assert set(re.findall(r'say\("([^"]+)"', text)) - words == set()


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.*")), ids=lambda path: str(path.relative_to(STATIC)))
def test_nothing_is_asked_outside_and_nothing_stands_in_line(path: Path) -> None:
    if path.is_relative_to(VENDOR):
        return
    text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://", text)
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\.style\b", text
    )
    if path.suffix == ".html":
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=)", text)


def test_what_is_not_ours_is_named_with_its_licence() -> None:
    table = (VENDOR / "VENDORED.md").read_text("utf-8")
    folders = {path.name for path in VENDOR.iterdir() if path.is_dir()}
    assert folders == set(re.findall(r"^\| `([\w-]+)/`", table, re.MULTILINE))
    for folder in folders:
        licence = (VENDOR / folder / "LICENSE.txt").read_text("utf-8")
        assert "MIT" in licence or "Redistributions of source code must retain" in licence
    modules = list(VENDOR.rglob("*.js"))
    assert {path for path in modules if not all(map(Path.is_file, imported(path)))} == set()
