"""How much this program takes from a file before it says that the file is not what it expects.

Everything handed in may be broken or hostile. Each bound is far above what an operation needs and far below what
makes a field laptop (4 GB) run out of memory or time.
"""

from __future__ import annotations

from typing import Final

MAX_TABLE_BYTES: Final = 64 * 2**20
"""Bytes of one table file: a list of 100,000 people is 5 to 15 MB in any format."""

MAX_EXTRACT_BYTES: Final = 2 * 2**30
"""Bytes of an OpenStreetMap extract: a large country is 1 to 2 GB."""

MAX_GEOJSON_BYTES: Final = 256 * 2**20
"""Bytes of roads as GeoJSON, which is read as a whole: some hundred thousand roads."""

MAX_TOML_BYTES: Final = 4 * 2**20
"""Bytes of operation.toml: clauses with large polygons are some 100 kB."""

MAX_PLAN_BYTES: Final = 512 * 2**20
"""Bytes of a plan file: about 1 kB for each person in a plan for 100,000."""

MAX_INFLATED_BYTES: Final = 768 * 2**20
"""Bytes that a workbook may unpack to: 200,000 rows of 20 columns are about 300 MB of XML."""

MAX_ZIP_ENTRIES: Final = 2000
"""Files inside a workbook: one a sheet, and a few dozen of its own."""

MAX_ROWS: Final = 200_000
"""Rows of a table: more people than any one operation registers in one list."""

MAX_SMALL_ROWS: Final = 20_000
"""Rows of the tables of vehicles, sites and closures: a hundred times a large operation."""

MAX_WINDOWS: Final = 800
"""Opening windows of a site: two a day for a year."""

MAX_COLUMNS: Final = 200
"""Columns of a table: registration forms have 10 to 60."""

MAX_CELLS: Final = 8_000_000
"""Cells of the rectangle that a sheet spans: one far-away cell makes readers lay out everything before it."""

MAX_SHEETS: Final = 100
"""Sheets of a workbook."""

MAX_TEXT: Final = 2000
"""Characters of a text (a name, a note): longer is not a cell somebody typed."""

MAX_LINE_TEXT: Final = 200_000
"""Characters of the shape of a road or an area: about 10,000 points."""

MAX_ID: Final = 64
"""Characters of an id: it is printed on wristbands and manifests."""

MAX_FOUND: Final = 60
"""Characters of a faulty value that a message repeats."""

MAX_FAULTS_PER_CODE: Final = 1000
"""Faults of one code listed for one file: nobody mends more in one go, and a wrong column has one in every row."""

HEADER_ROWS: Final = 30
"""Rows searched for the headings: letterheads, titles and notes stand above them."""

MAX_EXTENDS: Final = 8
"""Operations that build on each other in a chain."""

MAX_SECONDS: Final = 366 * 86400
"""Seconds of a duration, and how far from the start an instant may lie: a year. More is a slip of the date."""

MAX_METRES: Final = 40_000_000
"""Metres of a link or of a range: once around the Earth."""

MAX_COUNT: Final = 1_000_000
"""The largest number of people, seats or bays."""

MAX_FACTOR: Final = 1000
"""The largest factor of a duration: a minute that becomes most of a day."""

MAX_SPARES: Final = 1000
"""Vehicles kept ready at one site: more than any fleet."""

NEAR_NAME_SCORE: Final = 90.0
"""How alike (0 to 100) two names must be for a near-duplicate warning: one slip in ten letters."""

NEAR_NEIGHBOURS: Final = 4
"""Names compared with each name in the sorted list of a site: keeps the search near-linear in the number of people."""

HOUSEHOLD_NEIGHBOURS: Final = 30
"""The same within a household, where every name is compared with every other unless the household is a whole list."""

MAX_SUGGESTIONS: Final = 50
"""Unknown ids for which a "did you mean" is looked for among very many ids: each takes some 10 ms of 100,000."""
