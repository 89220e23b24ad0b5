"""The CPU time of cold starts, through Lambda's own runtime client.

First of the import and wiring of each function's module alone. Then of all that happens until the first
answer: each function is started and invoked in the local Lambda service, beside a function that does nothing.
A layer that `make build` makes has byte code; without it all takes two to four times as long.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from apify_camunda.platform.system_clock import SystemClock
from apify_camunda.registration.dynamodb_registry import DynamoDBRegistry
from local_aws import LocalAws

from .delivery_rivals import deployed_listener, local_parameters, require_answer, signed_event
from .empty_function import FOLDER, empty_function
from .figures import Figure, at_most
from .process_usage import threads_cpu_s, worker_of
from .stand_in import stand_in

ROOT: Final = Path(__file__).parents[2]
ROUNDS: Final = int(os.environ.get("BENCH_COLD_STARTS", "5"))
AIMS_MS: Final = {"receive_webhook": 220, "deliver_event": 350, "reconcile_webhooks": 350, "poll_jobs": 350}
LOGICAL_IDS: Final = {
    "receive_webhook": "ReceiveWebhook",
    "deliver_event": "DeliverEvent",
    "reconcile_webhooks": "ReconcileWebhooks",
    "poll_jobs": "PollJobs",
}
ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "CAMUNDA_GRPC_ADDRESS": "http://127.0.0.1:9",
    "CAMUNDA_REST_URL": "http://127.0.0.1:9",
    "DEPLOYMENT_ID": "acme",
    "LEDGER_TABLE": "ledger",
    "PARKING_QUEUE_URL": "http://127.0.0.1:9/queue",
    "POLLER_FUNCTION": "poll-jobs",
    "PUBLIC_URL": "https://hooks.example",
    "REGISTRY_TABLE": "registry",
    "SIGNING_SECRET_ID": "signing",
}
RUNTIME: Final = """
import sys, time
sys.modules["click"] = None
from awslambdaric import bootstrap
began = time.process_time()
"""
MEASURED: Final = "\nprint(time.process_time() - began)"


def figures() -> Iterator[Figure]:
    """Yield the figures of all functions, with byte code and without."""
    for function, aim in AIMS_MS.items():
        took = imported_and_wired(function)
        yield Figure(f"{function}: import and wiring, with byte code", "ms of CPU", took, aim=at_most(aim))
    with tempfile.TemporaryDirectory() as never_written:
        without = {"PYTHONPYCACHEPREFIX": never_written, "PYTHONDONTWRITEBYTECODE": "1"}
        for title, environment in (("with byte code", {}), ("without byte code", without)):
            base = _empty(environment)
            for what, took in _first_answers(environment):
                yield Figure(f"{what}: start to first answer, {title}", "ms of CPU", took, base)


def imported_and_wired(function: str) -> float:
    """Return the least CPU time of the import and wiring of a function, in milliseconds.

    What only the tools bring (click) is hidden, because the layer does not have it.
    """
    work = f"sys.path.insert(0, {str(ROOT / 'functions' / function)!r})\nimport app\napp.wiring.{function}()"
    environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT / "layers/runtime"), "PATH": os.environ["PATH"]}
    times = []
    for _ in range(ROUNDS):
        done = subprocess.run(
            [sys.executable, "-c", RUNTIME + work + MEASURED],
            check=True,
            capture_output=True,
            text=True,
            env=environment,
        )
        times.append(float(done.stdout) * 1000)
    return min(times)


def _empty(environment: Mapping[str, str]) -> float:
    """Return what a function takes that does nothing."""
    with empty_function(environment) as (aws, name):
        return _first_answer(aws, name, FOLDER, {})


def _first_answers(environment: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    with (
        stand_in() as cluster,
        LocalAws(
            ROOT / "template.yaml",
            local_parameters(cluster),
            environment_overrides={"*": environment},
            runs_schedules=False,
        ) as aws,
    ):
        deployed_listener(aws, cluster, "message")
        _pause_jobs(aws)
        delivery = signed_event(aws, "message")
        unsigned = delivery | {"headers": {}}
        for what, function, event in (
            ("receive_webhook, a stranger", "receive_webhook", unsigned),
            ("receive_webhook, a delivery with a message", "receive_webhook", delivery),
            ("deliver_event, no event", "deliver_event", {"Records": []}),
            ("reconcile_webhooks, nothing to do", "reconcile_webhooks", {}),
            ("poll_jobs, paused", "poll_jobs", {}),
        ):
            name = aws.function_name(LOGICAL_IDS[function])
            yield what, _first_answer(aws, name, function, event)


def _first_answer(aws: LocalAws, name: str, folder: str, event: Mapping[str, Any]) -> float:
    """Return the least CPU time of a worker until its first answer, in milliseconds."""
    times = []
    for number in range(ROUNDS):
        result = aws.invoke(name, json.dumps(_another(event, number)).encode())
        require_answer(result)
        times.append(threads_cpu_s(worker_of(folder)) * 1000)
        aws.retire_workers(name)
    return min(times)


def _another(event: Mapping[str, Any], number: int) -> Mapping[str, Any]:
    """Return a delivery of another run, and every other event as it is."""
    if "body" not in event:
        return event
    return {**event, "body": event["body"].replace("b7HcQ2nYt5JfV8wXe", f"cold{number:013}")}


def _pause_jobs(aws: LocalAws) -> None:
    """Let the poller end at once."""
    table = aws.table_name("RegistryTable")
    registry = DynamoDBRegistry(client=aws.clients.dynamodb, table=table, clock=SystemClock())
    asyncio.run(registry.set_paused("outbound", paused=True))
