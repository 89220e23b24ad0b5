"""Decides from the head of a request whether it may be answered; reads no body and calls nothing."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from live_page.errors import PageError

READS: Final = ("GET", "HEAD")
_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request that may be answered.

    Attributes:
        path: Below the token, without a slash at its beginning.
        query: As it was sent.
    """

    path: str
    query: str


def admit(method: str, target: str, headers: Mapping[str, str], *, token: str, port: int) -> Admitted:
    """Return what is asked for below the token.

    Args:
        method: In capitals.
        target: The request's path and query.
        headers: By names in lower case.
        token: What the path must begin with.
        port: On which the server listens.

    Raises:
        PageError: 404: the token or the host is another one. 403: a write of another origin. 405, 415: a
            method or content type that no endpoint takes.
    """
    hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
    host = headers.get("host", "")
    address, _, query = target.partition("?")
    given, slash, path = address.removeprefix("/").partition("/")
    is_known = hmac.compare_digest(given.encode(errors="replace"), token.encode())
    if host not in hosts or not slash or not is_known:
        raise PageError(404, "There is nothing here. Open the address that the command printed.")
    if method not in (*READS, "POST"):
        raise PageError(405, f"The method {method[:20]} is not allowed; use GET or POST.")
    if method == "POST":
        _check_write(headers, host)
    return Admitted(unquote(path), query)


def _check_write(headers: Mapping[str, str], host: str) -> None:
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        raise PageError(403, f"A write from the origin {origin[:100]} is refused; use the page itself.")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise PageError(415, f"A write needs the header Content-Type: {_JSON}.")
