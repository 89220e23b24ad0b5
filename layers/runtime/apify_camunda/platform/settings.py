"""What each function needs to know of its deployment; the only reader of the environment.

A missing or impossible value stops the cold start with the name of its variable. No secret is ever here, only
where secrets are kept.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from apify_camunda.errors import ConfigurationError


def _split(value: object) -> object:
    """Return the parts of a comma-separated text."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_UNRESOLVED_TABLE = "LedgerTable"
"""What `sam local` gives for the table's name: the logical id, as no stack has made the table."""

Names = Annotated[tuple[str, ...], BeforeValidator(_split)]


class Settings(BaseModel):
    """What every function needs; each field is the environment variable of the same name in capitals."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    deployment_id: str
    ledger_table: str
    registry_table: str
    secrets_id: str = ""
    signing_secret_id: str
    camunda_transport: Literal["auto", "grpc", "rest"] = "auto"
    camunda_rest_url: str
    camunda_grpc_address: str = ""
    camunda_auth: Literal["none", "basic", "oidc"] = "none"
    camunda_credentials_id: str = ""
    camunda_token_url: str = ""
    camunda_token_audience: str = ""
    camunda_token_scope: str = ""
    camunda_tenant_ids: Names = ()
    camunda_ca_file: str = ""
    camunda_client_certificate_file: str = ""
    camunda_client_key_file: str = ""
    apify_base_url: str = "https://api.apify.com"
    inbound_type: str = "io.camunda:apify-inbound:1"
    outbound_job_type: str = "io.camunda:apify-outbound:1"
    powertools_metrics_namespace: str = "ApifyCamunda"
    powertools_service_name: str = "apify-camunda"
    powertools_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    custom_metrics: Literal["yes", "no"] = "yes"
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
        present = {name: source[name.upper()] for name in cls.model_fields if name.upper() in source}
        try:
            settings = cls.model_validate(present)
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
                for fault in error.errors()
            )
            raise ConfigurationError(f"The function's environment is wrong: {faults}.") from error
        _require_encrypted_token_url(settings)
        return settings


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


def aws_environment() -> Mapping[str, str]:
    """Return the variables that say how AWS is reached: those of AWS and those that name proxies."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith("AWS_") or name.lower().endswith("_proxy")
    }


class ReceiveWebhookSettings(Settings):
    """Beside these: where events are parked, and whom to wake."""

    parking_queue_url: str
    poller_function: str


class DeliverEventSettings(Settings):
    """Beside these: where events are parked."""

    parking_queue_url: str


class ReconcileWebhooksSettings(Settings):
    """Beside these: where Apify finds us, and where caught-up events go."""

    public_url: str
    parking_queue_url: str


class PollJobsSettings(Settings):
    """Beside these: where Apify finds us, and how to poll."""

    public_url: str
    poll_mode: Literal["economical", "continuous"] = "economical"
    poller_slots: int = 0  # 0: Lambda's reserved concurrency bounds the pollers
    secret_scope: Literal["element", "any"] = "element"  # noqa: S105  # a scope, no password
