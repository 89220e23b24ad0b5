"""A built template: bound to its layer's architecture, and with published versions where they are wanted."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from local_aws.intrinsics import load_document
from sam_local.built_template import new_release, with_architecture, with_releases

TEMPLATE: dict[str, Any] = load_document(Path(__file__).parents[3] / "template.yaml")
FUNCTIONS = [
    name for name, each in TEMPLATE["Resources"].items() if each["Type"] == "AWS::Serverless::Function"
]


@pytest.fixture
def template() -> dict[str, Any]:
    return copy.deepcopy(TEMPLATE)


def test_only_what_was_built_can_be_deployed(template: dict[str, Any]) -> None:
    """
    The architecture that was built is the default and the only one; nothing else changes.
    """
    wanted = copy.deepcopy(TEMPLATE)
    wanted["Parameters"]["Architecture"] |= {"Default": "x86_64", "AllowedValues": ["x86_64"]}

    assert with_architecture(template, "x86_64") == wanted


def test_template_has_that_parameter() -> None:
    """
    The architecture can be chosen, and every function and the layer follow.
    """
    assert TEMPLATE["Parameters"]["Architecture"]["AllowedValues"] == ["arm64", "x86_64"]
    assert TEMPLATE["Globals"]["Function"]["Architectures"] == [{"Ref": "Architecture"}]
    layer = TEMPLATE["Resources"]["RuntimeLayer"]["Properties"]
    assert layer["CompatibleArchitectures"] == [{"Ref": "Architecture"}]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_build_is_a_release(template: dict[str, Any], name: str) -> None:
    """
    Every function is published with each build, moved as asked, and taken back by the alarm on its errors.
    """
    release = with_releases(
        template, release="release-1", deployment_type="Canary10Percent5Minutes", snapstart=True
    )

    properties = release["Resources"][name]["Properties"]
    assert properties["AutoPublishAlias"] == "live"
    assert properties["AutoPublishCodeSha256"] == "release-1"
    assert properties["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    preference = properties["DeploymentPreference"]
    assert preference["Type"] == "Canary10Percent5Minutes"
    assert [each["Ref"] in TEMPLATE["Resources"] for each in preference["Alarms"]] == [True]


def test_receiver_wakes_the_alias(template: dict[str, Any]) -> None:
    """
    The receiver wakes the released poller, and may wake no other version.
    """
    resources = with_releases(template, release="r", deployment_type=None, snapstart=False)["Resources"]

    woken = resources["ReceiveWebhook"]["Properties"]["Environment"]["Variables"]["POLLER_FUNCTION"]
    [policy] = resources["ReceiveWebhookRole"]["Properties"]["Policies"]
    [allowed] = [s for s in policy["PolicyDocument"]["Statement"] if s.get("Sid") == "WakePoller"]
    assert woken["Fn::Sub"].endswith("-poll-jobs:live")
    assert allowed["Resource"]["Fn::Sub"].endswith("-poll-jobs:live")
    assert "DeploymentPreference" not in resources["PollJobs"]["Properties"]


def test_marks_of_releases_are_parts_of_logical_ids() -> None:
    """
    A build's mark has the letters that CloudFormation takes in an id.
    """
    assert new_release().isalnum()


def test_releases_are_off_until_asked_for() -> None:
    """
    The template itself publishes no versions: changes take effect at once.
    """
    assert "AutoPublishAlias" not in str(TEMPLATE)
