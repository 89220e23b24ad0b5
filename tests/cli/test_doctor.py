"""`apify-camunda doctor` finds each planted fault, and names what to do about it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from apify_camunda.camunda.auth import NoAuth
from apify_camunda.camunda.rest import CamundaRest
from apify_camunda.platform.settings import Settings
from apify_camunda.wiring.cluster import Transports
from apify_camunda_cli.__main__ import main
from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.doctor import camunda
from apify_camunda_cli.deployment.doctor.finding import Finding, State, clock_skew
from apify_camunda_cli.local.ready_file import stack_facts

from tests.cli.stack import Stack, deployed
from tests.e2e.world import TOKEN, Stage, stage
from tests.fakes.clock import NOON, FrozenClock

UNSERVED = "http://127.0.0.1:1"
Facts = dict[str, Any]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("doctor")) as running:
        running.deploy("start-event")
        yield running


@dataclass(frozen=True)
class Patient:
    """A deployment that runs, and how it is examined with something changed."""

    running: Stage
    home: Path
    capsys: pytest.CaptureFixture[str]

    def examine(self, **environment: str | None) -> tuple[int, dict[str, list[Mapping[str, Any]]]]:
        """Examine the deployment with other variables (None: without); return what is not well, by check."""
        facts: Facts = stack_facts(self.running.world.aws)
        changed = {**facts["environment"], **environment}
        facts["environment"] = {name: value for name, value in changed.items() if value is not None}
        path = self.home / "ready.json"
        path.write_text(json.dumps({"operator": facts}))
        self.capsys.readouterr()
        code = main(["doctor", "--ready", str(path), "--json"])
        found: dict[str, list[Mapping[str, Any]]] = {}
        for finding in json.loads(self.capsys.readouterr().out)["findings"]:
            if finding["state"] in ("failed", "warning"):
                found.setdefault(finding["check"], []).append(finding)
        return code, found

    def secret(self, value: str) -> str:
        """Keep a secret beside those of the deployment, and return its name."""
        name = f"secret-{abs(hash(value))}"
        clients = self.running.world.aws.clients
        clients.secrets_manager.create_secret(Name=name, SecretString=value)
        return name


@pytest.fixture
def patient(running: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Patient:
    return Patient(running, tmp_path, capsys)


def test_healthy_deployment_has_no_finding(patient: Patient) -> None:
    """
    Where everything works nothing is found, Apify's own test event included.
    """
    assert patient.examine() == (0, {})


@pytest.mark.parametrize(
    ("changed", "check", "remedy"),
    [
        pytest.param({"CAMUNDA_REST_URL": None}, "settings", "Correct the stack's parameters", id="setting"),
        pytest.param({"LEDGER_TABLE": "nowhere"}, "tables", "DynamoDB has no such table", id="table"),
        pytest.param({"SECRETS_ID": "nowhere"}, "secrets", "docs/operations.md", id="secret"),
        pytest.param(
            {"SIGNING_SECRET_ID": "nowhere"}, "signing key", "docs/operations.md", id="signing-secret"
        ),
        pytest.param({"CAMUNDA_REST_URL": UNSERVED}, "Camunda REST", "Check CamundaRestUrl", id="rest"),
        pytest.param({"CAMUNDA_GRPC_ADDRESS": UNSERVED}, "Camunda gRPC", "CamundaGrpcAddress", id="grpc"),
        pytest.param(
            {"CAMUNDA_AUTH": "basic", "CAMUNDA_CREDENTIALS_ID": "nowhere"},
            "Camunda REST",
            "the secret of CamundaCredentialsId",
            id="credentials",
        ),
        pytest.param({"PUBLIC_URL": UNSERVED}, "public URL", "Check PublicUrl", id="public-url"),
    ],
)
def test_wrong_setting_is_found(
    patient: Patient, changed: dict[str, str | None], check: str, remedy: str
) -> None:
    """
    A setting that leads nowhere fails the check of its part, with the remedy, and exit code 1.
    """
    code, found = patient.examine(**changed)

    assert code == 1
    [finding] = [each for each in found[check] if each["state"] == "failed"]
    assert remedy in finding["remedy"]


@pytest.mark.parametrize(
    ("secret", "check", "said"),
    [
        ({"APIFY_TOKEN": "wrong"}, "Apify token", "does not accept the token APIFY_TOKEN"),
        ({"APIFY_TOKEN": TOKEN, "OTHER": " "}, "secrets", "OTHER is empty"),
    ],
)
def test_wrong_secret_is_found_and_not_shown(
    patient: Patient, secret: dict[str, str], check: str, said: str
) -> None:
    """
    A token that Apify refuses, and a secret without a value, are named, and their values are not.
    """
    code, found = patient.examine(SECRETS_ID=patient.secret(json.dumps(secret)))

    assert code == 1
    assert said in found[check][0]["detail"]
    assert "wrong" not in json.dumps(found)


def test_no_token_at_all_is_found(patient: Patient) -> None:
    """
    Where no secret looks like a token of Apify, that is a warning.
    """
    code, found = patient.examine(SECRETS_ID=patient.secret('{"PASSWORD": "hunter2"}'))

    assert code == 0
    assert found["Apify token"][0]["state"] == "warning"


def test_other_signing_key_is_found(patient: Patient) -> None:
    """
    A signing secret that the functions do not use is found by a signed test event.
    """
    other = patient.secret('{"id": "k9", "secret": "another-key-of-32-characters-....."}')

    code, found = patient.examine(SIGNING_SECRET_ID=other)

    assert code == 1
    assert "refuses the signature" in found["public URL"][0]["detail"]


def test_malformed_signing_key_is_found(patient: Patient) -> None:
    """
    A signing secret of another form is named with the form that it should have.
    """
    code, found = patient.examine(SIGNING_SECRET_ID=patient.secret('{"key": "k9"}'))

    assert code == 1
    assert 'not of the form {"id"' in found["signing key"][0]["detail"]


def test_lack_of_room_for_webhooks_is_found(patient: Patient) -> None:
    """
    A user with nearly 100 webhooks is warned of, because each further Actor needs one.
    """
    url, headers = patient.running.world.apify_url, {"authorization": f"Bearer {TOKEN}"}
    webhook = {
        "requestUrl": "https://other.example",
        "eventTypes": ["ACTOR.RUN.SUCCEEDED"],
        "condition": {"actorRunId": "run"},
    }
    with httpx.Client(base_url=url, headers=headers) as apify:
        actor = apify.get("/v2/acts/acme~crawler").json()["data"]["id"]
        webhook["condition"] = {"actorId": actor}
        made = [apify.post("/v2/webhooks", json=webhook).json()["data"]["id"] for _ in range(91)]

        code, found = patient.examine()

        for each in made:
            apify.delete(f"/v2/webhooks/{each}")
    assert code == 0
    assert found["Apify webhooks"][0]["state"] == "warning"
    assert "of 100 webhooks" in found["Apify webhooks"][0]["detail"]


def test_what_needs_a_person_is_a_warning(patient: Patient) -> None:
    """
    A pause and an event that was given up are warnings, each with the command that helps.
    """
    aws = patient.running.world.aws
    queue = aws.queue_url("UndeliveredEvents")
    facts = patient.home / "ready.json"
    aws.clients.sqs.send_message(QueueUrl=queue, MessageBody="{}")
    patient.examine()
    main(["pause", "outbound", "--ready", str(facts)])

    code, found = patient.examine()

    main(["resume", "outbound", "--ready", str(facts)])
    aws.clients.sqs.purge_queue(QueueUrl=queue)
    assert code == 0
    assert f"apify-camunda resume outbound --ready {facts}" in found["switches"][0]["remedy"]
    assert f"apify-camunda events replay --undelivered --ready {facts}" in found["queues"][0]["remedy"]


class TestStack:
    @pytest.fixture
    def stack(self) -> Iterator[Stack]:
        with deployed() as stack:
            yield stack

    def test_missing_stack_is_found(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        A stack that does not exist ends the examination after the identity, with exit code 1.
        """
        assert stack.operate("doctor", "--stack", "nowhere") == 1

        told = capsys.readouterr()
        assert "ok       AWS identity" in told.out
        assert "failed   deployment    No stack nowhere is found in eu-central-1" in told.out
        assert told.err == "apify-camunda: Failed checks: 1.\n"

    def test_missing_region_is_found(
        self, stack: Stack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Without a region the examination says how to name one.
        """
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")

        assert main(["doctor"], new_clock=lambda: stack.clock) == 1
        assert "give --region, or set AWS_REGION" in capsys.readouterr().out

    def test_clock_that_is_off_is_found(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        A clock that differs from AWS's by more than four minutes fails.
        """
        stack.clock.advance(timedelta(days=-400))

        assert stack.operate("doctor", "--json") == 1

        found = {each["check"]: each for each in json.loads(capsys.readouterr().out)["findings"]}
        assert found["stack"]["state"] == "ok"
        assert found["clock"]["state"] == "failed"
        assert "NTP" in found["clock"]["remedy"]


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(0, State.OK), (29, State.OK), (-31, State.WARNING), (31, State.WARNING), (240, State.FAILED)],
)
def test_skew_of_clocks_is_judged_by_its_size(seconds: int, state: State) -> None:
    """
    Half a minute is noted, four minutes fail: AWS refuses five.
    """
    now = NOON + timedelta(seconds=seconds)
    assert clock_skew("clock", "Sat, 21 Nov 2026 12:00:00 GMT", now).state is state


def test_answer_without_a_date_is_not_judged() -> None:
    """
    Where an answer has no date, the clock is not examined.
    """
    assert clock_skew("clock", None, NOON).state is State.SKIPPED


@dataclass
class CamundaOnly:
    """A container of which only Camunda's REST API is used."""

    answers: Mapping[str, httpx.Response]
    clock: FrozenClock
    settings: Settings

    @property
    def transports(self) -> Transports:
        transport = httpx.MockTransport(lambda request: self.answers[request.url.path])
        client = httpx.AsyncClient(transport=transport)
        return Transports(CamundaRest(base_url="http://camunda", auth=NoAuth(), client=client), None)

    def findings(self) -> dict[str, Finding]:
        async def examine() -> list[Finding]:
            return [finding async for finding in camunda.rest(cast("Container", self))]

        return {finding.check: finding for finding in asyncio.run(examine())}


def problem(status: int, detail: str) -> httpx.Response:
    return httpx.Response(status, json={"title": "FORBIDDEN", "status": status, "detail": detail})


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        (problem(403, "This endpoint requires a secondary storage"), "needs secondary storage"),
        (problem(403, "Unauthorized to perform operation"), "READ_PROCESS_DEFINITION"),
        (problem(401, "Unauthorized"), "READ_PROCESS_DEFINITION"),
    ],
    ids=["no secondary storage", "no permission", "credentials refused"],
)
def test_search_that_the_cluster_refuses_is_found(answer: httpx.Response, remedy: str) -> None:
    """
    Whether the cluster cannot search, or the client may not, the remedy says which.
    """
    done = httpx.Response(200, json={"items": [], "page": {"totalItems": 0}, "messageKey": "1"})
    fakes = CamundaOnly(
        answers={
            "/v2/topology": httpx.Response(200, json={"gatewayVersion": "8.8.1"}),
            "/v2/process-definitions/search": answer,
            "/v2/process-instances/search": done,
            "/v2/messages/publication": done,
        },
        clock=FrozenClock(),
        settings=Settings(
            deployment_id="main",
            ledger_table="l",
            registry_table="r",
            signing_secret_id="s",
            camunda_rest_url="http://camunda",
        ),
    )

    found = fakes.findings()

    assert found["Camunda REST"].state is State.OK
    assert found["Camunda search (process definitions)"].state is State.FAILED
    assert remedy in found["Camunda search (process definitions)"].remedy
    assert found["Camunda search (process instances)"].state is State.OK
