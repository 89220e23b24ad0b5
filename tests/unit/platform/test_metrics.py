"""What counters write for CloudWatch to read."""

from __future__ import annotations

import io
import json
from datetime import timedelta

from apify_camunda.platform.metrics import EmbeddedMetrics

from tests.fakes.clock import NOON, FrozenClock


def test_count_is_one_line_of_embedded_metric_format() -> None:
    """A count is a line with namespace, dimensions, unit, time and value."""
    stream = io.StringIO()
    metrics = EmbeddedMetrics(namespace="Acme", service="receive", clock=FrozenClock(), stream=stream)

    metrics.count("EffectsDone", 3)
    metrics.count("EventsReceived")

    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first == {
        "_aws": {
            "Timestamp": int(NOON.timestamp() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": "Acme",
                    "Dimensions": [["service"]],
                    "Metrics": [{"Name": "EffectsDone", "Unit": "Count"}],
                }
            ],
        },
        "service": "receive",
        "EffectsDone": 3,
    }
    assert second["EventsReceived"] == 1


def test_duration_is_written_in_seconds() -> None:
    """A duration is a value in seconds; one that unequal clocks make negative is zero."""
    stream = io.StringIO()
    metrics = EmbeddedMetrics(namespace="Acme", service="receive", clock=FrozenClock(), stream=stream)

    metrics.measure("EventToEffect", timedelta(seconds=1.5))
    metrics.measure("EventToEffect", timedelta(seconds=-1))

    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["EventToEffect"] for line in lines] == [1.5, 0]
    assert lines[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [
        {"Name": "EventToEffect", "Unit": "Seconds"}
    ]


def test_nothing_is_written_where_metrics_are_off() -> None:
    """A deployment that does not want to pay for metrics of its own has none."""
    stream = io.StringIO()
    metrics = EmbeddedMetrics(
        namespace="Acme", service="receive", clock=FrozenClock(), is_on=False, stream=stream
    )

    metrics.count("EffectsDone")
    metrics.measure("EventToEffect", timedelta(seconds=1))

    assert stream.getvalue() == ""
