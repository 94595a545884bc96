"""What the reader of reports finds and misses, on twenty-six sets of sentences of our own, and how long a report takes.

The first set was written before the rules, and every second sentence of it was held out while they were made. The
others were written afterwards, one by one, and measured before anything was mended for them: those figures, `UNSEEN`,
are what a report that nobody has seen can expect. What is measured here is after the mending.
"""

from __future__ import annotations

import time
from statistics import median
from typing import Any

from account.claims import texts
from account.claims.measuring import GAZETTEER, LATER, Example, examples, measure
from record import record
from safepassage.account.claims.families import families, likeness
from safepassage.account.claims.reading import read_report

RUNS = 20

UNSEEN = {
    "more": (34, 0.83, 0.83), "third": (30, 0.88, 0.82), "fourth": (30, 0.91, 0.94), "fifth": (125, 0.820, 0.734),
    "sixth": (70, 0.872, 0.882), "seventh": (75, 0.940, 0.940), "eighth": (80, 0.875, 0.885),
    "ninth": (70, 0.931, 0.882), "tenth": (74, 0.988, 0.953), "eleventh": (62, 0.903, 0.889),
    "twelfth": (64, 0.923, 0.882), "thirteenth": (58, 0.836, 0.773),
    "fourteenth": (55, 0.933, 0.903), "fifteenth": (54, 0.900, 0.885),
    "sixteenth": (65, 0.932, 0.907), "seventeenth": (64, 0.955, 0.887), "eighteenth": (65, 0.887, 0.829),
    "nineteenth": (62, 0.810, 0.785), "twentieth": (62, 0.907, 0.778), "twenty_first": (61, 0.982, 0.948),
    "twenty_second": (62, 0.887, 0.846), "twenty_third": (62, 0.915, 0.885), "twenty_fourth": (61, 0.950, 0.919),
    "twenty_fifth": (62, 0.879, 0.895), "twenty_sixth": (62, 0.966, 0.983),
}  # fmt: skip
"""Of each later set: sentences, precision and recall before anything was mended for it. Measured once; kept."""


def main() -> None:
    """Measure and write it down."""
    results = [_measured(name, *given) for name, given in _sets()]
    for one in results:
        figures = f"precision {one['precision']:.3f}  recall {one['recall']:.3f}"
        print(f"{one['set']:<28} {one['sentences']:>3} sentences  {figures}")
        for told in (*one["missed"], *one["made_up"]):
            print(f"    {told}")
    took = _timed()
    print(took)
    unseen = {name: {"sentences": n, "precision": p, "recall": r} for name, (n, p, r) in UNSEEN.items()}
    record("claims", {"unseen": unseen, "sets": results, "time": took})


def _sets() -> list[tuple[str, tuple[Any, list[Example]]]]:
    day, first = examples("sentences.toml")
    odd = [one for one in first if one.number % 2]
    even = [one for one in first if one.number % 2 == 0]
    return [
        ("first, open half", (day, odd)),
        ("first, held-out half", (day, even)),
        *((f"{name}, mended", examples(f"{name}_sentences.toml")) for name in LATER),
    ]


def _measured(name: str, day: Any, sentences: list[Example]) -> dict[str, Any]:
    found = measure(day, sentences)
    return {
        "set": name, "sentences": len(sentences), "claims": found.known, "found": found.found, "right": found.right,
        "precision": round(found.precision, 4), "recall": round(found.recall, 4), "missed": list(found.missed),
        "made_up": list(found.made_up), "when": [found.when_right, found.when_known],
        "by_whom": [found.by_right, found.by_known],
    }  # fmt: skip


def _timed() -> dict[str, Any]:
    """Read a report of three pages and align two, many times."""
    long = (texts.FIRST + texts.SECOND) * 4
    took = []
    for _ in range(RUNS):
        began = time.perf_counter()
        read_report(long, GAZETTEER)
        took.append(time.perf_counter() - began)
    reports = [read_report(text, GAZETTEER, name=name) for name, text in (("one", texts.FIRST), ("two", texts.SECOND))]
    began = time.perf_counter()
    found = families(reports)
    return {
        "characters": len(long), "read_ms": round(1000 * median(took), 1),
        "align_ms": round(1000 * (time.perf_counter() - began), 1), "families": len(found.members),
        "document_likeness": round(likeness(texts.FIRST, texts.SECOND), 3),
    }  # fmt: skip


if __name__ == "__main__":
    main()
