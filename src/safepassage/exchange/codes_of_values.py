"""What the codes about single values and references mean."""

from __future__ import annotations

from typing import Final

_TYPE: Final = "Type the text again by hand; do not copy it."
_RAW: Final = "Copy the column and paste it as values only."

VALUE_CODES: Final[dict[str, tuple[str, str, str]]] = {
    "missing-value": ("A value is missing", "A field that is always needed is empty.", "Fill it in."),
    "formula": ("A formula", "What a formula shows depends on the program that last opened the file.", _RAW),
    "error-value": (
        "An error in a cell",
        "The cell shows #N/A, #REF! or another error instead of a value.",
        "Type the value.",
    ),
    "formula-text": (
        "A text that is a formula",
        "A text that begins with = + - or @ is run by spreadsheets that open an export of this list.",
        "Remove the sign at the beginning.",
    ),
    "hidden-character": (
        "A character that cannot be seen",
        "Control characters and signs that turn the writing direction make two different texts look the same.",
        _TYPE,
    ),
    "garbled-text": (
        "Garbled letters",
        "The text was once read in the wrong encoding and saved so.",
        "Go back to the file it came from and export it as UTF-8.",
    ),
    "mixed-script": (
        "Letters of two alphabets",
        "One word mixes Latin with Cyrillic or Greek letters that look like Latin ones. Searching for it fails.",
        _TYPE,
    ),
    "look-alike-id": (
        "Two ids that look the same",
        "Two ids differ only in case or in letters that look alike: on a wristband nobody can tell them apart.",
        "Give one of them another id.",
    ),
    "duplicate-id": ("An id twice", "Two rows have the same id.", "Remove one, or give it another id."),
    "near-duplicate-person": (
        "Perhaps one person twice",
        "Two rows have nearly the same name at one site or in one household, or are equal but for the id.",
        "Ask. If it is one person, remove one of the two rows.",
    ),
    "unknown-reference": (
        "An id that names nothing",
        "The row names something that is in no table.",
        "Mend the id, or add what it names.",
    ),
    "link-of-road-map": (
        "A road by its id on a road map",
        "Roads of a road map have no ids before they are laid, so none can be named here.",
        "Say where it is: a polygon, a line, or a point, as the fault tells.",
    ),
    "unknown-source": (
        "A source that is not listed",
        "A figure names a source that is not in [[sources]], and is not marked as an assumption.",
        'Add the source, or write "assumption:" and the reason.',
    ),
    "unknown-group": (
        "A group of nobody",
        "The ratio counts a group that nobody in the people table is in.",
        "Mend the label.",
    ),
    "unknown-figure": (
        "A figure that is not there",
        "The path does not lead to anything in this operation.",
        "Mend the path.",
    ),
    "unknown-word": (
        "A word that is not known",
        "The field takes only certain words, in English, French or Arabic.",
        "Use one of them.",
    ),
    "unknown-time-zone": (
        "An unknown time zone",
        "Time zones have IANA names.",
        "Write one such as Asia/Damascus or Europe/Paris.",
    ),
    "not-text": (
        "Not a text",
        "The cell holds a date, a truth value or nothing that can be an id.",
        "Format the column as text.",
    ),
    "rounded-id": (
        "An id that was rounded",
        "Spreadsheets keep 15 digits of a number: the last ones of a long id are already lost.",
        "Format the column as text and type the ids again.",
    ),
    "not-a-list": ("Not a list", "The key must hold entries of the form shown.", "Write it in that form."),
    "not-a-number": ("Not a number", "The field holds something else than a number.", "Write digits; no unit."),
    "not-whole": ("Not a whole number", "People, seats and bays come in whole numbers.", "Round it."),
    "not-finite": ("Not a finite number", "NaN and infinity are no figures of an operation.", "Write the number."),
    "out-of-range": (
        "Out of range",
        "The figure cannot be true; often the unit or the order of lon and lat is wrong.",
        "Mend it.",
    ),
    "not-a-spread": (
        "Not a spread",
        "How a figure scatters is written as a shape with low, mode and high.",
        'Write { shape = "pert", low_min = ..., mode_min = ..., high_min = ... }, or { mode_min = ... } if fixed.',
    ),
    "spread-out-of-order": (
        "Low, mode and high out of order",
        "The lowest value, the most likely one and the highest do not follow each other as the shape needs.",
        "Mend the figures, or their units.",
    ),
    "unused-value": (
        "A value that is not read",
        "The shape of the spread has no use for it: fixed takes mode, uniform low and high, lognormal mode and high.",
        "Remove it, or name another shape.",
    ),
    "shares-above-one": (
        "Shares above one",
        "The shares of what a day and a place have in common are parts of one whole.",
        "Lower one of the two.",
    ),
    "not-of-this-kind": (
        "A key for another kind",
        "Entries of this kind have no use for the key: what it says would be lost.",
        "Remove the key, or mend the kind.",
    ),
    "no-such-road-meant": (
        "A correction that means no road",
        "A correction of a road needs its number in OpenStreetMap or a line across it; an added road needs its course.",
        "Fill in way or line.",
    ),
    "corrects-nothing": (
        "A correction that changes nothing",
        "The row lacks what the road should have: a time or a speed, or what it bears.",
        "Fill it in, or mend the action.",
    ),
    "duplicate-entry": (
        "An entry twice",
        "Two entries are about the same thing, and only one could count.",
        "Remove one, or make one of the two.",
    ),
    "not-a-shape": ("Not a shape", "The shape is neither WKT nor a list of lon, lat pairs.", "Write it as shown."),
    "crossed-polygon": (
        "A polygon that crosses itself",
        "Its sides cross or touch: what they go around an odd number of times counts as inside.",
        "Draw it again, corner by corner around the area.",
    ),
    "not-an-instant": (
        "Not a date and time",
        "The text is not a date with a time, nor a time of day.",
        "Write 2017-08-28 19:30.",
    ),
    "empty-date": (
        "An empty date",
        "The cell holds 0, which spreadsheets show as 1900-01-00, 1904-01-01 or 00:00.",
        "Clear the cell, or write the date and the time.",
    ),
    "impossible-date": (
        "A date far from the operation",
        "The date is more than a year from the start. Empty dates show as 1899, 1900 or 1904.",
        "Mend the year.",
    ),
    "no-such-time": (
        "A time that does not exist",
        "The clocks are moved forward over this time.",
        "Write it with its offset.",
    ),
    "ambiguous-time": (
        "A time that comes twice",
        "The clocks are moved back over this time.",
        "Write it with its offset.",
    ),
    "before-start": (
        "Before the start",
        "The operation begins at its start: nothing can be due or open before it.",
        "Mend the date, or the start of the operation.",
    ),
    "not-windows": ("Not windows", "Windows have one of the forms shown.", "Write them in that form."),
    "window-ends-early": (
        "An end before its beginning",
        "The window or closure ends before it begins.",
        "Swap the two, or mend the date.",
    ),
    "names-itself": (
        "A person with themselves",
        "A person is their own carer, or kept apart from themselves.",
        "Name another person.",
    ),
    "not-a-hospital": (
        "Not a hospital",
        "The site named as a hospital is of another kind.",
        "Name a hospital, or mend the site's kind.",
    ),
    "road-to-itself": ("A road to itself", "The road begins and ends at the same site.", "Mend one end."),
    "no-travel-time": (
        "A road without a time",
        "A road needs the time to drive it, or the speed.",
        "Fill in one of the two.",
    ),
    "empty-clause": (
        "A clause that says nothing",
        "The clause lacks what would bind anybody.",
        "Complete it, or remove it.",
    ),
}
"""Code -> title, meaning, remedy."""
