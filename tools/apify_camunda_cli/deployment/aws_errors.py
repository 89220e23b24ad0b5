"""Decides what a failure of AWS, or of its client, means to an operator, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from botocore import exceptions as boto

FromAws: TypeAlias = boto.BotoCoreError | boto.ClientError

_SIGN_IN = "Sign in (`aws sso login`, `aws login`), or name another profile by AWS_PROFILE."
_HERE = "//127.0.0.1:"
_STILL_SERVED = "Does the `apify-camunda local --serve` of which --ready tells still run?"
_RIGHT_REGION = "Is the region right, and AWS_ENDPOINT_URL, if it is set?"
_UNKNOWN_CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_NO_TABLE = "ResourceNotFoundException"
_OF_ITEMS = frozenset({"DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"})
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an operator reads.

    Attributes:
        is_usage: Whether something is missing or wrong that the operator gives; otherwise AWS refused.
    """

    text: str
    is_usage: bool = False


_OF_CLIENT: tuple[tuple[tuple[type[Exception], ...], Meaning], ...] = (
    (
        (boto.NoRegionError,),
        Meaning("No AWS region is known: give --region, or set AWS_REGION.", is_usage=True),
    ),
    (
        (boto.InvalidRegionError,),
        Meaning("{error} Give one like eu-central-1 by --region.", is_usage=True),
    ),
    (
        (boto.ConfigNotFound, boto.ConfigParseError),
        Meaning("{error}; correct it, or name another one by AWS_CONFIG_FILE.", is_usage=True),
    ),
    (
        (boto.ProfileNotFound,),
        Meaning("{error}: set AWS_PROFILE to one that `aws configure list-profiles` shows.", is_usage=True),
    ),
    (
        (boto.NoCredentialsError, boto.PartialCredentialsError),
        Meaning(f"No AWS credentials are found. {_SIGN_IN}", is_usage=True),
    ),
    (
        (boto.SSOError, boto.LoginError, boto.TokenRetrievalError, boto.CredentialRetrievalError),
        Meaning(f"The AWS credentials cannot be read: {{error}}. {_SIGN_IN}", is_usage=True),
    ),
)


def meaning_of(error: FromAws) -> Meaning | None:
    """Return what the failure means, or None where it speaks for itself."""
    return _of_aws(error) if isinstance(error, boto.ClientError) else _of_client(error)


def _of_client(error: boto.BotoCoreError) -> Meaning | None:
    if isinstance(error, boto.EndpointConnectionError | boto.ConnectTimeoutError):
        return Meaning(f"{error}. {_STILL_SERVED if _HERE in str(error) else _RIGHT_REGION}")
    for kinds, meaning in _OF_CLIENT:
        if isinstance(error, kinds):
            return replace(meaning, text=meaning.text.format(error=error))
    return None


def _of_aws(error: boto.ClientError) -> Meaning | None:
    code, said = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code in _UNKNOWN_CREDENTIALS:
        return Meaning(f"AWS does not accept the credentials: {said} {_SIGN_IN}", is_usage=True)
    if code in _EXPIRED:
        return Meaning(f"The AWS credentials have expired. {_SIGN_IN}", is_usage=True)
    if code == _NO_TABLE and error.operation_name in _OF_ITEMS:
        return Meaning(
            "DynamoDB has no such table; are --ledger-table, --registry-table and --region right?",
            is_usage=True,
        )
    if code in _DENIED:
        return Meaning(
            f"The identity may not do this: {said} docs/operations.md says what the commands need."
        )
    return None
