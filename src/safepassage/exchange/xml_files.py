"""XML written and read with care: texts cannot break out of their elements, and a file can expand to nothing.

References
----------
XML 1.0 (fifth edition), sections 2.2 (characters) and 2.4 (escapes).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from xml.parsers import expat

from msgspec import Struct

from safepassage.exchange.dataset import plain

HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
MOST_ELEMENTS: Final = 2_000_000
DEEPEST: Final = 12
LONGEST_TEXT: Final = 100_000


class NotReadError(Exception):
    """A file that is no XML, or XML that nobody needs; what is wrong with it is told by who reads it."""


class Element(Struct):
    """An element: its namespace and name, its text, and the elements in it."""

    space: str
    name: str
    text: str = ""
    parts: list[Element] = []

    def all(self, name: str) -> Iterator[Element]:
        """Yield the elements of a name that are right in this one."""
        return (part for part in self.parts if part.name == name)

    def first(self, name: str) -> str:
        """Return the text of the first element of a name; empty where there is none."""
        return next((part.text.strip() for part in self.all(name)), "")


def escaped(text: str) -> str:
    """Return a text as it stands in an element or between quotation marks."""
    if text.isalnum():
        return text
    for sign, escape in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("\r", "&#13;")):
        text = text.replace(sign, escape)
    return plain(text)


def element(name: str, text: str, indent: str = "") -> str:
    """Return an element with a text on a line of its own; nothing for an empty text.

    Parameters
    ----------
    name
        Of the element.
    text
        What is in it.
    indent
        Before it.
    """
    return f"{indent}<{name}>{escaped(text)}</{name}>\n" if text else ""


class _Reader:
    """Puts elements together as they come."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    def start(self, name: str, _given: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) >= DEEPEST:
            raise NotReadError("it has more elements, or deeper ones, than any file of this kind")
        found = Element(space, local, parts=[])
        if self._open:
            self._open[-1].parts.append(found)
        elif self.root is None:
            self.root = found
        self._open.append(found)

    def text(self, text: str) -> None:
        here = self._open[-1]
        if text.isspace() and (here.parts or not here.text):
            return  # what stands between elements says nothing
        if len(here.text) + len(text) > LONGEST_TEXT:
            raise NotReadError("a text in it is too long")
        here.text += text

    def end(self, _name: str) -> None:
        self._open.pop()


def read_xml(data: bytes) -> Element:
    """Read a file.

    Raises
    ------
    NotReadError
        When it is no XML, is larger than any of its kind, or declares a document type or entities.
    """
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise NotReadError(f"it is no XML: {error}") from error
    if reader.root is None:
        raise NotReadError("it is empty")
    return reader.root


def _refuse(*_declared: Any) -> None:
    raise NotReadError("it declares a document type or entities")
