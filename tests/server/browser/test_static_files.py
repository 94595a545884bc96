"""What the server sends to browsers as it is: whole, ours or named, in every language, and asking nothing outside."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from safepassage.reports.words import LANGUAGES, TONGUES
from safepassage.server.joining import joined
from safepassage.server.static_files import JOINED, STATIC, content_of

CHECK_IN = STATIC / "check-in"
VENDOR = STATIC / "vendor"
WHOLE = CHECK_IN / "check_in.js"
WORKER = (CHECK_IN / "service_worker.js").read_text("utf-8")
ISOLATED = re.compile(r"\{(\w+)\}")


def kept() -> list[str]:
    """List the files that the service worker keeps, as paths from the page."""
    found = re.search(r"const FILES = \[(.*?)\];", WORKER, re.DOTALL)
    assert found
    return re.findall(r'"([^"]+)"', found[1])


def imported(path: Path) -> set[Path]:
    """List the files that a module needs at once."""
    names = re.findall(r'^(?:im|ex)port\b[^;]*? from ["\']([.][^"\']+)["\']', path.read_text("utf-8"), re.MULTILINE)
    return {(path.parent / name).resolve() for name in names}


def imported_later(path: Path) -> set[Path]:
    """List the modules that a module asks for when it needs them."""
    names = re.findall(r'await import\("([.][^"]+)"\)', path.read_text("utf-8")) if path.suffix == ".js" else []
    return {(path.parent / name).resolve() for name in names}


def test_the_service_worker_keeps_every_file_that_a_start_needs() -> None:
    made_of = begins_with(JOINED[WHOLE])
    assert len(made_of) > 20
    needed = {path for path in CHECK_IN.iterdir() if path.name != "service_worker.js"} - made_of | {WHOLE}
    needed |= {later for path in made_of for later in imported_later(path)} - {STATIC / "device" / "library_key.js"}
    assert {(CHECK_IN / name).resolve() for name in kept()} == needed


def test_its_version_is_of_what_it_keeps() -> None:
    content = hashlib.sha256()
    for name in sorted(kept()):
        content.update(name.encode() + b"\0" + content_of((CHECK_IN / name).resolve()))
    assert f'const VERSION = "{content.hexdigest()[:16]}";' in WORKER, "write this version into service_worker.js"


def begins_with(module: Path) -> set[Path]:
    """Return a module and all that it needs before it begins, those that it asks for later left out."""
    if module.suffix != ".js":
        return {module}
    return {module}.union(*map(begins_with, imported(module)))


def test_the_page_is_asked_for_in_three_answers() -> None:
    """A slow network is asked once: for the page, then at once for its styles and all of its modules."""
    page = (CHECK_IN / "index.html").read_text("utf-8")
    asked = set(re.findall(r'(?:src|href)="([^"]+)"', page)) - {"icon.svg", "manifest.webmanifest"}
    assert asked == {"check_in.css", "check_in.js"}
    assert not re.search(r"^(?:import|export)\b", joined(JOINED[WHOLE]), re.MULTILINE)


def words_in(language: str) -> dict[str, str]:
    words: dict[str, str] = json.loads((CHECK_IN / f"{language}.json").read_text("utf-8"))
    return words


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_word_is_there_in_every_language_with_the_same_places(language: str) -> None:
    english, other = words_in("en"), words_in(language)
    assert [key for key in english if key not in other] == []
    assert list(english) == list(other)
    assert [
        key for key in english if sorted(ISOLATED.findall(english[key])) != sorted(ISOLATED.findall(other[key]))
    ] == []


def test_words_are_of_their_language() -> None:
    english, french, arabic = map(words_in, LANGUAGES)
    assert {key for key, text in arabic.items() if not re.search(r"[\u0600-\u06ff]", text)} == {"said"}
    assert {key for key, text in (english | french).items() if re.search(r"[\u0600-\u06ff]", text)} == set()
    assert {key for key in english if english[key] == french[key]} == {"menu", "enrol.code"}
    spaced = re.compile(r"(?<!\u202f)[;!?]|(?<!\u00a0):|'")
    assert {key for key, text in french.items() if spaced.search(text)} == set()


def test_the_check_in_page_knows_the_languages_that_reports_know() -> None:
    told = re.findall(
        r'^  (\w+): { name: "(\w+)", direction: "(\w+)" },$', (CHECK_IN / "words.js").read_text("utf-8"), re.MULTILINE
    )
    assert told == [(code, tongue.name, tongue.direction) for code, tongue in TONGUES.items()]


def test_every_word_that_is_said_is_there_and_every_one_there_is_said() -> None:
    words = set(words_in("en"))
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
        assert any(one in licence for one in ("MIT", "Redistributions of source code must retain", "Apache License"))
    modules = list(VENDOR.rglob("*.js"))
    assert {path for path in modules if not all(map(Path.is_file, imported(path) | imported_later(path)))} == set()
