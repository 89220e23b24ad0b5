"""The CPU time of one PutItem, through each client that could make it; the server is another process.

All of them sign and all keep their connection. The ratio is that to boto3's call in a thread, as an
asynchronous program must make it.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import random
import ssl
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import boto3
import httpx
import urllib3
from apify_camunda.platform.aws_http import DYNAMODB, SignedAws
from apify_camunda.platform.aws_signature import AwsCredentials, Signer
from apify_camunda.platform.http_client import new_client
from apify_camunda.platform.system_clock import SystemClock
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .figures import Figure, at_most

REGION: Final = "eu-central-1"
KEYS: Final = AwsCredentials("testing", "testing")
CALLS: Final = 400
ROUNDS: Final = 5
AIM_MS: Final = 0.4
REQUEST: Final = {
    "TableName": "ledger",
    "Item": {
        "pk": {"S": "event#actor.run.succeeded#HG7ML7M8z78YcAPEB"},
        "sk": {"S": "receipt#inbound/apify-run-finished"},
        "effects": {"B": b"x" * 300},
        "expires_at": {"N": "1790000000.25"},
    },
    "ConditionExpression": "attribute_not_exists(pk) OR expires_at <= :present",
    "ExpressionAttributeValues": {":present": {"N": "1789000000.25"}},
}
WIRE: Final = json.dumps(REQUEST, default=lambda value: value.hex()).encode()
TARGET: Final = {"x-amz-target": "DynamoDB_20120810.PutItem", "content-type": "application/x-amz-json-1.0"}


async def serve() -> None:
    """Answer every request as DynamoDB answers PutItem, until standard input closes."""
    answer = (
        b"HTTP/1.1 200 OK\r\nServer: Server\r\nDate: Sun, 29 Nov 2026 12:00:00 GMT\r\n"
        b"Content-Type: application/x-amz-json-1.0\r\nContent-Length: 2\r\nConnection: keep-alive\r\n"
        b"x-amzn-RequestId: 8T0KK2UJ5SN6F1J3H4C1Q0VJ9VVV4KQNSO5AEMVJF66Q9ASUAAJG\r\n"
        b"x-amz-crc32: 2745614147\r\n\r\n{}"
    )

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


@contextmanager
def served() -> Iterator[int]:
    """Give the port of the server."""
    command = [sys.executable, "-m", "tests.benchmarks.store", "serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.communicate()


def boto3_client(port: int) -> Any:
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    make: Any = boto3.client  # typed for each service by its literal name
    return make("dynamodb", region_name=REGION, endpoint_url=f"http://127.0.0.1:{port}", **keys)


async def boto3_in_a_thread(port: int, measure: Callable[..., Awaitable[None]]) -> None:
    with closing(boto3_client(port)) as client:
        await measure(lambda: asyncio.to_thread(client.put_item, **REQUEST))


async def boto3_blocking(port: int, measure: Callable[..., Awaitable[None]]) -> None:
    with closing(boto3_client(port)) as client:

        async def call() -> None:
            client.put_item(**REQUEST)

        await measure(call)


async def urllib3_with_botocores_signer(port: int, measure: Callable[..., Awaitable[None]]) -> None:
    url = f"http://127.0.0.1:{port}/"
    auth = SigV4Auth(Credentials("testing", "testing"), "dynamodb", REGION)
    with urllib3.PoolManager() as pool:

        async def call() -> None:
            request = AWSRequest("POST", url, TARGET, WIRE)
            auth.add_auth(request)
            json.loads(pool.request("POST", url, body=WIRE, headers=dict(request.headers)).data)

        await measure(call)


def signed(signer: Signer, port: int) -> dict[str, str]:
    return signer.signed({"host": f"127.0.0.1:{port}", **TARGET}, WIRE, at=datetime.now(UTC))


async def httpx_with_our_signer(port: int, measure: Callable[..., Awaitable[None]]) -> None:
    signer = Signer(credentials=KEYS, region=REGION, service="dynamodb")
    async with new_client() as client:

        async def call() -> None:
            answer: httpx.Response = await client.post(
                f"http://127.0.0.1:{port}/", content=WIRE, headers=signed(signer, port)
            )
            answer.json()

        await measure(call)


async def http_client_blocking(port: int, measure: Callable[..., Awaitable[None]]) -> None:
    signer = Signer(credentials=KEYS, region=REGION, service="dynamodb")
    with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:

        async def call() -> None:
            connection.request("POST", "/", WIRE, signed(signer, port))
            json.loads(connection.getresponse().read())

        await measure(call)


async def ours(port: int, measure: Callable[..., Awaitable[None]]) -> None:
    client = SignedAws(
        DYNAMODB,
        endpoint=f"http://127.0.0.1:{port}",
        region=REGION,
        credentials=KEYS,
        clock=SystemClock(),
        tls=ssl.create_default_context,
        chance=random.random,
    )
    await measure(lambda: client.call("PutItem", REQUEST))
    client.close()


CANDIDATES: Final[dict[str, Callable[[int, Callable[..., Awaitable[None]]], Awaitable[None]]]] = {
    "boto3 in a thread": boto3_in_a_thread,
    "boto3, blocking": boto3_blocking,
    "urllib3, botocore's signer, blocking": urllib3_with_botocores_signer,
    "httpx, our signer": httpx_with_our_signer,
    "http.client, our signer, blocking": http_client_blocking,
    "ours: asyncio": ours,
}


async def cpu_ms(port: int, name: str) -> float:
    """Return the least CPU time of one call in several rounds, all threads of this process together."""
    found: list[float] = []

    async def measure(call: Callable[[], Awaitable[object]]) -> None:
        for _ in range(20):
            await call()
        for _ in range(ROUNDS):
            began = time.process_time()
            for _ in range(CALLS):
                await call()
            found.append((time.process_time() - began) / CALLS * 1000)

    await CANDIDATES[name](port, measure)
    return min(found)


def figures() -> Iterator[Figure]:
    """Yield the figure of our client beside boto3's, and print those of the others."""
    with served() as port:
        found = {name: asyncio.run(cpu_ms(port, name)) for name in CANDIDATES}
    base = found["boto3 in a thread"]
    for name, ms in found.items():
        print(f"{name:40}{ms:8.2f} ms{ms / base:8.2f}")
    yield Figure(
        "one PutItem, beside boto3 in a thread", "ms of CPU", found["ours: asyncio"], base, at_most(AIM_MS)
    )


if __name__ == "__main__":
    asyncio.run(serve())
