"""What a field of the operation folder is: its name in files, its kind, its bounds, its headings in three languages."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from safepassage.exchange.bounds import MAX_COUNT, MAX_METRES, MAX_SECONDS, MAX_SMALL_ROWS

Kind = Literal[
    "id", "ids", "text", "long_text", "count", "yes_no", "choice", "duration", "length", "instant", "windows",
    "openings", "lon_lat", "line", "texts", "halts", "speed", "number", "share", "factor", "choices", "window",
    "factor_spread", "time_spread", "weight", "size", "words", "point",
]  # fmt: skip

UNITS: Final[dict[str, dict[str, float]]] = {
    "duration": {"s": 1, "min": 60, "h": 3600},
    "length": {"m": 1, "km": 1000},
    "speed": {"kmh": 1},
    "weight": {"kg": 1, "t": 1000},
    "size": {"cm": 1, "m": 100},
}
"""Kind -> unit as it ends a field's name -> its size in what the model keeps: seconds, metres, km/h, kg or cm."""

UNIT_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "s": ("s", "sec", "secs", "second", "seconds", "seconde", "secondes", "ث", "ثانية", "ثواني"),
    "min": ("min", "mins", "mn", "minute", "minutes", "د", "دقيقة", "دقائق"),
    "h": ("h", "hr", "hrs", "hour", "hours", "heure", "heures", "س", "ساعة", "ساعات"),
    "m": ("m", "metre", "metres", "meter", "meters", "mètre", "mètres", "م", "متر"),
    "km": ("km", "kms", "kilometre", "kilometres", "kilometer", "kilometers", "kilomètres", "كم", "كيلومتر"),
    "kg": ("kg", "kgs", "kilogram", "kilograms", "kilogramme", "kilogrammes", "كغ", "كجم", "كيلوغرام"),
    "t": ("t", "ton", "tons", "tonne", "tonnes", "طن"),
    "cm": (
        "cm",
        "centimetre",
        "centimetres",
        "centimeter",
        "centimeters",
        "centimètre",
        "centimètres",
        "سم",
        "سنتيمتر",
    ),
    "kmh": ("kmh", "km/h", "kph", "كم/س"),
}
"""Unit -> how people write it, after the name or in brackets."""


class Field(Struct, frozen=True, kw_only=True):
    """One field of a table or of an entry in operation.toml.

    `name` is how files spell it, without a unit; `to` the field of the model. A measured field takes any unit of its
    kind; `unit` is the one that the templates use and that a heading without a unit means. `refers` names what an id
    must exist in; `choices` the enumeration; `low` and `high` bound the value as the model keeps it.
    """

    name: str
    kind: Kind
    to: str = ""
    help: str = ""
    required: bool = False
    unit: str = ""
    refers: str = ""
    choices: str = ""
    low: int = 0
    high: int = MAX_COUNT
    en: tuple[str, ...] = ()
    fr: tuple[str, ...] = ()
    ar: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """The model's name of the field."""
        return self.to or self.name

    @property
    def written(self) -> str:
        """The name that templates and documents use, with its unit."""
        return f"{self.name}_{self.unit}" if self.unit else self.name

    @property
    def most(self) -> int:
        """The largest value, in the model's unit."""
        if self.high != MAX_COUNT:
            return self.high
        return {"duration": MAX_SECONDS, "length": MAX_METRES}.get(self.kind, self.high)


class TableSpec(Struct, frozen=True, kw_only=True):
    """One table of the operation folder.

    One that is `optional` need not be there; one that comes `later` may be empty, or named before there is a file.
    """

    name: str
    help: str
    fields: tuple[Field, ...]
    most_rows: int = MAX_SMALL_ROWS
    optional: bool = False
    later: bool = False
    en: tuple[str, ...] = ()
    fr: tuple[str, ...] = ()
    ar: tuple[str, ...] = ()


def source_field() -> Field:
    """Give the field that says where a row comes from."""
    return Field(
        name="source",
        kind="text",
        help='the id of an entry of [[sources]], or "assumption: why"',
        en=("reference", "sources"),
        fr=("provenance", "référence"),
        ar=("المصدر", "مرجع"),
    )
