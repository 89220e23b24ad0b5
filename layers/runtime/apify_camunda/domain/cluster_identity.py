"""Decides what names a Camunda cluster in our rows: keys of definitions and jobs mean nothing beyond it."""

from __future__ import annotations

from urllib.parse import urlsplit


def cluster_id(rest_url: str) -> str:
    """Return the name of the cluster with this REST address: the address without scheme or last slash."""
    address = urlsplit(rest_url)
    return f"{address.netloc}{address.path}".rstrip("/")
