"""The operator's commands on a deployment that runs: functions, Apify and AWS of this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from apify_camunda_cli.__main__ import main
from apify_camunda_cli.local.ready_file import deployment_facts

from tests.e2e.command import EXAMPLES
from tests.e2e.world import Stage, stage


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as running:
        running.deploy("start-event")
        yield running


@pytest.fixture
def ready(running: Stage, tmp_path: Path) -> str:
    path = tmp_path / "ready.json"
    path.write_text(json.dumps(deployment_facts(running.world.aws)))
    return str(path)


def webhooks_at_apify(running: Stage) -> int:
    with running.apify.use() as machine:
        user = machine.directory.user("acme")
        assert user is not None
        return len(machine.webhooks.of(user))


def test_leaving_is_final_until_resumed(
    running: Stage, ready: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    `webhooks remove --all` takes every webhook away, no tick brings one back, and `resume inbound` does.
    """
    assert webhooks_at_apify(running) == 1
    capsys.readouterr()

    assert main(["webhooks", "remove", "--all", "--ready", ready]) == 0

    assert "Webhooks removed at Apify: 1." in capsys.readouterr().out
    running.world.reconcile()
    assert webhooks_at_apify(running) == 0

    assert main(["resume", "inbound", "--ready", ready]) == 0
    running.world.reconcile()
    assert webhooks_at_apify(running) == 1


def test_process_is_taken_off(running: Stage, ready: str) -> None:
    """
    `webhooks remove PROCESS_ID` takes the webhook away at the next tick, and a new deployment brings it back.
    """
    assert main(["webhooks", "remove", "on-actor-finished", "--ready", ready]) == 0
    running.world.reconcile()
    assert webhooks_at_apify(running) == 0

    path = EXAMPLES / "start-event.bpmn"
    running.engine.deploy([(path.name, path.read_bytes().replace(b'name="', b'name="Again: ', 1))])
    running.world.reconcile()
    assert webhooks_at_apify(running) == 1


def test_signed_by_hand_is_let_in(running: Stage, ready: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    What `webhooks secret` prints opens the path that it was asked for, and no other one.
    """
    main(["webhooks", "list", "--ready", ready, "--json"])
    [path] = json.loads(capsys.readouterr().out)["byHand"]

    assert main(["webhooks", "secret", path, "--ready", ready]) == 0

    headers = json.loads(capsys.readouterr().out)
    url = running.world.aws.http_url
    test_event = {"eventType": "TEST", "userId": "u", "eventData": {}, "resource": {}}
    assert httpx.post(f"{url}{path}", json=test_event, headers=headers, timeout=30).status_code == 200
    assert httpx.post(f"{url}/inbound/other", json=test_event, headers=headers, timeout=30).status_code == 401


def test_everything_is_on_one_screen(running: Stage, ready: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    `status` counts webhooks, elements, events that wait, and what a person must look at.
    """
    main(["pause", "outbound", "--ready", ready])
    capsys.readouterr()

    assert main(["status", "--ready", ready, "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told == told | {
        "paused": ["outbound"],
        "webhooks": 1,
        "webhooksWithProblems": 0,
        "elements": {"registered": 1},
        "effects": {},
        "parkedEvents": 0,
        "undeliveredEvents": 0,
        "publicUrl": running.world.aws.http_url,
    }


def test_process_is_deployed_and_started(
    running: Stage, ready: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    `deploy` puts a file on the cluster that the deployment serves, and `start` starts its newest version.
    """
    capsys.readouterr()

    assert main(["deploy", str(EXAMPLES / "run-actor.bpmn"), "--ready", ready, "--json"]) == 0
    [deployed] = json.loads(capsys.readouterr().out)["processes"]
    variables = '{"url": "https://example.com/"}'
    assert main(["start", deployed["process"], "--variables", variables, "--ready", ready, "--json"]) == 0
    started = json.loads(capsys.readouterr().out)

    [instance] = [
        each for each in running.engine.process_instances() if each.process_id == deployed["process"]
    ]
    assert (str(instance.key), deployed["version"]) == (started["instance"], 1)
    assert running.engine.visible_variables(instance.key)["url"] == "https://example.com/"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["start", "nonsense"], "none found"),
        (["deploy", str(EXAMPLES / "async-actor.world.json")], "unknown resource type"),
    ],
    ids=["start", "deploy"],
)
def test_refusal_of_the_cluster_is_reported(
    ready: str, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """
    What Camunda refuses is one line with its own reason, exit code 1.
    """
    capsys.readouterr()

    assert main([*arguments, "--ready", ready]) == 1

    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
