"""How an operation ended, on a terminal: who is at a final place, who is an open case."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from safepassage.account.closing import ENDINGS, Case, Closing
from safepassage.reports.exceptions import when
from safepassage.reports.words import Language, Phrase, Setting, called, counted, literal, plain, say, say_code

MOST_CASES = 60


def closing_terminal(found: Closing, setting: Setting, console: Console, *, language: Language = "en") -> None:
    """Print the answer, how many ended how, and each open case, the gravest first.

    Parameters
    ----------
    found
        From `account.closing`.
    setting
        What ids are called, and which clock is shown.
    console
        Where to.
    language
        In which language.

    Raises
    ------
    OSError
        When the console's stream cannot be written.
    """

    def told(phrase: Phrase) -> str:
        return plain(phrase.of(language))

    everybody = counted("person", len(found.finals) + len(found.cases))
    answer = say("closing.open", n=len(found.cases), people=everybody) if found.cases else say(
        "closing.all", people=everybody)  # fmt: skip
    console.print(Text(told(answer), "bold red" if found.cases else "bold"))
    for name, number in found.counts().items():
        console.print(Text(f"  {told(say('terminal.figure', what=say_code(_kind(name), name), n=number))}"))
    for one in found.cases[:MOST_CASES]:
        console.print(Text(f"! {told(case_words(one, setting))}", "red"))
    if len(found.cases) > MOST_CASES:
        console.print(Text(told(say("board.more", n=len(found.cases) - MOST_CASES))))


def _kind(name: str) -> str:
    return "closing.ending" if name in ENDINGS else "closing.reason"


def case_words(one: Case, setting: Setting) -> Phrase:
    """Say whose case it is, why it is open, where they were last, and since when.

    Parameters
    ----------
    one
        The case.
    setting
        What ids are called, and which clock is shown.
    """
    return say(
        "closing.case",
        who=literal(one.person),
        reason=say_code("closing.reason", one.reason),
        place=say_code("board.place", one.kind or "unknown", what=called(setting, one.place)),
        at=when(setting, one.since),
    )
