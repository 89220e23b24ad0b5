"""A deployed stack at moto's CloudFormation, with rows that its functions would have written."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from unittest.mock import patch

import boto3
import moto
import moto.logs.models
from apify_camunda.identifiers import EventId
from apify_camunda.inbound.dynamodb_events import DynamoDBEventLedger
from apify_camunda.outbound.dynamodb_attempts import DynamoDBAttempts
from apify_camunda.registration.dynamodb_registry import DynamoDBRegistry
from apify_camunda.webhooks.events import ReceivedEvent
from apify_camunda_cli.__main__ import main
from moto.awslambda_simple.models import lambda_simple_backends

from tests import builders
from tests.contract.aws import CREDENTIALS, REGION
from tests.fakes.clock import FrozenClock
from tests.fakes.secret_source import KEYS

STACK = "apify-camunda"
CLUSTER = "cluster.example/abc"
PUBLIC_URL = "https://hooks.example"
SECRETS_NAME = "secrets-of-processes"
SIGNING_NAME = "signing-secret"
SIGNING_SECRET = {"id": "k2", "secret": KEYS.accepted["k2"].decode()}
_KEYS = ("pk", "HASH"), ("sk", "RANGE")
_TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name, _ in _KEYS],
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in _KEYS],
    },
}
_ENVIRONMENT: dict[str, Any] = {
    "DEPLOYMENT_ID": "main",
    "LEDGER_TABLE": {"Ref": "LedgerTable"},
    "REGISTRY_TABLE": {"Ref": "RegistryTable"},
    "SECRETS_ID": SECRETS_NAME,
    "SIGNING_SECRET_ID": SIGNING_NAME,
    "CAMUNDA_REST_URL": f"https://{CLUSTER}/",
    "APIFY_BASE_URL": "https://apify.example",
    "INBOUND_TYPE": "io.camunda:apify-inbound:1",
    "OUTBOUND_JOB_TYPE": "io.camunda:apify-outbound:1",
    "PUBLIC_URL": PUBLIC_URL,
    "PARKING_QUEUE_URL": {"Ref": "ParkedEvents"},
}


FUNCTIONS = ("ReceiveWebhook", "DeliverEvent", "ReconcileWebhooks", "PollJobs")
TEMPLATE: dict[str, Any] = {
    "Resources": {
        **{f"{name}Logs": {"Type": "AWS::Logs::LogGroup"} for name in FUNCTIONS},
        "LedgerTable": _TABLE,
        "RegistryTable": _TABLE,
        "ParkedEvents": {"Type": "AWS::SQS::Queue"},
        "UndeliveredEvents": {"Type": "AWS::SQS::Queue"},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}},
        "ReconcileWebhooks": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Runtime": "python3.13",
                "Handler": "app.handler",
                "ReservedConcurrentExecutions": 1,
                "Code": {"ZipFile": "def handler(event, context): ..."},
                "Environment": {"Variables": _ENVIRONMENT},
            },
        },
    },
    "Outputs": {"UndeliveredEventsQueue": {"Value": {"Ref": "UndeliveredEvents"}}},
}


@dataclass
class Stack:
    """What was deployed, and what the operator has read."""

    sqs: Any
    secrets: Any
    dynamodb: Any
    logs: Any
    log_groups: dict[str, str]
    formation: Any
    registry: DynamoDBRegistry
    ledger: DynamoDBEventLedger
    attempts: DynamoDBAttempts
    tables: dict[str, str]
    parked_url: str
    undelivered_url: str
    reconciler_answers: list[str]
    clock: FrozenClock = field(default_factory=FrozenClock)

    def operate(self, *arguments: str) -> int:
        """Run a command of the operator on this stack, at the time of its rows."""
        return main([*arguments, "--region", REGION], new_clock=lambda: self.clock)

    def deploy_another(self, name: str) -> None:
        """Deploy a stack that has nothing of ours."""
        queue = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
        self.formation.create_stack(StackName=name, TemplateBody=json.dumps(queue))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run(work)

    def keep(
        self, *effects: Any, event: EventId = builders.EVENT, received: ReceivedEvent | None = None
    ) -> None:
        """Leave an event with these effects behind, as a receiver does."""
        delivery = received or builders.received()
        self.run(self.ledger.keep(event, delivery))
        self.run(self.ledger.freeze(event, delivery.route, effects))

    def bodies_in(self, url: str) -> list[str]:
        """Return the events that could be received from a queue."""
        answer = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in answer.get("Messages", [])]


@contextmanager
def deployed(*, camunda_rest_url: str = _ENVIRONMENT["CAMUNDA_REST_URL"]) -> Iterator[Stack]:
    """Deploy the stack to an AWS of its own."""
    template = copy.deepcopy(TEMPLATE)
    settings = template["Resources"]["ReconcileWebhooks"]["Properties"]["Environment"]["Variables"]
    settings["CAMUNDA_REST_URL"] = camunda_rest_url
    clock = FrozenClock()
    # moto takes no log record that is older than 14 days by its own clock.
    logs_clock = patch.object(moto.logs.models, "utcnow", lambda: clock.now().replace(tzinfo=None))
    with moto.mock_aws(config={"lambda": {"use_docker": False}}), logs_clock:
        make: Any = partial(boto3.client, region_name=REGION, **CREDENTIALS)
        secrets = {SECRETS_NAME: {"APIFY_TOKEN": "token-of-acme"}, SIGNING_NAME: SIGNING_SECRET}
        for name, value in secrets.items():
            make("secretsmanager").create_secret(Name=name, SecretString=json.dumps(value))
        formation = make("cloudformation")
        formation.create_stack(StackName=STACK, TemplateBody=json.dumps(template))
        ids = {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for resource in formation.describe_stack_resources(StackName=STACK)["StackResources"]
        }
        [backend] = [by_region[REGION] for by_region in lambda_simple_backends.values()]
        dynamodb = make("dynamodb")
        yield Stack(
            sqs=make("sqs"),
            secrets=make("secretsmanager"),
            dynamodb=dynamodb,
            logs=make("logs"),
            log_groups={name: ids[f"{name}Logs"] for name in FUNCTIONS},
            formation=formation,
            registry=DynamoDBRegistry(client=dynamodb, table=ids["RegistryTable"], clock=clock),
            ledger=DynamoDBEventLedger(client=dynamodb, table=ids["LedgerTable"], clock=clock),
            attempts=DynamoDBAttempts(client=dynamodb, table=ids["LedgerTable"], clock=clock),
            tables={name: ids[name] for name in ("LedgerTable", "RegistryTable")},
            parked_url=ids["ParkedEvents"],
            undelivered_url=ids["UndeliveredEvents"],
            reconciler_answers=backend.lambda_simple_results_queue,
            clock=clock,
        )
