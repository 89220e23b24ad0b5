"""What every clock, counter and waker does: the fakes, and what the functions really use."""

from __future__ import annotations

import asyncio
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import boto3
import pytest
from apify_camunda.outbound.lambda_waker import LambdaWaker
from apify_camunda.outbound.ports import PollerWaker
from apify_camunda.platform.metrics import EmbeddedMetrics
from apify_camunda.platform.ports import Clock, Metrics
from apify_camunda.platform.system_clock import SystemClock
from botocore.stub import Stubber

from tests.contract.aws import CREDENTIALS, REGION
from tests.fakes.clock import FrozenClock
from tests.fakes.metrics import FakeMetrics
from tests.fakes.waker import FakeWaker


@pytest.fixture(params=[FrozenClock, SystemClock])
def clock(request: pytest.FixtureRequest) -> Clock:
    made: Clock = request.param()
    return made


class TestClock:
    def test_the_present_is_aware_and_in_utc(self, clock: Clock) -> None:
        """Times of different origin can be compared."""
        assert clock.now().utcoffset() == timedelta(0)

    @pytest.mark.parametrize("milliseconds", [0, 20])
    def test_a_sleep_lasts(self, clock: Clock, milliseconds: int) -> None:
        """After it, it is at least so much later."""
        began, duration = clock.now(), timedelta(milliseconds=milliseconds)
        asyncio.run(clock.sleep(duration))
        assert duration <= clock.now() - began < duration + timedelta(seconds=10)


Counting = tuple[Metrics, Callable[[], Mapping[str, int]]]


def fake_metrics() -> Counting:
    metrics = FakeMetrics()
    return metrics, lambda: metrics.counted


def embedded_metrics() -> Counting:
    """Return metrics, and what CloudWatch adds up of what they write."""
    stream = io.StringIO()

    def counted() -> Mapping[str, int]:
        sums: Counter[str] = Counter()
        for line in map(json.loads, stream.getvalue().splitlines()):
            for group in line["_aws"]["CloudWatchMetrics"]:
                sums.update({each["Name"]: line[each["Name"]] for each in group["Metrics"]})
        return sums

    return EmbeddedMetrics(namespace="Acme", service="s", clock=FrozenClock(), stream=stream), counted


@pytest.mark.parametrize("counting", [fake_metrics, embedded_metrics])
def test_counts_add_up(counting: Callable[[], Counting]) -> None:
    """Each counter has the sum of what was added to it; one is added where nothing is said."""
    metrics, counted = counting()
    metrics.count("EffectsDone")
    metrics.count("EffectsDone", 3)
    metrics.count("EventsReceived")
    assert counted() == {"EffectsDone": 4, "EventsReceived": 1}


Waking = tuple[PollerWaker, Callable[[], int]]


@pytest.fixture(params=["fake", "Lambda"])
def waking(request: pytest.FixtureRequest) -> Iterator[Waking]:
    """Give a waker, and how often the poller was asked to come."""
    if request.param == "fake":
        fake = FakeWaker()
        yield fake, lambda: fake.woken
        return
    make: Any = boto3.client  # typed for each service by its literal name
    client = make("lambda", region_name=REGION, **CREDENTIALS)
    asked: list[str] = []
    event = "before-parameter-build.lambda.Invoke"
    client.meta.events.register(event, lambda model, **_: asked.append(model.name))
    with Stubber(client) as stub:
        for _ in range(2):
            stub.add_response("invoke", {"StatusCode": 202})
        yield LambdaWaker(client=client, function_name="poll-jobs"), lambda: len(asked)
    client.close()


def test_each_call_wakes_the_poller(waking: Waking) -> None:
    """Whether it sleeps is not asked: who is awake loses nothing."""
    waker, woken = waking
    for _ in range(2):
        asyncio.run(waker.wake())
    assert woken() == 2
