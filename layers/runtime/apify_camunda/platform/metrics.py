"""Counts by CloudWatch's embedded metric format: one line of JSON on standard output, no call to any service.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import sys
from typing import TextIO

from apify_camunda.platform.ports import Clock


class EmbeddedMetrics:
    """Counters that CloudWatch reads out of the function's log."""

    def __init__(self, *, namespace: str, service: str, clock: Clock, stream: TextIO | None = None) -> None:
        self._namespace = namespace
        self._service = service
        self._clock = clock
        self._stream = stream

    def count(self, name: str, value: int = 1) -> None:
        """Write one line that adds `value` to a counter of this service."""
        line = {
            "_aws": {
                "Timestamp": round(self._clock.now().timestamp() * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": self._namespace,
                        "Dimensions": [["service"]],
                        "Metrics": [{"Name": name, "Unit": "Count"}],
                    }
                ],
            },
            "service": self._service,
            name: value,
        }
        stream = self._stream or sys.stdout
        stream.write(json.dumps(line) + "\n")
        stream.flush()
