"""What is read of a SAM template."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from local_aws.declarations import AsyncPolicy, FunctionSpec, RouteSpec, Throttle
from local_aws.intrinsics import TemplateError
from local_aws.stack import Endpoints
from local_aws.template import Template

HERE = Path(__file__).parent / "stack"
PRODUCT = Path(__file__).parent.parent.parent.parent / "template.yaml"
ENDPOINTS = Endpoints(public_url="https://public.example", services_url="http://127.0.0.1:1")


@pytest.fixture
def template() -> Template:
    return Template(HERE / "template.yaml", {"Colour": "blue"}, endpoints=ENDPOINTS)


def written(tmp_path: Path, text: str) -> Template:
    """Return a template of the text, with a function's folder `code` beside it."""
    (tmp_path / "code").mkdir(exist_ok=True)
    path = tmp_path / "template.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return Template(path)


def function(template: Template, logical_id: str) -> FunctionSpec:
    return next(spec for spec in template.functions() if spec.logical_id == logical_id)


def test_function_has_globals_below_its_own_properties(template: Template) -> None:
    """What a function does not say it has from Globals; maps of both are merged."""
    probe, web = function(template, "Probe"), function(template, "Web")
    assert (probe.timeout, web.timeout) == (timedelta(seconds=20), timedelta(seconds=10))
    assert probe.handler == "app.handler"
    assert probe.environment["GREETING"] == "hello"
    assert probe.environment["COLOUR"] == "blue"
    assert probe.layer_folders == (HERE / "layer",)
    assert probe.code_folder == HERE / "functions" / "probe"
    assert (probe.reserved_concurrency, function(template, "Worker").reserved_concurrency) == (2, None)


def test_names_lead_to_the_services_here(template: Template) -> None:
    """Queues, secrets and the API's address resolve to what exists on this machine."""
    environment = function(template, "Probe").environment
    assert environment["QUEUE_URL"] == "http://127.0.0.1:1/123456789012/local-Orders"
    assert environment["TABLE"] == "local-Rows"
    assert environment["SECRET_ID"] == "arn:aws:secretsmanager:eu-central-1:123456789012:secret:local-ApiKey"
    assert environment["API_URL"] == "https://public.example"
    assert template.output("Url") == "https://public.example"


def test_async_policy_is_the_declared_one(template: Template) -> None:
    """Retries, age and dead-letter queue of asynchronous events are read; the rest has Lambda's defaults."""
    assert function(template, "Probe").async_policy == AsyncPolicy(
        max_retries=1,
        max_age=timedelta(hours=1),
        dead_letter_queue_arn="arn:aws:sqs:eu-central-1:123456789012:local-DeadEvents",
    )
    assert function(template, "Web").async_policy == AsyncPolicy(2, timedelta(hours=6))


def test_routes_and_throttle_are_read(template: Template) -> None:
    """Each HttpApi event is a route; the stage's throttle is the API's."""
    api = template.http_api()
    assert api.routes == (
        RouteSpec("POST", "/echo/{name}", "local-Web"),
        RouteSpec("ANY", "/echo/fixed", "local-Web"),
        RouteSpec("POST", "/answer", "local-Web"),
        RouteSpec("POST", "/hurried", "local-Web", timedelta(milliseconds=500)),
    )
    assert [route.key for route in api.routes] == [
        *("POST /echo/{name}", "ANY /echo/fixed", "POST /answer", "POST /hurried"),
    ]
    assert api.throttle == Throttle(100, 100)


def test_queues_come_after_those_that_they_redrive_to(template: Template) -> None:
    """A queue with a redrive policy can be created after its dead-letter queue."""
    queues = template.queues()
    assert queues[-1].logical_id == "Orders"
    assert queues[-1].attributes == {"VisibilityTimeout": "60"}
    assert queues[-1].redrive_policy == {
        "deadLetterTargetArn": "arn:aws:sqs:eu-central-1:123456789012:local-DeadOrders",
        "maxReceiveCount": 2,
    }


def test_mapping_schedule_table_and_secret_are_read(template: Template) -> None:
    """Event source mappings, schedules, tables and secrets are seen with their properties."""
    [mapping] = template.queue_mappings()
    assert (mapping.function_name, mapping.batch_size) == ("local-Worker", 10)
    assert mapping.reports_item_failures
    [schedule] = template.schedules()
    assert (schedule.name, schedule.expression) == ("ProbeTick", "rate(1 hour)")
    assert schedule.input == '{"do": "tick"}'
    [table] = template.tables()
    assert table.ttl_attribute == "expires_at"
    assert set(table.definition) == {"AttributeDefinitions", "KeySchema", "BillingMode"}
    [secret] = template.secrets()
    assert secret.generated is not None
    assert secret.generated["PasswordLength"] == 20


def test_resource_whose_condition_does_not_hold_is_absent(tmp_path: Path) -> None:
    """What a condition switches off does not exist, and may not be referred to."""
    text = """
        Conditions: {Never: !Equals [a, b]}
        Resources:
          Gone: {Type: AWS::SQS::Queue, Condition: Never}
          F:
            Type: AWS::Serverless::Function
            Properties: {CodeUri: code/, Environment: {Variables: {Q: !Ref Gone}}}
        """
    template = written(tmp_path, text)
    assert template.queues() == ()
    with pytest.raises(TemplateError, match="condition does not hold"):
        template.functions()


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ("CodeUri: missing/", "no folder"),
        ("CodeUri: s3://bucket/key", "only code in a folder"),
        ("ImageUri: x", "only code in a folder"),
        ("CodeUri: code/, Layers: ['arn:aws:lambda:eu-central-1:1:layer:Other:1']", "not of this template"),
        ("CodeUri: code/, DeadLetterQueue: {Type: SNS, TargetArn: 'arn:aws:sns:x'}", "only SQS queues"),
        ("CodeUri: code/, Environment: {Variables: {A: !Ref Nobody}}", "no parameter or resource Nobody"),
        ("CodeUri: code/, Environment: {Variables: {A: !GetAtt F.Colour}}", "has no Colour"),
    ],
)
def test_function_that_cannot_run_here_is_refused(tmp_path: Path, properties: str, reason: str) -> None:
    """A function that needs what this machine does not have is refused with the reason."""
    text = f"Resources: {{F: {{Type: 'AWS::Serverless::Function', Properties: {{{properties}}}}}}}"
    with pytest.raises(TemplateError, match=reason):
        written(tmp_path, text).functions()


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("{Type: Api, Properties: {Path: /, Method: GET}}", "events of type Api do not run here"),
        ("{Type: HttpApi, Properties: {PayloadFormatVersion: '1.0'}}", "only payload format 2.0"),
        ("{Type: SQS, Properties: {Queue: a, FilterCriteria: {}}}", "FilterCriteria are not applied"),
    ],
)
def test_event_source_that_cannot_run_here_is_refused(tmp_path: Path, event: str, reason: str) -> None:
    """An event source that nothing here would feed is refused, not ignored."""
    template = written(
        tmp_path,
        f"""
        Resources:
          F:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: code/
              Events: {{E: {event}}}
        """,
    )
    with pytest.raises(TemplateError, match=reason):
        everything_that_invokes(template)


def everything_that_invokes(template: Template) -> tuple[object, ...]:
    return template.http_api(), template.queue_mappings(), template.schedules()


@pytest.mark.parametrize("switch", ["State: DISABLED", "Enabled: false"])
def test_schedule_that_is_off_does_not_fire(tmp_path: Path, switch: str) -> None:
    """A disabled schedule is left out."""
    template = written(
        tmp_path,
        f"""
        Resources:
          F:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: code/
              Events: {{E: {{Type: ScheduleV2, Properties: {{ScheduleExpression: rate(1 day), {switch}}}}}}}
        """,
    )
    assert template.schedules() == ()


def test_whole_product_is_understood() -> None:
    """Everything that the product's own template needs to run can be read: nothing is configured twice."""
    product = Template(PRODUCT, {"CamundaRestUrl": "https://camunda.example"}, endpoints=ENDPOINTS)
    names = {spec.logical_id for spec in product.functions()}
    assert names == {"ReceiveWebhook", "DeliverEvent", "ReconcileWebhooks", "PollJobs"}
    functions = {spec.name for spec in product.functions()}
    assert {route.function_name for route in product.http_api().routes} <= functions
    assert {route.key for route in product.http_api().routes} == {
        "POST /apify/{registration}",
        "POST /inbound/{context}",
        "POST /runs/{attempt}",
    }
    assert {schedule.function_name for schedule in product.schedules()} <= functions
    assert {mapping.queue_arn for mapping in product.queue_mappings()} <= {q.arn for q in product.queues()}
    assert len(product.tables()) == 2
    for spec in product.functions():
        assert spec.layer_folders, spec.name
        assert all("execute-api" not in value for value in spec.environment.values())
