"""Takes the pictures of docs/page.md from a running local world: `make page-pictures`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.page.chromium import node
from tests.page.running import page

FOLDER: Final = Path(__file__).parents[2] / "docs" / "pictures"
SHOWN: Final = {"light": "start,faulty,waits,correct,ended,payload,ledger,save", "dark": "waits,time-line"}
"""The pictures that docs/page.md shows."""


def main(folder: Path, *, takes_all: bool) -> None:
    """Take the pictures of the documents, or all in light and dark; each scheme has a world of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for scheme, shown in SHOWN.items():
        with tempfile.TemporaryDirectory() as home, page(Path(home)) as address:
            node(
                "run.mjs",
                "tests/browser/pictures.ts",
                address,
                str(folder),
                scheme,
                "" if takes_all else shown,
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER, takes_all=len(sys.argv) > 1)
