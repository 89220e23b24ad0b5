"""Decides what names a Camunda cluster in our rows: keys of definitions and jobs mean nothing beyond it."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

_USUAL_PORTS: Final = {"http": 80, "https": 443}


def cluster_id(rest_url: str) -> str:
    """Return the name of the cluster with this REST address: host, port and path.

    Spellings that lead to the same place are one name: what a job waits for would be unknown under another,
    and started a second time.
    """
    address = urlsplit(rest_url.strip())
    host = address.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    port = "" if address.port in (None, _USUAL_PORTS.get(address.scheme)) else f":{address.port}"
    return host + port + address.path.rstrip("/").removesuffix("/v2").rstrip("/")
