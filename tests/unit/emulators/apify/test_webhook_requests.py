"""What Apify would refuse about a webhook is refused, and what it would accept is read unchanged."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from emulators.apify.rejections import Rejection
from emulators.apify.state import Condition
from emulators.apify.webhook_requests import read_ad_hoc_webhooks, read_changed_webhook, read_new_webhook

from tests.unit.emulators.apify.builders import a_webhook_body, encoded, settings


def test_a_webhook_is_read_with_all_it_says() -> None:
    """Every field arrives; null and absent are the same."""
    read, key = read_new_webhook(
        a_webhook_body(
            idempotencyKey="k",
            isAdHoc=None,
            description="ours",
            headersTemplate='{"X-Key": "s"}',
            payloadTemplate='{"id": {{resource.id}}}',
            shouldInterpolateStrings=True,
            ignoreSslErrors=True,
            doNotRetry=True,
        )
    )

    assert key == "k"
    assert read == settings(
        condition=Condition(actor_id="an-actor"),
        description="ours",
        headers_template='{"X-Key": "s"}',
        payload_template='{"id": {{resource.id}}}',
        should_interpolate_strings=True,
        ignore_ssl_errors=True,
        do_not_retry=True,
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"eventTypes": ...}, '"eventTypes" is required'),
        ({"eventTypes": []}, "non-empty"),
        ({"eventTypes": ["ACTOR.RUN.FINISHED"]}, "ACTOR.RUN.FINISHED"),
        ({"condition": ...}, '"condition" is required'),
        ({"condition": {}}, "actorTaskId"),
        ({"condition": {"actorId": 5}}, "must be a string"),
        ({"condition": []}, "must be an object"),
        ({"requestUrl": ...}, '"requestUrl" is required'),
        ({"requestUrl": "hooks.example"}, "HTTP or HTTPS URL"),
        ({"requestUrl": "ftp://hooks.example"}, "HTTP or HTTPS URL"),
        ({"requestUrl": "https://"}, "HTTP or HTTPS URL"),
        ({"requestUrl": "https://hooks.example:port"}, "HTTP or HTTPS URL"),
        ({"payloadTemplate": '{"a": {{user}}}'}, "Invalid payload template variable: user"),
        ({"payloadTemplate": "{"}, "not JSON"),
        ({"headersTemplate": "[]"}, "must be an object"),
        ({"headersTemplate": '{"X": {{nothing}}}'}, "Invalid payload template variable"),
        ({"isAdHoc": "yes"}, "must be a boolean"),
        ({"description": 5}, "must be a string"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], message: str) -> None:
    """A wrong field is a 400 that names it."""
    with pytest.raises(Rejection) as caught:
        read_new_webhook(a_webhook_body(**changes))

    assert (caught.value.status, caught.value.error_type) == (400, "invalid-input")
    assert message in caught.value.message


class TestChange:
    def test_what_is_not_named_stays(self) -> None:
        """A change of one field is a change of one field."""
        before = settings(description="old", headers_template="{}")

        after = read_changed_webhook(before, {"eventTypes": ["ACTOR.RUN.FAILED"]})

        assert after == settings("ACTOR.RUN.FAILED", description="old", headers_template="{}")
        assert before.event_types != after.event_types

    def test_null_takes_texts_away_and_leaves_what_is_required(self) -> None:
        """A null description removes it; a null URL keeps the old one."""
        after = read_changed_webhook(settings(description="old"), {"description": None, "requestUrl": None})

        assert after == settings()

    @pytest.mark.parametrize(
        "body", [{"requestUrl": "nowhere"}, {"eventTypes": []}, {"payloadTemplate": "{"}]
    )
    def test_a_wrong_change_is_refused(self, body: dict[str, Any]) -> None:
        """A change is checked as a creation is."""
        with pytest.raises(Rejection, match="invalid-input"):
            read_changed_webhook(settings(), body)

    def test_nothing_switches_a_webhook_on_or_off(self) -> None:
        """Apify's document has no such field for a change, so it does nothing."""
        assert read_changed_webhook(settings(), {"isEnabled": False}) == settings()


class TestAdHoc:
    def test_the_parameter_is_base64_of_an_array(self) -> None:
        """Several webhooks come with one request; a condition is not needed, and padding neither."""
        text = encoded(
            a_webhook_body(condition=..., idempotencyKey="k"), a_webhook_body(condition=...)
        ).rstrip("=")

        first, second = read_ad_hoc_webhooks(text)

        assert (first.idempotency_key, second.idempotency_key) == ("k", None)
        assert first.settings == settings(is_ad_hoc=True)

    @pytest.mark.parametrize(
        "text", ["%%%", base64.b64encode(b"{}").decode(), base64.b64encode(b"[1]").decode(), encoded({})]
    )
    def test_what_is_refused(self, text: str) -> None:
        """What is no Base64, no array, no array of webhooks is a 400."""
        with pytest.raises(Rejection) as caught:
            read_ad_hoc_webhooks(text)

        assert caught.value.status == 400
