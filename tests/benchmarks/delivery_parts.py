"""Where the time of a delivery with a message goes: our code, the command, the calls of DynamoDB.

The handler of receive_webhook runs without the runtime client, one delivery after the other: once with all of
its calls answered at once, once with those of the store, once with none. The differences are the calls, with
the waits that they cause, after which caches are cold. In the end the command is sent over REST, too.
`BENCH_DELIVERIES` changes how many deliveries are measured.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from apify_camunda_cli.local.world import project_root
from local_aws import LocalAws
from real_engines import DynamoDBLocal

from .delivery_rivals import (
    body_of,
    deployed_listener,
    local_parameters,
    require_answer,
    signed_event,
)
from .figures import Figure, at_most
from .process_usage import worker_of
from .stand_in import stand_in

DELIVERIES: Final = int(os.environ.get("BENCH_DELIVERIES", "1000"))
_FUNCTION: Final = "receive_webhook"
AIM_BESIDE_MS: Final = 3


@dataclass(frozen=True, slots=True)
class Parts:
    """What deliveries took in the handler.

    Attributes:
        cpu_ms: CPU time of one, of all threads.
        wall_ms: How long each took.
        calls_ms: How long of it a call was waited for.
    """

    cpu_ms: float
    wall_ms: Sequence[float]
    calls_ms: Sequence[float]

    def beside_ms(self) -> float:
        """Return the median of what a delivery takes beside its calls."""
        return statistics.median(
            wall - calls for wall, calls in zip(self.wall_ms, self.calls_ms, strict=True)
        )


def figures() -> Iterator[Figure]:
    """Yield the parts of the CPU time, and of the latency.

    Raises:
        Unavailable: There is no JDK or no Maven, or its jars are not to be had.
    """
    with DynamoDBLocal() as store, stand_in() as cluster:
        template = project_root() / "template.yaml"
        parameters = local_parameters(cluster)
        with LocalAws(template, parameters, dynamodb=store.url, runs_schedules=False) as aws:
            deployed_listener(aws, cluster, "message")
            event = signed_event(aws, "message")
            require_answer(aws.invoke(aws.function_name("ReceiveWebhook"), _delivery(event, 0)))
            environment = _environment_of(worker_of(_FUNCTION))
            numbers = iter(range(1, 10**9))
            all_made, only_command, none_made = (
                _measure(environment, event, numbers, answered) for answered in ("nobody", "store", "all")
            )
            over_rest = _measure(environment | {"CAMUNDA_TRANSPORT": "rest"}, event, numbers, "nobody")
    yield Figure("delivery, parts: our code alone", "ms of CPU", none_made.cpu_ms)
    yield Figure(
        "delivery, parts: the command over gRPC", "ms of CPU", only_command.cpu_ms - none_made.cpu_ms
    )
    store_ms = all_made.cpu_ms - only_command.cpu_ms
    yield Figure("delivery, parts: calls of the store", "ms of CPU", store_ms)
    rest_ms = over_rest.cpu_ms - store_ms - none_made.cpu_ms
    yield Figure("delivery, parts: the command over REST instead", "ms of CPU", rest_ms)
    yield Figure("delivery in the function: p50", "ms", statistics.median(all_made.wall_ms))
    yield Figure("delivery in the function: p50 of its calls", "ms", statistics.median(all_made.calls_ms))
    yield Figure(
        "delivery in the function: p50 beside them", "ms", all_made.beside_ms(), aim=at_most(AIM_BESIDE_MS)
    )


def _measure(
    environment: dict[str, str], event: dict[str, Any], numbers: Iterator[int], answered: str
) -> Parts:
    """Handle deliveries of new runs in a process of its own."""
    warming = DELIVERIES // 2
    deliveries = [_delivery(event, next(numbers)) for _ in range(warming + DELIVERIES)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.receiver_alone", str(warming), answered],
        input=b"\n".join(deliveries),
        stdout=subprocess.PIPE,
        env={
            **environment,
            "PYTHONPATH": os.pathsep.join(
                [str(project_root()), str(project_root() / "functions" / _FUNCTION)]
            ),
        },
        check=True,
    )
    return Parts(**json.loads(done.stdout))


def _delivery(event: dict[str, Any], number: int) -> bytes:
    return json.dumps(event | {"body": json.dumps(body_of(number))}).encode()


def _environment_of(pid: int) -> dict[str, str]:
    variables = Path(f"/proc/{pid}/environ").read_bytes().decode().rstrip("\0").split("\0")
    return dict(variable.split("=", 1) for variable in variables)
