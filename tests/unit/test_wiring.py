"""What the functions are put together from: every flow from its environment alone, every way to a cluster."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping

import httpx
import pytest
from apify_camunda import wiring
from apify_camunda.camunda.auto import AutoCommands, AutoJobs, GrpcWithTaggedStarts
from apify_camunda.camunda.grpc import CamundaGrpc
from apify_camunda.camunda.rest_commands import RestCommands
from apify_camunda.camunda.rest_jobs import RestJobs
from apify_camunda.errors import ConfigurationError, EngineUnavailable
from apify_camunda.outbound.flows.run_jobs import RunJobs
from apify_camunda.outbound.flows.take_slot import TakeSlot
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.log_format import configure_logging
from apify_camunda.platform.settings import Settings
from apify_camunda.wiring.cluster import Cluster, join_cluster

from tests import builders_outbound as a
from tests.fakes.clock import FrozenClock

ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "CAMUNDA_REST_URL": "http://127.0.0.1:9",
    "DEPLOYMENT_ID": "acme",
    "LEDGER_TABLE": "ledger",
    "PARKING_QUEUE_URL": "http://127.0.0.1:9/queue",
    "POLLER_FUNCTION": "poll-jobs",
    "PUBLIC_URL": "https://hooks.example",
    "REGISTRY_TABLE": "registry",
    "SIGNING_SECRET_ID": "signing",
}
FUNCTIONS = ("receive_webhook", "deliver_event", "reconcile_webhooks", "poll_jobs")


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """Give the root logger, and set it back afterwards."""
    root = logging.getLogger()
    handlers, level = [*root.handlers], root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def flow_of(
    monkeypatch: pytest.MonkeyPatch, root_logger: logging.Logger
) -> Iterator[Callable[[str], object]]:
    """Give what puts a function's flow together from the environment alone, as a cold start does."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    yield lambda function: getattr(wiring, function)()
    for function in FUNCTIONS:
        getattr(wiring, function).cache_clear()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_flow_is_made_once_from_the_environment(function: str, flow_of: Callable[[str], object]) -> None:
    """The flow needs nothing but its environment, opens no connection yet, and serves all invocations."""
    assert flow_of(function) is flow_of(function)


@pytest.mark.parametrize(("slots", "poller"), [("0", RunJobs), ("2", TakeSlot)])
def test_pollers_take_slots_where_lambda_bounds_them_not(
    flow_of: Callable[[str], object], monkeypatch: pytest.MonkeyPatch, slots: str, poller: type
) -> None:
    """A poller asks for a slot only where no reserved concurrency keeps the others away."""
    monkeypatch.setenv("POLLER_SLOTS", slots)

    assert isinstance(flow_of("poll_jobs"), poller)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_missing_setting_is_named(
    function: str, flow_of: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cold start without a setting ends with the name of its variable."""
    monkeypatch.delenv("LEDGER_TABLE")

    with pytest.raises(ConfigurationError, match="LEDGER_TABLE"):
        flow_of(function)


def joined(**settings: str) -> Cluster:
    """Return the ports of a cluster whose credentials cannot be read."""

    async def unreadable() -> Mapping[str, str]:
        raise ConfigurationError("denied")

    return join_cluster(
        Settings.from_environment(ENVIRONMENT | {name.upper(): value for name, value in settings.items()}),
        credentials=unreadable,
        client=httpx.AsyncClient(),
        clock=FrozenClock(),
    )


GRPC = {"camunda_grpc_address": "http://127.0.0.1:9"}


@pytest.mark.parametrize(
    ("settings", "commands", "jobs"),
    [
        pytest.param({}, RestCommands, RestJobs, id="no gRPC address"),
        pytest.param({"camunda_transport": "rest", **GRPC}, RestCommands, RestJobs, id="rest"),
        pytest.param({"camunda_transport": "grpc", **GRPC}, GrpcWithTaggedStarts, CamundaGrpc, id="grpc"),
        pytest.param({"camunda_transport": "auto", **GRPC}, AutoCommands, AutoJobs, id="auto"),
    ],
)
def test_transport_is_what_the_deployment_says(settings: dict[str, str], commands: type, jobs: type) -> None:
    """Commands and jobs go over the transport that was chosen; what only REST can do goes over REST."""
    cluster = joined(**settings)

    assert (type(cluster.commands), type(cluster.jobs)) == (commands, jobs)
    assert isinstance(cluster.search, RestCommands)


@pytest.mark.parametrize("kind", ["basic", "oidc"])
def test_credentials_are_read_when_they_are_needed(kind: str) -> None:
    """A cluster is joined without its credentials; the first command asks for them."""
    cluster = joined(camunda_auth=kind, camunda_token_url="http://127.0.0.1:9/token")

    with pytest.raises(EngineUnavailable, match="credentials"):
        asyncio.run(cluster.jobs.set_local_variables(1, {}))


def test_record_is_one_line_of_json(root_logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    """A record is one JSON line, its facts beside the message; below INFO and of libraries there is none."""
    configure_logging("poll-jobs")

    logging.getLogger("apify_camunda.outbound.flows").info("job was done", extra=LogFacts(job_key=a.JOB))
    logging.getLogger("apify_camunda.outbound.flows").debug("this is not shown")
    logging.getLogger("httpx").info("POST https://api.apify.com/v2/...?webhooks=...")

    [line] = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert (line["level"], line["message"], line["service"]) == ("INFO", "job was done", "poll-jobs")
    assert line["job_key"] == a.JOB


STRANGER = """
import sys
from datetime import timedelta
from apify_camunda import wiring
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.http_messages import HttpRequest

answer, now = wiring.receive_webhook(), wiring.now()
for path in ("/apify/acme-0123456789abcdef", "/inbound/x", "/runs/1-1", "/"):
    request = HttpRequest("POST", path, {}, {}, b"{}", now)
    assert wiring.run(answer(request, Deadline(now + timedelta(seconds=25)))).status == 401
assert not {"grpc", "pyzeebe"} & sys.modules.keys(), "gRPC was imported"
"""


def test_unsigned_request_imports_no_grpc() -> None:
    """A request without a signature is refused before the cluster's client, or a secret, is needed."""
    environment = {**os.environ, **ENVIRONMENT, "CAMUNDA_GRPC_ADDRESS": "http://127.0.0.1:9"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)

    ended = subprocess.run(
        [sys.executable, "-c", STRANGER], env=environment, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0, ended.stderr
