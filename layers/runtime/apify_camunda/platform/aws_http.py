"""Calls AWS over kept connections, signed by us: what boto3 does for a call, at a fifth of its CPU time.

It repeats as boto3's mode `standard` does: once where the connection broke, the answer was late, the server
failed or throttled, and only while the budget for repetitions lasts. As there, a condition that fails at the
repetition may have been met by the first try, whose answer was lost.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from apify_camunda.platform.aws_api import AwsAnswer, AwsRefused, AwsUnreachable
from apify_camunda.platform.aws_signature import AwsCredentials, Signer
from apify_camunda.platform.http_answer import HttpAnswer
from apify_camunda.platform.kept_connection import ConnectionBroken, KeptConnection
from apify_camunda.platform.ports import Clock

_CONNECT_TIMEOUT_S: Final = 2
_ANSWER_TIMEOUT_S: Final = 4
"""A store that does not answer must leave time to park the event: API Gateway waits for 30 seconds in all."""
_TRIES: Final = 2
_MOST_CONNECTIONS: Final = 32
_IDLE_CONNECTION: Final = timedelta(
    seconds=20
)  # a connection that slept with its Lambda function is likely cut
_LONGEST_BACKOFF: Final = timedelta(seconds=1)
_RETRY_BUDGET: Final = 500
_RETRY_PRICE: Final = 5
_NOTICEABLE_SKEW: Final = timedelta(minutes=4)  # AWS refuses five
_THROTTLED: Final = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
_PASSING: Final = _THROTTLED | {"RequestTimeout", "RequestTimeoutException"}
_EXPIRED: Final = frozenset({"ExpiredToken", "ExpiredTokenException"})
_WRONG_TIME: Final = frozenset(
    {"InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed", "SignatureDoesNotMatch"}
)


@dataclass(frozen=True, slots=True)
class AwsService:
    """A service that takes and gives JSON.

    Attributes:
        name: In signatures and, before the region, in the name of its host.
        target: What is before the operation in `x-amz-target`.
        json_version: Of AWS's JSON protocol.
        variable: What is after `AWS_ENDPOINT_URL_` in the variable that names another endpoint.
    """

    name: str
    target: str
    json_version: str
    variable: str


DYNAMODB: Final = AwsService("dynamodb", "DynamoDB_20120810", "1.0", "DYNAMODB")
SECRETS_MANAGER: Final = AwsService("secretsmanager", "secretsmanager", "1.1", "SECRETS_MANAGER")
PARAMETER_STORE: Final = AwsService("ssm", "AmazonSSM", "1.1", "SSM")


class _Idle(NamedTuple):
    connection: KeptConnection
    since: datetime


class SignedAws:
    """A service in one region, for the one event loop that uses it.

    Args:
        service: Which one.
        endpoint: Where it is, for example `https://dynamodb.eu-central-1.amazonaws.com`.
        region: In which the signatures hold.
        credentials: Whose calls they are.
        clock: The time that is signed; also waits before repetitions.
        tls: Makes what says whom to trust; called once, and only for https://.
        chance: Returns a number from 0 to 1, by which waits differ from each other.
        renew: Returns the present credentials, or None, where those in use have expired.
    """

    def __init__(
        self,
        service: AwsService,
        *,
        endpoint: str,
        region: str,
        credentials: AwsCredentials,
        clock: Clock,
        tls: Callable[[], ssl.SSLContext],
        chance: Callable[[], float],
        renew: Callable[[], AwsCredentials | None] = lambda: None,
    ) -> None:
        self._service = service
        url = urlsplit(endpoint)
        self._host = url.hostname or ""
        self._port = url.port or (443 if url.scheme == "https" else 80)
        self._host_header = url.netloc.rpartition("@")[2]
        self._make_tls = tls if url.scheme == "https" else None
        self._tls: ssl.SSLContext | None = None
        self._region = region
        self._credentials = credentials
        self._signer = Signer(credentials=credentials, region=region, service=service.name)
        self._renew = renew
        self._clock = clock
        self._chance = chance
        self._skew = timedelta()
        self._turns = asyncio.Semaphore(_MOST_CONNECTIONS)
        self._idle: deque[_Idle] = deque()
        self._retry_budget = _RETRY_BUDGET

    async def call(self, operation: str, request: Mapping[str, Any]) -> AwsAnswer:
        """Carry out an operation; see AwsApi."""
        body = _json(request).encode()
        async with self._turns:
            for left in reversed(range(_TRIES)):
                try:
                    answer = await self._once(operation, body)
                except AwsUnreachable:
                    if not left or not self._may_repeat():
                        raise
                except AwsRefused as error:
                    if error.code not in _PASSING or not left or not self._may_repeat():
                        raise
                else:
                    self._retry_budget = min(self._retry_budget + 1, _RETRY_BUDGET)
                    return answer
                await self._clock.sleep(_LONGEST_BACKOFF * self._chance())
        raise AssertionError("unreachable: the last try returns or raises")

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().connection.close()

    async def _once(self, operation: str, body: bytes) -> AwsAnswer:
        """Make one try; with a corrected clock or newer credentials the call is signed again."""
        signer = self._signer
        answer = await self._exchange(operation, body)
        if answer.status == 200:
            return _content(answer)
        refused = _refusal(answer)
        if isinstance(refused, AwsRefused) and self._mends(refused.code, answer, signer):
            answer = await self._exchange(operation, body)
            if answer.status == 200:
                return _content(answer)
            refused = _refusal(answer)
        raise refused

    async def _exchange(self, operation: str, body: bytes) -> HttpAnswer:
        """Send the request over a kept connection, and over a new one where that turns out to be cut."""
        connection = self._kept()
        try:
            if connection is not None:
                try:
                    return await self._send(connection, operation, body)
                except ConnectionBroken as error:
                    if error.was_answering:
                        raise
                    self.close()  # the others have slept as long
            return await self._send(await self._new(), operation, body)
        except (ConnectionBroken, OSError) as error:  # of which TimeoutError is one
            what = str(error) or type(error).__name__
            raise AwsUnreachable(f"{self._host_header}: {what}") from error

    async def _send(self, connection: KeptConnection, operation: str, body: bytes) -> HttpAnswer:
        headers = {
            "host": self._host_header,
            "content-type": f"application/x-amz-json-{self._service.json_version}",
            "x-amz-target": f"{self._service.target}.{operation}",
        }
        signed = self._signer.signed(headers, body, at=self._clock.now() + self._skew)
        signed["content-length"] = str(len(body))
        answer = await connection.post(list(signed.items()), body, timeout_s=_ANSWER_TIMEOUT_S)
        checksum = answer.headers.get(b"x-amz-crc32")
        if checksum is not None and checksum != b"%d" % zlib.crc32(answer.body):
            connection.close()
            raise ConnectionBroken("The answer was damaged on its way.", was_answering=True)
        if connection.is_open:
            self._idle.append(_Idle(connection, self._clock.now()))
        return answer

    def _kept(self) -> KeptConnection | None:
        """Return the connection that was used last, if it can still be used."""
        oldest = self._clock.now() - _IDLE_CONNECTION
        while self._idle:
            idle = self._idle.pop()
            if idle.connection.is_open and idle.since > oldest:
                return idle.connection
            idle.connection.close()
        return None

    async def _new(self) -> KeptConnection:
        if self._make_tls is not None and self._tls is None:
            self._tls = self._make_tls()
        return await KeptConnection.open(self._host, self._port, tls=self._tls, timeout_s=_CONNECT_TIMEOUT_S)

    def _mends(self, code: str, answer: HttpAnswer, signer: Signer) -> bool:
        """Take other credentials or the server's time; False where that changes nothing."""
        if code in _EXPIRED:
            return signer is not self._signer or self._has_other_credentials()
        return code in _WRONG_TIME and self._corrects_skew(answer)

    def _has_other_credentials(self) -> bool:
        renewed = self._renew()
        if renewed is None or renewed == self._credentials:
            return False
        self._credentials = renewed
        self._signer = Signer(credentials=renewed, region=self._region, service=self._service.name)
        return True

    def _corrects_skew(self, answer: HttpAnswer) -> bool:
        """Take the server's time where ours differs much from it; False where it does not."""
        from email.utils import parsedate_to_datetime  # noqa: PLC0415  # most processes never need it

        try:
            theirs = parsedate_to_datetime(answer.headers[b"date"].decode())
        except (KeyError, ValueError):
            return False
        skew = theirs.astimezone(UTC) - self._clock.now()
        if abs(skew - self._skew) < _NOTICEABLE_SKEW:
            return False
        self._skew = skew
        return True

    def _may_repeat(self) -> bool:
        if self._retry_budget < _RETRY_PRICE:
            return False
        self._retry_budget -= _RETRY_PRICE
        return True


def _content(answer: HttpAnswer) -> AwsAnswer:
    try:
        has_bytes = b'"B"' in answer.body
        content = json.loads(answer.body, object_hook=_with_bytes if has_bytes else None)
    except ValueError as error:
        raise AwsUnreachable("The answer is no JSON.") from error
    if not isinstance(content, dict):
        raise AwsUnreachable("The answer is no JSON object.")
    return content


def _refusal(answer: HttpAnswer) -> AwsRefused | AwsUnreachable:
    """Return what an answer with another status than 200 means."""
    if answer.status >= 500:
        return AwsUnreachable(f"AWS answered with status {answer.status}.")
    content = _content(answer)
    code = str(content.get("__type", answer.status)).rpartition("#")[2]
    message = content.get("message", content.get("Message", ""))
    return AwsRefused(code, str(message), content)


def _base64(value: object) -> str:
    if not isinstance(value, (bytes, bytearray)):
        raise TypeError(f"{type(value).__name__} has no place in an item")
    return base64.b64encode(value).decode()


_json: Final = json.JSONEncoder(default=_base64, ensure_ascii=False, separators=(",", ":")).encode


def _with_bytes(value: dict[str, Any]) -> dict[str, Any]:
    """Return a binary attribute with its bytes, and everything else as it is."""
    text = value.get("B")
    return {"B": base64.b64decode(text)} if isinstance(text, str) and len(value) == 1 else value
