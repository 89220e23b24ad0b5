"""Webhooks are really called, over HTTP, when it is time."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from emulators.apify import DeliverTwice

from tests.unit.emulators.apify.builders import END_EVENTS, a_world, encoded
from tests.unit.emulators.apify.conftest import Apify
from tests.unit.emulators.apify.receiver import Receiver

Serve = Callable[..., Apify]


def _listen(apify: Apify, url: str, **changes: Any) -> str:
    actor_id = apify.client.get("/v2/actors/acme~crawler").json()["data"]["id"]
    body = {"eventTypes": list(END_EVENTS), "condition": {"actorId": actor_id}, "requestUrl": url, **changes}
    webhook_id: str = apify.client.post("/v2/webhooks", json=body).json()["data"]["id"]
    return webhook_id


def _run_to_the_end(apify: Apify) -> dict[str, Any]:
    run: dict[str, Any] = apify.client.post("/v2/actors/acme~crawler/runs").json()["data"]
    apify.clock.advance(timedelta(seconds=10))
    assert apify.emulator.settle()
    return run


def _dispatches(apify: Apify) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = apify.client.get("/v2/webhook-dispatches").json()["data"]["items"]
    return items


def test_a_webhook_is_called_with_its_headers_and_payload(serve: Serve, receiver: Receiver) -> None:
    """The receiver gets a POST with Apify's headers, the webhook's own, and the event."""
    apify = serve()
    _listen(
        apify, f"{receiver.url}?x=1", headersTemplate=json.dumps({"Authorization": "secret", "Host": "no"})
    )

    run = _run_to_the_end(apify)

    [delivery] = receiver.wait_for(1)
    [dispatch] = _dispatches(apify)
    assert delivery.path == "/hook?x=1"
    assert delivery.headers["authorization"] == "secret"
    assert delivery.headers["host"] == receiver.url.removeprefix("http://").removesuffix("/hook")
    assert delivery.headers["content-type"] == "application/json"
    assert delivery.headers["x-apify-webhook-dispatch-id"] == dispatch["id"]
    assert {"x-apify-webhook", "x-apify-request-origin"} <= set(delivery.headers)
    assert delivery.body["eventData"]["actorRunId"] == run["id"]
    assert (dispatch["status"], dispatch["calls"][0]["responseStatus"]) == ("SUCCEEDED", 200)
    assert dispatch["calls"][0]["responseBody"] == '{"status":"ok"}'


def test_failures_are_tried_again_with_the_same_id(serve: Serve) -> None:
    """A 503 and a redirect are failures; the third call succeeds, and is the same dispatch."""
    with Receiver(503, 302, 200) as receiver:
        apify = serve()
        _listen(apify, receiver.url)
        _run_to_the_end(apify)
        for minutes in (1, 2):
            apify.clock.advance(timedelta(minutes=minutes))
            assert apify.emulator.settle()

        [dispatch] = _dispatches(apify)
        ids = {delivery.headers["x-apify-webhook-dispatch-id"] for delivery in receiver.deliveries}
        paths = [delivery.path for delivery in receiver.deliveries]

    assert [call["responseStatus"] for call in dispatch["calls"]] == [503, 302, 200]
    assert (dispatch["status"], ids, paths) == ("SUCCEEDED", {dispatch["id"]}, ["/hook"] * 3)


def test_refused_connection_is_a_failure_with_its_reason(serve: Serve) -> None:
    """A refused connection is recorded as a call without an answer."""
    with Receiver() as gone:
        url = gone.url
    apify = serve()
    _listen(apify, url)

    _run_to_the_end(apify)

    [dispatch] = _dispatches(apify)
    assert dispatch["status"] == "ACTIVE"
    assert dispatch["calls"][0]["responseStatus"] is None
    assert "refused" in dispatch["calls"][0]["errorMessage"]


def test_a_receiver_that_does_not_answer_in_time_has_failed(serve: Serve, receiver: Receiver) -> None:
    """Apify waits two minutes; here the test says how long."""
    apify = serve(delivery_timeout=timedelta(milliseconds=100))
    receiver.hang.set()
    _listen(apify, receiver.url)

    _run_to_the_end(apify)

    [dispatch] = _dispatches(apify)
    assert "timed out" in dispatch["calls"][0]["errorMessage"]


@pytest.mark.parametrize(("ignore", "status"), [(True, "SUCCEEDED"), (False, "ACTIVE")])
def test_an_unknown_certificate(serve: Serve, tmp_path: Path, status: str, *, ignore: bool) -> None:
    """A receiver with a certificate of its own is called only where SSL errors are ignored."""
    with Receiver(tls=_self_signed(tmp_path)) as receiver:
        apify = serve()
        _listen(apify, receiver.url, ignoreSslErrors=ignore)
        _run_to_the_end(apify)
        received = len(receiver.deliveries)

    [dispatch] = _dispatches(apify)
    assert (dispatch["status"], received) == (status, int(ignore))
    assert ignore or "certificate" in dispatch["calls"][0]["errorMessage"].lower()


def test_one_slow_receiver_does_not_hold_up_the_others(serve: Serve, receiver: Receiver) -> None:
    """Calls are made side by side."""
    apify = serve()
    receiver.hang.set()
    with Receiver() as quick:
        _listen(apify, receiver.url)
        _listen(apify, quick.url)
        apify.client.post("/v2/actors/acme~crawler/runs")
        apify.clock.advance(timedelta(seconds=10))

        quick.wait_for(1)
        receiver.wait_for(1)
        receiver.let_go()
        assert apify.emulator.settle()


def test_a_receiver_may_ask_back(serve: Serve) -> None:
    """The machine is free while a webhook is called: a receiver can look at the run of the event."""
    apify = serve()
    seen = []

    class Asking(Receiver):
        def _take(self, delivery: Any) -> int:
            run_id = delivery.body["resource"]["id"]
            seen.append(apify.client.get(f"/v2/actor-runs/{run_id}").json()["data"]["status"])
            return super()._take(delivery)

    with Asking() as receiver:
        _listen(apify, receiver.url)
        _run_to_the_end(apify)

    assert seen == ["SUCCEEDED"]


def test_the_creation_of_a_run_is_sent_to_its_ad_hoc_webhook(serve: Serve, receiver: Receiver) -> None:
    """CREATED comes although the answer of the request that started the run may be lost."""
    apify = serve()
    webhook = {"eventTypes": ["ACTOR.RUN.CREATED", *END_EVENTS], "requestUrl": receiver.url}

    apify.client.post("/v2/actors/acme~crawler/runs", params={"webhooks": encoded(webhook)})
    created = receiver.wait_for(1)[0]
    apify.clock.advance(timedelta(seconds=10))
    ended = receiver.wait_for(2)[1]

    assert (created.body["eventType"], created.body["resource"]["status"]) == ("ACTOR.RUN.CREATED", "READY")
    assert (ended.body["eventType"], ended.body["resource"]["status"]) == ("ACTOR.RUN.SUCCEEDED", "SUCCEEDED")


def test_a_test_event_is_delivered(serve: Serve, receiver: Receiver) -> None:
    """`/test` calls the webhook with a TEST event."""
    apify = serve()
    webhook_id = _listen(apify, receiver.url)

    apify.client.post(f"/v2/webhooks/{webhook_id}/test")

    assert receiver.wait_for(1)[0].body["eventType"] == "TEST"


def test_deliveries_can_be_held_back(serve: Serve, receiver: Receiver) -> None:
    """While deliveries are held nothing is called; when they are released all that is due is."""
    apify = serve()
    _listen(apify, receiver.url)
    apify.emulator.hold_deliveries()
    apify.client.post("/v2/actors/acme~crawler/runs")
    apify.clock.advance(timedelta(seconds=10))
    assert apify.client.get("/v2/actor-runs").json()["data"]["items"][0]["status"] == "SUCCEEDED"
    held = list(receiver.deliveries)

    apify.emulator.release_deliveries()

    assert (held, len(receiver.wait_for(1))) == ([], 1)


def test_a_dispatch_may_come_twice(serve: Serve, receiver: Receiver) -> None:
    """In rare cases Apify calls twice: same dispatch, same content, one recorded call."""
    apify = serve()
    apify.emulator.faults.add(DeliverTwice(), path=f"{receiver.url}*")
    _listen(apify, receiver.url)

    _run_to_the_end(apify)

    first, second = receiver.wait_for(2)
    assert (first.body, first.headers) == (second.body, second.headers)
    assert len(_dispatches(apify)[0]["calls"]) == 1


def test_stopping_cuts_off_a_receiver_that_hangs(serve: Serve, receiver: Receiver) -> None:
    """The emulator stops at once, even while webhooks are called, and leaves no thread."""
    apify = serve(a_world({"durationSeconds": 1}))
    receiver.hang.set()
    _listen(apify, receiver.url)
    apify.client.post("/v2/actors/acme~crawler/runs")
    apify.clock.advance(timedelta(seconds=10))
    receiver.wait_for(1)

    apify.emulator.stop()

    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("apify")]


def _self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "self-signed.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
