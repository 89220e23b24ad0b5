"""Where the time of a delivery with a message goes: our code, the command, the calls of DynamoDB.

The handler of receive_webhook runs without the runtime client, in four processes that take deliveries by
turns: one makes all of its calls, one sends the command alone, one has all of them answered at once, and one
makes all of them with the command over REST. The differences are the calls, with the waits that they cause,
after which caches are cold. `BENCH_DELIVERIES` changes how many deliveries are measured.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from apify_camunda_cli.local.world import project_root
from local_aws import LocalAws
from real_engines import DynamoDBLocal

from .delivery_rivals import body_of, deployed_listener, local_parameters, require_answer, signed_event
from .figures import Figure, at_most
from .process_usage import threads_cpu_s, worker_of
from .stand_in import ServedCluster, stand_in

DELIVERIES: Final = int(os.environ.get("BENCH_DELIVERIES", "1000"))
AIM_BESIDE_MS: Final = 3
_FUNCTION: Final = "receive_webhook"
_IN_A_ROW: Final = 10
"""How many deliveries a process takes before it is the next one's turn."""


@dataclass
class Receiver:
    """A process with the handler, and what its deliveries took.

    Attributes:
        wall_ms: How long each took.
        calls_ms: How long of that a call was waited for.
        cpu_s: CPU time of all of them.
    """

    process: subprocess.Popen[str]
    wall_ms: list[float] = field(default_factory=list)
    calls_ms: list[float] = field(default_factory=list)
    cpu_s: float = 0.0

    @property
    def cpu_ms(self) -> float:
        """Return the CPU time of one delivery."""
        return self.cpu_s * 1000 / len(self.wall_ms)

    def beside_ms(self) -> float:
        """Return the median of what a delivery takes beside its calls."""
        both = zip(self.wall_ms, self.calls_ms, strict=True)
        return statistics.median(wall - calls for wall, calls in both)

    def take(self, deliveries: list[str]) -> None:
        """Handle deliveries, one after the other."""
        asked, told = self.process.stdin, self.process.stdout
        assert asked is not None
        assert told is not None
        before_s = threads_cpu_s(self.process.pid)
        for delivery in deliveries:
            wall_ms, calls_ms = _answer(asked, told, delivery)
            self.wall_ms.append(wall_ms)
            self.calls_ms.append(calls_ms)
        self.cpu_s += threads_cpu_s(self.process.pid) - before_s

    def forget(self) -> None:
        """Forget what was measured so far."""
        self.wall_ms, self.calls_ms, self.cpu_s = [], [], 0.0


def figures() -> Iterator[Figure]:
    """Yield the parts of the CPU time, and of the latency.

    Raises:
        Unavailable: There is no JDK or no Maven, or its jars are not to be had.
    """
    with ExitStack() as stack:
        store, cluster = stack.enter_context(DynamoDBLocal()), stack.enter_context(stand_in())
        event, environment = stack.enter_context(_deployed(store, cluster))
        over_rest = environment | {"CAMUNDA_TRANSPORT": "rest"}
        all_made, only_command, none_made, rest = receivers = [
            stack.enter_context(_receiver(variables, answered))
            for variables, answered in (
                (environment, "none"),
                (environment, "store"),
                (environment, "all"),
                (over_rest, "none"),
            )
        ]
        numbers = iter(range(1, 10**9))
        _by_turns(receivers, event, numbers, DELIVERIES // 2)
        for receiver in receivers:
            receiver.forget()
        _by_turns(receivers, event, numbers, DELIVERIES)
    store_ms = all_made.cpu_ms - only_command.cpu_ms
    over_grpc_ms = only_command.cpu_ms - none_made.cpu_ms
    over_rest_ms = rest.cpu_ms - store_ms - none_made.cpu_ms
    yield Figure("delivery, its parts: our code alone", "ms of CPU", none_made.cpu_ms)
    yield Figure("delivery, its parts: the command over gRPC", "ms of CPU", over_grpc_ms)
    yield Figure("delivery, its parts: the command over REST instead", "ms of CPU", over_rest_ms)
    yield Figure("delivery, its parts: calls of the store", "ms of CPU", store_ms)
    yield Figure("delivery, in the handler: p50", "ms", statistics.median(all_made.wall_ms))
    yield Figure("delivery, in the handler: p50 of its calls", "ms", statistics.median(all_made.calls_ms))
    beside_ms = all_made.beside_ms()
    yield Figure("delivery, in the handler: p50 beside them", "ms", beside_ms, aim=at_most(AIM_BESIDE_MS))


@contextmanager
def _deployed(
    store: DynamoDBLocal, cluster: ServedCluster
) -> Iterator[tuple[Mapping[str, Any], dict[str, str]]]:
    """Give a delivery to a process that waits for its message, and the environment of receive_webhook."""
    template, parameters = project_root() / "template.yaml", local_parameters(cluster)
    with LocalAws(template, parameters, dynamodb=store.url, runs_schedules=False) as aws:
        deployed_listener(aws, cluster, "message")
        event = signed_event(aws, "message")
        first = json.dumps(_delivery(event, 0)).encode()
        require_answer(aws.invoke(aws.function_name("ReceiveWebhook"), first))
        yield event, _environment_of(worker_of(_FUNCTION))


@contextmanager
def _receiver(environment: dict[str, str], answered: str) -> Iterator[Receiver]:
    """Run the handler in a process of its own."""
    folders = (project_root(), project_root() / "functions" / _FUNCTION)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.receiver_alone", answered],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment | {"PYTHONPATH": os.pathsep.join(map(str, folders))},
    ) as process:
        try:
            yield Receiver(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()


def _by_turns(
    receivers: list[Receiver], event: Mapping[str, Any], numbers: Iterator[int], deliveries: int
) -> None:
    """Let each receiver handle so many deliveries of new runs."""
    for _ in range(deliveries // _IN_A_ROW):
        for receiver in receivers:
            receiver.take([json.dumps(_delivery(event, next(numbers))) for _ in range(_IN_A_ROW)])


def _answer(asked: IO[str], told: IO[str], delivery: str) -> tuple[float, float]:
    """Return the two numbers of a delivery."""
    print(delivery, file=asked, flush=True)
    wall_ms, calls_ms = told.readline().split()
    return float(wall_ms), float(calls_ms)


def _delivery(event: Mapping[str, Any], number: int) -> dict[str, Any]:
    return {**event, "body": json.dumps(body_of(number))}


def _environment_of(pid: int) -> dict[str, str]:
    variables = Path(f"/proc/{pid}/environ").read_bytes().decode().rstrip("\0").split("\0")
    return dict(variable.split("=", 1) for variable in variables)
