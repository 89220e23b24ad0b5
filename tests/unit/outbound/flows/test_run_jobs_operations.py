"""Jobs that only read, and what headers, secrets and error expressions make of any job."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.apify.model import RecordContent
from apify_camunda.camunda.model import CompleteJob, FailJob, ThrowBpmnError
from apify_camunda.errors import (
    ApifyRejected,
    ApifyUnavailable,
    ConfigurationError,
    EngineRejected,
    ErrorCode,
    StoreUnavailable,
)
from apify_camunda.json_types import Json, JsonObject
from apify_camunda.outbound.flows.resolve_secrets import SecretScope
from apify_camunda.platform.deadline import Deadline

from tests import builders_outbound as a
from tests.event_loop import run_async
from tests.fakes.mortal import Lifetime
from tests.outbound_deployment import Deployment

PRODUCTS: list[Json] = [{"sku": "A-1", "price": 5}, {"sku": "B-2", "price": 7}]
WITH_SECRET: JsonObject = {**a.get_items(), "authentication": {"token": "{{secrets.APIFY_TOKEN}}"}}


@pytest.fixture
def deployment() -> Deployment:
    return Deployment()


# --- Reading ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "items"),
    [
        ({}, PRODUCTS),
        ({"offset": "1"}, PRODUCTS[1:]),
        ({"limit": 1}, PRODUCTS[:1]),
        ({"limit": "0"}, []),
        ({"offset": "", "limit": ""}, PRODUCTS),
        ({"fields": "sku"}, [{"sku": "A-1"}, {"sku": "B-2"}]),
        ({"omit": ["sku"]}, [{"price": 5}, {"price": 7}]),
        ({"desc": "true", "limit": 1}, PRODUCTS[1:]),
    ],
)
def test_dataset_items(deployment: Deployment, inputs: JsonObject, items: list[Json]) -> None:
    """Items come in the reference's shape, numbers and flags as text or not."""
    outcome = deployment.work(a.job(a.get_items(**inputs)))
    assert outcome == CompleteJob({"result": {"items": items}})


def test_large_dataset_is_read_page_by_page(deployment: Deployment) -> None:
    """Every item of a dataset that is longer than a page arrives, in order."""
    items: list[Json] = [{"number": number} for number in range(2500)]
    deployment.world.datasets["acme~products"] = [*items]
    outcome = deployment.work(a.job(a.get_items(offset=10, limit=2400)))
    assert outcome == CompleteJob({"result": {"items": items[10:2410]}})


@pytest.mark.parametrize(
    "expression", ["={n: count(items)}", "={n: count(data)}", "={n: count(response.data)}"]
)
def test_items_are_data_too(deployment: Deployment, expression: str) -> None:
    """Apify's document speaks of `data`, the reference gives `items`: expressions see both."""
    outcome = deployment.work(a.job(a.get_items(), headers={"resultExpression": expression}))
    assert outcome == CompleteJob({"n": 2})


@pytest.mark.parametrize(
    ("content_type", "body", "response"),
    [
        ("application/json", b'{"text": "Hello"}', {"jsonValue": {"text": "Hello"}}),
        ("text/json", b"[1]", {"jsonValue": [1]}),
        ("application/json", b"not JSON", {"textValue": "not JSON"}),
        ("application/json", b"NaN", {"textValue": "NaN"}),
        ("text/html", b"<b>\xc3\xbc</b>", {"textValue": "<b>\u00fc</b>"}),
        ("image/png", b"\x89PNG", {"base64Value": base64.b64encode(b"\x89PNG").decode()}),
        ("application/json", b"", {}),
    ],
)
def test_record_by_its_type(
    deployment: Deployment, content_type: str, body: bytes, response: JsonObject
) -> None:
    """A record is in the one of three places that its content type asks for."""
    deployment.world.records["acme~settings", "greeting"] = RecordContent(content_type, body)
    empty: JsonObject = {"jsonValue": None, "textValue": None, "base64Value": None}
    outcome = deployment.work(a.job(a.get_record()))
    assert outcome == CompleteJob({"result": {"contentType": content_type} | empty | response})


def test_record_is_data_too(deployment: Deployment) -> None:
    """An expression finds a record under `data`, and at the top level as the reference has it."""
    expression = "={a: response.data.jsonValue.text, b: jsonValue.text, c: response.jsonValue.text}"
    outcome = deployment.work(a.job(a.get_record(), headers={"resultExpression": expression}))
    assert outcome == CompleteJob({"a": "Hello", "b": "Hello", "c": "Hello"})


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        (a.get_items(datasetId="acme/missing"), "DATASET_NOT_FOUND"),
        (a.get_record(recordKey="missing"), "RECORD_NOT_FOUND"),
        (a.run_task(taskId="acme/missing"), "TASK_NOT_FOUND"),
        ({**a.get_items(), "authentication": {"token": "token-of-nobody"}}, "UNAUTHORIZED"),
    ],
)
def test_what_is_missing_is_an_incident(deployment: Deployment, inputs: JsonObject, code: str) -> None:
    """A resource that is not there is an incident at once, with its code."""
    deployment.work(a.job(inputs))
    assert deployment.failed.retries == 0
    assert deployment.error["code"] == code
    assert deployment.error["type"] == "io.camunda.connector.api.error.ConnectorInputException"


def test_apify_away_uses_a_retry(deployment: Deployment) -> None:
    """Five reads in a row that Apify does not answer use a retry, with the model's back-off."""
    deployment.world.read_troubles = [ApifyUnavailable("Apify API request failed: ReadTimeout")] * 5
    deployment.jobs.add(a.job(a.get_items(), headers={"retryBackoff": "PT1H"}))
    while not deployment.jobs.reported:
        deployment.invoke()
    waits = [lock for _, lock in deployment.jobs.locks]
    assert waits == [timedelta(seconds=seconds) for seconds in (10, 20, 40, 80)]
    assert (deployment.failed.retries, deployment.failed.backoff) == (2, timedelta(hours=1))
    assert deployment.error["type"] == "java.lang.RuntimeException"


def test_rate_limit_uses_no_retry(deployment: Deployment) -> None:
    """A read that comes too often is put off, with its retries untouched, and done when it comes again."""
    deployment.world.read_troubles = [
        ApifyUnavailable("Too many requests", code=ErrorCode.RATE_LIMITED, retry_after=timedelta(seconds=15))
    ]
    deployment.jobs.add(a.job(a.get_items()))
    deployment.invoke()
    assert deployment.jobs.locks == [(a.JOB, timedelta(seconds=15))]
    assert deployment.completed


# --- Inputs ----------------------------------------------------------------------------------------------


def test_faulty_inputs_are_an_incident(deployment: Deployment) -> None:
    """Inputs that cannot be meant are an incident, in the reference's words."""
    deployment.work(a.job(a.run_actor(actorId="", timeout="-1")))
    assert deployment.failed.retries == 0
    assert deployment.error["code"] == "INVALID_INPUT"
    assert "Property: apifyRequestInput.runActorInput.actorId" in deployment.failed.message
    assert "timeout can't be negative" in deployment.failed.message


@pytest.mark.parametrize("header", ["retryBackoff", "jobTimeout"])
def test_faulty_header_is_an_incident(deployment: Deployment, header: str) -> None:
    """A duration in a wrong form is an incident, and nothing is started."""
    deployment.work(a.job(headers={header: "five minutes"}))
    assert deployment.failed.retries == 0
    assert "Expected" in deployment.failed.message
    assert deployment.world.started == []


# --- Expressions -----------------------------------------------------------------------------------------


def test_documented_error_expression_does_what_it_says(deployment: Deployment) -> None:
    """`null` and the error itself both fail the job as it would have failed."""
    expression = 'if error.code = "DATASET_NOT_FOUND" then null else error'
    for number, dataset in enumerate(("acme/missing", "acme/products")):
        outcome = Deployment().work(
            a.job(a.get_items(datasetId=dataset), headers={"errorExpression": expression})
        )
        assert isinstance(outcome, FailJob if number == 0 else CompleteJob)


@pytest.mark.parametrize(
    ("expression", "outcome"),
    [
        ('=bpmnError("GONE", error.code)', ThrowBpmnError("GONE", "DATASET_NOT_FOUND", {})),
        ('=bpmnError("GONE", "no", {a: 1})', ThrowBpmnError("GONE", "no", {"a": 1})),
        ("=ignoreError({found: false})", CompleteJob({"found": False})),
        ("=ignoreError()", CompleteJob({})),
        (
            '=jobError("later", {a: 1}, 2, @"PT1M")',
            FailJob(
                2,
                "later | Error variables: {a=1, error=later}",
                timedelta(minutes=1),
                {"a": 1, "error": "later"},
            ),
        ),
        (
            '=if job.retries = 3 then jobError("no more") else null',
            FailJob(0, "no more | Error variables: {error=no more}", timedelta(), {"error": "no more"}),
        ),
    ],
)
def test_error_expression_decides(deployment: Deployment, expression: str, outcome: object) -> None:
    """A BPMN error, a job error and an ignored error each report what they say."""
    job = a.job(a.get_items(datasetId="acme/missing"), headers={"errorExpression": expression})
    assert deployment.work(job) == outcome


def test_error_expression_sees_results_too(deployment: Deployment) -> None:
    """On success the error expression sees the output variables, alone and as `response`."""
    expression = '=if response.r.items[1].price = r.items[1].price then bpmnError("SEEN", "") else null'
    headers = {"resultVariable": "r", "errorExpression": expression}
    assert deployment.work(a.job(a.get_items(), headers=headers)) == ThrowBpmnError("SEEN", "", {})


@pytest.mark.parametrize(
    "expression", ["=1 + assert(missing, false)", "=[1]", '={errorType: "unknown"}', '={code: "x"}']
)
def test_error_expression_that_means_nothing_is_an_incident(deployment: Deployment, expression: str) -> None:
    """An error expression that fails, or gives something unusable, is an incident that says so."""
    job = a.job(a.get_items(datasetId="acme/missing"), headers={"errorExpression": expression})
    deployment.work(job)
    assert deployment.failed.retries == 0
    assert "rror expression" in deployment.failed.message
    assert "Dataset was not found" in deployment.failed.message


@pytest.mark.parametrize("expression", ["={a: ", "=1", '={a: "camunda.function.type"}'])
def test_result_that_cannot_be_mapped_is_an_incident(deployment: Deployment, expression: str) -> None:
    """A result expression that fails, gives no object, or smuggles in a function, is an incident."""
    deployment.work(a.job(a.get_items(), headers={"resultExpression": expression}))
    assert deployment.failed.retries == 0


# --- Secrets ---------------------------------------------------------------------------------------------

XML = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
  <bpmn:process id="crawl" isExecutable="true">
    <bpmn:serviceTask id="run-crawler">
      <bpmn:extensionElements>
        <zeebe:taskDefinition type="io.camunda:apify-outbound:1" />
        <zeebe:ioMapping>
          <zeebe:input source="{{secrets.APIFY_TOKEN}}" target="authentication.token" />
        </zeebe:ioMapping>
      </bpmn:extensionElements>
    </bpmn:serviceTask>
  </bpmn:process>
</bpmn:definitions>"""


def with_xml(deployment: Deployment, xml: str = XML) -> Deployment:
    job = a.job()
    deployment.catalog.deploy(process_id=job.process_id, key=job.definition_key, xml=xml)
    deployment.secrets.held = {"APIFY_TOKEN": "token-of-acme", "OTHER": "not-for-this-element"}
    return deployment


def test_secret_that_the_element_names_is_used(deployment: Deployment) -> None:
    """A secret that the element's own inputs name is put in."""
    assert with_xml(deployment).work(a.job(WITH_SECRET)) == CompleteJob({"result": {"items": PRODUCTS}})


def test_source_that_is_a_secret_alone_is_put_in(deployment: Deployment) -> None:
    """Camunda gives null for `=secrets.NAME`, a form in Apify's own document; the job gets the secret."""
    xml = XML.replace("{{secrets.APIFY_TOKEN}}", "=secrets.APIFY_TOKEN")
    inputs: JsonObject = {**a.get_items(), "authentication": {"token": None}}
    assert with_xml(deployment, xml).work(a.job(inputs)) == CompleteJob({"result": {"items": PRODUCTS}})


def test_secret_that_only_the_data_names_is_not_used(deployment: Deployment) -> None:
    """A reference that came with the process' data stays text: writing its name does not reveal a secret."""
    deployment = with_xml(deployment)
    deployment.jobs.add(a.job(a.run_actor(inputJson={"stolen": "{{secrets.OTHER}}"})))
    deployment.invoke()
    [start] = deployment.world.started
    assert start.input == {"stolen": "{{secrets.OTHER}}"}


def test_data_gets_no_secret_that_another_input_names(deployment: Deployment) -> None:
    """The token that the element names in its own input is not put into a customer's text."""
    inputs = a.run_actor(inputJson={"stolen": "{{secrets.APIFY_TOKEN}}"})
    inputs["authentication"] = {"token": "{{secrets.APIFY_TOKEN}}"}
    with_xml(deployment).jobs.add(a.job(inputs))
    deployment.invoke()
    [start] = deployment.world.started
    assert start.input == {"stolen": "{{secrets.APIFY_TOKEN}}"}


def test_scope_any_uses_every_secret() -> None:
    """With the scope `any` references in data are put in, and no definition is asked for."""
    deployment = with_xml(Deployment(secret_scope=SecretScope.ANY))
    deployment.jobs.add(a.job(a.run_actor(inputJson={"key": "{{secrets.OTHER}}"})))
    deployment.invoke()
    [start] = deployment.world.started
    assert start.input == {"key": "not-for-this-element"}
    assert deployment.catalog.xml_reads == 0


def test_definition_that_is_not_visible_yet(deployment: Deployment) -> None:
    """A job whose definition the catalogue does not show yet is handed back, its retries untouched."""
    deployment.secrets.held = {"APIFY_TOKEN": "token-of-acme"}
    deployment.jobs.add(a.job(WITH_SECRET))
    deployment.invoke(lasting=timedelta(seconds=30))
    assert deployment.jobs.reported == []
    assert deployment.jobs.locks[0] == (a.JOB, timedelta(seconds=3))
    with_xml(deployment)
    deployment.clock.advance(timedelta(seconds=10))
    deployment.invoke()
    assert deployment.completed


def test_definition_is_read_once(deployment: Deployment) -> None:
    """What a definition says never changes, so it is asked for once in an environment's life."""
    deployment = with_xml(deployment)
    for number in (1, 2, 3):
        deployment.jobs.add(a.job(WITH_SECRET, key=a.JOB + number))
    deployment.invoke()
    assert len(deployment.jobs.reported) == 3
    assert deployment.catalog.xml_reads == 1


WITHOUT_SECRETS = XML.replace("{{secrets.APIFY_TOKEN}}", "{{secrets.OTHER}}")


@pytest.mark.parametrize(
    "changes", [{}, {"process_id": "another"}, {"process_version": 2}], ids=["the same", "process", "version"]
)
def test_definition_of_a_reset_cluster_is_read_again(deployment: Deployment, changes: dict[str, Any]) -> None:
    """A warm poller puts no secret into a job that only a definition from before the reset grants."""
    deployment = with_xml(deployment)
    poller = deployment.poller(Lifetime())

    def handle(**of_job: Any) -> None:
        job = a.job(WITH_SECRET, **of_job)
        deployment.jobs.add(job)
        deadline = Deadline(deployment.clock.now() + timedelta(minutes=5))
        run_async(poller.work(job, deadline))

    handle()
    deployment.catalog.reset()
    deployment.clock.advance(timedelta(minutes=5))
    with_xml(deployment, WITHOUT_SECRETS)
    handle(key=a.JOB + 1, **changes)

    assert deployment.catalog.xml_reads == 2
    assert isinstance(deployment.jobs.reported[0][1], CompleteJob)
    assert not isinstance(deployment.jobs.reported[-1][1], CompleteJob)


def test_definition_that_never_shows_is_asked_for_less_and_less_and_then_told(deployment: Deployment) -> None:
    """A definition that Camunda does not show keeps no job busy for ever; in the end the job says so."""
    deployment.secrets.held = {"APIFY_TOKEN": "token-of-acme"}
    deployment.jobs.add(a.job(WITH_SECRET))
    poller = deployment.poller(Lifetime())
    while not deployment.jobs.reported:
        run_async(poller(Deadline(deployment.clock.now() + timedelta(minutes=5))))
        assert len(deployment.jobs.locks) < 60
    delays = [delay for _, delay in deployment.jobs.locks]
    assert delays == sorted(delays)
    assert delays[-1] == timedelta(minutes=1)
    assert deployment.failed.retries == 2
    assert "SecretScope=any" in deployment.failed.message


def test_unreadable_definitions_use_a_retry(deployment: Deployment) -> None:
    """Where definitions may not be read, the job says what to grant or to set, and there is time to do it."""
    deployment.catalog.refusal = EngineRejected("Forbidden", rejection="FORBIDDEN")
    deployment.work(a.job(WITH_SECRET))
    assert (deployment.failed.retries, deployment.failed.backoff) == (2, timedelta(minutes=2))
    assert "SecretScope=any" in deployment.failed.message


def test_missing_secret_is_an_incident(deployment: Deployment) -> None:
    """A secret that does not exist is named, in the reference's words."""
    with_xml(deployment).secrets.held = {}
    deployment.work(a.job(WITH_SECRET))
    assert deployment.failed.retries == 0
    assert "Secret with name 'APIFY_TOKEN' is not available" in deployment.failed.message


@pytest.mark.parametrize(
    ("failure", "retries"),
    [(StoreUnavailable("Throttled"), []), (ConfigurationError("The secret is no JSON object."), [2])],
)
def test_secrets_that_cannot_be_read(deployment: Deployment, failure: Exception, retries: list[int]) -> None:
    """A store that does not answer is waited for; one that is set up wrongly uses one retry."""
    with_xml(deployment).secrets.failure = failure
    deployment.jobs.add(a.job(WITH_SECRET))
    deployment.invoke()
    outcomes = [outcome for _, outcome in deployment.jobs.reported]
    assert [outcome.retries for outcome in outcomes if isinstance(outcome, FailJob)] == retries
    assert len(outcomes) == len(retries)


def test_secrets_do_not_leave_in_messages(deployment: Deployment) -> None:
    """A secret in an error's message, and in what an expression makes of it, is masked."""
    deployment = with_xml(deployment)
    expression = '=jobError("failed: " + error.message, {seen: error.message})'
    inputs = {**a.get_items(datasetId="token-of-acme"), "authentication": WITH_SECRET["authentication"]}
    deployment.world.read_troubles = [
        ApifyRejected("Cannot use token-of-acme here", code=ErrorCode.FORBIDDEN, status=403)
    ]
    deployment.work(a.job(inputs, headers={"errorExpression": expression}))
    assert "token-of-acme" not in str(deployment.outcome)
    assert "Cannot use *** here" in str(deployment.outcome)


def test_secrets_do_not_leave_in_variables(deployment: Deployment) -> None:
    """A secret that comes back in a result is masked there too."""
    deployment = with_xml(deployment)
    deployment.world.datasets["acme~products"] = [{"echo": "Bearer token-of-acme"}]
    assert deployment.work(a.job(WITH_SECRET)) == CompleteJob({"result": {"items": [{"echo": "Bearer ***"}]}})


def test_other_variables_are_not_read() -> None:
    """What else the process knows may mention secrets that do not exist: it is not read."""
    deployment = with_xml(Deployment(secret_scope=SecretScope.ANY))
    inputs: JsonObject = {**WITH_SECRET, "note": "ask secrets.nobody", "n": "{{secrets.MISSING}}"}
    assert isinstance(deployment.work(a.job(inputs)), CompleteJob)


def test_secrets_in_a_secret_stay_text(deployment: Deployment) -> None:
    """References are resolved in one pass: a secret that looks like a reference is not resolved again."""
    deployment = with_xml(deployment)
    deployment.secrets.held["APIFY_TOKEN"] = "{{secrets.OTHER}}"
    deployment.world.tokens["{{secrets.OTHER}}"] = "user-acme"
    assert isinstance(deployment.work(a.job(WITH_SECRET)), CompleteJob)


def test_long_message_is_cut(deployment: Deployment) -> None:
    """A message has at most 6,000 characters, its variables included."""
    deployment.world.read_troubles = [ApifyRejected("x" * 10_000, code=ErrorCode.FORBIDDEN, status=403)]
    deployment.work(a.job(a.get_items(), retries=1))
    assert len(deployment.failed.message) == 6000
    assert len(str(deployment.error["message"])) == 6000


def test_more_items_than_fit_into_memory(deployment: Deployment) -> None:
    """A dataset that no function could hold is an incident that says what to do instead."""
    deployment.world.datasets["acme~products"] = [{"text": "x" * 1_000_000} for _ in range(20)]
    deployment.work(a.job(a.get_items()))
    assert deployment.error["code"] == "PAYLOAD_TOO_LARGE"
    assert "Offset and Limit" in deployment.failed.message
