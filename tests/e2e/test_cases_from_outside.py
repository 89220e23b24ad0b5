"""Each file of `../shared/cases` gives what the README beside it says: it failed once, tried from outside."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from apify_camunda_cli.__main__ import main
from apify_camunda_cli.local.ready_file import deployment_facts
from emulators.camunda.rest import RestApi, RestServer
from emulators.camunda.server import CamundaStandIn

from tests.e2e.command import Said, eventually, run
from tests.e2e.page import Browser, browsing
from tests.shared_data import shared_case

pytestmark = pytest.mark.xdist_group("cases_from_outside")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("cases")) as opened:
        yield opened


def run_case(home: Path, name: str, *given: str | Path) -> Said:
    return run(home, "--process", shared_case(f"{name}.bpmn"), "--json", "--until", "60", *given)


def deploy(browser: Browser, name: str) -> str:
    """Deploy a file, and return its key once its inbound elements were looked at."""
    [process] = browser.post("deploy", fileName=name, content=shared_case(name).read_text())["processes"]
    key = str(process["key"])
    eventually(lambda: all(each["status"] != "unknown" for each in browser.process(key)["elements"]))
    return key


def element(browser: Browser, key: str, element_id: str) -> Any:
    return next(each for each in browser.process(key)["elements"] if each["id"] == element_id)


def end_a_run(browser: Browser) -> str:
    """Let a run of acme/crawler start and succeed, and return its id."""
    [actor] = [each for each in browser.get("apify")["actors"] if each["name"] == "acme/crawler"]
    run_id = str(browser.post("apify/runs", actorId=actor["id"], input={})["runId"])
    browser.post(f"apify/runs/{run_id}/finish", status="SUCCEEDED")
    return run_id


def instances_of(browser: Browser, key: str) -> list[Any]:
    return list(browser.get("instances", processKey=key)["items"])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("input_typo", ["INVALID_INPUT", "line 1, column 27", "comma"]),
        ("input_newline", ["INVALID_INPUT", "line break", r"\n", "Begin the input with '='"]),
    ],
)
def test_broken_input_starts_no_run(tmp_path: Path, name: str, words: list[str]) -> None:
    """
    An input that is no JSON is an incident that names the place, before any run is started.
    """
    said = run_case(tmp_path, name, "--world", shared_case("input_seen.world.json"))

    assert said.exit_code == 1
    [incident] = said.summary["incidents"]
    assert [word for word in words if word not in incident] == []
    assert said.of("apify", "run.ready") == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("input_quote", "Failed to build variable mapping expression"),
        ("xsd_no_target", "Attribute 'targetNamespace' must appear on element 'bpmn:definitions'"),
        ("xsd_order", "cvc-complex-type.2.4.a: Invalid content was found"),
        ("unbound_prefix", "prefix"),
    ],
)
def test_file_that_the_engine_refuses_is_refused(name: str, words: str) -> None:
    """
    The stand-in refuses with 400 INVALID_ARGUMENT what Camunda's engine refuses.
    """
    content = shared_case(f"{name}.bpmn").read_bytes()
    with CamundaStandIn() as camunda, RestServer(RestApi(camunda.engine)) as rest:
        answer = httpx.post(
            f"{rest.address}/v2/deployments", files={"resources": (f"{name}.bpmn", content)}, timeout=30
        )

    assert answer.status_code == 400
    assert answer.json()["title"] == "INVALID_ARGUMENT"
    assert words in answer.json()["detail"]


@pytest.mark.parametrize("name", ["in_start_or_correlate", "in_start_or_correlate_z"])
def test_elements_that_share_a_message_share_their_variables(browser: Browser, name: str) -> None:
    """
    A message start and an event sub-process share a message: it carries the variables of both.
    """
    key = deploy(browser, f"{name}.bpmn")
    run_id = end_a_run(browser)

    eventually(lambda: len(instances_of(browser, key)) == 1)
    [instance] = instances_of(browser, key)
    found = browser.get(f"instances/{instance['key']}/variables")["items"]
    variables = {each["name"]: each["value"] for each in found}
    assert {"theKey", "ev"} <= variables.keys()
    assert run_id in json.dumps(variables["ev"])
    browser.post(f"instances/{instance['key']}/cancel")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("in_bad_feel", "Expected a value but found the end in line 1, column 23"),
        ("in_ttl_bad", "'messageTtl' is '10 minutes'"),
    ],
)
def test_element_that_cannot_work_is_faulty(browser: Browser, name: str, words: str) -> None:
    """
    What no event could make right is a fault of the element as soon as it is deployed.
    """
    found = element(browser, deploy(browser, f"{name}.bpmn"), "S")

    assert found["status"] == "faulty"
    assert words in found["reason"]


def test_webhook_id_has_one_encoding(
    browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A webhook id with spaces and signs has one path: in the list, in the secret, and for deliveries.
    """
    key = deploy(browser, "in_ctx_space.bpmn")
    ready = tmp_path / "ready.json"
    ready.write_text(json.dumps(deployment_facts(browser.world.aws)))

    assert main(["webhooks", "list", "--json", "--ready", str(ready)]) == 0
    [path] = set(re.findall(r"/inbound/[^\"]*hook[^\"]*", capsys.readouterr().out))
    assert main(["webhooks", "secret", path, "--json", "--ready", str(ready)]) == 0
    header = json.loads(capsys.readouterr().out)
    delivery = {
        "userId": "user",
        "eventType": "ACTOR.RUN.SUCCEEDED",
        "eventData": {"actorId": "actor", "actorRunId": "run"},
        "resource": {"id": "run", "actId": "actor", "status": "SUCCEEDED"},
    }
    answer = httpx.post(browser.world.aws.http_url + path, json=delivery, headers=header, timeout=30)

    assert answer.status_code == 200
    eventually(lambda: len(instances_of(browser, key)) == 1)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("catch_syntax", "FEEL compares with one `=`"),
        ("catch_typo_cond", "'activationCondition' names 'SUCCEEDED'"),
        ("catch_typo_key", "Was `connectorData.runId` meant?"),
        ("catch_wrong_actor", "Actor was not found: 'acme/crawlr'"),
    ],
)
def test_verdict_names_the_reason(tmp_path: Path, name: str, words: str) -> None:
    """
    Where an instance waits for an element that is not registered, the verdict has the element and the reason.
    """
    said = run_case(tmp_path, name)

    assert said.exit_code == 1
    assert words in json.dumps(said.summary)


def test_unknown_actor_is_invented(tmp_path: Path) -> None:
    """
    Without a world file an Actor that a process names is there, and it is said.
    """
    said = run_case(tmp_path, "own_hello")

    assert said.exit_code == 0
    [step] = said.of("apify", "actor.invented")
    assert step["actor"] == "apify/hello-world"


def test_ad_hoc_sub_process_runs(tmp_path: Path) -> None:
    """
    An ad-hoc sub-process activates a tool, and the tool's job runs with the values of `fromAi`.
    """
    said = run_case(
        tmp_path, "adhoc", "--variables", json.dumps({"toolCall": {"url": "https://example.com"}})
    )

    assert "Scrape" in said.path, said.summary
    assert len(said.of("apify", "run.ready")) == 1


def test_crawler_type_of_old_templates_runs(tmp_path: Path) -> None:
    """
    Crawler type jsdom, which old templates have, runs as it is.
    """
    said = run_case(tmp_path, "c04_jsdom")

    assert said.exit_code == 0
    assert len(said.of("apify", "run.ready")) == 1


def test_hostile_expression_leaves_the_other_process_alone(browser: Browser) -> None:
    """
    An expression that would grow without end fails for its own element; the other one has its effect.
    """
    hostile = deploy(browser, "hostile.bpmn")
    innocent = browser.deploy("start-event")
    before = len(instances_of(browser, innocent))
    run_id = end_a_run(browser)

    eventually(lambda: len(instances_of(browser, innocent)) == before + 1)
    panel = browser.when(
        f"processes/{hostile}/elements/ActorFinished",
        lambda found: any(each["runId"] == run_id and each["reason"] for each in found["verdicts"]),
    )
    [verdict] = [each for each in panel["verdicts"] if each["runId"] == run_id]
    assert "EXPRESSION_TOO_LARGE" in verdict["reason"], verdict
    assert instances_of(browser, hostile) == []


@pytest.mark.parametrize("rows", [100, 400])
def test_careless_result_is_an_incident_with_its_size(tmp_path: Path, rows: int) -> None:
    """
    A result that repeats a page of 1 MB for each row is an incident with its size.
    """
    program = shared_case("careless_world.py")
    printed = subprocess.run(
        [sys.executable, str(program), str(rows)], capture_output=True, text=True, check=True
    )
    world = tmp_path / "careless.world.json"
    world.write_text(printed.stdout)

    said = run_case(tmp_path, "careless", "--world", world)

    assert said.exit_code == 1
    [incident] = said.summary["incidents"]
    assert "RESULT_TOO_LARGE" in incident
    assert re.search(r"\d", incident.replace("RESULT_TOO_LARGE", ""))
