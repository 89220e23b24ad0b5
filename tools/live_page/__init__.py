"""The page that shows a local world or a deployed stack in a browser: its HTTP server, API and event stream.

It knows no Camunda, Apify or AWS: what it shows comes from a `PageSource` (sources.py). docs/page.md
describes it for people.
"""

from __future__ import annotations

from live_page.changes import SECTIONS, Changes
from live_page.errors import PageError
from live_page.masking import APIFY_TOKEN, SHORTEST_SECRET, masked_json, masked_text
from live_page.server import PageServer
from live_page.sources import May, PageSource
from live_page.steps import LANES, StepRing

__all__ = [
    "APIFY_TOKEN",
    "LANES",
    "SECTIONS",
    "SHORTEST_SECRET",
    "Changes",
    "May",
    "PageError",
    "PageServer",
    "PageSource",
    "StepRing",
    "masked_json",
    "masked_text",
]
