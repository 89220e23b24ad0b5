"""The built files of the page, which ship in this package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).with_name("assets")
INDEX: Final = "index.html"
NOT_BUILT: Final = (
    "The page is not built: live_page/assets has no index.html. Run `make page` in a clone of the project, "
    "or install a released package. The API answers below api/.\n"
)
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".map": "application/json",
    ".txt": "text/plain; charset=utf-8",
}


def asset(name: str, folder: Path = FOLDER) -> tuple[str, bytes] | None:
    """Return content type and content of a file of the page, or None where there is none of this name."""
    root = folder.resolve()
    path = (root / (name or INDEX)).resolve() if "\0" not in name else root
    if not path.is_relative_to(root) or not path.is_file():
        return None
    return _TYPES.get(path.suffix, "application/octet-stream"), path.read_bytes()
