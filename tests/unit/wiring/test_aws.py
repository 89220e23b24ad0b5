"""Which client of a service a process has: our own where its environment says all, else that of boto3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from apify_camunda.platform.aws_api import Boto3Aws
from apify_camunda.platform.aws_http import DYNAMODB, PARAMETER_STORE, SECRETS_MANAGER, AwsService, SignedAws
from apify_camunda.platform.aws_signature import AwsCredentials
from apify_camunda.wiring import aws
from apify_camunda.wiring.aws import aws_client, endpoint_of, signed_client

from tests.fakes.clock import FrozenClock

LAMBDA = {
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "session",
}


@contextmanager
def boto3_client(service: AwsService, region: str) -> Iterator[Any]:
    """Give boto3's client of a service."""
    make: Any = boto3.client  # typed for each service by its literal name
    client = make(
        service.name, region_name=region, aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    yield client
    client.close()


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"},
        {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000/"},
        {"HTTP_PROXY": "http://proxy.example"},
        {"HTTPS_PROXY": "http://proxy.example", "no_proxy": ".amazonaws.com"},
        {"HTTPS_PROXY": ""},
    ],
)
def test_lambda_calls_by_itself(more: dict[str, str]) -> None:
    """What Lambda's environment says is enough, with another endpoint and with a proxy for others too."""
    assert isinstance(signed_client(DYNAMODB, LAMBDA | more, FrozenClock()), SignedAws)


@pytest.mark.parametrize(
    "more",
    [
        {"AWS_ACCESS_KEY_ID": ""},
        {"AWS_SECRET_ACCESS_KEY": ""},
        {"AWS_REGION": ""},
        {"HTTPS_PROXY": "http://proxy.example"},
        {"https_proxy": "http://proxy.example"},
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
        {"AWS_CA_BUNDLE": "/etc/authorities.pem"},
        {"AWS_ENDPOINT_URL": "http://gateway.example/dynamodb"},
        {"AWS_REGION": "us-iso-east-1"},
    ],
)
def test_boto3_calls_with_credentials_that_only_it_reads(more: dict[str, str]) -> None:
    """Credentials that must be sought and refreshed, proxies and special endpoints are left to boto3."""
    assert isinstance(signed_client(DYNAMODB, LAMBDA | more, FrozenClock()), Boto3Aws)


@pytest.mark.parametrize("service", [DYNAMODB, SECRETS_MANAGER, PARAMETER_STORE], ids=lambda each: each.name)
class TestEndpoint:
    @pytest.mark.parametrize("region", ["eu-central-1", "us-east-1", "us-gov-west-1", "cn-north-1"])
    def test_endpoint_is_that_of_boto3(self, service: AwsService, region: str) -> None:
        """Without another one named, a service is where boto3 says that it is in the region."""
        with boto3_client(service, region) as client:
            assert endpoint_of(service, {}, region) == client.meta.endpoint_url

    def test_endpoint_of_the_service_wins(self, service: AwsService, monkeypatch: pytest.MonkeyPatch) -> None:
        """The endpoint that is named for a service alone is preferred to that for all, as boto3 does."""
        one = f"AWS_ENDPOINT_URL_{service.variable}"
        both = {"AWS_ENDPOINT_URL": "http://all.example", one: "http://one.example"}
        for name, value in both.items():
            monkeypatch.setenv(name, value)

        assert endpoint_of(service, both, "eu-central-1") == "http://one.example"
        with boto3_client(service, "eu-central-1") as client:
            assert client.meta.endpoint_url == "http://one.example"

    def test_protocol_is_that_of_boto3(self, service: AwsService) -> None:
        """Signatures, targets and the version of JSON are as boto3's description of the service says."""
        with boto3_client(service, "eu-central-1") as client:
            said = client.meta.service_model

        assert said.signing_name == service.name
        assert said.metadata["targetPrefix"] == service.target
        assert said.metadata["jsonVersion"] == service.json_version


def test_client_of_boto3_is_made_when_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that is not used costs nothing, and its first use makes it."""
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    client = aws_client("sqs")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")

    assert client.meta.region_name == "eu-central-1"
    client.close()


def test_expired_keys_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where AWS says that the keys have expired, those that the environment holds by then are used."""
    made: list[dict[str, Any]] = []
    monkeypatch.setattr(aws, "SignedAws", lambda _service, **options: made.append(options))

    signed_client(DYNAMODB, LAMBDA, FrozenClock(), read_again=lambda: LAMBDA | {"AWS_SESSION_TOKEN": "later"})

    [options] = made
    assert options["credentials"] == AwsCredentials("AKIDEXAMPLE", "secret", "session")
    assert options["renew"]() == AwsCredentials("AKIDEXAMPLE", "secret", "later")
