"""Promises of template.yaml that no validator checks: privileges, retention, alarms, one configuration."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import boto3
import pytest
from apify_camunda.platform.settings import (
    DeliverEventSettings,
    PollJobsSettings,
    ReceiveWebhookSettings,
    ReconcileWebhooksSettings,
    Settings,
)
from local_aws import Template
from local_aws.intrinsics import load_document

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = load_document(ROOT / "template.yaml")
RESOURCES: dict[str, Any] = DOCUMENT["Resources"]
FUNCTIONS = {name: r for name, r in RESOURCES.items() if r["Type"] == "AWS::Serverless::Function"}
SETTINGS: dict[str, type[Settings]] = {
    "ReceiveWebhook": ReceiveWebhookSettings,
    "DeliverEvent": DeliverEventSettings,
    "ReconcileWebhooks": ReconcileWebhooksSettings,
    "PollJobs": PollJobsSettings,
}


def statements(name: str) -> list[dict[str, Any]]:
    """Return the statements of a function's own role, those that depend on a condition included."""
    role = RESOURCES[f"{name}Role"]["Properties"]
    found = [each for policy in role["Policies"] for each in policy["PolicyDocument"]["Statement"]]
    return [each["Fn::If"][1] if "Fn::If" in each else each for each in found]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_settings_are_what_the_template_gives(name: str) -> None:
    """
    Each function's environment builds its settings, and holds nothing that its settings do not know.
    """
    template = Template(ROOT / "template.yaml", {"CamundaRestUrl": "https://camunda.example"})
    spec = next(function for function in template.functions() if function.logical_id == name)
    settings = SETTINGS[name]

    settings.from_environment(spec.environment)

    known = {field.name.upper() for field in fields(settings)}
    assert set(spec.environment) <= known


@pytest.mark.parametrize(("reserve", "reserved", "slots"), [("yes", 3, "0"), ("no", None, "3")])
def test_pollers_are_bounded_either_way(reserve: str, reserved: int | None, slots: str) -> None:
    """
    No more pollers than shards work side by side: Lambda sees to that, or the pollers themselves.
    """
    given = {"CamundaRestUrl": "https://camunda.example", "ReserveConcurrency": reserve, "PollerShards": "3"}
    poller = next(
        function
        for function in Template(ROOT / "template.yaml", given).functions()
        if function.logical_id == "PollJobs"
    )

    assert poller.reserved_concurrency == reserved
    assert poller.environment["POLLER_SLOTS"] == slots


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_has_its_folder_log_and_alarm(name: str) -> None:
    """
    A function's code is in the folder of its name, its log has a retention, and its errors raise an alarm.
    """
    properties = FUNCTIONS[name]["Properties"]
    folder = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()

    assert properties["CodeUri"] == f"functions/{folder}/"
    assert (ROOT / "functions" / folder / "app.py").is_file()
    assert RESOURCES[f"{name}Logs"]["Properties"]["RetentionInDays"]
    assert f"{name}ErrorsAlarm" in RESOURCES


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_may_do_everything(name: str) -> None:
    """
    Each function has a role of its own, which names single actions on single resources.

    X-Ray and network interfaces have no resources to name; the code itself is denied the latter.
    """
    properties = FUNCTIONS[name]["Properties"]
    assert properties["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
    assert "Policies" not in properties
    for statement in statements(name):
        for action in statement["Action"]:
            assert re.fullmatch(r"[a-z0-9]+:[A-Z]\w+", action), action
        if statement["Resource"] == "*":
            services = {action.partition(":")[0] for action in statement["Action"]}
            assert services in ({"xray"}, {"ec2"})
    interfaces = {each["Effect"]: each for each in statements(name) if each["Action"][0].startswith("ec2:")}
    assert interfaces["Deny"]["Action"] == interfaces["Allow"]["Action"]
    assert "lambda:SourceFunctionArn" in str(interfaces["Deny"]["Condition"])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_path_of_parameters_ends_at_its_slash(name: str) -> None:
    """
    The path /apify-camunda gives no right to parameters below /apify-camunda-prod.
    """
    for statement in statements(name):
        if statement["Action"] == ["ssm:GetParametersByPath"]:
            path, below = (
                resource["Fn::Sub"].replace("${SecretsSsmPath}", "/a") for resource in statement["Resource"]
            )
            assert path.endswith(":parameter/a")
            assert below.endswith(":parameter/a/*")


def test_the_receiver_cannot_write_listeners() -> None:
    """
    The function that the internet reaches may only read the registry, and no secret that processes name.
    """
    receiver = statements("ReceiveWebhook")
    registry = [s for s in receiver if s["Resource"] == {"Fn::GetAtt": ["RegistryTable", "Arn"]}]
    secrets = [s["Resource"] for s in receiver if s["Action"] == ["secretsmanager:GetSecretValue"]]

    assert [s["Action"] for s in registry] == [["dynamodb:GetItem", "dynamodb:Query"]]
    assert secrets == [{"Ref": "SigningSecret"}, {"Ref": "CamundaCredentialsId"}]


@pytest.mark.parametrize("name", ["LedgerTable", "RegistryTable"])
def test_tables_survive_and_forget(name: str) -> None:
    """
    Tables are encrypted, kept when the stack goes, restorable, and drop rows whose time is over.
    """
    table = RESOURCES[name]
    properties = table["Properties"]

    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert properties["DeletionProtectionEnabled"]
    assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    own_key, key_of_aws = properties["SSESpecification"]["Fn::If"][1:]
    assert own_key == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "DataKmsKeyArn"}}
    assert key_of_aws == {"SSEEnabled": True}
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_parked_events_outlive_their_receiver() -> None:
    """
    A parked event is hidden for six times the timeout of its function, tried for days, and told at last.
    """
    queue = RESOURCES["ParkedEvents"]["Properties"]
    timeout = FUNCTIONS["DeliverEvent"]["Properties"]["Timeout"]

    assert queue["VisibilityTimeout"] >= 6 * timeout
    assert queue["RedrivePolicy"]["maxReceiveCount"] * 15 >= 3 * 24 * 60  # minutes: the longest delay is 15
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["UndeliveredEvents", "Arn"]}
    assert "UndeliveredEventsAlarm" in RESOURCES


def test_secrets_are_never_parameters() -> None:
    """
    Parameters and environment name where secrets are kept, never what they are.
    """
    for name, parameter in DOCUMENT["Parameters"].items():
        assert not re.search("password|token$|secret$|apikey", name, re.IGNORECASE), name
        assert "NoEcho" not in parameter
        assert parameter["Description"]


@pytest.mark.parametrize(
    ("parameter", "given", "condition"),
    [
        ("VpcSubnetIds", "subnet-1,subnet-2", "HasVpc"),
        ("CertificatesLayerArn", "arn:aws:lambda:eu-central-1:123456789012:layer:pem:1", "HasCertificates"),
        ("SecretsKmsKeyArn", "arn:aws:kms:eu-central-1:123456789012:key/k", "HasSecretsKey"),
        ("ReserveConcurrency", "no", "ReservesConcurrency"),
    ],
)
def test_what_few_need_is_off_until_asked_for(parameter: str, given: str, condition: str) -> None:
    """
    A parameter that is left alone changes nothing, and one that is given takes effect.
    """
    assert condition in DOCUMENT["Conditions"]
    assert parameter in str(DOCUMENT["Conditions"][condition])
    default = DOCUMENT["Parameters"][parameter]["Default"]
    assert default != given
    pattern = DOCUMENT["Parameters"][parameter].get("AllowedPattern", ".*")
    assert re.fullmatch(pattern, default)
    assert re.fullmatch(pattern, given)
    assert f"'{condition}'" in str(RESOURCES) + str(DOCUMENT["Globals"])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_error_in_a_log_raises_an_alarm(name: str) -> None:
    """
    What any function logs as ERROR needs a person.
    """
    filters = [r["Properties"] for r in RESOURCES.values() if r["Type"] == "AWS::Logs::MetricFilter"]
    [own] = [each for each in filters if each["LogGroupName"] == {"Ref": f"{name}Logs"}]
    [metric] = own["MetricTransformations"]
    alarm = RESOURCES["ErrorsLoggedAlarm"]["Properties"]
    assert own["FilterPattern"] == '{ $.level = "ERROR" }'
    assert (metric["MetricNamespace"], metric["MetricName"]) == (alarm["Namespace"], alarm["MetricName"])
    assert [d["Key"] for d in metric["Dimensions"]] == [d["Name"] for d in alarm["Dimensions"]]


@pytest.mark.parametrize(
    "metric", ["EffectsRejected", "EffectsInDoubt", "ElementsFaulty", "ApproximateNumberOfMessagesNotVisible"]
)
def test_what_a_person_must_see_to_raises_an_alarm(metric: str) -> None:
    """
    A failure that no retry ends, and an event that waits for long, raise an alarm.
    """
    alarms = [r["Properties"] for r in RESOURCES.values() if r["Type"] == "AWS::CloudWatch::Alarm"]
    assert sum(f"'{metric}'" in str(alarm) for alarm in alarms) == 1


def test_local_endpoints_are_harmless_on_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Each function declares where AWS is locally; as deployed, that is empty, and boto3 goes to AWS itself.
    """
    template = Template(ROOT / "template.yaml", {"CamundaRestUrl": "https://camunda.example"})
    endpoints = {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA"}
    for function in template.functions():
        declared = {name: value for name, value in function.environment.items() if name in endpoints}
        assert declared == dict.fromkeys(endpoints, "")

    for name in endpoints:
        monkeypatch.setenv(name, "")
    session = boto3.Session("none", "none", region_name="eu-central-1")
    for service in ("dynamodb", "sqs", "secretsmanager", "ssm", "lambda"):
        client: Any = session.client(service)
        assert client.meta.endpoint_url == f"https://{service}.eu-central-1.amazonaws.com"


def test_alarms_name_chapters_that_exist() -> None:
    """
    What an alarm tells a person to read is there to be read.
    """
    chapters = re.findall("^## (.+)$", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
    named = {
        chapter
        for resource in RESOURCES.values()
        for chapter in re.findall(
            r'docs/operations\.md, "([^"]+)"', resource["Properties"].get("AlarmDescription", "")
        )
    }

    assert named
    assert named <= {*chapters}


def test_two_stacks_live_side_by_side() -> None:
    """
    What is named in the whole account carries the stack's name, and so do metrics and what looks at them.
    """
    schedules = [
        event["Properties"]
        for function in FUNCTIONS.values()
        for event in function["Properties"].get("Events", {}).values()
        if event["Type"] == "ScheduleV2"
    ]
    assert len(schedules) == 2
    assert all(schedule["OmitName"] for schedule in schedules)
    for resource in RESOURCES.values():
        for name in ("FunctionName", "LogGroupName", "TableName", "QueueName", "RoleName", "DashboardName"):
            given = resource["Properties"].get(name)
            assert given is None or given.get("Ref") in RESOURCES or "AWS::StackName" in str(given)
    own = [
        dimension["Value"]
        for resource in RESOURCES.values()
        if resource["Properties"].get("Namespace") == "ApifyCamunda"
        for dimension in resource["Properties"]["Dimensions"]
    ]
    assert own
    assert all(value == {"Ref": "AWS::StackName"} for value in own)
    service = DOCUMENT["Globals"]["Function"]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
    assert service == {"Ref": "AWS::StackName"}


def test_receiver_answers_before_the_api_gives_up() -> None:
    """
    The receiver's timeout is below the HTTP API's 30 seconds, so that its own answer arrives.
    """
    assert FUNCTIONS["ReceiveWebhook"]["Properties"]["Timeout"] < 30
