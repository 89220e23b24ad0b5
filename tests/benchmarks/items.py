"""Runs `items_server.py`, which stands for Apify, as a process of its own."""

from __future__ import annotations

import json
import urllib.request
from contextlib import AbstractContextManager
from typing import Any

from .own_process import own_process


def items_server() -> AbstractContextManager[str]:
    """Run the server and give its URL."""
    return own_process("items_server")


def get(url: str) -> Any:
    """Return the JSON that a URL answers with."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)
