"""What an operator reads where AWS, or its client, does not do what was asked."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from apify_camunda_cli.deployment.aws_errors import FromAws, meaning_of
from botocore import exceptions as boto

TIMEOUT_S = 60


def refusal(code: str, operation: str = "DescribeStacks") -> boto.ClientError:
    return boto.ClientError({"Error": {"Code": code, "Message": "AWS's words."}}, operation)


def operating(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start a command of the operator on a machine without credentials."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.Popen(
        [sys.executable, "-m", "apify_camunda_cli", *arguments],
        env={**inherited, "HOME": str(folder), "AWS_EC2_METADATA_DISABLED": "true", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("error", "is_usage", "told"),
    [
        (boto.NoRegionError(), True, "give --region, or set AWS_REGION"),
        (boto.InvalidRegionError(region_name="x y"), True, "'x y'"),
        (boto.ProfileNotFound(profile="ghost"), True, "(ghost) could not be found: set AWS_PROFILE"),
        (boto.ConfigParseError(path="/c"), True, "/c; correct it"),
        (boto.NoCredentialsError(), True, "Sign in"),
        (boto.PartialCredentialsError(provider="env", cred_var="x"), True, "Sign in"),
        (boto.UnauthorizedSSOTokenError(), True, "aws sso login"),
        (boto.TokenRetrievalError(provider="sso", error_msg="it is too old"), True, "it is too old"),
        (boto.EndpointConnectionError(endpoint_url="https://h"), False, "Is the region right"),
        (boto.EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), False, "--serve` of which --ready"),
        (refusal("UnrecognizedClientException"), True, "does not accept the credentials"),
        (refusal("ExpiredToken"), True, "have expired"),
        (refusal("AccessDenied"), False, "AWS's words. docs/operations.md"),
        (refusal("ResourceNotFoundException", "Query"), True, "--ledger-table"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_failure_says_what_to_do(error: FromAws, is_usage: bool, told: str) -> None:  # noqa: FBT001
    """
    A failure that a person can repair comes with what to do; what the person has to give is wrong usage.
    """
    meaning = meaning_of(error)

    assert meaning is not None
    assert meaning.is_usage is is_usage
    assert told in meaning.text


@pytest.mark.parametrize(
    "error",
    [
        refusal("ThrottlingException"),
        refusal("ResourceNotFoundException"),
        boto.UnknownKeyError(value="x", param="y", choices="z"),
    ],
)
def test_other_failures_speak_for_themselves(error: FromAws) -> None:
    """
    Where we know nothing better, AWS's own words are shown.
    """
    assert meaning_of(error) is None


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        ((), {}, "No AWS region is known"),
        (("--region", "eu-central-1"), {}, "No AWS credentials are found."),
        ((), {"AWS_REGION": "eu-central-1"}, "No AWS credentials are found."),
        (("--region", "x"), {"AWS_ENDPOINT_URL": "h"}, "AWS has no address that can be used"),
        ((), {"AWS_PROFILE": "ghost"}, "The config profile (ghost) could not be found"),
    ],
    ids=["no-region", "no-credentials", "region-of-the-environment", "no-address", "no-profile"],
)
@pytest.mark.parametrize("command", ["status", "pause inbound"])
def test_missing_sign_in_is_reported(
    tmp_path: Path, command: str, arguments: tuple[str, ...], environment: dict[str, str], told: str
) -> None:
    """
    Without a region, credentials or the profile that is named, a command ends with one line and exit code 2.
    """
    with operating(tmp_path, *command.split(), *arguments, **environment) as process:
        out, err = process.communicate(timeout=TIMEOUT_S)

    assert (process.returncode, out) == (2, "")
    assert err.startswith(f"apify-camunda: {told}")
    assert err.count("\n") == 1


def test_ctrl_c_does_not_wait_for_aws(tmp_path: Path) -> None:
    """
    Ctrl-C ends a command at once, also while AWS does not answer.
    """
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(TIMEOUT_S)
        environment = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "NO_PROXY": "127.0.0.1",
        }
        with operating(tmp_path, "status", "--region", "eu-central-1", **environment) as process:
            connection, _ = silent.accept()
            with connection:
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=30)  # AWS's answer is waited for twice as long

    assert (process.returncode, out, err) == (-signal.SIGINT, "", "")
