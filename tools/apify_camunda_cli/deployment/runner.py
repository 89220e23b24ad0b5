"""Runs a command on a deployment, prints its result, and reports in one line what could not be done."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click
from apify_camunda.errors import ConnectorError
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from apify_camunda_cli.deployment.aws_errors import meaning_of
from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.discovery import find_deployment
from apify_camunda_cli.deployment.invocation import Invocation
from apify_camunda_cli.deployment.result import Result, Work
from apify_camunda_cli.errors import NotDone, UsageError
from apify_camunda_cli.formatting import Coloured, one_line, printable

EXIT_NOT_DONE = 1


def run_command(work: Work, invocation: Invocation, given: Mapping[str, Any]) -> int:
    """Run the command, print its result, and return the exit code.

    Raises:
        UsageError: A given value cannot be used.
    """
    try:
        with _ctrl_c_ends_at_once():
            result = asyncio.run(_run(work, invocation, given))
    except NotDone as error:
        reason = str(error)
    except ConnectorError as error:
        reason = _explain(error.__cause__) or error.message
    except (BotoCoreError, ClientError) as error:
        reason = _explain(error) or f"AWS refused the request: {error}"
    except ResponseParserError as error:
        reason = f"The answer is not one of AWS; check AWS_ENDPOINT_URL: {one_line(error, 200)}"
    else:
        return _print(result, as_json=invocation.as_json)
    return _fail(reason)


async def _run(work: Work, invocation: Invocation, given: Mapping[str, Any]) -> Result:
    return await work(invocation, **given)


async def run_with_container(work: Work, invocation: Invocation, given: Mapping[str, Any]) -> Result:
    """Find the deployment, and do the work with its container.

    Raises:
        UsageError: There is no such deployment.
    """
    deployment = find_deployment(invocation.target)
    async with Container(
        deployment,
        clock=invocation.clock,
        report_progress=invocation.report_progress,
        prints_json=invocation.as_json,
    ) as container:
        return await work(container, **given)


def _print(result: Result, *, as_json: bool) -> int:
    for note in result.notes:
        print(printable(note), file=sys.stderr)
    if result.is_printed:
        pass
    elif as_json:
        print(json.dumps(result.value, ensure_ascii=False))
    else:
        for line in result.lines:
            colour = line.colour if isinstance(line, Coloured) else None
            click.secho(printable(line), fg=colour, color=False if "NO_COLOR" in os.environ else None)
    return 0 if result.failure is None else _fail(result.failure)


def _fail(reason: str) -> int:
    print(f"apify-camunda: {one_line(reason)}", file=sys.stderr)
    return EXIT_NOT_DONE


def _explain(error: BaseException | None) -> str | None:
    """Return what a failure of AWS means, or None if its own words say it best.

    Raises:
        UsageError: It means that a given value cannot be used.
    """
    meaning = meaning_of(error) if isinstance(error, BotoCoreError | ClientError) else None
    if meaning is None:
        return None
    if meaning.is_usage:
        raise UsageError(one_line(meaning.text)) from error
    return meaning.text


@contextmanager
def _ctrl_c_ends_at_once() -> Iterator[None]:
    """Let Ctrl-C end the process without waiting for a call to AWS; every command may be interrupted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
