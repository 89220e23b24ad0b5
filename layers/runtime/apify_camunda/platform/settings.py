"""What each function needs to know of its deployment; the only reader of the environment.

A missing or impossible value stops the cold start with the name of its variable. No secret is ever here, only
where secrets are kept. These are plain data classes: a model of pydantic would cost 30 ms of each cold start.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit

from apify_camunda.errors import ConfigurationError

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_UNRESOLVED_TABLE = "LedgerTable"
"""What `sam local` gives for the table's name: the logical id, as no stack has made the table."""
_READ: Final = "read"
_LONGEST_SHOWN: Final = 100


def _names() -> Any:
    """Return a field for a text of names that are separated by commas."""

    def read(text: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())

    return field(default=(), metadata={_READ: read})


def _one_of(default: str, *others: str) -> Any:
    """Return a field for one of some words."""
    words = (default, *others)

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"{text[:_LONGEST_SHOWN]!r} is not one of {', '.join(sorted(words))}")
        return text

    return field(default=default, metadata={_READ: read})


def _count(default: int) -> Any:
    """Return a field for a whole number."""

    def read(text: str) -> int:
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"{text[:_LONGEST_SHOWN]!r} is no whole number") from None

    return field(default=default, metadata={_READ: read})


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Settings:
    """What every function needs; each field is the environment variable of the same name in capitals."""

    deployment_id: str
    ledger_table: str
    registry_table: str
    secrets_id: str = ""
    signing_secret_id: str
    camunda_transport: Literal["auto", "grpc", "rest"] = _one_of("auto", "grpc", "rest")
    camunda_rest_url: str
    camunda_grpc_address: str = ""
    camunda_auth: Literal["none", "basic", "oidc"] = _one_of("none", "basic", "oidc")
    camunda_credentials_id: str = ""
    camunda_token_url: str = ""
    camunda_token_audience: str = ""
    camunda_token_scope: str = ""
    camunda_tenant_ids: tuple[str, ...] = _names()
    camunda_ca_file: str = ""
    camunda_client_certificate_file: str = ""
    camunda_client_key_file: str = ""
    apify_base_url: str = "https://api.apify.com"
    inbound_type: str = "io.camunda:apify-inbound:1"
    outbound_job_type: str = "io.camunda:apify-outbound:1"
    powertools_metrics_namespace: str = "ApifyCamunda"
    powertools_service_name: str = "apify-camunda"
    powertools_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = _one_of(
        "INFO", "DEBUG", "WARNING", "ERROR"
    )
    custom_metrics: Literal["yes", "no"] = _one_of("yes", "no")
    tracing: Literal["yes", "no"] = _one_of("no", "yes")
    aws_endpoint_url: str = ""  # read by boto3, which takes an empty one for none
    aws_endpoint_url_lambda: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Return the settings that the environment holds.

        Raises:
            ConfigurationError: Variables are missing or impossible; the message names each.
        """
        source = os.environ if environment is None else environment
        _require_services(source)
        present: dict[str, Any] = {}
        faults = [*_read_all(fields(cls), source, present)]
        if faults:
            raise ConfigurationError(f"The function's environment is wrong: {'; '.join(faults)}.")
        settings = cls(**present)
        _require_encrypted_token_url(settings)
        return settings


def _read_all(
    wanted: tuple[Field[Any], ...], source: Mapping[str, str], present: dict[str, Any]
) -> Iterator[str]:
    """Fill in what the source holds, and yield what is wrong with it."""
    for each in wanted:
        name = each.name.upper()
        if name not in source:
            if each.default is MISSING:
                yield f"{name} is missing"
            continue
        read: Callable[[str], Any] = each.metadata.get(_READ, str)
        try:
            present[each.name] = read(source[name])
        except ValueError as error:
            yield f"{name}: {error}"


def _require_encrypted_token_url(settings: Settings) -> None:
    """Raise ConfigurationError where the client's secret would be sent without encryption over a network."""
    url = urlsplit(settings.camunda_token_url)
    if settings.camunda_auth == "oidc" and url.scheme != "https" and url.hostname not in _LOOPBACK:
        raise ConfigurationError(
            f"CAMUNDA_TOKEN_URL is {settings.camunda_token_url!r}; it must begin with https://, because the "
            "client's secret is sent there. Only this machine's own address may be http://."
        )


def _require_services(source: Mapping[str, str]) -> None:
    """Raise ConfigurationError where `sam local` runs the function and it can reach nothing."""
    has_services = source.get("AWS_ENDPOINT_URL") or source.get("LEDGER_TABLE") != _UNRESOLVED_TABLE
    if source.get("AWS_SAM_LOCAL") == "true" and not has_services:
        raise ConfigurationError(
            "The function runs in `sam local` without the tables, queues and secrets that it needs. Run "
            "`make sam-local` in another terminal and add `--env-vars env.json` to the command. To use those "
            "of a deployed stack, give their names in such a file."
        )


def environment_secrets() -> Mapping[str, str]:
    """Return the variables that begin with `SECRET_`: what `SECRETS_ID=env:` means, for local use."""
    return {name: value for name, value in os.environ.items() if name.startswith("SECRET_")}


def trace_environment() -> Mapping[str, str]:
    """Return what Lambda says of the present invocation's trace, and where the X-Ray daemon is."""
    names = ("_X_AMZN_TRACE_ID", "AWS_XRAY_DAEMON_ADDRESS")
    return {name: os.environ[name] for name in names if name in os.environ}


def aws_environment() -> Mapping[str, str]:
    """Return the variables that say how AWS is reached: those of AWS and those that name proxies."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith("AWS_") or name.lower().endswith("_proxy")
    }


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReceiveWebhookSettings(Settings):
    """Beside these: where events are parked, and whom to wake."""

    parking_queue_url: str
    poller_function: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DeliverEventSettings(Settings):
    """Beside these: where events are parked."""

    parking_queue_url: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReconcileWebhooksSettings(Settings):
    """Beside these: where Apify finds us, and where caught-up events go."""

    public_url: str
    parking_queue_url: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PollJobsSettings(Settings):
    """Beside these: where Apify finds us, and how to poll."""

    public_url: str
    poll_mode: Literal["economical", "continuous"] = _one_of("economical", "continuous")
    poller_slots: int = _count(0)  # 0: Lambda's reserved concurrency bounds the pollers
    secret_scope: Literal["element", "any"] = _one_of("element", "any")
