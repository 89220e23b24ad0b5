"""A burst of deliveries through the HTTP front, with the throttles and the concurrency of template.yaml."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from apify_camunda.platform import lambda_http
from local_aws import Template
from local_aws.http_api import HttpApi
from local_aws.http_server import HttpServer
from local_aws.invocations import InvocationResult, Returned, Throttled
from local_aws.observations import ignore

from tests import builders
from tests.fakes.receiver_world import World

BURST = 50
TEMPLATE = Template(
    Path(__file__).parents[2] / "template.yaml", {"CamundaRestUrl": "https://camunda.example"}
)
FOR_ALL_TO_ARRIVE_S = 60.0
"""Only if one is refused: then the others wait without success."""


@dataclass
class Receivers:
    """Execution environments of the receiver, which work all at once; each is a handler in this process."""

    world: World
    places: int
    awaited: int
    arrived: int = 0
    all_here: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, _: str, payload: bytes) -> InvocationResult:
        self.arrived += 1
        if self.arrived > self.places:
            return Throttled()
        if self.arrived == self.awaited:
            self.all_here.set()
        await self.all_here.wait()
        request = lambda_http.request_from(json.loads(payload), self.world.clock.now())
        reply = await self.world.receiver()(request)
        return Returned(json.dumps(lambda_http.reply_for(reply)).encode())


def delivery(number: int) -> dict[str, Any]:
    """Return what Apify posts when one of many runs has ended, with its signature."""
    run = builders.run() | {"id": f"run-{number}"}
    request = builders.request(builders.body(resource=run))
    return {"content": request.body, "headers": dict(request.headers)}


async def deliver_at_once(world: World, count: int) -> tuple[list[httpx.Response], httpx.Response]:
    """Return the answers to deliveries that are all in work at once, and to one more right after them."""
    [spec] = [each for each in TEMPLATE.functions() if each.logical_id == "ReceiveWebhook"]
    assert spec.reserved_concurrency is not None
    receivers = Receivers(world, spec.reserved_concurrency, count)
    api = HttpApi(TEMPLATE.http_api(), receivers, world.clock, ignore)
    limits = httpx.Limits(max_connections=None)
    async with (
        HttpServer(api.handle) as server,
        httpx.AsyncClient(base_url=server.url, limits=limits, timeout=FOR_ALL_TO_ARRIVE_S) as client,
    ):
        posts = [client.post(f"/{builders.ROUTE}", **delivery(number)) for number in range(count)]
        answers = await asyncio.gather(*posts)
        return answers, await client.post(f"/{builders.ROUTE}", **delivery(count))


def test_burst_is_served() -> None:
    """
    Of 50 deliveries at once none is refused, and each has its effect once; the next is answered "later".
    """
    world = World(builders.plain_start())
    world.engine.is_busy = False

    answers, next_one = asyncio.run(deliver_at_once(world, BURST))

    assert [answer.status_code for answer in answers] == [200] * BURST
    assert len(world.engine.started) == BURST
    assert len({start.business_id for start in world.engine.started}) == BURST
    assert next_one.status_code == 429
