"""Carries out an operator's command, and tells in one line what could not be done; it decides nothing."""

from __future__ import annotations

import argparse
import asyncio
import sys

from apify_camunda.errors import ConnectorError
from botocore.exceptions import BotoCoreError, ClientError

from apify_camunda_cli.operators.arguments import Work
from apify_camunda_cli.operators.deployment import NotDone, find_deployment
from apify_camunda_cli.operators.desk import Desk

EXIT_NOT_DONE = 1


def carry_out(work: Work, arguments: argparse.Namespace) -> int:
    """Find the deployment, do the work, and return the exit code.

    Raises:
        UsageError: What was given cannot be used.
    """
    try:
        return asyncio.run(_carry_out(work, arguments))
    except NotDone as error:
        reason = str(error)
    except ConnectorError as error:
        reason = error.message
    except (BotoCoreError, ClientError) as error:
        reason = f"AWS did not do what was asked: {error}"
    print(f"apify-camunda: {' '.join(reason.split())}", file=sys.stderr)
    return EXIT_NOT_DONE


async def _carry_out(work: Work, arguments: argparse.Namespace) -> int:
    async with Desk(find_deployment(arguments)) as desk:
        return await work(desk, arguments)
