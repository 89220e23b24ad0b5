"""The ad-hoc webhook with which Apify reports a run."""

from __future__ import annotations

from datetime import timedelta

from apify_camunda.outbound.domain.run_callback import callback_path, callback_url, callback_webhook
from apify_camunda.webhooks.routes import attempt_of, route_of_path
from apify_camunda.webhooks.signature import signature_headers

from tests import builders_outbound as a
from tests.fakes.clock import NOON
from tests.fakes.secret_source import KEYS


def test_callback_of_a_later_row_has_a_key_of_its_own() -> None:
    """An attempt's id may come again after a month; its webhook must not be taken for the old one."""
    keys = {
        callback_webhook(
            a.attempt(began_at=began_at), public_url=a.PUBLIC_URL, keys=KEYS, until_the_end=True
        ).idempotency_key
        for began_at in (NOON, NOON + timedelta(days=33))
    }
    assert len(keys) == 2


def test_callback_calls_the_path_of_its_attempt() -> None:
    """The URL ends with the path that is signed, and the receiver reads the attempt from that path."""
    attempt = a.attempt()
    webhook = callback_webhook(attempt, public_url=a.PUBLIC_URL + "/", keys=KEYS, until_the_end=False)
    path = callback_path(attempt)

    assert webhook.request_url == callback_url(attempt, a.PUBLIC_URL) == a.PUBLIC_URL + path
    assert webhook.headers == signature_headers(path, KEYS)
    assert attempt_of(route_of_path(path)) == attempt.id
