"""Start an operation folder, and find the examples."""

from __future__ import annotations

from pathlib import Path

from safepassage.exchange.template import write_template
from safepassage.model.errors import UsageError

REFERENCE = "qalamoun-2017"


def new(directory: Path, *, workbook: bool) -> list[Path]:
    """Write a filled template that plans as it is.

    Parameters
    ----------
    directory
        To be made, or empty of operations.
    workbook
        All tables as one workbook with drop-downs, not as CSV files.

    Raises
    ------
    UsageError
        When there is an operation already.
    """
    return write_template(directory, workbook=workbook)


def reference_case() -> Path:
    """Find the folder of the reference case: in the repository this program runs from, or below the working folder.

    Raises
    ------
    UsageError
        When neither has it.
    """
    places = [Path(__file__).resolve().parents[3], Path.cwd()]
    for place in places:
        folder = place / "examples" / REFERENCE
        if (folder / "operation.toml").is_file():
            return folder
    raise UsageError(
        f"the reference case examples/{REFERENCE} is part of the repository, not of the installed package; "
        "run this from a clone, or plan your own folder: safepassage new DIR, safepassage plan DIR"
    )
