"""Signatures are those that AWS publishes for its test requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from apify_camunda.platform.aws_signature import AwsCredentials, Signer

AT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
HOST = {"host": "example.amazonaws.com"}
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = (
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfK"
    "D8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8T"
    "x6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSI"
    "lTJabIQwj2ICCR/oLxBA=="
)


def signer(token: str = "") -> Signer:
    credentials = AwsCredentials("AKIDEXAMPLE", SECRET, token)
    return Signer(credentials=credentials, region="us-east-1", service="service")


@pytest.mark.parametrize(
    ("method", "headers", "body", "token", "authorization"),
    [
        pytest.param(
            "GET",
            {},
            b"",
            "",
            "SignedHeaders=host;x-amz-date, "
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            id="get-vanilla",
        ),
        pytest.param(
            "POST",
            {},
            b"",
            "",
            "SignedHeaders=host;x-amz-date, "
            "Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            id="post-vanilla",
        ),
        pytest.param(
            "POST",
            {},
            b"",
            TOKEN,
            "SignedHeaders=host;x-amz-date;x-amz-security-token, "
            "Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
            id="post-sts-header-before",
        ),
        pytest.param(
            "POST",
            {"my-header1": "VALUE1"},
            b"",
            "",
            "SignedHeaders=host;my-header1;x-amz-date, "
            "Signature=cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
            id="post-header-value-case",
        ),
        pytest.param(
            "POST",
            {"content-type": "application/x-www-form-urlencoded"},
            b"Param1=value1",
            "",
            "SignedHeaders=content-type;host;x-amz-date, "
            "Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            id="post-x-www-form-urlencoded",
        ),
    ],
)
def test_signature_is_the_published_one(
    method: str, headers: dict[str, str], body: bytes, token: str, authorization: str
) -> None:
    """A request of AWS's test suite for Signature Version 4 is signed as the suite says."""
    signed = signer(token).signed({**HOST, **headers}, body, at=AT, method=method)

    assert signed["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, " + authorization
    )


def test_key_of_another_day_is_another() -> None:
    """A signer that signed yesterday signs today as a new one does, and again as yesterday."""
    kept = signer()
    days = [AT, AT + timedelta(days=1), AT]

    assert [kept.signed(HOST, b"", at=day) for day in days] == [
        signer().signed(HOST, b"", at=day) for day in days
    ]


def test_secret_is_in_no_text() -> None:
    """Neither the secret nor the token appears where credentials are printed."""
    assert SECRET not in repr(AwsCredentials("AKIDEXAMPLE", SECRET, TOKEN))
    assert TOKEN not in repr(AwsCredentials("AKIDEXAMPLE", SECRET, TOKEN))
