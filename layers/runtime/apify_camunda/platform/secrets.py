"""Reads secrets and signing keys from Secrets Manager, the Parameter Store or the environment, and caches.

What is cached outlives a store that does not answer; values appear in no message.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from apify_camunda.errors import ConfigurationError, StoreUnavailable
from apify_camunda.platform.aws_api import AwsRefused, AwsUnreachable, aws_api
from apify_camunda.platform.ports import Clock
from apify_camunda.platform.signing_keys import SigningKeys

T = TypeVar("T")

_CACHE_FOR = timedelta(minutes=3)
_ASK_AGAIN_AFTER = timedelta(seconds=30)
"""While a store does not answer, most requests do not wait for it, and unsigned ones cannot cause calls."""
_JUST_READ = timedelta(seconds=5)
_SSM = "ssm:"
_ENVIRONMENT = "env:"
_OURS_TO_MEND = frozenset(
    {"ResourceNotFoundException", "AccessDeniedException", "DecryptionFailure", "InvalidRequestException"}
)


class SecretsManagerSource:
    """Secrets by name, and our own signing keys.

    `secrets_id` names one Secrets Manager secret that holds a JSON object; or `ssm:/path` of parameters,
    whose names below the path name the secrets, `team/NAME` too; or `env:` for the variables of
    `environment` that begin with `SECRET_`.
    """

    def __init__(
        self,
        *,
        secrets_id: str | None,
        signing_id: str,
        clock: Clock,
        secrets_manager: Callable[[], Any],
        parameter_store: Callable[[], Any],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._secrets_id = secrets_id
        self._signing_id = signing_id
        self._clock = clock
        self._secrets_manager = secrets_manager
        self._parameter_store = parameter_store
        self._environment = environment or {}
        self._secrets = _Cached(clock, self._read_secrets)
        self._keys = _Cached(clock, self._read_keys)

    async def secrets(self, *, refresh: bool = False) -> Mapping[str, str]:
        """Return all secrets by name, at most some minutes old; with `refresh`, at most some seconds."""
        return await self._secrets.get(at_most_old=_JUST_READ if refresh else _CACHE_FOR)

    async def signing_keys(self, *, naming: str | None = None) -> SigningKeys:
        """Return the keys that sign our webhook paths; the previous one as long as it is accepted."""
        keys = signing_keys_of(await self._keys.get(), now=self._clock.now())
        if naming is None or naming in keys.accepted:
            return keys
        return signing_keys_of(await self._keys.get(at_most_old=_ASK_AGAIN_AFTER), now=self._clock.now())

    async def signing_secret(self) -> Mapping[str, Any]:
        """Return the secret of our signing keys as it is stored now, for its rotation."""
        return await self._read_keys()

    async def _read_secrets(self) -> Mapping[str, str]:
        match self._secrets_id:
            case None | "":
                return {}
            case str(where) if where.startswith(_SSM):
                return await self._read_parameters(where.removeprefix(_SSM))
            case str(where) if where.startswith(_ENVIRONMENT):
                prefix = where.removeprefix(_ENVIRONMENT) or "SECRET_"
                found = self._environment.items()
                return {name.removeprefix(prefix): text for name, text in found if name.startswith(prefix)}
            case str(where):
                return {name: _text(value) for name, value in (await self._read_object(where)).items()}

    async def _read_keys(self) -> Mapping[str, Any]:
        return await self._read_object(self._signing_id)

    async def _read_object(self, secret_id: str) -> Mapping[str, Any]:
        with _failures_translated(secret_id):
            answer = await aws_api(self._secrets_manager()).call("GetSecretValue", {"SecretId": secret_id})
        try:
            value = json.loads(answer["SecretString"])
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise ConfigurationError(f"The secret '{secret_id}' does not hold a JSON object.")
        return value

    async def _read_parameters(self, path: str) -> Mapping[str, str]:
        found: dict[str, str] = {}
        request: dict[str, Any] = {"Path": path, "WithDecryption": True, "Recursive": True}
        while True:
            with _failures_translated(path):
                page = await aws_api(self._parameter_store()).call("GetParametersByPath", request)
            for parameter in page["Parameters"]:
                found[parameter["Name"].removeprefix(path.rstrip("/") + "/")] = parameter["Value"]
            if not page.get("NextToken"):
                return found
            request["NextToken"] = page["NextToken"]


def signing_keys_of(value: Mapping[str, Any], *, now: datetime) -> SigningKeys:
    """Return the keys of `{"id", "secret"[, "previous": {"id", "secret", "acceptedUntil"}]}`.

    Raises:
        ConfigurationError: The value has another form.
    """
    try:
        current_id = str(value["id"])
        accepted = {current_id: _key(value["secret"])}
        previous = value.get("previous")
        if previous is not None and now < datetime.fromisoformat(previous["acceptedUntil"]):
            accepted.setdefault(str(previous["id"]), _key(previous["secret"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            "The signing secret is not of the form "
            '{"id": ..., "secret": ...[, "previous": {"id", "secret", "acceptedUntil"}]}.'
        ) from error
    return SigningKeys(current_id=current_id, accepted=accepted)


class _Cached(Generic[T]):
    """A value that is read again after some minutes, and kept while the store does not answer.

    Callers that need it at the same time share one read.
    """

    def __init__(self, clock: Clock, read: Callable[[], Awaitable[T]]) -> None:
        self._clock = clock
        self._read = read
        self._held: T | None = None
        self._reading: asyncio.Task[T] | None = None
        self._asked_at = datetime.min.replace(tzinfo=UTC)
        self._fresh_until = self._asked_at

    async def get(self, *, at_most_old: timedelta = _CACHE_FOR) -> T:
        now = self._clock.now()
        if self._held is not None and now < min(self._fresh_until, self._asked_at + at_most_old):
            return self._held
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_again(now))
            self._reading.add_done_callback(self._forget)
        return await asyncio.shield(self._reading)  # a caller that is cancelled does not stop the others

    async def _read_again(self, now: datetime) -> T:
        try:
            self._held = await self._read()
        except StoreUnavailable:
            if self._held is None:
                raise
            self._asked_at, self._fresh_until = now, now + _ASK_AGAIN_AFTER
        else:
            self._asked_at, self._fresh_until = now, now + _CACHE_FOR
        return self._held

    def _forget(self, reading: asyncio.Task[T]) -> None:
        self._reading = None
        if not reading.cancelled():
            reading.exception()  # seen, even where each caller was cancelled


def _key(secret: object) -> bytes:
    if not isinstance(secret, str) or len(secret) < 16:
        raise ValueError("a signing secret has at least 16 characters")
    return secret.encode()


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@contextmanager
def _failures_translated(what: str) -> Iterator[None]:
    try:
        yield
    except AwsRefused as error:
        if error.code in _OURS_TO_MEND:
            raise ConfigurationError(f"'{what}' cannot be read: {error.code}.") from error
        raise StoreUnavailable(f"'{what}' was not answered for: {error.code}.") from error
    except AwsUnreachable as error:
        raise StoreUnavailable(f"'{what}' was not answered for: {_name_of(error)}.") from error
    except Exception as error:  # of a client of boto3 that could not be made
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415  # 100 ms of a cold start

        if not isinstance(error, BotoCoreError):
            raise
        raise StoreUnavailable(f"'{what}' was not answered for: {_name_of(error)}.") from error


def _name_of(error: Exception) -> str:
    return type(error.__cause__ or error).__name__
