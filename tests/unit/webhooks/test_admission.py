"""The cost of an unsigned request."""

from __future__ import annotations

import io
import json
import logging

import pytest
from apify_camunda.errors import StoreUnavailable
from apify_camunda.platform.http_messages import HttpReply
from apify_camunda.platform.log_format import configure_logging
from apify_camunda.platform.signing_keys import SigningKeys
from apify_camunda.webhooks.admission import admit
from apify_camunda.webhooks.signature import SIGNATURE_HEADER

from tests import builders
from tests.event_loop import run_async
from tests.fakes.secret_source import FakeSecretSource

MALFORMED = ["", "k2", "k2.", ".", "k2." + "0" * 63, "k2." + "z" * 64, "k 2." + "0" * 64, "k2." + "ü" * 64]


class CountingSecrets(FakeSecretSource):
    """Counts how often keys are asked for."""

    asked = 0

    async def signing_keys(self, *, naming: str | None = None) -> SigningKeys:
        self.asked += 1
        return await super().signing_keys(naming=naming)


@pytest.mark.parametrize("header", MALFORMED)
def test_unsigned_request_asks_for_no_key(header: str) -> None:
    """What is not even shaped like a signature of ours is refused without a call to Secrets Manager."""
    secrets = CountingSecrets()
    secrets.failure = StoreUnavailable("away")
    request = builders.request(headers={SIGNATURE_HEADER: header})

    assert run_async(admit(request, secrets)) == HttpReply(401)
    assert secrets.asked == 0


def test_missing_header_asks_for_no_key() -> None:
    """Neither does a request without the header."""
    secrets = CountingSecrets()
    request = builders.request()
    del request.headers[SIGNATURE_HEADER]

    assert run_async(admit(request, secrets)) == HttpReply(401)
    assert secrets.asked == 0


@pytest.mark.parametrize(
    "path", ["/" + "x" * 8000, "/apify/" + "ü" * 4000, '/inbound/"' + "\\" * 4000, "/\x1b\n"]
)
def test_unsigned_request_costs_one_short_line(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """For any path of an unsigned request, the log gets one line of at most 300 bytes."""
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        configure_logging("apify-camunda-production")
        run_async(admit(builders.request(path=path, headers={SIGNATURE_HEADER: ""}), FakeSecretSource()))
    finally:
        root.handlers[:], root.level = handlers, level

    [line] = out.getvalue().splitlines()
    assert len(line.encode()) <= 300
    assert json.loads(line)["message"] == "request was not signed by us"
