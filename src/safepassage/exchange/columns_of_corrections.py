"""The columns of the table of corrections: what a person knows better than the road map."""

from __future__ import annotations

from typing import Final

from safepassage.exchange.fields import Field, TableSpec, source_field

CORRECTIONS: Final = TableSpec(
    name="corrections",
    help=(
        "One row for each thing that somebody knows better than the road map. A road is meant by its number there, "
        "or by a line: of an added road its course, else any line across it. Instead of the table, "
        "`corrections.geojson` may hold the lines, with the other columns as properties."
    ),
    optional=True,
    en=("corrections", "road corrections", "map corrections"),
    fr=("corrections", "corrections de routes", "corrections de la carte"),
    ar=("التصحيحات", "تصحيحات", "تصحيحات الطرق", "تصحيحات الخريطة"),
    fields=(
        Field(name="id", kind="id", required=True, help="unique",
              en=("correction id", "correction", "code", "number", "no"), fr=("identifiant", "numéro", "n°"),
              ar=("رقم", "المعرف", "الرمز", "رقم التصحيح")),
        Field(name="action", kind="choice", choices="correction", required=True,
              help="add a road, remove one, give one another time, or set what it bears",
              en=("what", "kind", "type", "change"), fr=("que faire", "opération", "genre"),
              ar=("الإجراء", "النوع", "التغيير")),
        Field(name="way", kind="count", high=10**12, help="the number of the road in OpenStreetMap",
              en=("way id", "osm way", "osm id", "openstreetmap way"),
              fr=("chemin", "identifiant osm", "numéro osm"), ar=("رقم الطريق", "رقم الطريق في الخريطة")),
        Field(name="line", kind="line", help="as WKT, LINESTRING (lon lat, lon lat)",
              en=("wkt", "geometry", "shape"), fr=("géométrie", "tracé", "ligne"), ar=("الشكل", "المسار", "الخط")),
        Field(name="both_ways", kind="yes_no", help="of an added road; no: only as the line runs",
              en=("two way", "twoway", "bidirectional", "both directions"), fr=("deux sens", "double sens"),
              ar=("اتجاهين", "باتجاهين")),
        Field(name="travel", to="travel_s", kind="duration", unit="min", low=1,
              help="time to drive the whole of it at 100 % speed",
              en=("travel time", "time", "driving time", "duration"), fr=("temps", "durée", "temps de trajet"),
              ar=("زمن السير", "المدة", "الوقت")),
        Field(name="speed", to="speed_kmh", kind="speed", unit="kmh", low=1, high=150, help="instead of the time",
              en=("average speed",), fr=("vitesse", "vitesse moyenne"), ar=("السرعة",)),
        Field(name="max_weight", to="max_weight_kg", kind="weight", unit="t", low=1, high=200_000,
              help="heaviest vehicle that may pass, loaded",
              en=("weight limit", "maxweight", "weight"), fr=("poids maximal", "limite de poids", "poids"),
              ar=("الوزن الأقصى", "أقصى وزن", "الوزن")),
        Field(name="max_height", to="max_height_cm", kind="size", unit="m", low=1, high=2_000,
              help="highest vehicle that may pass",
              en=("height limit", "maxheight", "height"), fr=("hauteur maximale", "limite de hauteur", "hauteur"),
              ar=("الارتفاع الأقصى", "أقصى ارتفاع", "الارتفاع")),
        Field(name="max_width", to="max_width_cm", kind="size", unit="m", low=1, high=2_000,
              help="widest vehicle that may pass",
              en=("width limit", "maxwidth", "width"), fr=("largeur maximale", "limite de largeur", "largeur"),
              ar=("العرض الأقصى", "أقصى عرض", "العرض")),
        Field(name="name", kind="text", help="of the road, as people call it", en=("road name",),
              fr=("nom", "nom de la route"), ar=("الاسم", "اسم", "اسم الطريق")),
        Field(name="author", kind="text", required=True, help="who knows it",
              en=("by", "reported by", "who"), fr=("auteur", "signalé par", "par"), ar=("المبلغ", "بواسطة", "من أبلغ")),
        Field(name="reason", kind="text", required=True, help="why the map is wrong",
              en=("why", "cause", "because"), fr=("raison", "motif"), ar=("السبب",)),
        source_field(),
    ),
)  # fmt: skip
"""The table of corrections."""
