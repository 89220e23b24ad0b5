"""Finds what belongs to a deployment: from its stack, from a ready file, or from two table names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from apify_camunda_cli.deployment.target import DEFAULT_STACK, Target
from apify_camunda_cli.errors import NotDone, UsageError
from apify_camunda_cli.parameters import parse_json, read_text

RECONCILER = "ReconcileWebhooks"
UNDELIVERED = "UndeliveredEventsQueue"
_READY_FACTS = "operator"
_LOCAL_KEY = "local"
_NO_PROXY: Mapping[str, str] = {}
"""Services of this machine are never reached through a proxy, even if the environment names one."""
TIMEOUTS = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3})
_NO_SUCH_STACK = "ValidationError"


@dataclass(frozen=True, slots=True)
class Aws:
    """Where AWS is, and which identity is used.

    Attributes:
        region: None means as the AWS CLI has it.
        endpoints: Addresses by the service's name; a service without one has its usual address.
        is_local: AWS is emulated on this machine, and accepts every identity.
    """

    region: str | None = None
    endpoints: Mapping[str, str] = field(default_factory=dict)
    is_local: bool = False

    def client(self, service: str, config: Config = TIMEOUTS) -> Any:
        """Return a boto3 client of the service.

        Raises:
            UsageError: The environment gives an address that cannot be used.
        """
        identity = {}
        if self.is_local:
            identity = dict.fromkeys(("aws_access_key_id", "aws_secret_access_key"), _LOCAL_KEY)
            config = config.merge(Config(proxies=dict(_NO_PROXY)))
        make: Any = boto3.client  # typed for each service by its literal name
        try:
            return make(
                service,
                region_name=self.region,
                endpoint_url=self.endpoints.get(service),
                config=config,
                **identity,
            )
        except BotoCoreError:  # some of these are ValueErrors too
            raise
        except ValueError as error:
            raise UsageError(
                f"AWS has no address that can be used ({error}); see AWS_ENDPOINT_URL."
            ) from error


@dataclass(frozen=True, slots=True)
class Deployment:
    """What belongs to one deployment.

    Attributes:
        name: What a person calls it.
        environment: The variables of the function which reconciles webhooks, or only the tables.
        target: The options by which it was found.
        steps_file: Where a local run writes its steps, or None.
        page_url: Where a local run serves its page, or None.
        reconciler: The name of that function, or None if only the tables are known.
        undelivered_queue_url: The dead-letter queue, or None if only the tables are known.
    """

    name: str
    aws: Aws
    environment: Mapping[str, str]
    target: Target = field(default_factory=Target)
    steps_file: Path | None = None
    page_url: str | None = None
    reconciler: str | None = None
    undelivered_queue_url: str | None = None

    def command(self, words: str) -> str:
        """Return a command line that runs `words` on this deployment, ready to be pasted."""
        return self.target.command(words)

    def setting(self, name: str) -> str:
        """Return a variable of the functions' environment.

        Raises:
            UsageError: It is not known, as only tables were given.
            NotDone: The deployed functions do not have it.
        """
        value = self.environment.get(name)
        if value is not None:
            return value
        if self.reconciler is None:
            raise UsageError("This needs to know more than the tables; give --stack or --ready instead.")
        raise NotDone(f"The function {self.reconciler} has no {name}; was it deployed from another version?")


def find_deployment(target: Target) -> Deployment:
    """Return the deployment that the command line names.

    Raises:
        UsageError: The options contradict each other, or name no deployment.
    """
    tables = (target.ledger_table, target.registry_table)
    ways = [target.stack is not None, target.ready is not None, any(tables)]
    if sum(ways) > 1:
        raise UsageError("Give one of --stack, --ready, or the two tables; they name different deployments.")
    if target.ready is not None:
        if target.region is not None:
            raise UsageError("--region does not go with --ready: the ready file tells where everything is.")
        return from_ready_file(target)
    aws = aws_of(target)
    return from_tables(target, aws) if any(tables) else from_stack(target, aws)


def aws_of(target: Target) -> Aws:
    """Return AWS in the region that the command line or the environment names."""
    return Aws(target.region or os.environ.get("AWS_REGION") or None)  # which boto3 does not look at


def from_tables(target: Target, aws: Aws) -> Deployment:
    """Return a deployment of which only the tables are known.

    Raises:
        UsageError: Only one of them is given.
    """
    ledger, registry = target.ledger_table, target.registry_table
    if ledger is None or registry is None:
        raise UsageError("--ledger-table and --registry-table go together: a deployment has both.")
    tables = {"LEDGER_TABLE": ledger, "REGISTRY_TABLE": registry}
    return Deployment(f"tables {ledger} and {registry}", aws, tables, target=target)


def from_stack(target: Target, aws: Aws) -> Deployment:
    """Return what CloudFormation and Lambda tell of a stack.

    Raises:
        UsageError: There is no such stack, or it is another project's.
    """
    stack = target.stack or DEFAULT_STACK
    with closing(aws.client("cloudformation")) as formation:
        region = formation.meta.region_name
        with _no_such_stack(f"No stack {stack} is found in {region}; name another by --stack and --region"):
            [found] = formation.describe_stacks(StackName=stack)["Stacks"]
        with _no_such_stack(f"The stack {stack} in {region} is another project's; name ours by --stack"):
            resource = formation.describe_stack_resource(StackName=stack, LogicalResourceId=RECONCILER)
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}
    function = resource["StackResourceDetail"]["PhysicalResourceId"]
    with closing(aws.client("lambda")) as functions:
        told = functions.get_function_configuration(FunctionName=function)
    return Deployment(
        name=f"stack {stack} in {region}",
        aws=aws,
        environment=told.get("Environment", {}).get("Variables", {}),
        target=target,
        reconciler=function,
        undelivered_queue_url=outputs.get(UNDELIVERED),
    )


@contextmanager
def _no_such_stack(what: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] != _NO_SUCH_STACK:
            raise
        raise UsageError(f"{what} ({error.response['Error']['Message']}).") from error


def from_ready_file(target: Target) -> Deployment:
    """Return what a running `apify-camunda local --serve` wrote into its ready file.

    Raises:
        UsageError: There is no such file, or it is not a ready file.
    """
    path = target.ready or Path()
    written = parse_json(read_text(path, "--ready"), f"--ready {path}")
    try:
        found = from_facts(written[_READY_FACTS], name=f"ready file {path}", target=target)
        found = replace(found, page_url=written.get("page_url"))
        return replace(found, steps_file=Path(written["steps"])) if "steps" in written else found
    except (KeyError, TypeError) as error:
        raise UsageError(
            f"--ready {path} is not a ready file of `apify-camunda local --serve --ready-file PATH`."
        ) from error


def from_facts(facts: Mapping[str, Any], *, name: str, target: Target) -> Deployment:
    """Return the deployment that a local run describes.

    Raises:
        KeyError: A fact is missing.
        TypeError: The facts have another form.
    """
    return Deployment(
        name,
        Aws(facts["region"], facts["endpoints"], is_local=True),
        environment=facts["environment"],
        target=target,
        reconciler=facts["reconciler"],
        undelivered_queue_url=facts["undeliveredQueueUrl"],
    )
