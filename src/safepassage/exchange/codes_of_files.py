"""What the codes about files, workbooks and headings mean."""

from __future__ import annotations

from typing import Final

_AGAIN: Final = "Open the file in LibreOffice or Excel, check that it is complete, and save it again, or as CSV UTF-8."
_INSIDE: Final = "Copy the file itself into the operation folder and write its name only."

FILE_CODES: Final[dict[str, tuple[str, str, str]]] = {
    "no-such-file": (
        "A file is missing",
        "operation.toml, or a file that it names, is not in the folder.",
        "Check the spelling of the name; `safepassage new DIR` writes a folder to begin with.",
    ),
    "not-a-file": (
        "Not a plain file",
        "The name is that of a folder, a link or a device. Links are never followed.",
        _INSIDE,
    ),
    "outside-folder": (
        "A file outside the folder",
        "The operation folder may be handed on, so everything it reads lies inside it.",
        _INSIDE,
    ),
    "unreadable-file": (
        "The file may not be read",
        "The system refuses to open it.",
        "Close it elsewhere, or mend its permissions.",
    ),
    "gpx-unreadable": (
        "A track that cannot be read",
        "The file is no GPX, declares entities, or has no point with a place and a time.",
        "Export the track again as GPX, with times.",
    ),
    "cap-unreadable": (
        "An alert that cannot be read",
        "The file is no alert by the Common Alerting Protocol 1.2, or what it says of places and times is none.",
        "Ask the sender for the CAP 1.2 file itself, not a page about it.",
    ),
    "pfif-unreadable": (
        "Records of persons that cannot be read",
        "The file is none of the People Finder Interchange Format 1.2 to 1.4, or a record has no number or date.",
        "Ask for the records as PFIF 1.4.",
    ),
    "unknown-file-type": (
        "Unknown kind of file",
        "Tables are CSV, XLSX, XLS or ODS.",
        "Save the table as one of these.",
    ),
    "too-large": (
        "Larger than an operation",
        "The file, or the rectangle its cells span, is far larger than a list of people for one operation.",
        "Delete what lies far away from the table and what does not belong to it, or split the operation.",
    ),
    "too-long": ("A text that is too long", "Nobody typed a text of this length into a cell or key.", "Shorten it."),
    "zip-bomb": (
        "A workbook made to harm",
        "It unpacks to far more than it seems to hold, or declares what no spreadsheet declares.",
        "Do not open it. Ask whoever sent it for the table as CSV.",
    ),
    "broken-workbook": ("A broken workbook", "The file is cut off, protected, or not a workbook.", _AGAIN),
    "broken-csv": ("A broken CSV file", "A quotation mark is not closed, or a cell is enormous.", _AGAIN),
    "wrong-encoding": (
        "The letters cannot be read",
        "The bytes are not those of the encoding that the file declares, or of any that is known here.",
        _AGAIN,
    ),
    "guessed-encoding": (
        "The encoding was guessed",
        "The file is not UTF-8. It was read in the Windows encoding that fits best, which may be the wrong one.",
        "Look at the line shown: if its letters are wrong, save the file again as CSV UTF-8.",
    ),
    "two-files": (
        "Two files for one table",
        "Two files of the folder have the name of this table.",
        "Name the right one in [tables].",
    ),
    "no-such-sheet": ("No such sheet", "The workbook has no sheet of the name after #.", "Mend the name in [tables]."),
    "missing-table": (
        "A table is missing",
        "An operation needs people, vehicles, sites and roads (or a road map).",
        "Add the file or sheet, or name it in [tables]; or put an extract of OpenStreetMap into the folder.",
    ),
    "several-road-maps": (
        "Several road maps",
        "More than one file of the folder may be the road map, and none is named.",
        "Name the right one in [roads] file.",
    ),
    "table-and-map": (
        "A table of roads and a road map",
        "Roads come from a table or from a road map, never from both.",
        "Remove one of the two, or name only the one that counts.",
    ),
    "not-a-road-map": (
        "Not a road map",
        "The file does not begin as an extract of OpenStreetMap does, or holds no lines as GeoJSON does.",
        "Download it again; a page that says an error may have been saved under its name.",
    ),
    "no-road-map": (
        "No road map",
        "This is about a road map, but the operation's roads come from a table.",
        "Put the road map into the folder and remove the table of roads, or remove this.",
    ),
    "empty-table": ("An empty table", "The table has headings but no rows, or nothing at all.", "Fill it in."),
    "no-headings": (
        "No headings were found",
        "None of the first rows has headings of this table in English, French or Arabic.",
        "Write the headings in one row above the data.",
    ),
    "missing-column": (
        "A column is missing",
        "A field without which the table means nothing has no column.",
        "Add the column.",
    ),
    "unknown-column": (
        "A column is not read",
        "Its heading is not one that is known. What is in it is ignored.",
        'Rename the heading, or map it in .safepassage/headings.json; there "" leaves it out on purpose.',
    ),
    "heading-twice": (
        "Two columns for one field",
        "Two headings mean the same field.",
        'Rename one, or map one to "" in .safepassage/headings.json.',
    ),
    "unknown-heading": (
        "A mapping to no field",
        "The file of remembered headings maps a heading to a field that does not exist.",
        "Mend the field there, or remove the line.",
    ),
    "headings-not-read": (
        "Remembered headings not read",
        "The file of remembered headings is broken.",
        "Remove it: it is written anew.",
    ),
    "headings-not-written": (
        "Headings not remembered",
        "The folder may not be written. Nothing is lost.",
        "Make the folder writable, or go on: the headings are found again each time.",
    ),
    "unit-assumed": (
        "A heading without a unit",
        "The column was read in the usual unit.",
        "Write the unit in the heading.",
    ),
    "extra-cells": (
        "A row with too many cells",
        "A separator inside a text has probably shifted the rest of the row.",
        "Put texts that contain the separator in quotation marks.",
    ),
    "not-geojson": (
        "Not a GeoJSON of shapes",
        "The file is no FeatureCollection of polygons and lines.",
        "Save it as GeoJSON, in WGS 84, with the columns of the table as properties.",
    ),
    "not-toml": ("Broken operation.toml", "The file is not valid TOML.", "Go to the line named and mend it."),
    "unknown-format": (
        "Another format",
        "The file says that it is of a format, or of a version of it, that this program does not read.",
        "Use the version of safepassage that wrote it, or write the file anew.",
    ),
    "unknown-key": (
        "An unknown key",
        "The key is not in the format: what it says would be lost.",
        "Mend the spelling, or remove it.",
    ),
    "given-twice": (
        "Given twice",
        "The same thing is given in two ways: in two units, as a time and as a speed, twice in a list.",
        "Keep one of the two.",
    ),
    "bad-extends": (
        "The extended operation is not there",
        "`extends` must lead to a folder with its own operation.toml, near this one, and not in a circle.",
        "Write the way from this folder to that one.",
    ),
    "nothing-to-remove": (
        "Nothing to remove",
        "The entry says remove = true, but the operation it extends has no such entry.",
        "Mend the id, or remove the entry.",
    ),
    "not-json": ("Not a plan file", "The file is not JSON, or is cut off.", "Undo the last edit, or plan again."),
    "plan-value": (
        "A value of a plan that cannot be read",
        "A key of the plan file is missing, unknown, or of another type.",
        "Compare with a plan made by `safepassage plan`.",
    ),
    "plan-of-other-operation": (
        "A plan of another operation",
        "The plan names another operation.",
        "Check which plan belongs here.",
    ),
    "plan-of-other-content": (
        "The folder has changed since planning",
        "The plan was made for another content of the folder.",
        "Plan again, or let the referee check the plan against the folder as it is.",
    ),
    "plan-gap": (
        "A gap that does not fit",
        "The gap written in the plan is not that of its bound and makespan. It is computed anew.",
        "Nothing, if only the gap was edited by hand.",
    ),
    "more-faults": (
        "More of the same",
        "There are many more faults of one kind in a file than anybody mends at once.",
        "Mend those listed, often one wrong column, and check again.",
    ),
}
"""Code -> title, meaning, remedy."""
