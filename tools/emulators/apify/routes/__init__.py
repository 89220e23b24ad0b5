"""Apify's endpoints, a module for each part of the API: they read requests and write answers, no more."""

from __future__ import annotations

from emulators.apify.routes import directory, records, run_starts, runs, storages, webhooks
from emulators.apify.routing import Routes


def all_routes() -> Routes:
    """Return every endpoint of the emulator."""
    routes = Routes()
    for module in (directory, run_starts, runs, storages, records, webhooks):
        module.register(routes)
    return routes
