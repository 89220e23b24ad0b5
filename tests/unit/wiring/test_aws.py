"""Which client of DynamoDB a process has: our own where its environment says all, else that of boto3."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from apify_camunda.platform.aws_signature import AwsCredentials
from apify_camunda.platform.dynamodb_api import Boto3DynamoDB
from apify_camunda.platform.dynamodb_http import SignedDynamoDB
from apify_camunda.wiring import aws
from apify_camunda.wiring.aws import aws_client, dynamodb_client, dynamodb_endpoint

from tests.fakes.clock import FrozenClock

LAMBDA = {
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "session",
}


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
    assert isinstance(dynamodb_client(LAMBDA | more, FrozenClock()), SignedDynamoDB)


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
    assert isinstance(dynamodb_client(LAMBDA | more, FrozenClock()), Boto3DynamoDB)


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1", "us-gov-west-1", "cn-north-1"])
def test_endpoint_is_that_of_boto3(region: str) -> None:
    """Without another one named, DynamoDB is where boto3 says that it is in the region."""
    client = boto3.client(
        "dynamodb", region_name=region, aws_access_key_id="testing", aws_secret_access_key="testing"
    )

    assert dynamodb_endpoint({}, region) == client.meta.endpoint_url
    client.close()


def test_endpoint_of_the_service_wins() -> None:
    """The endpoint that is named for DynamoDB alone is preferred to that for all services."""
    both = {"AWS_ENDPOINT_URL": "http://all.example", "AWS_ENDPOINT_URL_DYNAMODB": "http://one.example"}

    assert dynamodb_endpoint(both, "eu-central-1") == "http://one.example"


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
    monkeypatch.setattr(aws, "SignedDynamoDB", lambda **options: made.append(options))

    dynamodb_client(LAMBDA, FrozenClock(), read_again=lambda: LAMBDA | {"AWS_SESSION_TOKEN": "later"})

    [options] = made
    assert options["credentials"] == AwsCredentials("AKIDEXAMPLE", "secret", "session")
    assert options["renew"]() == AwsCredentials("AKIDEXAMPLE", "secret", "later")
