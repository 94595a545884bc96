"""One module made of many does what they did, and what cannot be joined is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from safepassage.server.joining import joined

FILES = {
    "page/first.js": (
        'import { add as plus, Sum } from "../deep/sum.js";\n'
        'import * as all from "../deep/sum.js";\n'
        'import words from "./words.json" with { type: "json" };\n'
        "/** A note of many lines:\n * says import.\n */\n"
        "// another one\n"
        "const name = 'own';\n"
        "/** @type {any} */ (globalThis).told = [plus(1, 2), new Sum(3).value, all.ONE, words.hello, name];\n"
        "/** The last note. */\n"
        'globalThis.later = () => import("./later.js");\n'
    ),
    "deep/sum.js": (
        'import {\n  name,\n} from "./name.js";\n'
        "export function add(one, other) {\n  return one + other + name.length;\n}\n"
        "export class Sum {\n  constructor(value) {\n    this.value = value;\n  }\n}\n"
        'export const ONE = "one";\n'
        "export { name };\n"
        'export async function later() {\n  return import("./there.js");\n}\n'
    ),
    "deep/name.js": 'export const name = "four";\nglobalThis.times = (globalThis.times ?? 0) + 1;\n',
    "page/words.json": '{"hello": "مرحبا"}\n',
}


def written(place: Path, **more: str) -> Path:
    """Write the modules of a page, and return the first."""
    for name, text in (FILES | {name.replace("__", "/") + ".js": text for name, text in more.items()}).items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text(text, "utf-8")
    return place / "page" / "first.js"


@pytest.mark.no_cover
def test_joined_modules_do_what_they_did(tmp_path: Path, chromium: Browser) -> None:
    page = chromium.new_page()
    page.add_script_tag(content=joined(written(tmp_path)), type="module")
    page.wait_for_function("'later' in globalThis")
    assert page.evaluate("told") == [7, 3, "one", "مرحبا", "own"]
    assert page.evaluate("times") == 1
    page.close()


def test_what_is_asked_for_later_is_asked_for_where_it_is(tmp_path: Path) -> None:
    text = joined(written(tmp_path))
    assert 'import("later.js")' not in text
    assert 'import("./later.js")' in text
    assert 'import("../deep/there.js")' in text


def test_notes_are_left_out_and_nothing_else(tmp_path: Path) -> None:
    text = joined(written(tmp_path))
    assert [note for note in ("A note", "another one", "The last note") if note in text] == []
    assert "/** @type {any} */ (globalThis).told" in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('import { a } from "../deep/round.js";\n', "first.js: needs itself"),
        ('import thing from "../deep/sum.js";\n', "default import, thing"),
        ('import "../deep/sum.js";\n', "cannot be joined"),
        ("export default 1;\n", "cannot be joined"),
        ("export let changing = 1;\n", "cannot be joined"),
        ('export * from "../deep/sum.js";\n', "cannot be joined"),
    ],
)
def test_what_cannot_be_joined_is_refused(tmp_path: Path, text: str, said: str) -> None:
    first = written(
        tmp_path, deep__round='import { b } from "../page/first.js";\nexport const a = 1;\n', page__first=text
    )
    with pytest.raises(ValueError, match=said):
        joined(first)
