"""How wide the letters of the fonts are at most, read from the fonts; run as a program, it writes the list anew."""

from __future__ import annotations

import json
import math
from typing import Any

from fontTools.ttLib import TTFont

from safepassage.reports.papers.press import FOLDER

LIST = FOLDER / "fonts" / "widths.json"
COMMON = (*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x600, 0x700), *range(0x200B, 0x2010),
          *range(0x2010, 0x2023), 0x2026, 0x202F, *range(0x2066, 0x206A), 0x20AC)  # fmt: skip
STEP = 5
"""Hundredths of the size of the letters: widths are rounded up to it."""


def listed() -> dict[str, Any]:
    """Return the list: `alone` and `joined` have letters by width, `ends` those that a letter before them joins."""
    alone: dict[int, float] = {}
    joined: dict[int, float] = {}
    ends: set[int] = set()
    for name in ("NotoSans", "NotoSansArabic"):
        for style in ("Regular", "Bold"):
            font = _Forms(TTFont(FOLDER / "fonts" / f"{name}-{style}.ttf"))
            for code in COMMON:
                if code in font.glyphs:
                    alone[code] = max(alone.get(code, 0), font.width(code, "", "isol", "fina", "locl", "ccmp"))
            for code in font.joining():
                joined[code] = max(joined.get(code, 0), font.width(code, "init", "medi"))
            ends |= font.ending()
    return {"alone": _by_width(alone), "joined": _by_width(joined), "ends": "".join(map(chr, sorted(ends)))}


class _Forms:
    """A font's letters and the shapes that they take."""

    def __init__(self, font: TTFont) -> None:
        self.glyphs: dict[int, str] = font.getBestCmap()
        self.widths = font["hmtx"]
        self.size: int = font["head"].unitsPerEm
        self.shapes: dict[str, dict[str, Any]] = {}
        table = font["GSUB"].table
        for record in table.FeatureList.FeatureRecord:
            shapes = self.shapes.setdefault(record.FeatureTag, {})
            for at in record.Feature.LookupListIndex:
                for part in table.LookupList.Lookup[at].SubTable:
                    shapes.update(getattr(getattr(part, "ExtSubTable", part), "mapping", {}))

    def width(self, code: int, *features: str) -> float:
        """Return the width of a letter's widest shape under features ("": as it is), in parts of its size."""
        glyph = self.glyphs[code]
        shapes = [self.shapes.get(feature, {}).get(glyph, glyph) for feature in features]
        widest: int = max(sum(self.widths[one][0] for one in _glyphs(shape)) for shape in shapes)
        return widest / self.size

    def joining(self) -> list[int]:
        return [code for code in COMMON if self._has(code, "init") and self._has(code, "medi")]

    def ending(self) -> set[int]:
        return {code for code in COMMON if self._has(code, "fina")}

    def _has(self, code: int, feature: str) -> bool:
        return code in self.glyphs and self.glyphs[code] in self.shapes.get(feature, {})


def _glyphs(shape: str | list[str]) -> list[str]:
    return [shape] if isinstance(shape, str) else shape


def _by_width(widths: dict[int, float]) -> dict[str, str]:
    found: dict[int, str] = {}
    for code, width in sorted(widths.items()):
        rounded = STEP * math.ceil(round(100 * width / STEP, 6))
        found[rounded] = found.get(rounded, "") + chr(code)
    return {str(width): found[width] for width in sorted(found)}


if __name__ == "__main__":
    LIST.write_text(json.dumps(listed(), indent=1) + "\n", encoding="utf-8")
