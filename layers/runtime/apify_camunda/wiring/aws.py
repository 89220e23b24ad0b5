"""Makes the clients of AWS services, each when it is first used: boto3 alone costs 300 ms of a cold start."""

from __future__ import annotations

import random
import ssl
import threading
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from apify_camunda.platform.aws_api import AwsApi, Boto3Aws
from apify_camunda.platform.aws_http import AwsService, SignedAws
from apify_camunda.platform.aws_signature import AwsCredentials
from apify_camunda.platform.ports import Clock
from apify_camunda.platform.settings import aws_environment

_CONNECT_TIMEOUT_S = 2
_ANSWER_TIMEOUT_S = 4
"""A store that does not answer must leave time to park the event: API Gateway waits for 30 seconds in all."""
_REGIONS_OF_AMAZONAWS = (
    "af-",
    "ap-",
    "ca-",
    "cn-",
    "eu-",
    "il-",
    "me-",
    "mx-",
    "sa-",
    "us-east-",
    "us-gov-",
    "us-west-",
)
_ONLY_BOTO3_KNOWS = (
    "AWS_CA_BUNDLE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
)


def aws_client(service: str) -> Any:
    """Return a client of boto3 that is made when something is first asked of it."""
    return _Deferred(lambda: _boto3_client(service))


def signed_client(
    service: AwsService,
    environment: Mapping[str, str],
    clock: Clock,
    *,
    read_again: Callable[[], Mapping[str, str]] = aws_environment,
) -> AwsApi:
    """Return a client of a service: our own where the environment says all that it needs, else that of boto3.

    Lambda's environment does. Profiles, roles to assume, instance metadata and proxies are left to boto3.
    Where the keys expire, the environment is read again.
    """
    region = environment.get("AWS_DEFAULT_REGION") or environment.get("AWS_REGION") or ""
    credentials = _credentials(environment)
    endpoint = endpoint_of(service, environment, region)
    is_public = region.startswith(_REGIONS_OF_AMAZONAWS)
    if not is_public or credentials is None or _needs_boto3(environment, endpoint):
        return Boto3Aws(aws_client(service.name))
    return SignedAws(
        service,
        endpoint=endpoint,
        region=region,
        credentials=credentials,
        clock=clock,
        tls=_tls,
        chance=random.random,
        renew=lambda: _credentials(read_again()),
    )


def _credentials(environment: Mapping[str, str]) -> AwsCredentials | None:
    key_id = environment.get("AWS_ACCESS_KEY_ID")
    secret = environment.get("AWS_SECRET_ACCESS_KEY")
    if not key_id or not secret:
        return None
    return AwsCredentials(key_id, secret, environment.get("AWS_SESSION_TOKEN", ""))


@cache
def _tls() -> ssl.SSLContext:
    import certifi

    return ssl.create_default_context(cafile=certifi.where())


def endpoint_of(service: AwsService, environment: Mapping[str, str], region: str) -> str:
    """Return where a service is: what the environment names, else its public endpoint in the region."""
    named = environment.get(f"AWS_ENDPOINT_URL_{service.variable}") or environment.get("AWS_ENDPOINT_URL")
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return named or f"https://{service.name}.{region}.{domain}"


def _needs_boto3(environment: Mapping[str, str], endpoint: str) -> bool:
    scheme, _, rest = endpoint.partition("://")
    host, _, path = rest.partition("/")
    names_special = any(environment.get(name) for name in _ONLY_BOTO3_KNOWS)
    return bool(path or names_special or _is_proxied(environment, scheme, host))


def _is_proxied(environment: Mapping[str, str], scheme: str, host: str) -> bool:
    named = {name.lower(): value for name, value in environment.items() if value}
    proxies = {name.removesuffix("_proxy"): named[name] for name in named if name.endswith("_proxy")}
    if scheme not in proxies:
        return False
    from urllib.request import proxy_bypass

    return not proxy_bypass(host, proxies)


def _boto3_client(service: str) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_ANSWER_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": 2},
    )
    client: Any = boto3.client  # typed for each service by its literal name
    return client(service, config=config)


class _Deferred:
    """Stands for an object that is made when an attribute of it is first read."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: Any = None
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            if self._made is None:
                self._made = self._make()
        return getattr(self._made, name)
