"""Statement, situation and comparison as pages: everything inside one file, in every language, for screen and paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from safepassage.account.comparison import Comparison
from safepassage.account.situation import Situation
from safepassage.account.statement import Statement
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.reports import words
from safepassage.reports.comparison_brief import comparison_brief
from safepassage.reports.document import in_pictures, offset, rendered
from safepassage.reports.qr import qr
from safepassage.reports.situation_brief import sentences, situation_brief
from safepassage.reports.statement_brief import statement_brief
from safepassage.reports.words import Language, setting_of

STYLES = ("page.css", "account.css")


def statement_page(operation: Operation, plan: Plan | None, found: Statement, *, language: Language = "en") -> bytes:
    """Make the page of a party's statement.

    Parameters
    ----------
    operation, plan
        Of which it is.
    found
        The statement.
    language
        The language shown first; the page carries all.

    Returns
    -------
    bytes
        One HTML document, UTF-8, that loads nothing.
    """
    brief = statement_brief(operation, plan, found)
    shown = {"owes": brief.owes, "others": brief.others, "open": brief.open, "custody": brief.custody}
    parts = [f"statement-{name}" for name, rows in shown.items() if rows]
    parts += ["statement-events", "statement-record", "statement-signatures"]
    return _page("statement.html", operation, plan, language, "page.kind-statement", parts, brief=brief,
                 drawn=qr(found.seal.note) if found.seal else None)  # fmt: skip


def situation_page(
    operation: Operation, plan: Plan | None, found: Situation, *, language: Language = "en",
    names: Mapping[str, str] | None = None,
) -> bytes:  # fmt: skip
    """Make the page of a situation report for one recipient.

    Parameters
    ----------
    operation, plan, language
        As for `statement_page`.
    found
        What the recipient is told.
    names
        Of people by code, for a recipient who may see them.

    Returns
    -------
    bytes
        One HTML document, UTF-8, that loads nothing.
    """
    brief = situation_brief(operation, plan, found, names=names)
    told = [(key, lines) for key, lines in sentences(brief) if lines]
    tables = {"coming": brief.coming, "places": brief.places, "clauses": brief.clauses}
    parts = [key.removeprefix("section.") for key, _ in told]
    parts += [f"situation-{name}" for name, rows in tables.items() if rows]
    parts += ["statement-record"] if brief.seal else []
    return _page("situation.html", operation, plan, language, "page.kind-situation", parts, brief=brief, told=told,
                 drawn=qr(found.seal.note) if found.seal else None)  # fmt: skip


def comparison_page(operation: Operation, plan: Plan | None, found: Comparison, *, language: Language = "en") -> bytes:
    """Make the page that compares plan, rehearsal and what happened.

    Parameters
    ----------
    operation, plan, language
        As for `statement_page`.
    found
        The comparison.

    Returns
    -------
    bytes
        One HTML document, UTF-8, that loads nothing.
    """
    brief = comparison_brief(operation, plan, found)
    parts = ["comparison-instants"] + (["comparison-calibration"] if brief.calibration else [])
    return _page("comparison.html", operation, plan, language, "page.kind-comparison", parts, brief=brief)


def _page(
    template: str, operation: Operation, plan: Plan | None, language: Language, kind: str, contents: Sequence[str],
    **shown: Any,
) -> bytes:  # fmt: skip
    setting = setting_of(operation, plan)
    content = {
        "operation": operation,
        "title": words.literal(operation.title, operation.title_ar),
        "start": words.full_instant(setting, 0),
        "offset": offset(setting),
        "say": words.say,
        "language": language,
        "kind": kind,
        "contents": contents,
        "sha256": operation.sha256,
        **in_pictures(),
        **shown,
    }
    return rendered(template, content, styles=STYLES)
