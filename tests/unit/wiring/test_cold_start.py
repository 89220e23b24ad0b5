"""What a function imports before it has work: a cold start pays for each module."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "CAMUNDA_GRPC_ADDRESS": "http://127.0.0.1:9",
    "CAMUNDA_REST_URL": "http://127.0.0.1:9",
    "DEPLOYMENT_ID": "acme",
    "LEDGER_TABLE": "ledger",
    "PARKING_QUEUE_URL": "http://127.0.0.1:9/queue",
    "POLLER_FUNCTION": "poll-jobs",
    "PUBLIC_URL": "https://hooks.example",
    "REGISTRY_TABLE": "registry",
    "SIGNING_SECRET_ID": "signing",
}
LIBRARIES = {
    "aws_lambda_powertools",  # the format of log records
    "jmespath",  # of Powertools
    "pydantic",  # the event in a delivery
}
"""What receive_webhook itself may import of others before it has verified a signature."""
EXPENSIVE = ("boto3", "google.protobuf", "grpc", "httpcore", "httpx", "pyzeebe", "requests", "urllib3")
REFUSED_REQUEST = """
from datetime import timedelta
from apify_camunda import wiring
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.http_messages import HttpRequest
from apify_camunda.platform.secrets import SecretsManagerSource
from apify_camunda.platform.signing_keys import SigningKeys

async def cached_keys(self, *, naming=None):
    return SigningKeys(current_id="k1", accepted={"k1": b"0123456789abcdef"})

SecretsManagerSource.signing_keys = cached_keys
now = wiring.now()
request = HttpRequest("POST", "/inbound/orders", {}, {"sig": "k1.00"}, b"{}", now)
reply = wiring.run(wiring.receive_webhook()(request, Deadline(now + timedelta(seconds=30))))
assert reply.status == 401, reply
wiring._loop().close()
"""
EACH_OTHER_FUNCTION = """
from apify_camunda import wiring

for function in (wiring.deliver_event, wiring.reconcile_webhooks, wiring.poll_jobs):
    function()
"""


@cache
def imported_by(program: str, **more: str) -> frozenset[str]:
    """Return the modules that a fresh interpreter has imported at the end of a program."""
    code = f"import sys\n{program}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**ENVIRONMENT, **more, "PYTHONPATH": str(ROOT / "layers/runtime")},
    )
    return frozenset(done.stdout.splitlines())


def test_unsigned_request_creates_no_client() -> None:
    """A request that is refused with 401 needs neither gRPC nor boto3 nor an HTTP client."""
    imported = imported_by(REFUSED_REQUEST)

    assert imported.isdisjoint(EXPENSIVE)


def test_receiver_imports_what_is_listed() -> None:
    """Of the libraries in its layer receive_webhook imports those that are listed before a signature."""
    imported = imported_by(REFUSED_REQUEST)
    in_layer = {"aws_lambda_powertools", "certifi", "h11", "jmespath", "pydantic", "tzdata", *EXPENSIVE}

    assert {name for name in in_layer if name in imported} == LIBRARIES


SIGNED_REQUEST = """
from datetime import timedelta
from apify_camunda import wiring
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.http_messages import HttpRequest

now = wiring.now()
headers = {"x-apify-camunda-signature": "k1." + "0" * 64}
request = HttpRequest("POST", "/inbound/orders", headers, {}, b"{}", now)
reply = wiring.run(wiring.receive_webhook()(request, Deadline(now + timedelta(seconds=30))))
assert reply.status == 503, reply
wiring._loop().close()
"""


def test_keys_are_asked_for_without_boto3() -> None:
    """The first signature is checked without boto3, which would take 250 ms; here nothing answers."""
    imported = imported_by(SIGNED_REQUEST, AWS_ENDPOINT_URL="http://127.0.0.1:9")

    assert imported.isdisjoint({"boto3", "botocore.client"})


@pytest.mark.parametrize(
    "flow", ["inbound.flows.deliver_event", "outbound.flows.run_jobs", "registration.flows"]
)
def test_receiver_imports_no_flow_of_another_function(flow: str) -> None:
    """What only the other functions do is not imported by receive_webhook."""
    imported = imported_by(REFUSED_REQUEST)

    assert f"apify_camunda.{flow}" not in imported


def test_boto3_is_imported_by_its_first_call() -> None:
    """Putting the functions together imports no boto3."""
    assert "boto3" not in imported_by(EACH_OTHER_FUNCTION)


def test_grpc_is_imported_by_its_first_command() -> None:
    """Putting the functions together imports no gRPC where REST could serve too."""
    assert imported_by(EACH_OTHER_FUNCTION).isdisjoint({"grpc", "pyzeebe"})


@pytest.mark.parametrize(("tracing", "is_imported"), [("no", False), ("yes", True)])
def test_tracing_is_imported_where_it_is_on(tracing: str, *, is_imported: bool) -> None:
    """A function that is not traced imports nothing for it; one that is needs no SDK of X-Ray."""
    imported = imported_by("from apify_camunda import wiring\nwiring.poll_jobs()", TRACING=tracing)

    assert ("apify_camunda.platform.tracing" in imported) is is_imported
    assert "aws_xray_sdk" not in imported
