"""Every example in the documentation runs and shows what it says.

In Markdown, a ```console block is run: `$ safepassage ...` in a temporary folder that holds a copy of `examples/`;
the blocks of one page follow each other. What it prints, on both streams, is compared with the lines below it; `...`
stands for anything. A command must exit with 0, unless the next line is `$ echo $?`, below which its status is given.
A ```pycon block is a doctest. What cannot be run here (`./dev`, another machine's commands) stands in a ```sh block.
"""

from __future__ import annotations

import doctest
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w+)[^\n]*\n(?P<body>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL)
STATUS = "echo $?"
START = "import sys; sys.argv[0] = 'safepassage'; from safepassage.cli import main; main()"
LONGEST_S = 300


class Command(NamedTuple):
    """A command of a page, what it should print, and the status it should exit with."""

    line: str
    output: str
    status: int


def pages() -> list[Path]:
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in found if "_build" not in page.parts]


def blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return [textwrap.dedent(m["body"]) for m in FENCE.finditer(text) if m["language"] == language]


def commands(block: str) -> list[Command]:
    """Split a console block at its prompts."""
    found: list[Command] = []
    for part in re.split(r"^\$ ", block.replace("\\\n", ""), flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        if line == STATUS:
            found[-1] = found[-1]._replace(status=int(output))
        else:
            found.append(Command(line, output, 0))
    return found


def run(line: str, folder: Path) -> tuple[str, int]:
    program, *arguments = shlex.split(line, comments=True)
    if program != "safepassage":
        raise ValueError(f"only `safepassage` runs in a console block, this is not: {line}")
    environment = os.environ | {"NO_COLOR": "1", "COLUMNS": "100", "PYTHONPATH": str(SOURCE), "LANG": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, "-c", START, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=LONGEST_S,
        check=False,
    )
    return done.stdout, done.returncode


def tidy(text: str) -> str:
    """Drop what a reader does not see: blanks at the ends of lines, empty lines at the end."""
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines())


def shows(expected: str, found: str) -> bool:
    return doctest.OutputChecker().check_output(tidy(expected), tidy(found), doctest.ELLIPSIS)


def difference(command: Command, found: str, status: int) -> str:
    """Say how what a command did differs from what its page shows; empty where it does not."""
    if status == command.status and shows(command.output, found):
        return ""
    return f"$ {command.line}\nexpected ({command.status}):\n{command.output}\nfound ({status}):\n{found}"


def pages_with(language: str) -> list[str]:
    return [str(page.relative_to(ROOT)) for page in pages() if blocks(page, language)]


def modules_with_examples() -> list[str]:
    files = sorted(path for path in SOURCE.rglob("*.py") if ">>> " in path.read_text(encoding="utf-8"))
    return [".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__") for path in files]


@pytest.mark.no_cover
@pytest.mark.parametrize("page", pages_with("console"))
def test_commands_of_a_page_do_what_it_shows(page: str, tmp_path: Path) -> None:
    if (ROOT / "examples").is_dir():
        shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for block in blocks(ROOT / page, "console"):
        found = commands(block)
        assert found, f"a console block of {page} without a `$ ` prompt"
        for command in found:
            wrong = difference(command, *run(command.line, tmp_path))
            assert not wrong, wrong


@pytest.mark.parametrize("page", pages_with("pycon"))
def test_python_of_a_page_does_what_it_shows(page: str) -> None:
    text = "\n".join(blocks(ROOT / page, "pycon"))
    test = doctest.DocTestParser().get_doctest(text, {}, page, page, 0)
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test).failed == 0


@pytest.mark.parametrize("module", modules_with_examples())
def test_docstrings_do_what_they_show(module: str) -> None:
    found = doctest.testmod(importlib.import_module(module), optionflags=doctest.ELLIPSIS)
    assert found.failed == 0


def test_a_block_is_split_at_its_prompts() -> None:
    block = "$ safepassage check \\\n  here\nall well\n$ safepassage plan here\nno\n$ echo $?\n1\n"
    assert commands(block) == [
        Command("safepassage check   here", "all well\n", 0),
        Command("safepassage plan here", "no\n", 1),
    ]


@pytest.mark.parametrize(
    ("output", "status", "same"),
    [
        ("arrives 04:10\n", 0, True),
        ("arrives 05:10\n", 0, True),
        ("arrives 04:10  \n\n", 0, True),
        ("leaves 04:10\n", 0, False),
        ("arrives 04:10\n", 1, False),
        ("", 0, False),
    ],
)
def test_a_difference_is_seen(output: str, status: int, *, same: bool) -> None:
    assert (difference(Command("safepassage demo", "arrives ...\n", 0), output, status) == "") is same


def test_only_the_program_itself_is_run(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="only `safepassage` runs"):
        run("rm -r examples", tmp_path)
