"""One module of many: what a page is made of comes in one answer, so that a slow network is asked once.

A phone on a slow network waits for every answer, and over HTTP/1.1 a browser asks for six files at a time: thirty small
ones are five waits. Each module becomes a function that gives what it exports, called in the order in which they need
each other. What cannot be joined in that way is refused: a circle, a default export, an import or export written
otherwise than ours are. Notes for who reads the source are left out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

_NOTE: Final = re.compile(r"^[ \t]*(?:/\*\*(?:(?!\*/).)*\*/|//[^\n]*)\n", re.MULTILINE | re.DOTALL)
_IMPORT: Final = re.compile(
    r'^import (\w+|\* as \w+|\{[^{}]*\}) from "(\.[^"]+)"(?: with \{ type: "json" \})?;$', re.MULTILINE
)
_LATER: Final = re.compile(r'\bimport\("(\.[^"]+)"\)')
_EXPORT: Final = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_EXPORTS: Final = re.compile(r"^export \{([\w\s,]*)\};$", re.MULTILINE)
_LEFT: Final = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def joined(first: Path) -> str:
    """Join a module and all that it imports at once; what it imports later stays a file of its own.

    Parameters
    ----------
    first
        The module of the page. The joined one stands in for it, at an address in the same folder.

    Returns
    -------
    str
        A module that imports nothing at once.

    Raises
    ------
    ValueError
        When one of them imports or exports in a way that cannot be joined.
    """
    names: dict[Path, str] = {}
    parts: list[str] = []
    under_way: list[Path] = []

    def add(path: Path) -> str:
        """Add a file behind those that it needs, and return the name of what it gives."""
        if path in under_way:
            raise ValueError(f"{path.name}: needs itself, by {', '.join(one.name for one in under_way)}")
        if path not in names:
            under_way.append(path)
            text = path.read_text("utf-8")
            given = f"({text.strip()})" if path.suffix == ".json" else _called(path, text, first.parent, add)
            under_way.pop()
            names[path] = f"$module{len(names)}"
            parts.append(f"const {names[path]} = {given};\n")
        return names[path]

    add(first)
    return "".join(parts)


def _called(path: Path, text: str, folder: Path, add: Callable[[Path], str]) -> str:
    """Return a module as a call that gives an object of what it exports."""
    exported = _EXPORT.findall(text)
    for some in _EXPORTS.findall(text):
        exported += re.findall(r"\w+", some)

    def imported(found: re.Match[str]) -> str:
        what, other = found[1], Path(os.path.normpath(path.parent / found[2]))
        if what.isidentifier() and other.suffix != ".json":
            raise ValueError(f"{path.name}: a default import, {what}, cannot be joined; name what is imported")
        taken = re.sub(r"(\w+) as (\w+)", r"\1: \2", what) if what.startswith("{") else what.removeprefix("* as ")
        return f"const {taken} = {add(other)};"

    def later(found: re.Match[str]) -> str:
        there = Path(os.path.relpath(path.parent / found[1], folder)).as_posix()
        return f'import("{there if there.startswith("../") else "./" + there}")'

    body = _IMPORT.sub(imported, _NOTE.sub("", text))
    body = _LATER.sub(later, _EXPORTS.sub("", _EXPORT.sub("", body)))
    if left := _LEFT.search(body):
        raise ValueError(f"{path.name}: {left[0]!r} cannot be joined")
    return f"(() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})()"
