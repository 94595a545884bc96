"""What every page has in common: one file that loads nothing, text that cannot become markup, every language."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec import Struct

import safepassage
from safepassage.model.time import instant_at
from safepassage.reports import words
from safepassage.reports.words import LANGUAGES, TONGUES, Language, Phrase, Setting, each, is_leftward, plain
from safepassage.reports.words.phrases import PDI, RLI, shared

_LABEL_CHARACTERS = 19


class Markup(Struct, frozen=True):
    """Text that is markup already."""

    html: str

    def __html__(self) -> str:
        return self.html


def rendered(template: str, content: dict[str, Any], *, styles: tuple[str, ...] = ("page.css",)) -> bytes:
    """Make a page of a template and what it shows.

    Parameters
    ----------
    template
        The template's file name.
    content
        What it shows; style, script, policy and version are added.
    styles
        The style sheets that the page carries, in their order.

    Returns
    -------
    bytes
        One HTML document, UTF-8, that loads nothing.

    Raises
    ------
    jinja2.UndefinedError
        When the template needs what `content` lacks.
    """
    style, script = "".join((hiding(), *map(_inlined, styles))), _inlined("page.js")
    carried = {
        "tongues": TONGUES,
        "style": Markup(style),
        "script": Markup(script),
        "policy": _policy(style, script),
        "version": safepassage.__version__,
    }
    return _environment().get_template(template).render({**content, **carried}).encode("utf-8")


def hiding() -> str:
    """Return the style by which a page shows one of its languages."""
    rules = []
    for language in LANGUAGES:
        others = ", ".join(f".{other}" for other in LANGUAGES if other != language)
        rules.append(f'html[lang="{language}"] :is({others}):not(.{language})')
    return f"{', '.join(rules)} {{ display: none; }}\n"


@cache
def _inlined(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("safepassage.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shown(value: Any) -> Any:
    """Make hidden and reordering characters of every inserted text visible; markup is left alone."""
    return words.visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _policy(style: str, script: str) -> str:
    """Allow this page's own style and script and nothing else, from nowhere."""
    hashes = [
        base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii") for text in (style, script)
    ]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def offset(setting: Setting) -> Phrase:
    """Say how far the operation's clock is from UTC at its start."""
    text = f"{instant_at(setting.start, 0, setting.time_zone):%z}"
    return words.literal(f"UTC{text[:3]}:{text[3:5]}")


def in_pictures() -> dict[str, Callable[..., Any]]:
    """Hand the templates what texts in pictures and attributes need, where no markup helps."""
    return {
        "line": _line,
        "lines": lambda phrase: shared(lambda language: _line(phrase, language)),
        "placed": lambda name, labels: shared(lambda language: (labels[language], _line(name, language))),
        "text": lambda phrase, language: plain(phrase.of(language)),
        "shortened": _shortened,
    }


def _line(phrase: Phrase, language: Language) -> Markup:
    """Make a line of an SVG text, where no `dir` helps: what is written leftward stands in an isolate."""
    text = phrase.of(language)
    return Markup(escape(f"{RLI}{text}{PDI}" if is_leftward(language) else text))


def _shortened(phrase: Phrase) -> Phrase:
    return each(lambda language: _short(plain(phrase.of(language))))


def _short(text: str) -> str:
    return text if len(text) <= _LABEL_CHARACTERS else f"{text[: _LABEL_CHARACTERS - 1]}…"
