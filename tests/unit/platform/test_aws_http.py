"""DynamoDB over kept connections: what is repeated and how often, and what a server can do to a call."""

from __future__ import annotations

import asyncio
import json
import ssl
import zlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from apify_camunda.platform.aws_api import AwsRefused, AwsUnreachable
from apify_camunda.platform.aws_http import DYNAMODB, SignedAws
from apify_camunda.platform.aws_signature import AwsCredentials

from tests.fakes.clock import NOON, FrozenClock

GET = "GetItem", {"TableName": "ledger", "Key": {"pk": {"S": "a"}}}
ITEM = {"Item": {"pk": {"S": "a"}, "sent": {"B": "AQI="}, "B": {"S": "no bytes"}}}


def reply(content: object, status: int = 200, headers: str = "", *, date: datetime = NOON) -> bytes:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    head = f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\ndate: {format_datetime(date)}\r\n"
    return f"{head}{headers}\r\n".encode() + body


def error(code: str, status: int = 400, **more: Any) -> bytes:
    return reply({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "no", **more}, status)


FINE = reply(ITEM)
THROTTLED = error("ProvisionedThroughputExceededException")
FAILED = error("InternalServerError", 500)
HANG_UP = b""
CUT = FINE[:-5]
DAMAGED = reply(ITEM, headers="x-amz-crc32: 1\r\n")
GARBAGE = b"SSH-2.0-OpenSSH\r\n\r\n"


@dataclass
class Server:
    """Answers each request with the next of a script; after an answer that is no whole one it hangs up."""

    script: list[bytes]
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    connections: int = 0
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
                headers = dict(line.split(": ", 1) for line in head)
                body = await reader.readexactly(int(headers["content-length"]))
                self.requests.append((headers, body))
                self.was_asked.set()
                answer = self.script.pop(0)
                writer.write(answer)
                if answer in (HANG_UP, CUT, GARBAGE):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()


def exchange(
    script: Iterable[bytes],
    use: Callable[[SignedAws, Server, FrozenClock], Awaitable[Any]] | None = None,
    *,
    token: str = "",
    renew: Callable[[], AwsCredentials | None] = lambda: None,
) -> tuple[Any, Server, timedelta]:
    """Use a client beside a server; return the result, the server and how long was waited."""
    clock = FrozenClock()
    server = Server([*script])

    async def run() -> Any:
        listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        client = SignedAws(
            DYNAMODB,
            endpoint=f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}",
            region="eu-central-1",
            credentials=AwsCredentials("AKIDEXAMPLE", "secret", token),
            clock=clock,
            tls=ssl.create_default_context,
            chance=lambda: 0.5,
            renew=renew,
        )
        try:
            return await (use(client, server, clock) if use else client.call(*GET))
        except (AwsRefused, AwsUnreachable) as failure:
            return failure
        finally:
            client.close()
            listener.close()
            for writer in server.writers:
                writer.close()
            await asyncio.sleep(0.01)  # both ends see the end

    result = asyncio.run(run())
    return result, server, clock.now() - NOON


def test_call_is_signed_and_its_bytes_are_bytes() -> None:
    """A call names its operation, carries a signature over its token, and gives binary values as bytes."""
    answer, server, _ = exchange([FINE], token="session")

    assert answer == {"Item": {"pk": {"S": "a"}, "sent": {"B": b"\1\2"}, "B": {"S": "no bytes"}}}
    [(headers, body)] = server.requests
    assert json.loads(body) == GET[1]
    assert headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert headers["x-amz-security-token"] == "session"
    assert "AKIDEXAMPLE/20261121/eu-central-1/dynamodb/aws4_request" in headers["authorization"]
    assert "x-amz-security-token" in headers["authorization"]


def test_bytes_are_sent_as_base64() -> None:
    """A binary value goes out in DynamoDB's notation."""

    async def use(client: SignedAws, *_: object) -> object:
        return await client.call("PutItem", {"Item": {"sent": {"B": b"\1\2"}}})

    _, server, _ = exchange([reply({})], use)

    assert json.loads(server.requests[0][1]) == {"Item": {"sent": {"B": "AQI="}}}


def test_half_a_surrogate_pair_is_not_sent() -> None:
    """A text that has no UTF-8 fails before anything is sent."""

    async def use(client: SignedAws, *_: object) -> None:
        with pytest.raises(UnicodeEncodeError):
            await client.call("PutItem", {"Item": {"pk": {"S": "\ud800"}}})

    assert exchange([], use)[1].requests == []


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(THROTTLED, id="throttled"),
        pytest.param(error("ThrottlingException"), id="throttled by the control plane"),
        pytest.param(FAILED, id="500"),
        pytest.param(reply(b"<html>", 503), id="503 without JSON"),
        pytest.param(HANG_UP, id="no answer"),
        pytest.param(CUT, id="cut in the middle"),
        pytest.param(DAMAGED, id="wrong checksum"),
        pytest.param(GARBAGE, id="no HTTP"),
        pytest.param(reply(b"<html>"), id="200 without JSON"),
    ],
)
def test_temporary_failure_is_tried_again(trouble: bytes) -> None:
    """What may pass is tried once more after a moment, and told when it does not pass."""
    answer, server, waited = exchange([trouble, FINE])
    assert answer["Item"]["pk"] == {"S": "a"}
    assert waited == timedelta(seconds=0.5)
    assert len(server.requests) == 2

    failure, server, _ = exchange([trouble, trouble])
    assert isinstance(failure, AwsUnreachable | AwsRefused)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "code", ["ConditionalCheckFailedException", "ValidationException", "ResourceNotFoundException"]
)
def test_refusal_is_not_repeated(code: str) -> None:
    """An answer that a repetition does not change is raised at once, with all that it says."""
    failure, server, _ = exchange([error(code, Item={"sent": {"B": "AQI="}})])

    assert isinstance(failure, AwsRefused)
    assert failure.code == code
    assert failure.answer["Item"] == {"sent": {"B": b"\1\2"}}
    assert len(server.requests) == 1


def test_right_checksum_is_accepted() -> None:
    """An answer whose checksum is right needs no second try."""
    body = json.dumps(ITEM).encode()
    _, server, _ = exchange([reply(body, headers=f"x-amz-crc32: {zlib.crc32(body)}\r\n")])

    assert len(server.requests) == 1


def test_chunked_answer_is_read() -> None:
    """An answer whose length its server did not know in advance is read to its end."""
    body = json.dumps(ITEM).encode()
    chunks = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"

    answer, _, _ = exchange([b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunks])

    assert answer["Item"]["pk"] == {"S": "a"}


def test_repetitions_end_with_their_budget() -> None:
    """While nothing succeeds, tries are repeated a hundred times in all, so that an outage is not fed."""

    async def use(client: SignedAws, *_: object) -> None:
        for _call in range(120):
            with pytest.raises(AwsUnreachable):
                await client.call(*GET)

    _, server, _ = exchange([FAILED] * 300, use)

    assert len(server.requests) == 220


@pytest.mark.parametrize("off", [timedelta(hours=-3), timedelta(minutes=6)])
@pytest.mark.parametrize("code", ["InvalidSignatureException", "RequestExpired"])
def test_wrong_clock_is_corrected(off: timedelta, code: str) -> None:
    """A call that is refused for its time is signed again with the server's time, as are those after it."""

    async def use(client: SignedAws, *_: object) -> None:
        await client.call(*GET)
        await client.call(*GET)

    refusal = reply({"__type": code, "message": "Signature expired"}, 400, date=NOON + off)
    _, server, waited = exchange([refusal, FINE, FINE], use)

    signed_at = [headers["x-amz-date"] for headers, _ in server.requests]
    right = (NOON + off).strftime("%Y%m%dT%H%M%SZ")
    assert signed_at == [NOON.strftime("%Y%m%dT%H%M%SZ"), right, right]
    assert waited == timedelta()


def test_wrong_secret_is_not_a_wrong_clock() -> None:
    """A signature that is refused at the right time is not repeated."""
    failure, server, _ = exchange([error("InvalidSignatureException")])

    assert isinstance(failure, AwsRefused)
    assert len(server.requests) == 1


@pytest.mark.parametrize("code", ["ExpiredTokenException", "ExpiredToken"])
def test_expired_credentials_are_replaced(code: str) -> None:
    """Calls whose credentials have expired are signed again with the present ones, and so are later ones."""

    async def use(client: SignedAws, *_: object) -> None:
        await client.call(*GET)
        await client.call(*GET)

    present = AwsCredentials("AKIDPRESENT", "secret", "present")
    _, server, waited = exchange([error(code), FINE, FINE], use, token="old", renew=lambda: present)

    tokens = [headers["x-amz-security-token"] for headers, _ in server.requests]
    assert tokens == ["old", "present", "present"]
    assert "AKIDPRESENT" in server.requests[1][0]["authorization"]
    assert waited == timedelta()


def test_expired_credentials_of_calls_at_once_are_replaced() -> None:
    """Of several calls at once that find the credentials expired, each is signed again."""

    async def use(client: SignedAws, *_: object) -> int:
        return len(await asyncio.gather(*(client.call(*GET) for _ in range(3))))

    present = AwsCredentials("AKIDPRESENT", "secret", "present")
    expired = error("ExpiredTokenException")
    answers, server, _ = exchange([expired] * 3 + [FINE] * 3, use, token="old", renew=lambda: present)

    assert answers == 3
    assert len(server.requests) == 6


@pytest.mark.parametrize("present", [None, AwsCredentials("AKIDEXAMPLE", "secret", "old")])
def test_expired_credentials_without_others_are_reported(present: AwsCredentials | None) -> None:
    """Without other credentials the refusal is raised at once; the next call asks for them again."""

    async def use(client: SignedAws, *_: object) -> None:
        for _call in range(2):
            with pytest.raises(AwsRefused, match="ExpiredTokenException"):
                await client.call(*GET)

    expired = error("ExpiredTokenException")
    _, server, _ = exchange([expired, expired], use, token="old", renew=lambda: present)

    assert len(server.requests) == 2


class TestConnections:
    def test_connection_is_kept(self) -> None:
        """Calls one after the other go over one connection, after a refusal too."""

        async def use(client: SignedAws, *_: object) -> None:
            await client.call(*GET)
            with pytest.raises(AwsRefused):
                await client.call(*GET)
            await client.call(*GET)

        assert exchange([FINE, error("ValidationException"), FINE], use)[1].connections == 1

    def test_connection_that_slept_is_not_used(self) -> None:
        """After a pause a call goes over a new connection, because the old one is likely cut."""

        async def use(client: SignedAws, _: Server, clock: FrozenClock) -> None:
            await client.call(*GET)
            clock.advance(timedelta(seconds=21))
            await client.call(*GET)

        assert exchange([FINE, FINE], use)[1].connections == 2

    def test_kept_connection_that_is_cut_costs_no_try(self) -> None:
        """A kept connection that ends instead of answering is replaced at once, and two tries remain."""

        async def use(client: SignedAws, *_: object) -> object:
            await client.call(*GET)
            return await client.call(*GET)

        answer, server, waited = exchange([FINE, HANG_UP, FAILED, FINE], use)

        assert answer["Item"]["pk"] == {"S": "a"}
        assert waited == timedelta(seconds=0.5)
        assert server.connections == 2

    def test_server_that_closes_after_its_answer_is_called_again(self) -> None:
        """A connection that its server will close serves no second call."""

        async def use(client: SignedAws, *_: object) -> None:
            await client.call(*GET)
            await client.call(*GET)

        closing = reply(ITEM, headers="connection: close\r\n")
        assert exchange([closing, FINE], use)[1].connections == 2

    def test_calls_at_once_have_a_connection_each(self) -> None:
        """Calls at the same time wait for each other up to 32 connections only."""

        async def use(client: SignedAws, *_: object) -> int:
            return len(await asyncio.gather(*(client.call(*GET) for _ in range(80))))

        answers, server, _ = exchange([FINE] * 80, use)

        assert answers == 80
        assert 1 < server.connections <= 32

    def test_call_that_is_given_up_leaves_no_answer_behind(self) -> None:
        """The answer to a cancelled call does not answer the next one."""

        async def use(client: SignedAws, server: Server, _: FrozenClock) -> object:
            given_up = asyncio.create_task(client.call(*GET))
            await server.was_asked.wait()
            given_up.cancel()
            with pytest.raises(asyncio.CancelledError):
                await given_up
            return await client.call(*GET)

        answer, server, _ = exchange([reply({"Item": {"pk": {"S": "old"}}}), FINE], use)

        assert answer["Item"]["pk"] == {"S": "a"}
        assert server.connections == 2

    def test_absent_server_is_unreachable(self) -> None:
        """A call to a port at which nothing listens fails after its second try."""
        clock = FrozenClock()
        client = SignedAws(
            DYNAMODB,
            endpoint="http://127.0.0.1:9",
            region="eu-central-1",
            credentials=AwsCredentials("a", "b"),
            clock=clock,
            tls=ssl.create_default_context,
            chance=lambda: 1,
        )

        with pytest.raises(AwsUnreachable, match=r"127\.0\.0\.1:9"):
            asyncio.run(client.call(*GET))
        assert clock.now() - NOON == timedelta(seconds=1)
