"""Carries out an operator's command, and tells in one line what could not be done; it decides nothing."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from apify_camunda.errors import ConnectorError
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from apify_camunda_cli.operators.arguments import Work
from apify_camunda_cli.operators.deployment import Deployment, NotDone, find_deployment
from apify_camunda_cli.operators.desk import Desk
from apify_camunda_cli.operators.what_aws_said import meaning_of
from apify_camunda_cli.usage import UsageError, one_line

EXIT_NOT_DONE = 1


def carry_out(work: Work, arguments: argparse.Namespace) -> int:
    """Find the deployment, do the work, and return the exit code.

    Raises:
        UsageError: What was given cannot be used.
    """
    try:
        with _ctrl_c_ends_at_once():
            return asyncio.run(_at_a_desk(work, find_deployment(arguments), arguments))
    except NotDone as error:
        reason = str(error)
    except ConnectorError as error:
        reason = _told(error.__cause__) or error.message
    except (BotoCoreError, ClientError) as error:
        reason = _told(error) or f"AWS did not do what was asked: {error}"
    except ResponseParserError as error:
        reason = f"What answers does not speak as AWS does; see AWS_ENDPOINT_URL: {one_line(error, 200)}"
    print(f"apify-camunda: {one_line(reason)}", file=sys.stderr)
    return EXIT_NOT_DONE


async def _at_a_desk(work: Work, deployment: Deployment, arguments: argparse.Namespace) -> int:
    async with Desk(deployment, clock=arguments.new_clock()) as desk:
        return await work(desk, arguments)


def _told(error: BaseException | None) -> str | None:
    """Return what a failure of AWS means, if that can be said.

    Raises:
        UsageError: It means that what was given cannot be used.
    """
    meaning = meaning_of(error) if isinstance(error, BotoCoreError | ClientError) else None
    if meaning is None:
        return None
    if meaning.is_usage:
        raise UsageError(one_line(meaning.text)) from error
    return meaning.text


@contextmanager
def _ctrl_c_ends_at_once() -> Iterator[None]:
    """Let Ctrl-C not wait for a call that AWS does not answer; dying half-way is harmless."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
