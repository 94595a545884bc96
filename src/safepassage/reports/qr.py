"""A text as a QR code, dark on light whatever the theme."""

from __future__ import annotations

import io

import segno

from safepassage.reports.document import Markup


def qr(text: str) -> Markup:
    """Draw a text as a QR code, for a page.

    Parameters
    ----------
    text
        What it holds.

    Raises
    ------
    segno.DataOverflowError
        When it does not fit.
    """
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=4, nl=False
    )
    return Markup(drawn.getvalue().decode())
