"""Which requests to what is emulated may come from a web page."""

from __future__ import annotations

import pytest
from emulators.browser_guard import is_from_a_page


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:4566", "[::1]:4566", "localhost:4566", "172.17.0.1:9", "host.docker.internal:1", "LOCALHOST"],
)
def test_client_is_answered(host: str) -> None:
    assert not is_from_a_page({"host": host, "authorization": "AWS4-HMAC-SHA256 Credential=..."})


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "127.0.0.1:4566", "origin": "http://localhost:9777"},
        {"host": "127.0.0.1:4566", "origin": "null"},
        {"host": "127.0.0.1:4566", "sec-fetch-site": "cross-site"},
        {"host": "127.0.0.1:4566", "sec-fetch-site": "none"},
        {"host": "rebound.example.com:4566"},
        {"host": "127.0.0.1.example.com"},
        {"host": "localhost.example.com:80"},
    ],
    ids=lambda headers: "-".join(headers.values()),
)
def test_page_is_refused(headers: dict[str, str]) -> None:
    assert is_from_a_page(headers)
