"""Alarms of template.yaml: whom they tell, when they do not ring, and what a burst meets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from local_aws.intrinsics import load_document

DOCUMENT: dict[str, Any] = load_document(Path(__file__).parents[2] / "template.yaml")
RESOURCES: dict[str, Any] = DOCUMENT["Resources"]
ALARMS = {name: each for name, each in RESOURCES.items() if each["Type"] == "AWS::CloudWatch::Alarm"}
OF_THE_FUNCTIONS = "ApifyCamunda"
LAYER = Path(__file__).parents[2] / "layers" / "runtime" / "apify_camunda"
METRIC = re.compile(r'metrics\.(?:count|measure)\(\s*"(\w+)"')

# Metrics that need no person: what a dashboard shows of a deployment that works or recovers without a person.
WITHOUT_ALARM = {
    "EffectsDone",
    "EventsParked",  # ParkedEventsAlarm counts those that wait
    "EventsReceived",
    "JobsCompleted",
    "RunWait",
    "RunsStarted",
    "WebhooksRepaired",
}


@pytest.mark.parametrize("name", ALARMS)
def test_beginning_and_end_are_reported(name: str) -> None:
    """
    An alarm notifies when it begins and when it ends, and says what it means.
    """
    properties = ALARMS[name]["Properties"]

    assert properties["AlarmActions"] == properties["OKActions"]
    assert properties["AlarmActions"]["Fn::If"][0] == "EachAlarmNotifies"
    assert properties["AlarmDescription"].strip().endswith(".")


@pytest.mark.parametrize("name", ALARMS)
def test_new_stack_does_not_ring(name: str) -> None:
    """
    Before there is any data no alarm rings: what is missing is not taken for a breach.
    """
    assert ALARMS[name]["Properties"]["TreatMissingData"] in {"notBreaching", "ignore"}


@pytest.mark.parametrize("name", ["PollerSilentAlarm", "ReconcilerSilentAlarm"])
def test_silence_after_the_first_heartbeat_rings(name: str) -> None:
    """
    Once heartbeats have come, periods without one count as none.
    """
    properties = ALARMS[name]["Properties"]

    [result] = [each for each in properties["Metrics"] if each["Id"] == "result"]
    assert result["Expression"] == "FILL(beats, 0)"
    assert (properties["ComparisonOperator"], properties["Threshold"]) == ("LessThanThreshold", 1)


@pytest.mark.parametrize("name", ALARMS)
def test_own_metrics_are_optional(name: str) -> None:
    """
    An alarm on the functions' own metrics goes where these are switched off; others stay.
    """
    needs_own = f"'{OF_THE_FUNCTIONS}'" in str(ALARMS[name])

    assert (ALARMS[name].get("Condition") == "HasCustomMetrics") == needs_own


def test_every_metric_of_a_trouble_has_its_alarm() -> None:
    """
    What the functions count or measure raises one alarm, but for what needs no person.
    """
    counted = {name for path in LAYER.rglob("*.py") for name in METRIC.findall(path.read_text())}
    alarmed = [name for name in counted for alarm in ALARMS.values() if f"'{name}'" in str(alarm)]

    assert len(alarmed) == len(set(alarmed))
    assert set(alarmed) == counted - WITHOUT_ALARM
    assert counted > WITHOUT_ALARM


def test_documents_count_what_alarms_cost() -> None:
    """
    docs/operations.md has a row for each alarm, and counts them for their price.
    """
    text = (LAYER.parents[2] / "docs" / "operations.md").read_text()
    own = [name for name, alarm in ALARMS.items() if alarm.get("Condition") == "HasCustomMetrics"]
    others = [alarm["Properties"].get("Metrics", []) for name, alarm in ALARMS.items() if name not in own]
    of_aws = sum(max(1, sum("MetricStat" in each for each in metrics)) for metrics in others)
    kinds = re.compile(r"…(\w+Alarm)").findall(text)

    times = "\N{MULTIPLICATION SIGN}"
    assert f"| {len(own)} {times} 0.10 | {len(own) * 0.10:.2f} |" in text
    assert f"| {of_aws} metrics {times} 0.10 + 0.50 | {of_aws * 0.10 + 0.50:.2f} |" in text
    assert [name for name in ALARMS if name not in text and not name.endswith(tuple(kinds))] == []


def test_summary_has_every_alarm() -> None:
    """
    The summary rings while any alarm does, and misses none.
    """
    rule = str(RESOURCES["AnyAlarm"]["Properties"]["AlarmRule"])

    assert [name for name in ALARMS if f"${{{name}.Arn}}" not in rule] == []


def test_a_burst_finds_receivers() -> None:
    """
    What the throttles of all routes let through at once, and in the 0.2 s of an answer, has its receivers.
    """
    events = RESOURCES["ReceiveWebhook"]["Properties"]["Events"]
    settings = [event["Properties"]["RouteSettings"] for event in events.values()]
    at_once = sum(each["ThrottlingBurstLimit"] + 0.2 * each["ThrottlingRateLimit"] for each in settings)

    assert len(settings) == 3
    assert at_once <= DOCUMENT["Parameters"]["ReceiverConcurrency"]["Default"]


def test_deliveries_and_callbacks_are_throttled_apart() -> None:
    """
    Each route has limits of its own, so that one cannot use up the other's.
    """
    events = RESOURCES["ReceiveWebhook"]["Properties"]["Events"]

    for event in events.values():
        assert set(event["Properties"]["RouteSettings"]) == {"ThrottlingBurstLimit", "ThrottlingRateLimit"}


@pytest.mark.parametrize("name", ["ParkedEvents", "UndeliveredEvents", "SigningSecret"])
def test_what_cannot_be_made_again_stays(name: str) -> None:
    """
    Queues with events, and the key that webhooks are signed with, stay when the stack goes.
    """
    assert RESOURCES[name]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


def test_queues_take_encrypted_connections_only() -> None:
    """
    A request to either queue without TLS is denied.
    """
    properties = RESOURCES["OnlyEncryptedConnections"]["Properties"]
    [statement] = properties["PolicyDocument"]["Statement"]

    assert [each["Ref"] for each in properties["Queues"]] == ["ParkedEvents", "UndeliveredEvents"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
