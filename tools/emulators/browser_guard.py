"""Keeps web pages away from what is emulated: it trusts each program, and holds secrets and variables.

A page of any site that is open in a browser can send requests to 127.0.0.1. A browser marks them with
`Origin` or `Sec-Fetch-Site`. A page whose own host name leads to this address (DNS rebinding) sends that name
as `Host`. Clients of AWS, Camunda and Apify do none of this.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Final

REFUSAL: Final = "Requests from web pages are refused."
_OF_BROWSERS: Final = ("origin", "sec-fetch-site")
_OF_THIS_MACHINE: Final = frozenset({"localhost", "host.docker.internal"})


def is_from_a_page(headers: Mapping[str, str]) -> bool:
    """Say whether a request may come from a web page.

    Args:
        headers: By name in lower case; `host` is the name to which the request was sent.
    """
    if any(name in headers for name in _OF_BROWSERS):
        return True
    host = headers.get("host", "")
    return bool(host) and not _is_of_this_machine(host)


def _is_of_this_machine(host: str) -> bool:
    """Say whether it is an address, or a name that no other site can have."""
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if name.lower() in _OF_THIS_MACHINE:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
