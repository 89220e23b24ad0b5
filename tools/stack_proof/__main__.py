"""Transforms template.yaml as SAM does on AWS, and lets moto's CloudFormation create what it supports.

It runs in an environment of its own (`requirements-proof.txt`): `python -m stack_proof TEMPLATE`.
"""

from __future__ import annotations

import io
import json
import os
import sys
import warnings
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws
from sam_local.built_template import new_release, with_releases
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

REGION = "eu-central-1"
ACCOUNT = "123456789012"
CODE = {"Bucket": "code", "Key": "code.zip"}
_ARN = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:{{}}"

PARAMETERS: Mapping[str, Mapping[str, str]] = {
    "defaults": {"CamundaRestUrl": "https://camunda.example"},
    "everything": {
        "CamundaRestUrl": "https://camunda.example",
        "CamundaAuth": "oidc",
        "CamundaCredentialsId": _ARN.format("secretsmanager", "secret:camunda"),
        "SecretsSsmPath": "/apify-camunda",
        "SecretsKmsKeyArn": _ARN.format("kms", "key/secrets"),
        "DataKmsKeyArn": _ARN.format("kms", "key/data"),
        "CertificatesLayerArn": _ARN.format("lambda", "layer:pem:1"),
        "CamundaCaFile": "/opt/camunda/ca.pem",
        "VpcSubnetIds": "subnet-1,subnet-2",
        "VpcSecurityGroupIds": "sg-1",
        "PublicUrl": "https://events.example",
        "DisableExecuteApiEndpoint": "yes",
        "AlarmTopicArn": _ARN.format("sns", "alarms"),
        "AlarmNotifications": "summary",
        "Tracing": "yes",
        "ReserveConcurrency": "no",
        "Architecture": "x86_64",
    },
    "cheapest": {
        "CamundaRestUrl": "https://camunda.example",
        "CustomMetrics": "no",
        "CreateDashboard": "no",
    },
}
CREATED_BY_MOTO = (
    "AWS::DynamoDB::Table",
    "AWS::IAM::Role",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::SQS::Queue",
)


class _NoManagedPolicies:
    """Takes the place of IAM's list of managed policies: the template names none."""

    def load(self) -> dict[str, str]:
        return {}


def transformed(document: dict[str, Any], parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return what CloudFormation gets of the template."""
    for resource in document["Resources"].values():
        match resource["Type"]:
            case "AWS::Serverless::Function":
                resource["Properties"]["CodeUri"] = CODE
            case "AWS::Serverless::LayerVersion":
                resource["Properties"]["ContentUri"] = CODE
    result: dict[str, Any] = transform(document, dict(parameters), _NoManagedPolicies())
    return result


def created(template: Mapping[str, Any], parameters: Mapping[str, str]) -> Counter[str]:
    """Return how many resources of each type moto has created."""
    with mock_aws(config={"lambda": {"use_docker": False}}), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # moto names each type that it does not support
        _upload_code()
        formation = boto3.client("cloudformation", region_name=REGION)
        formation.create_stack(
            StackName="apify-camunda",
            TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": name, "ParameterValue": text} for name, text in parameters.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
        found = formation.list_stack_resources(StackName="apify-camunda")["StackResourceSummaries"]
        return Counter(each["ResourceType"] for each in found if each.get("PhysicalResourceId"))


def prove_releases(path: Path) -> int:
    """Return 0 if the template with published versions is transformed to one alias for each function."""
    document = with_releases(
        _read(path), release=new_release(), deployment_type="Canary10Percent5Minutes", snapstart=True
    )
    functions = sum(each["Type"] == "AWS::Serverless::Function" for each in document["Resources"].values())
    made = Counter(
        each["Type"] for each in transformed(document, PARAMETERS["defaults"])["Resources"].values()
    )
    aliases, groups = made["AWS::Lambda::Alias"], made["AWS::CodeDeploy::DeploymentGroup"]
    print(f"releases: {aliases} aliases, {groups} deployment groups")
    return int((aliases, groups) != (functions, functions))


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml_parse(path.read_text(encoding="utf-8"))
    return document


def _upload_code() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", "")
    storage = boto3.client("s3", region_name=REGION)
    storage.create_bucket(Bucket=CODE["Bucket"], CreateBucketConfiguration={"LocationConstraint": REGION})
    storage.put_object(**CODE, Body=archive.getvalue())


def main(path: Path) -> int:
    """Return 0 if every set of parameters becomes a stack."""
    os.environ |= dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "none")
    os.environ["AWS_DEFAULT_REGION"] = REGION
    missing = 0
    for name, parameters in PARAMETERS.items():
        template = transformed(_read(path), parameters)
        declared = Counter(each["Type"] for each in template["Resources"].values())
        made = created(template, parameters)
        for kind in CREATED_BY_MOTO:
            if made[kind] != declared[kind]:
                print(f"{name}: {made[kind]} of {declared[kind]} {kind} were created")
                missing += 1
        created_here = sum(made[kind] for kind in CREATED_BY_MOTO)
        print(f"{name}: {sum(declared.values())} resources, {created_here} created by moto")
    return min(missing, 1) or prove_releases(path)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
