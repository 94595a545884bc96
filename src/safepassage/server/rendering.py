"""Pages made on the server, in the language of whoever looks, of text that cannot become markup."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from safepassage import __version__
from safepassage.desk import acts, approvals, lists, paper_orders
from safepassage.desk.accounts import Session
from safepassage.desk.explain import told
from safepassage.desk.roles import ROLES, Who, may
from safepassage.reports.document import Markup
from safepassage.reports.words import (
    LANGUAGES,
    TONGUES,
    Language,
    Phrase,
    language_named,
    plain,
    say,
    say_code,
    visible,
)
from safepassage.reports.words.phrases import marked_up
from safepassage.server.packing import page_answer
from safepassage.server.sessions import is_here, is_safe

PAGES: Final[tuple[tuple[str, str, Callable[[Who], bool]], ...]] = (
    ("now", "/", lambda who: may(who, "see-board")),
    ("people", "/people", lambda who: may(who, "see-board")),
    ("lists", "/lists", lists.may_bring),
    ("planning", "/planning", lambda who: may(who, "change-manifests")),
    ("manifests", "/manifests", lambda who: may(who, "see-board")),
    ("timeline", "/timeline", lambda who: may(who, "see-board")),
    ("map", "/map", lambda who: may(who, "see-board")),
    ("clauses", "/clauses", lambda who: may(who, "see-board")),
    ("situation", "/situation", lambda who: may(who, "see-board")),
    ("claims", "/claims", lambda who: may(who, "read-claims")),
    ("acts", "/acts", acts.takes_part),
    ("approvals", "/approvals", approvals.takes_part),
    ("papers", "/papers", paper_orders.may_order),
    ("paper", "/paper", lambda who: may(who, "enter-paper", who.serves)),
    ("log", "/log", lambda who: may(who, "see-log")),
    ("exports", "/exports", lambda who: may(who, "see-board")),
    ("outboxes", "/outboxes", lambda who: may(who, "take-paper")),
    ("settings", "/settings", lambda who: may(who, "enrol-devices")),
    ("closing", "/closing", lambda who: may(who, "change-manifests")),
    ("account", "/account", lambda _who: True),
)
"""The pages that lead to all others: name, address, and who has any use of it."""

LANGUAGE_COOKIE: Final = "safepassage-language"


@cache
def _environment(language: Language) -> Environment:
    """Return what fills templates in one language; a page carries no other."""
    return Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("safepassage.server"),
                PrefixLoader({"reports": PackageLoader("safepassage.reports")}),
            ]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=partial(_shown, language),
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shown(language: Language, value: Any) -> Any:
    """Say phrases in one language, and show what is hidden or reorders in every other text, line ends aside."""
    if isinstance(value, Phrase):
        return Markup(marked_up(value.of(language)))
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return "\n".join(map(visible, value.split("\n")))
    return value


def language_of(request: Request) -> Language:
    """Return the language of a page: asked for, chosen before, or the browser's."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE, "")
    browser = (part.partition(";")[0] for part in request.headers.get("accept-language", "").split(","))
    known = (code for code in (asked, *browser) if code.partition("-")[0].strip().lower() in LANGUAGES)
    return language_named(next(known, ""))


def page(
    request: Request, template: str, title: str, operation: str, session: Session | None, **content: Any
) -> Response:
    """Make a page.

    Parameters
    ----------
    request
        What asks for it.
    template
        Its template, without the ending.
    title
        Key of its title.
    operation
        What the operation is called.
    session
        Whose; None: nobody has logged in.
    content
        What the template shows; `trouble` and `status` where something is wrong.
    """
    language = language_of(request)

    def text(phrase: Phrase) -> str:
        return plain(phrase.of(language))

    status = content.pop("status", 200)
    given = {
        "title": title, "operation": operation, "language": language, "tongues": TONGUES, "text": text,
        "say": say, "say_code": say_code, "may": may, "who": session.who if session else None,
        "csrf": session.csrf if session else "",
        "plain": not is_safe(request) and not is_here(request), "version": __version__, "roles": ROLES,
        "trouble": None, "closed": None, "rooms": PAGES, "meaning_of": lambda code: told(code, language).meaning,
        # an arrow does not turn with the words around it
        "towards": "←" if TONGUES[language].direction == "rtl" else "→",
    }  # fmt: skip
    html = _environment(language).get_template(f"{template}.html").render({**given, **content})
    answer = page_answer(request, html, status)
    if request.query_params.get("lang") in LANGUAGES:
        answer.set_cookie(
            LANGUAGE_COOKIE, language, max_age=31_536_000, path="/", secure=is_safe(request), httponly=True,
            samesite="strict",
        )  # fmt: skip
    return answer
