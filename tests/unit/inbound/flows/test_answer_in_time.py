"""An event is answered before API Gateway gives up, however many elements listen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.camunda.model import PublishMessage, PublishResult, StartProcess, StartResult
from apify_camunda.platform.http_messages import HttpReply

from tests import builders
from tests.event_loop import run_async
from tests.fakes.clock import NOON
from tests.fakes.receiver_world import A_MINUTE, World

LAMBDA_ENDS_AFTER = timedelta(seconds=25)
EACH_COMMAND_TAKES = timedelta(milliseconds=200)


def starts(number: int) -> list[InboundElement]:
    return [builders.plain_start(element_id=f"Start_{each}") for each in range(number)]


def messages(number: int) -> list[InboundElement]:
    return [
        builders.catch(element_id=f"Catch_{each}", message_name=f"message-{each}") for each in range(number)
    ]


class SlowWorld(World):
    """An engine whose every command takes some of the invocation's time."""

    def __init__(self, *listeners: InboundElement, takes: timedelta = EACH_COMMAND_TAKES) -> None:
        super().__init__(*listeners)
        start, publish = self.engine.start_process, self.engine.publish_message

        async def slow_start(command: StartProcess) -> StartResult:
            self.clock.advance(takes)
            return await start(command)

        async def slow_publish(command: PublishMessage) -> PublishResult:
            self.clock.advance(takes)
            return await publish(command)

        self.engine.start_process = slow_start  # type: ignore[method-assign]  # the command takes time
        self.engine.publish_message = slow_publish  # type: ignore[method-assign]  # the command takes time

    def answer(self, *, receiver_has: timedelta = LAMBDA_ENDS_AFTER) -> HttpReply:
        ports = replace(self._ports(lambda port: port), receiver_has=receiver_has)
        return run_async(ports.receiver()(builders.request()))


@pytest.mark.parametrize("listeners", [starts, messages], ids=["starts", "messages"])
@pytest.mark.parametrize("number", [201, 601, 1000])
def test_many_listeners_are_served_or_parked(
    listeners: Callable[[int], list[InboundElement]], number: int
) -> None:
    """What does not fit into the time of an answer is parked; in the end each effect has happened once."""
    world = SlowWorld(*listeners(number))

    reply = world.answer()

    assert reply.status == 202
    assert world.clock.now() - NOON < LAMBDA_ENDS_AFTER
    assert 0 < world.effects < number
    world.go_on(accepted=True)
    assert world.effects == number
    assert "EffectsInDoubt" not in world.metrics.counted


def test_no_command_is_sent_that_would_be_cut_off() -> None:
    """With too little time left an effect is not begun, so that no start is in doubt."""
    world = SlowWorld(*starts(3), takes=timedelta(seconds=13))

    reply = world.answer()

    assert reply.status == 202
    world.go_on(accepted=True)
    assert world.effects == 3


@pytest.mark.parametrize("left", [0, 3, 7], ids=lambda left: f"{left} s left")
def test_event_without_any_time_is_parked(left: int) -> None:
    """A delivery that arrives when the invocation is almost over is durable before it is answered 202."""
    world = World(builders.plain_start())
    ports = replace(world._ports(lambda port: port), receiver_has=timedelta(seconds=left))

    reply = run_async(ports.receiver()(builders.request()))

    assert (reply.status, reply.body) == (202, {"status": "parked", "reason": "there was no time left"})
    world.go_on(accepted=True)
    assert world.effects == 1


@pytest.mark.parametrize("number", [10])
def test_some_events_at_once_with_many_listeners(number: int) -> None:
    """Several events on which two hundred elements listen are all answered, and nothing is in doubt."""
    world = SlowWorld(*starts(201), takes=timedelta(milliseconds=10))

    async def at_once() -> list[HttpReply]:
        posts = [
            world.receiver()(builders.request(builders.body(resource=builders.run(id=f"run{each}"))))
            for each in range(number)
        ]
        return await asyncio.gather(*posts)

    replies = run_async(at_once())

    assert {reply.status for reply in replies} <= {200, 202}
    world.go_on(accepted=True)
    assert world.effects == 201 * number
    assert "EffectsInDoubt" not in world.metrics.counted


def test_effects_of_one_event_are_bounded() -> None:
    """Few effects of an event are at work at the same time: each holds a connection and its variables."""
    world = World(*starts(100))
    at_work = most = 0
    start = world.engine.start_process

    async def counted(command: StartProcess) -> StartResult:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0)
        at_work -= 1
        return await start(command)

    world.engine.start_process = counted  # type: ignore[method-assign]  # commands are counted

    assert world.post()

    assert 1 < most <= 16
    assert world.clock.now() - NOON < A_MINUTE
