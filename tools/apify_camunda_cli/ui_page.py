"""Serves the page over a deployment, and brings its steps onto the time line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from live_page import Changes, PageServer, StepRing, masked_json

from apify_camunda_cli import following
from apify_camunda_cli.deployment.aws_errors import meaning_of
from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.page_lanes import lane_of
from apify_camunda_cli.deployment.page_ledger import PageLedger
from apify_camunda_cli.deployment.page_room import PageRoom
from apify_camunda_cli.deployment.page_source import DeploymentPage
from apify_camunda_cli.errors import NotDone, UsageError
from apify_camunda_cli.formatting import one_line

_KEEPS_FOR: Final = timedelta(seconds=10)
"""How old the ledger on the page may be: reading it costs money."""
_LOOK_BACK: Final = timedelta(minutes=15)
_LOOK_AGAIN_S: Final = 10.0
_SECTIONS: Final = ("processes", "instances", "events", "ledger", "state")


async def serve(container: Container, *, port: int, allows_changes: bool) -> None:
    """Serve the page until the process ends.

    Raises:
        UsageError: Only tables are known, or the port is taken.
    """
    deployment = container.deployment
    if deployment.reconciler is None:
        raise UsageError("The page needs to know more than the tables; give --stack or --ready instead.")
    with PageRoom(deployment, container.clock) as room:
        source = DeploymentPage(room, PageLedger(_KEEPS_FOR), allows_changes=allows_changes)
        values = await asyncio.to_thread(source.secret_values)
        ring, changes = StepRing(mask=lambda facts: masked_json(facts, values)), Changes()
        server = PageServer(source, ring, changes, port=port)
        try:
            server.start()
        except OSError as error:
            raise UsageError(f"--page-port {port} cannot be opened: {error.strerror}.") from error
        try:
            _announce(container, server.url, allows_changes=allows_changes)
            await asyncio.gather(_follow(container, ring, changes), _look_again(changes))
        finally:
            server.stop()


def _announce(container: Container, url: str, *, allows_changes: bool) -> None:
    if container.prints_json:
        print(json.dumps({"page_url": url}), flush=True)
        return
    print(f"\nThe page:  {url}\n", flush=True)
    does = "It allows replay, resolve and pause" if allows_changes else "It changes nothing"
    print(f"It shows the {container.deployment.name}. {does}. Stop it with Ctrl-C.", flush=True)


async def _look_again(changes: Changes) -> None:
    """Let browsers ask again from time to time: no table tells when it changes."""
    while True:
        await asyncio.sleep(_LOOK_AGAIN_S)
        changes.note(*_SECTIONS)


async def _follow(container: Container, ring: StepRing, changes: Changes) -> None:
    """Put what the logs, or the steps of a local run, tell on the time line.

    Where they cannot be read, for example because the identity may not, the page goes on without.
    """
    try:
        async for followed in _steps(container):
            step = followed.step
            ring.add(
                at=followed.at,
                who=step.who,
                what=step.what,
                lane=lane_of(step.who, step.what),
                facts=step.facts,
                is_detail=step.is_detail,
            )
            changes.note("instances", "events", "ledger")
    except (NotDone, UsageError, BotoCoreError, ClientError) as error:
        meaning = meaning_of(error) if isinstance(error, BotoCoreError | ClientError) else None
        container.report_progress(f"The time line ends: {one_line(meaning.text if meaning else error)}")


def _steps(container: Container) -> AsyncIterator[Any]:
    since = container.clock.now() - _LOOK_BACK
    if container.deployment.steps_file is not None:
        return following.from_file(container.deployment.steps_file, container.clock, since=since, once=False)
    return following.from_logs(container, since=since, once=False)
