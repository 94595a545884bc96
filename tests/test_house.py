"""The house itself: its rooms, names, sizes, locks, licences, news and pages are as agreed."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "safepassage"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

ROOMS = {
    "kernels", "machine_code", "linking", "model", "rules", "timetable", "exchange", "roads", "planner", "rehearsal",
    "ledger", "account", "reports", "desk", "server", "cli",
}  # fmt: skip
TEST_FOLDERS_BESIDE_ROOMS = {"docs", "conformance", "journeys", "cases", "bench", "examples"}
LONGEST_MODULE = 500
NO_CONCEPT = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "shared", "base"}

# Written in two parts, so that this file does not hold what it forbids.
FORBIDDEN = {
    "a path of somebody's machine": rb"(?<![\w.])/(?:" + rb"work|root|home/\w+|Users/\w+|opt/(?:pypi|wheels))/",
    "a package registry's address": rb"(?:pypi\.|pythonhosted\.|npmjs\.|debian\.|ubuntu\.)" + rb"(?:org|com|net)\b",
    "a local index": rb"(?:extra-|--)index" + rb"-url[ =]|--find" + rb"-links[ =](?!wheels)",
}

GROUPS_OF_LOCK = {
    "run": ("build",),
    "test": ("build", "test"),
    "check": ("build", "test", "check", "docs"),
    "release": ("build", "release"),
}
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^ ;\\]+)", re.MULTILINE)

# What may be built upon and passed on under Apache-2.0 without conditions on our own code.
PERMITTED = re.compile(
    r"Apache[- ]2\.0(?: WITH LLVM-exception)?|Apache Software License|0BSD|BSD|BSD License|\d-Clause BSD License"
    r"|BSD-\d-Clause|MIT|MIT-0|MIT License|ISC|PSF-2\.0|Zlib|CC0-1\.0"
)
# certifi holds certificates only, is not changed by us, and is asked for by osmium for downloads that we never make.
# apsw leaves the choice of any licence that the Open Source Initiative approves; we take zlib's.
PERMITTED_BY_NAME = {"certifi": {"MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)"}, "apsw": {"any-OSI"}}
FRAGMENT = re.compile(r"(?:\d+|\+[a-z0-9-]+)\.(?P<kind>[a-z]+)\.md")
DECISION_PARTS = ["Context", "Decision", "Reason", "Consequence"]


def files() -> list[Path]:
    """All files that are, or would be, under version control."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file()]


def modules() -> list[Path]:
    return [path for path in files() if path.suffix == ".py"]


def pinned(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")
    return {canonicalize_name(m["name"]): m["version"] for m in PIN.finditer(text)}


def declared(lock: str) -> list[Requirement]:
    """List what pyproject.toml asks for in a lock: the run-time needs and the lock's groups."""
    groups = PROJECT["dependency-groups"]
    names = [*PROJECT["project"]["dependencies"], *(name for group in GROUPS_OF_LOCK[lock] for name in groups[group])]
    return [Requirement(name) for name in names]


def runtime_distributions() -> dict[str, metadata.Distribution]:
    """Everything that is installed for a user: the needs, their needs, and so on."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [Requirement(name) for name in PROJECT["project"]["dependencies"]]
    while waiting:
        need = waiting.pop()
        name = canonicalize_name(need.name)
        if name in found or not (need.marker is None or need.marker.evaluate({"extra": ""})):
            continue
        found[name] = metadata.distribution(name)
        waiting += [Requirement(line) for line in found[name].requires or ()]
    return found


def licences(about: metadata.PackageMetadata) -> list[str]:
    """Read the licences a distribution states, in the order of how exact the statement is."""
    if "License-Expression" in about:
        return re.split(r" AND | OR ", re.sub(r"[()]", "", about["License-Expression"]))
    classifiers = [line.split(" :: ")[-1] for line in about.get_all("Classifier", []) if line.startswith("License")]
    return classifiers or about.get_all("License", ["none stated"])


def code_rooms() -> set[str]:
    return {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in PACKAGE.rglob("*.py")} - {"__init__"}


def test_rooms_are_those_of_the_contracts() -> None:
    layers = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    assert code_rooms() == {room.strip(" ()") for layer in layers for room in layer.split("|")}


def test_rooms_are_those_agreed() -> None:
    assert code_rooms() <= ROOMS


def test_every_room_is_explained() -> None:
    page = (ROOT / "docs" / "background" / "rooms.md").read_text(encoding="utf-8")
    assert {room for room in code_rooms() if f"`{room}`" not in page} == set()


def test_tests_mirror_the_rooms() -> None:
    folders = {path.parent.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").glob("*/**/*.py")}
    assert folders <= code_rooms() | TEST_FOLDERS_BESIDE_ROOMS


def test_no_module_is_too_long() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_every_name_is_a_concept() -> None:
    parts = {part for path in modules() for part in path.relative_to(ROOT).with_suffix("").parts}
    assert parts & NO_CONCEPT == set()


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    assert [str(path.relative_to(ROOT)) for path in files() if pattern.search(path.read_bytes())] == []


@pytest.mark.parametrize(
    ("what", "line", "found"),
    [
        ("a path of somebody's machine", b"see /wor" + b"k/main/x", True),
        ("a path of somebody's machine", b"see /hom" + b"e/me/x", True),
        ("a path of somebody's machine", b"how they do the work/rest cycle, docs/root/x", False),
        ("a package registry's address", b"https://pyp" + b"i.org/simple", True),
        ("a package registry's address", b"Debian 12, organised", False),
        ("a local index", b"--index" + b"-url https://x", True),
        ("a local index", b"--no-emit-index" + b"-url", False),
    ],
)
def test_what_is_forbidden_is_found(what: str, line: bytes, *, found: bool) -> None:
    assert bool(re.search(FORBIDDEN[what], line)) is found


@pytest.mark.parametrize("lock", GROUPS_OF_LOCK)
def test_lock_holds_what_the_project_asks_for(lock: str) -> None:
    pins = pinned(lock)
    held = {need: pins.get(canonicalize_name(need.name), "0") for need in declared(lock)}
    assert [str(need) for need, version in held.items() if not need.specifier.contains(version)] == [], "run ./dev lock"


@pytest.mark.parametrize("lock", GROUPS_OF_LOCK)
def test_lock_pins_every_package_by_hash(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")
    entries = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert entries
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert "://" not in text


@pytest.mark.parametrize("narrow", ["run", "test"])
def test_a_narrower_lock_takes_the_versions_of_the_widest(narrow: str) -> None:
    assert pinned(narrow).items() <= pinned("check").items()


def test_licences_of_what_users_install_are_permitted() -> None:
    distributions = runtime_distributions()
    assert len(distributions) > len(PROJECT["project"]["dependencies"])
    stated = {name: set(licences(found.metadata)) for name, found in distributions.items()}
    others = {name: words - PERMITTED_BY_NAME.get(name, set()) for name, words in stated.items()}
    assert {name: words for name, words in others.items() if not all(map(PERMITTED.fullmatch, words))} == {}


@pytest.mark.parametrize(
    "licence", ["GPL-3.0-only", "AGPL-3.0-or-later", "GNU General Public License (GPL)", "none stated"]
)
def test_other_licences_are_refused(licence: str) -> None:
    assert not PERMITTED.fullmatch(licence)


def test_news_fragments_are_well_formed() -> None:
    kinds = set(PROJECT["tool"]["towncrier"]["fragment"])
    for path in (ROOT / "changelog.d").iterdir():
        if path.name == "README.md":
            continue
        name = FRAGMENT.fullmatch(path.name)
        assert name is not None, path.name
        assert name["kind"] in kinds, path.name
        assert re.fullmatch(r"[A-Z`].+\.\n", path.read_text(encoding="utf-8"), re.DOTALL), path.name


def test_decisions_are_numbered_and_whole() -> None:
    paths = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:5] for path in paths] == [f"{number:04}-" for number in range(1, len(paths) + 1)]
    for path in paths:
        parts = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert parts == DECISION_PARTS, path.name


def dev(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", str(ROOT / "dev"), command], capture_output=True, check=False, encoding="utf-8")


def test_help_of_dev_lists_its_commands() -> None:
    script = (ROOT / "dev").read_text(encoding="utf-8")
    commands = set(re.findall(r"^    ([a-z]+)\)$", script.split("\ncase $command in\n")[1], re.MULTILINE))
    listed = set(re.findall(r"^  ([a-z]+) ", dev("help").stdout, re.MULTILINE))
    assert commands == listed
    assert commands >= {"setup", "check", "test", "fix", "docs", "bench", "demo", "serve"}


def test_dev_refuses_an_unknown_command() -> None:
    done = dev("deploy")
    assert done.returncode == 2
    assert "unknown command: deploy" in done.stderr
