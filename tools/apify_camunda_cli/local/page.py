"""Serves the page of a local run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from apify_camunda.platform.ports import Clock
from live_page import Changes, PageServer, StepRing, masked_json

from apify_camunda_cli.deployment.discovery import from_facts
from apify_camunda_cli.deployment.page_room import PageRoom
from apify_camunda_cli.deployment.target import Target
from apify_camunda_cli.errors import UsageError
from apify_camunda_cli.local.examples import Example
from apify_camunda_cli.local.page_source import LocalPage
from apify_camunda_cli.local.page_steps import PageSteps
from apify_camunda_cli.local.ready_file import stack_facts
from apify_camunda_cli.local.steps import Report
from apify_camunda_cli.local.world import LocalWorld


class PageOfRun:
    """The page of one run; its time line takes steps from the beginning on.

    Args:
        secrets: What processes call `{{secrets.NAME}}`, by name; the values are on no page.
        credentials: Those for Camunda; their values are on no page either.
        world_document: The world's Apify, as a world file has it.
        examples: What can be loaded with one click.
        port: Where to listen; 0 is a free one.
        clock: The time of steps and rows.
    """

    def __init__(
        self,
        *,
        secrets: Mapping[str, str],
        credentials: Mapping[str, str],
        world_document: Mapping[str, Any],
        examples: Sequence[Example],
        port: int,
        clock: Clock,
    ) -> None:
        self._secrets = secrets
        self._hidden = (*secrets.values(), *credentials.values())
        self._world_document = world_document
        self._examples = examples
        self._port = port
        self._clock = clock
        self._changes = Changes()
        self._ring = StepRing(mask=lambda facts: masked_json(facts, self._hidden))
        self.report: Report = PageSteps(self._ring, self._changes, clock.now)

    @contextmanager
    def serving(self, world: LocalWorld) -> Iterator[str]:
        """Serve the page of a running world, and yield its address.

        Raises:
            UsageError: The port is taken.
        """
        deployment = from_facts(stack_facts(world.aws), name="the local run", target=Target())
        with PageRoom(deployment, self._clock) as room:
            source = LocalPage(
                room,
                world,
                secrets=self._secrets,
                hidden=self._hidden,
                world_document=self._world_document,
                examples=self._examples,
                changes=self._changes,
            )
            server = PageServer(source, self._ring, self._changes, port=self._port)
            with listening(server, "--page-port", self._port):
                yield server.url


@contextmanager
def listening(server: PageServer, option: str, port: int) -> Iterator[None]:
    """Let the server listen.

    Raises:
        UsageError: The port is taken.
    """
    try:
        server.start()
    except OSError as error:
        raise UsageError(f"{option} {port} cannot be opened: {error.strerror}.") from error
    try:
        yield
    finally:
        server.stop()
