"""Sentences for people, in English and Arabic, from one catalogue per language."""

from safepassage.reports.words.measures import counted, distance, duration, percent
from safepassage.reports.words.phrases import (
    LANGUAGES,
    Language,
    Phrase,
    listed,
    literal,
    plain,
    say,
    say_code,
    visible,
)
from safepassage.reports.words.sentences import (
    chain_link,
    clash,
    clause_reading,
    clause_terms,
    lever,
    remedy,
    unserved,
    violation,
)
from safepassage.reports.words.setting import Setting, called, cited, clock, full_instant, setting_of, subject, times

__all__ = [
    "LANGUAGES",
    "Language",
    "Phrase",
    "Setting",
    "called",
    "chain_link",
    "cited",
    "clash",
    "clause_reading",
    "clause_terms",
    "clock",
    "counted",
    "distance",
    "duration",
    "full_instant",
    "lever",
    "listed",
    "literal",
    "percent",
    "plain",
    "remedy",
    "say",
    "say_code",
    "setting_of",
    "subject",
    "times",
    "unserved",
    "violation",
    "visible",
]
