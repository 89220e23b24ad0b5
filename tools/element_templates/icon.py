"""The icon of the templates, as the data URI that Modeler shows."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from pathlib import Path


@cache
def icon_uri() -> str:
    """Return the icon as a data URI."""
    svg = Path(__file__).with_name("icon.svg").read_bytes().strip()
    return f"data:image/svg+xml;base64,{b64encode(svg).decode()}"
