"""The page of security requirements: no requirement of levels 1 and 2 is left out, and every test it names is there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "asvs.md").read_text("utf-8")

# OWASP ASVS 5.0.0: by section, the numbers of levels 1 and 2
REQUIREMENTS = {
    "1.1": "1-2", "1.2": "1-9", "1.3": "1-11", "1.4": "1-3", "1.5": "1-2",
    "2.1": "1-3", "2.2": "1-3", "2.3": "1-4", "2.4": "1",
    "3.2": "1-2", "3.3": "1-4", "3.4": "1-6", "3.5": "1-5", "3.7": "1-2",
    "4.1": "1-3", "4.2": "1", "4.3": "1-2", "4.4": "1-4",
    "5.1": "1", "5.2": "1-3", "5.3": "1-2", "5.4": "1-3",
    "6.1": "1-3", "6.2": "1-12", "6.3": "1-4", "6.4": "1-4", "6.5": "1-5", "6.6": "1-3", "6.8": "1-4",
    "7.1": "1-3", "7.2": "1-4", "7.3": "1-2", "7.4": "1-5", "7.5": "1-2", "7.6": "1-2",
    "8.1": "1-2", "8.2": "1-3", "8.3": "1", "8.4": "1",
    "9.1": "1-3", "9.2": "1-4",
    "10.1": "1-2", "10.2": "1-2", "10.3": "1-4", "10.4": "1-11", "10.5": "1-5", "10.6": "1-2", "10.7": "1-3",
    "11.1": "1-2", "11.2": "1-3", "11.3": "1-3", "11.4": "1-4", "11.5": "1", "11.6": "1",
    "12.1": "1-3", "12.2": "1-2", "12.3": "1-4",
    "13.1": "1", "13.2": "1-5", "13.3": "1-2", "13.4": "1-5",
    "14.1": "1-2", "14.2": "1-4", "14.3": "1-3",
    "15.1": "1-3", "15.2": "1-3", "15.3": "1-7",
    "16.1": "1", "16.2": "1-5", "16.3": "1-4", "16.4": "1-3", "16.5": "1-3",
    "17.1": "1", "17.2": "1-4", "17.3": "1-2",
}  # fmt: skip


def numbers() -> list[str]:
    found = []
    for section, span in REQUIREMENTS.items():
        first, _, last = span.partition("-")
        found += [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return found


def defined_in(path: str) -> set[str]:
    return set(re.findall(r"^def (test_\w+)\(", (ROOT / path).read_text("utf-8"), re.MULTILINE))


def test_no_requirement_is_left_out_or_told_twice() -> None:
    chapters = PAGE.partition("## V1 ")[2]
    told = Counter(re.findall(r"(?<![\d.])\d+\.\d+\.\d+(?![\d.]*\d)", re.sub(r"`[^`]*`", "", chapters)))
    assert set(told) == set(numbers())
    assert [number for number, count in told.items() if count > 1] == []


def test_what_is_not_met_is_said_in_its_chapter_too() -> None:
    first, _, chapters = PAGE.partition("## V1 ")
    missing = set(re.findall(r"\d+\.\d+\.\d+", " ".join(re.findall(r"^\| ([\d., ]+) \|", first, re.MULTILINE))))
    assert missing <= set(numbers())
    assert all(number in chapters for number in missing)


def test_every_test_that_is_named_is_there() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE))
    assert len(named) > 50
    there = {path: defined_in(path) for path in {path for path, _ in named}}
    assert sorted(f"{path}::{name}" for path, name in named if name not in there[path]) == []


def test_every_row_names_a_test() -> None:
    rows = re.findall(r"^\| \d+\.\d+\.\d+.*$", PAGE.partition("## V1 ")[2], re.MULTILINE)
    assert [row for row in rows if "::test_" not in row] == []
