"""Runs the checks of `apify-camunda doctor` in order; a check that fails stops no other one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

from apify_camunda.errors import ConnectorError
from apify_camunda.platform.ports import Clock
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from apify_camunda_cli.deployment.aws_errors import meaning_of
from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.discovery import Deployment, aws_of, find_deployment
from apify_camunda_cli.deployment.doctor import apify, aws, camunda
from apify_camunda_cli.deployment.doctor.finding import Finding, failed, ok, skipped
from apify_camunda_cli.deployment.target import Target
from apify_camunda_cli.errors import NotDone, UsageError
from apify_camunda_cli.formatting import one_line

_TROUBLE = (ConnectorError, BotoCoreError, ClientError, ResponseParserError, NotDone, UsageError)
_FROM_TABLES = (("tables", aws.tables),)
_FROM_STACK = (
    ("stack", aws.stack),
    ("settings", aws.settings),
    *_FROM_TABLES,
    ("queues", aws.queues),
    ("signing key", aws.signing_key),
    ("secrets", aws.secrets),
    ("Apify token", apify.tokens),
    ("Camunda REST", camunda.rest),
    ("Camunda gRPC", camunda.grpc),
    ("public URL", apify.public_url),
    ("Apify's dispatch", apify.dispatch),
    ("work", aws.work),
)


async def examine(target: Target, *, clock: Clock) -> AsyncIterator[Finding]:
    """Yield what is found, from the outside in; what depends on a failed part is left out."""
    deployment: Deployment | None = None
    async for finding in _reach(target):
        if isinstance(finding, Deployment):
            deployment = finding
        else:
            yield finding
    if deployment is None:
        return
    checks = _FROM_TABLES if deployment.reconciler is None else _FROM_STACK
    async with AsyncExitStack() as stack:
        container = await stack.enter_async_context(
            Container(deployment, clock=clock, report_progress=lambda _: None)
        )
        for name, check in checks:
            async for finding in _guarded(name, check, container):
                yield finding


async def _reach(target: Target) -> AsyncIterator[Finding | Deployment]:
    """Yield what AWS says of us and of the deployment, and the deployment itself if it is found."""
    try:
        if target.ready is None:
            yield await aws.identity(aws_of(target))
        else:
            yield skipped("AWS identity", "AWS is emulated on this machine")
        deployment = find_deployment(target)
    except _TROUBLE as error:
        yield _failure("deployment", error)
        return
    yield ok("deployment", deployment.name)
    yield deployment


async def _guarded(
    name: str, check: Callable[[Container], AsyncIterator[Finding]], container: Container
) -> AsyncIterator[Finding]:
    try:
        async for finding in check(container):
            yield finding
    except _TROUBLE as error:
        yield _failure(name, error)


def _failure(name: str, error: BaseException) -> Finding:
    cause = error.__cause__ if isinstance(error, ConnectorError) else error
    meaning = meaning_of(cause) if isinstance(cause, BotoCoreError | ClientError) else None
    said = error.message if isinstance(error, ConnectorError) else str(error)
    remedy = (
        meaning.text if meaning else "docs/operations.md says what each part needs, and which permissions."
    )
    return failed(name, one_line(said), one_line(remedy))
