"""What counters write for CloudWatch to read."""

from __future__ import annotations

import io
import json

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
