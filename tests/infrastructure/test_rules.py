"""Parameters of template.yaml: what is refused alone, and what together."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from local_aws.intrinsics import load_document

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = load_document(ROOT / "template.yaml")
PARAMETERS: dict[str, dict[str, Any]] = DOCUMENT["Parameters"]
A_SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a"
A_LAYER = "arn:aws:lambda:eu-central-1:123456789012:layer:pem:1"
A_TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms"


def holds(node: Any, values: dict[str, str]) -> Any:
    """Return what CloudFormation makes of a rule's functions."""
    if not isinstance(node, dict):
        return node
    [(name, argument)] = node.items()
    if name == "Ref":
        return values[argument]
    parts = [holds(each, values) for each in argument]
    match name:
        case "Fn::Equals":
            return parts[0] == parts[1]
        case "Fn::EachMemberEquals":
            return all(member == parts[1] for member in parts[0].split(","))
        case "Fn::Not":
            return not parts[0]
        case "Fn::Or" | "Fn::And":
            return (any if name == "Fn::Or" else all)(parts)
        case _:
            raise NotImplementedError(name)


def refusals(given: dict[str, str]) -> set[str]:
    """Return the rules that refuse these parameters."""
    values = {name: str(parameter.get("Default", "")) for name, parameter in PARAMETERS.items()} | given
    return {
        name
        for name, rule in DOCUMENT["Rules"].items()
        if holds(rule.get("RuleCondition", True), values)
        and not all(holds(assertion["Assert"], values) for assertion in rule["Assertions"])
    }


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"SecretsArn": A_SECRET, "SecretsSsmPath": "/a"}, "OneSourceOfSecrets"),
        ({"CamundaAuth": "oidc"}, "CredentialsForAuth"),
        ({"CamundaCredentialsId": A_SECRET}, "AuthForCredentials"),
        ({"CamundaTransport": "grpc"}, "AddressForGrpc"),
        ({"VpcSubnetIds": "subnet-1,subnet-2"}, "SecurityGroupsForSubnets"),
        ({"VpcSecurityGroupIds": "sg-1"}, "SubnetsForSecurityGroups"),
        ({"CamundaClientKeyFile": "/opt/k.pem", "CertificatesLayerArn": A_LAYER}, "CertificateForKey"),
        ({"CamundaCaFile": "/opt/ca.pem"}, "LayerForCertificates"),
        ({"DisableExecuteApiEndpoint": "yes"}, "DomainForDisabledEndpoint"),
        ({"AlarmNotifications": "summary"}, "NotifyWhom"),
    ],
)
def test_contradictions_are_refused(given: dict[str, str], rule: str) -> None:
    """
    What does not go together is refused before anything is deployed, by the rule that says so.
    """
    assert refusals(given) == {rule}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"SecretsArn": A_SECRET},
        {"SecretsSsmPath": "/apify-camunda"},
        {"CamundaAuth": "basic", "CamundaCredentialsId": A_SECRET},
        {"CamundaTransport": "grpc", "CamundaGrpcAddress": "camunda.example:443"},
        {"VpcSubnetIds": "subnet-1", "VpcSecurityGroupIds": "sg-1"},
        {"CamundaCaFile": "/opt/ca.pem", "CertificatesLayerArn": A_LAYER},
        {"DisableExecuteApiEndpoint": "yes", "PublicUrl": "https://events.example"},
        {"AlarmNotifications": "summary", "AlarmTopicArn": A_TOPIC},
    ],
)
def test_what_goes_together_is_accepted(given: dict[str, str]) -> None:
    """
    No rule prevents a deployment that can work.
    """
    assert refusals(given) == set()


def test_every_rule_says_what_to_do() -> None:
    """
    A refusal names the parameters and is a sentence.
    """
    for rule in DOCUMENT["Rules"].values():
        for assertion in rule["Assertions"]:
            description = assertion["AssertDescription"]
            assert description.endswith(".")
            assert any(name in description for name in PARAMETERS)


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        ("CamundaTokenUrl", "https://login.example/token", "http://login.example/token"),
        ("CamundaTokenUrl", "http://127.0.0.1:9000/token", "http://127.0.0.1.example/token"),
        ("CamundaRestUrl", "https://fra-1.zeebe.camunda.io/0123", "fra-1.zeebe.camunda.io/0123"),
        ("CamundaGrpcAddress", "0123.fra-1.zeebe.camunda.io:443", "0123.fra-1.zeebe.camunda.io"),
        ("CamundaGrpcAddress", "http://zeebe.internal:26500", "http://zeebe.internal"),
        ("SecretsSsmPath", "/apify-camunda/prod", "/apify-camunda/"),
        ("SecretsArn", A_SECRET, "apify-camunda/secrets"),
        ("AlarmTopicArn", A_TOPIC, "alarms"),
        ("PublicUrl", "https://events.example", "events.example"),
        ("CamundaCaFile", "/opt/camunda/ca.pem", "/tmp/ca.pem"),
        ("CamundaTenantIds", "<default>, tenant-a", "a b"),
        ("DeploymentId", "prod2", "Prod"),
    ],
)
def test_patterns_refuse_what_cannot_work(parameter: str, good: str, bad: str) -> None:
    """
    A value that cannot work is refused when it is given.
    """
    pattern = PARAMETERS[parameter]["AllowedPattern"]

    assert re.search(pattern, good)
    assert not re.search(pattern, bad)


@pytest.mark.parametrize("name", [name for name, each in PARAMETERS.items() if each["Type"] == "String"])
def test_every_text_is_bounded(name: str) -> None:
    """
    Each text has a pattern or a list of values, which its default fits.
    """
    parameter = PARAMETERS[name]
    if "AllowedValues" in parameter:
        assert parameter["Default"] in parameter["AllowedValues"]
    elif "Default" in parameter:
        assert re.search(parameter["AllowedPattern"], parameter["Default"])
    else:
        assert parameter["AllowedPattern"]


def test_every_parameter_has_its_group() -> None:
    """
    The console shows each parameter once, in a group.
    """
    groups = DOCUMENT["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    shown = [name for group in groups for name in group["Parameters"]]

    assert sorted(shown) == sorted(PARAMETERS)


PROFILES = tomllib.loads((ROOT / "samconfig.toml").read_text())


@pytest.mark.parametrize("profile", ["dev", "prod"])
def test_profiles_give_parameters_that_exist(profile: str) -> None:
    """
    A profile of samconfig.toml gives values that the template takes, and contradicts itself nowhere.
    """
    given = dict(
        each.split("=", 1)
        for each in PROFILES[profile]["deploy"]["parameters"]["parameter_overrides"].split()
    )

    for name, value in given.items():
        allowed = PARAMETERS[name].get("AllowedValues")
        assert allowed is None or value in map(str, allowed), name
        assert re.search(PARAMETERS[name].get("AllowedPattern", ""), value), name
    assert refusals(given) == set()


def test_profiles_are_apart_and_hold_nothing_personal() -> None:
    """
    Two profiles make two stacks with webhooks of their own; regions, addresses and ARNs are a person's.
    """
    stacks = {PROFILES[profile]["global"]["parameters"]["stack_name"] for profile in ("dev", "prod")}
    overrides = [
        PROFILES[profile]["deploy"]["parameters"]["parameter_overrides"] for profile in ("dev", "prod")
    ]

    assert len(stacks) == 2
    assert len({re.search(r"DeploymentId=(\w+)", each)[1] for each in overrides}) == 2  # type: ignore[index]
    assert not re.search(r"arn:|https?:", str(overrides))
