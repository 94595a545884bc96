"""From a paper to a PDF: its data as JSON, set by the template. Nothing here knows what a paper is about."""

from __future__ import annotations

import json
import re
import threading
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal, cast

import msgspec
import segno
import typst
from msgspec.structs import replace

from safepassage.model.errors import InternalError
from safepassage.reports.papers.blocks import Paper, Setup, Table
from safepassage.reports.papers.fitting import fitted
from safepassage.reports.words import say
from safepassage.reports.words.phrases import in_all

STANDARDS: Final[list[Literal["a-2a", "ua-1"]]] = ["a-2a", "ua-1"]
"""PDF/A-2 level a, to keep; PDF/UA-1, to be read aloud. Both rest on PDF 1.7 and on tags."""

FOLDER: Final = Path(str(files(__package__)))
LONGEST_WORD: Final = 24
"""Letters after which a word without a space may go on in the next line."""

_NOT_TO_BREAK: Final = re.compile(rf'"svg:[^"]*"|[^\s"\\,\[\]{{}}\u200b-\u200f\u2066-\u2069]{{{LONGEST_WORD + 1},}}')
_MASK: Final = 2
"""Any mask can be read; trying all to find the evenest takes six times as long."""

_ZERO_WIDTH_SPACE: Final = "\u200b"
_own = threading.local()


@lru_cache(maxsize=64)
def drawn(text: str) -> str:
    """Draw a QR code as the template takes it: `svg:`, modules a side, and the path of the dark ones."""
    rows = [bytes(row) for row in segno.make(text, error="m", micro=False, boost_error=False, mask=_MASK).matrix]
    path = "".join(
        f"M{run.start()} {y}h{run.end() - run.start()}v1h-{run.end() - run.start()}z"
        for y, row in enumerate(rows)
        for run in re.finditer(b"\x01+", row)
    )
    return f"svg:{len(rows)};{path}"


def name_of(paper: Paper) -> str:
    """Name a paper for who enters it back: what kind of form it is, about whom or what, which part."""
    parts = ["blank" if paper.blank else "", paper.kind, paper.about, str(paper.part) if paper.part else ""]
    return "/".join(part for part in parts if part)


def data_of(paper: Paper, setup: Setup) -> str:
    """Return what the template reads, in letters that the fonts have."""
    form = name_of(paper)
    setup = replace(setup, mark=say("paper.blank-mark")) if paper.blank else setup
    blocks = [fitted(one, setup.languages) if isinstance(one, Table) else one for one in paper.blocks]
    around = {"title": paper.title, "subtitle": paper.subtitle, "about": paper.about, "blocks": blocks,
              "form": form, "qr": drawn(f"safepassage:{form}")}  # fmt: skip
    return lettered(msgspec.json.encode({**around, **msgspec.structs.asdict(setup)}, enc_hook=in_all).decode())


def lettered(text: str) -> str:
    """Show letters that the fonts lack as their code points, and let words that are too long be broken.

    Parameters
    ----------
    text
        JSON, or any other text in which code points can stand for themselves.
    """
    text = unicodedata.normalize("NFC", text)
    if strange := set(text) - _letters():
        text = text.translate({ord(one): f"[U+{ord(one):04X}]" for one in strange})
    return _NOT_TO_BREAK.sub(_breakable, text)


def _breakable(found: re.Match[str]) -> str:
    word = found.group()
    if word.startswith('"svg:'):
        return word
    return _ZERO_WIDTH_SPACE.join(word[at : at + LONGEST_WORD] for at in range(0, len(word), LONGEST_WORD))


@cache
def _letters() -> frozenset[str]:
    """Return the characters that the fonts can set."""
    ranges = json.loads((FOLDER / "fonts" / "letters.json").read_text(encoding="utf-8"))
    return frozenset(chr(one) for first, last in ranges for one in range(first, last + 1))


def _compiler() -> typst.Compiler:
    """Return this thread's own typesetter: a shared one would make the others wait."""
    if not hasattr(_own, "compiler"):
        _own.compiler = _made()
    own: typst.Compiler = _own.compiler
    return own


def _made() -> typst.Compiler:
    return typst.Compiler(
        FOLDER / "templates" / "paper.typ",
        root=FOLDER / "templates",
        font_paths=[FOLDER / "fonts"],
        ignore_system_fonts=True,
        sys_inputs={"paper": "{}"},
    )


def pressed(data: str) -> bytes:
    """Set one paper.

    Parameters
    ----------
    data
        As of `data_of`.

    Raises
    ------
    InternalError
        When the template does not take it.
    """
    try:
        made = _compiler().compile(format="pdf", sys_inputs={"paper": data}, pdf_standards=[*STANDARDS])
    except typst.TypstError as error:
        raise InternalError(f"a paper could not be set: {error}") from error
    return cast("bytes", made)
