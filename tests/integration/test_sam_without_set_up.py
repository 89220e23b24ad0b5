"""`sam local` without the set-up, on AWS's own runtime client: what is missing is said at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from local_aws import Template
from local_aws.invocations import Failed, Invocation
from local_aws.observations import ignore
from local_aws.worker import Worker
from sam_local.answers import DELIVER, POLL, RECEIVE, RECONCILE
from sam_local.surroundings import project_root

EVENTS = Path(__file__).parents[2] / "events"
ONE_EVENT = {
    RECEIVE: "receive_webhook_succeeded",
    DELIVER: "deliver_event_batch",
    RECONCILE: "reconcile_webhooks_schedule",
    POLL: "poll_jobs_schedule",
}

# What `sam local` gives a function without a set-up: logical ids in place of names, and no endpoints.
UNRESOLVED = {
    "AWS_SAM_LOCAL": "true",
    "AWS_ENDPOINT_URL": "",
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "LEDGER_TABLE": "LedgerTable",
    "REGISTRY_TABLE": "RegistryTable",
    "SIGNING_SECRET_ID": "SigningSecret",
    "PARKING_QUEUE_URL": "ParkedEvents",
    "POLLER_FUNCTION": "PollJobs",
}


async def invoke(function: str, services: Mapping[str, str]) -> Any:
    """Return what a function of the template answers, in a process of its own."""
    template = Template(project_root() / "template.yaml", {"CamundaRestUrl": "https://camunda.example"})
    [spec] = [each for each in template.functions() if each.logical_id == function]
    event = (EVENTS / f"{ONE_EVENT[function]}.json").read_bytes()
    worker = Worker(replace(spec, environment={**spec.environment, **UNRESOLVED}), services, ignore)
    try:
        return await worker.run(Invocation("request-1", event))
    finally:
        await worker.stop()


@pytest.mark.parametrize("function", ONE_EVENT)
def test_missing_set_up_is_named_without_an_attempt(function: str) -> None:
    """
    The function names the command that gives it what it needs, and opens no connection before.

    The attempts to reach AWS, with their waits, took 21 seconds. Every one would go through this proxy.
    """
    attempts: list[str] = []

    async def run() -> Any:
        async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            attempts.append(function)
            writer.close()

        proxy = await asyncio.start_server(refuse, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
        async with proxy:
            return await invoke(function, {"HTTPS_PROXY": url, "HTTP_PROXY": url})

    outcome = asyncio.run(run())

    assert isinstance(outcome, Failed)
    answer = json.loads(outcome.payload)
    assert answer["errorType"] == "ConfigurationError"
    assert "make sam-local" in answer["errorMessage"]
    assert attempts == []
