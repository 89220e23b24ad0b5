"""The paths of our HTTP API: where webhooks are pointed, what signatures cover, how rows are named.

A *route* is a prefix and one name, as rows have it: `apify/{registration}`, `inbound/{context}`,
`runs/{attempt}`. Its *path* is its part of a URL. The name of a context is the modeller's text, so it is
encoded: letters, digits and `-._` stay, everything else becomes `~` and two hexadecimal digits for each byte
of its UTF-8. Percent signs would not do: gateways decode them, and a slash would end the name.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from apify_camunda.identifiers import AttemptId, RegistrationId

_REGISTRATIONS: Final = "apify/"
_CONTEXTS: Final = "inbound/"
_ATTEMPTS: Final = "runs/"
_ENCODED: Final = re.compile(r"[^A-Za-z0-9._-]")
_ESCAPE: Final = re.compile(r"(?:~[0-9A-F]{2})+")


def registration_route(registration: RegistrationId) -> str:
    """Return the route of a webhook that is registered at Apify."""
    return f"{_REGISTRATIONS}{registration}"


def registration_of(route: str) -> RegistrationId | None:
    """Return the registration of a route, or None where it is another kind of route."""
    return RegistrationId(route.removeprefix(_REGISTRATIONS)) if is_registration(route) else None


def is_registration(route: str) -> bool:
    """Return whether a route belongs to a webhook that is registered at Apify."""
    return route.startswith(_REGISTRATIONS)


def context_route(context: str) -> str:
    """Return the route of an element's own path, at which a person may point a webhook."""
    return f"{_CONTEXTS}{context}"


def is_context(route: str) -> bool:
    """Return whether a route is an element's own."""
    return route.startswith(_CONTEXTS)


def attempt_route(attempt: AttemptId) -> str:
    """Return the route of the callbacks of an attempt's run."""
    return f"{_ATTEMPTS}{attempt}"


def attempt_of(route: str) -> AttemptId:
    """Return the attempt of a route of callbacks."""
    return AttemptId(route.removeprefix(_ATTEMPTS))


def is_attempt(route: str) -> bool:
    """Return whether a route is that of callbacks of runs."""
    return route.startswith(_ATTEMPTS)


def path_of(route: str) -> str:
    """Return the path of a route: what a URL has after the public address, and what is signed."""
    prefix, _, name = route.partition("/")
    return f"/{prefix}/{_ENCODED.sub(_escaped, name)}"


def shown_route(route: str) -> str:
    """Return a route as lists and logs show it, in the same encoding as its path: `inbound/my~20hook`."""
    return path_of(route).removeprefix("/")


def route_of_path(path: str) -> str:
    """Return the route of a path, the inverse of `path_of`; a slash at the end is ignored.

    Percent escapes are read, too: a person may have typed the context into the URL.
    """
    prefix, _, name = path.strip("/").partition("/")
    return f"{prefix}/{_ESCAPE.sub(_unescaped, unquote(name))}"


def url_of(route: str, public_url: str) -> str:
    """Return where a route is reached."""
    return public_url.rstrip("/") + path_of(route)


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"~{byte:02X}" for byte in found.group().encode(errors="surrogatepass"))


def _unescaped(found: re.Match[str]) -> str:
    return bytes.fromhex(found.group().replace("~", "")).decode(errors="replace")
