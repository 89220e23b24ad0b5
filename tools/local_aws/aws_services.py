"""DynamoDB, SQS, Secrets Manager and SSM on this machine, filled with what the template declares.

The server is moto in a child process; DynamoDB may be another server. Nothing here reaches real AWS.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local_aws.authorizing import Roles, to_json
from local_aws.child_process import ChildProcess, inherited_environment
from local_aws.declarations import QueueSpec, SecretSpec, TableSpec
from local_aws.stack import ACCOUNT_ID
from local_aws.template import Template

if TYPE_CHECKING:  # boto3-stubs are a development dependency
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

_TOOLS = Path(__file__).parent.parent
_PASSWORD_LENGTH = 32


def credentials(region: str) -> dict[str, str]:
    """Return the environment of a client that has an identity here and none anywhere else."""
    return {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextlib.asynccontextmanager
async def running_moto(
    listener: socket.socket,
    region: str,
    on_line: Callable[[str], None],
    *,
    roles: Roles | None = None,
    calls: Path | None = None,
) -> AsyncIterator[None]:
    """Run moto on the socket; it takes connections at once and answers as soon as it is up.

    Args:
        listener: The socket, which is the child's from then on.
        region: What the region is called.
        on_line: Gets what moto writes.
        roles: What functions may do; their logical ids are their access keys.
        calls: A file to which their calls are added, or None.
    """
    child = await ChildProcess.start(
        "local_aws.moto_server",
        [str(listener.fileno()), f"{region}:{ACCOUNT_ID}", to_json(roles or {}), str(calls or "")],
        folder=_TOOLS,
        environment={**inherited_environment(), **credentials(region), "PYTHONPATH": str(_TOOLS)},
        on_line=on_line,
        pass_fds=[listener.fileno()],
    )
    listener.close()  # the child has it now: when the child dies, connections are refused, not left hanging
    try:
        yield
    finally:
        await child.kill()


@dataclass(frozen=True, slots=True)
class AwsClients:
    """Clients of the services here."""

    dynamodb: DynamoDBClient
    sqs: SQSClient
    secrets_manager: SecretsManagerClient
    ssm: SSMClient

    @classmethod
    def connect(cls, region: str, services_url: str, dynamodb_url: str) -> AwsClients:
        """Return clients that talk to the given addresses with an identity of no worth."""
        session = boto3.Session("local", "local", "local", region_name=region)
        config = Config(retries={"total_max_attempts": 2}, proxies={}, max_pool_connections=20)
        return cls(
            dynamodb=session.client("dynamodb", endpoint_url=dynamodb_url, config=config),
            sqs=session.client("sqs", endpoint_url=services_url, config=config),
            secrets_manager=session.client("secretsmanager", endpoint_url=services_url, config=config),
            ssm=session.client("ssm", endpoint_url=services_url, config=config),
        )

    def close(self) -> None:
        for client in (self.dynamodb, self.sqs, self.secrets_manager, self.ssm):
            client.close()


def create_resources(
    clients: AwsClients,
    template: Template,
    secrets: Mapping[str, str],
    ssm_parameters: Mapping[str, str],
) -> None:
    """Create the template's tables, queues and secrets, and the secrets and SSM parameters that are given.

    A given secret takes the place of a declared one of the same name.
    """
    for table in template.tables():
        _create_table(clients.dynamodb, table)
    for queue in template.queues():
        _create_queue(clients.sqs, queue)
    for secret in template.secrets():
        if secret.name not in secrets:
            _create_secret(clients.secrets_manager, secret)
    for name, value in secrets.items():
        clients.secrets_manager.create_secret(Name=name, SecretString=value)
    for name, value in ssm_parameters.items():
        clients.ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)


def _create_table(dynamodb: DynamoDBClient, table: TableSpec) -> None:
    """Create the table, unless a server that keeps its data has it already."""
    with contextlib.suppress(dynamodb.exceptions.ResourceInUseException):
        dynamodb.create_table(TableName=table.name, **table.definition)
    dynamodb.get_waiter("table_exists").wait(TableName=table.name, WaiterConfig={"Delay": 1})
    if table.ttl_attribute is None:
        return
    try:
        dynamodb.update_time_to_live(
            TableName=table.name,
            TimeToLiveSpecification={"AttributeName": table.ttl_attribute, "Enabled": True},
        )
    except ClientError as error:
        # ValidationException: it is on already. The other: this server has no TTL.
        if error.response["Error"]["Code"] not in {"ValidationException", "UnknownOperationException"}:
            raise


def _create_queue(sqs: SQSClient, queue: QueueSpec) -> None:
    attributes = dict(queue.attributes)
    if queue.redrive_policy is not None:
        attributes["RedrivePolicy"] = json.dumps(queue.redrive_policy)
    sqs.create_queue(QueueName=queue.name, Attributes=attributes)  # type: ignore[arg-type]  # names come from the template


def _create_secret(secrets_manager: SecretsManagerClient, secret: SecretSpec) -> None:
    value = secret.value
    if value is None:
        generated = secret.generated or {}
        password = secrets_manager.get_random_password(
            PasswordLength=int(generated.get("PasswordLength", _PASSWORD_LENGTH)),
            ExcludePunctuation=bool(generated.get("ExcludePunctuation", False)),
        )["RandomPassword"]
        value = password
        if "GenerateStringKey" in generated:
            fields = json.loads(generated.get("SecretStringTemplate", "{}"))
            value = json.dumps({**fields, generated["GenerateStringKey"]: password})
    secrets_manager.create_secret(Name=secret.name, SecretString=value)
