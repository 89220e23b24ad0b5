"""Counts and measures by CloudWatch's embedded metric format: lines of JSON on standard output, no calls.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import TextIO

from apify_camunda.platform.ports import Clock


class EmbeddedMetrics:
    """Counts and durations that CloudWatch reads out of the function's log.

    Args:
        namespace: CloudWatch's name for the product.
        service: The one dimension, so that a deployment's functions share their metrics.
        clock: Says when something was counted.
        is_on: Whether anything is written; each metric costs money.
        stream: Where lines are written; None means standard output.
    """

    def __init__(
        self, *, namespace: str, service: str, clock: Clock, is_on: bool = True, stream: TextIO | None = None
    ) -> None:
        self._namespace = namespace
        self._service = service
        self._clock = clock
        self._is_on = is_on
        self._stream = stream

    def count(self, name: str, value: int = 1) -> None:
        """Write one line that adds `value` to a counter of this service."""
        self._write(name, value, "Count")

    def measure(self, name: str, duration: timedelta) -> None:
        """Write one line with a duration, in seconds; one below zero, which unequal clocks make, is zero."""
        self._write(name, max(duration.total_seconds(), 0.0), "Seconds")

    def _write(self, name: str, value: float, unit: str) -> None:
        if not self._is_on:
            return
        line = {
            "_aws": {
                "Timestamp": round(self._clock.now().timestamp() * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": self._namespace,
                        "Dimensions": [["service"]],
                        "Metrics": [{"Name": name, "Unit": unit}],
                    }
                ],
            },
            "service": self._service,
            name: value,
        }
        stream = self._stream or sys.stdout
        stream.write(json.dumps(line) + "\n")
        stream.flush()
