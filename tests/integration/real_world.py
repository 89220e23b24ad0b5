"""The product here with one of Camunda's own engines: a process is deployed and followed to its end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx
from apify_camunda_cli.local.world import LocalWorld, WorldOptions, token_secrets
from emulators.apify import World
from emulators.apify.world import Actor, StartRun
from real_engines import Catalog, Operator, RealEngine
from real_engines.projection import Rows
from real_engines.rows import Definition, Incident, Instance

from tests.e2e.world import TOKEN, Story

TIMEOUT_S: Final = 120.0


@dataclass(frozen=True)
class RealWorld:
    """A running world on a real engine, and what happens in it."""

    engine: RealEngine
    local: LocalWorld
    story: Story
    definition: Definition
    events: Sequence[StartRun]

    def let_events_come(self) -> None:
        """Start the runs that the world's file has planned, after the elements listen."""
        for event in self.events:
            kind = "actors" if isinstance(event.target, Actor) else "actor-tasks"
            path = f"/v2/{kind}/{event.target.owner}~{event.target.name}/runs"
            answer = httpx.post(
                f"{self.local.apify_url}{path}", params={"token": TOKEN}, json=event.input or {}
            )
            assert answer.status_code == 201, answer.text

    def start(self, variables: Mapping[str, Any]) -> int:
        """Start an instance by hand and return its key."""
        return Operator(self.engine).start(self.definition.process_id, dict(variables))

    def instances(self) -> list[Instance]:
        """Return the instances of the process, oldest first."""
        return self.engine.history.ask(self._instances)

    def ended(self) -> Instance:
        """Return the first instance of the process once it has ended."""

        def question(rows: Rows) -> Instance | None:
            stuck = [each for each in rows.incidents.values() if each.instance_key in self._keys(rows)]
            assert stuck == []
            return next((each for each in self._instances(rows) if each.state != "ACTIVE"), None)

        try:
            return self.engine.history.wait_for(question, timeout_s=TIMEOUT_S)
        except TimeoutError:
            raise AssertionError(f"It did not end: {self._state()}") from None

    def incident(self) -> Incident:
        """Return the first incident of the process once there is one."""

        def question(rows: Rows) -> Incident | None:
            found = (each for each in rows.incidents.values() if each.instance_key in self._keys(rows))
            return next(found, None)

        return self.engine.history.wait_for(question, timeout_s=TIMEOUT_S)

    def messages_to(self, instance_key: int) -> int:
        """Return how many messages an instance got."""
        return self.engine.history.ask(
            lambda rows: len([each for each in rows.correlated if each.instance_key == instance_key])
        )

    def waits_for_message(self) -> str:
        """Return the correlation key for which an instance of the process waits, once it does."""

        def question(rows: Rows) -> str | None:
            keys = self._keys(rows)
            waiting = (each for each in rows.waiting.values() if each.instance_key in keys)
            return next((each.correlation_key for each in waiting), None)

        return self.engine.history.wait_for(question, timeout_s=TIMEOUT_S)

    def _state(self) -> str:
        """Return where the instances are, for the message of a failure."""

        def question(rows: Rows) -> str:
            keys = self._keys(rows)
            jobs = [each for each in rows.jobs.values() if each.instance_key in keys]
            waiting = [each for each in rows.waiting.values() if each.instance_key in keys]
            return f"{self._instances(rows)} {jobs} {waiting}"

        return self.engine.history.ask(question)

    def _instances(self, rows: Rows) -> list[Instance]:
        return [each for each in rows.instances.values() if each.definition_key == self.definition.key]

    def _keys(self, rows: Rows) -> set[int]:
        return {each.key for each in self._instances(rows)}


@contextlib.contextmanager
def real_world(
    engine: RealEngine, process: bytes, apify: World, *, grpc_address: str | None = None, **options: Any
) -> Iterator[RealWorld]:
    """Run the product beside an engine on which the process is deployed; afterwards the process is gone.

    Args:
        grpc_address: Where the product speaks gRPC to, if not directly to the engine.
        options: Further ones of the local world.
    """
    story, operator = Story(), Operator(engine)
    planned = [each.happening for each in apify.events if isinstance(each.happening, StartRun)]
    apify = replace(apify, events=())
    definition = operator.deploy("process.bpmn", process)
    try:
        with Catalog(engine) as catalog:
            chosen = WorldOptions(
                world=apify,
                secrets=token_secrets(apify),
                camunda_grpc=grpc_address or engine.grpc_address,
                camunda_rest=catalog.address,
                **options,
            )
            with LocalWorld(chosen, story) as local:
                local.reconcile()
                local.poll()
                yield RealWorld(engine, local, story, definition, planned)
    finally:
        operator.undeploy(definition)
