"""A program of its own: an emulated Apify and Camunda's stand-in, driven from outside.

Runs go on until a command ends them. Each line of standard input is a command, answered by a line of JSON;
the first line that is written has the addresses. The program ends when its standard input closes.

    hold                stops the engine's clock, so that no lock runs out by itself
    advance SECONDS     moves the engine's clock, so that locks run out
    flow                lets the engine's clock run
    finish SECONDS      all runs succeed, spread over so many seconds
    counts              tells how many runs were started, looks came and webhooks were answered, and how many
                        jobs neither wait for their run nor have ended
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from apify_camunda.outbound.domain.retry_policy import JOB_LOCK
from emulators.apify import ApifyEmulator
from emulators.apify.timeline import TraceEvent
from emulators.apify.world_file import parse_world
from emulators.camunda.clock import EngineClock
from emulators.camunda.engine import Engine
from emulators.camunda.rest import Gateway, GatewayVersion, RestApi, RestServer
from emulators.camunda.server import CamundaStandIn
from emulators.camunda.state import TraceEvent as EngineEvent

TOKEN: Final = "token-of-acme"
ACTOR: Final = "acme/crawler"
JOB_TYPE: Final = "io.camunda:apify-outbound:1"
_WORLD: Final = {
    "users": [{"username": "acme", "tokens": [TOKEN]}],
    "actors": [
        {
            "owner": "acme",
            "name": "crawler",
            "builds": [{"number": "1.0.1", "tags": ["latest"]}],
            "runs": [{"durationSeconds": 1_000_000}],
        }
    ],
}


@dataclass(frozen=True, slots=True)
class EmulatedWorld:
    """The program, as its starter sees it.

    Attributes:
        grpc: The stand-in's `host:port`.
        rest: The base URL of its REST API.
        apify: The base URL of Apify's API.
    """

    grpc: str
    rest: str
    apify: str
    _process: subprocess.Popen[str]

    def hold(self) -> None:
        """Stop the engine's clock."""
        self._ask("hold")

    def advance(self, by: timedelta) -> None:
        """Move the engine's clock."""
        self._ask(f"advance {by.total_seconds()}")

    def flow(self) -> None:
        """Let the engine's clock run."""
        self._ask("flow")

    def finish(self, within: timedelta) -> None:
        """Let all runs succeed, spread over so long; return after the last."""
        self._ask(f"finish {within.total_seconds()}")

    def counts(self) -> dict[str, int]:
        """Return how many runs were `started`, `looks` came, and webhooks were `answered`.

        `pending` are the jobs that neither wait for their run nor have ended.
        """
        counts: dict[str, int] = self._ask("counts")
        return counts

    def _ask(self, command: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def emulated_world() -> Iterator[EmulatedWorld]:
    """Run the program."""
    command = [sys.executable, "-m", "tests.benchmarks.emulated"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield EmulatedWorld(**json.loads(process.stdout.readline()), _process=process)
        finally:
            process.stdin.close()


class _Watched:
    """What has happened at the emulated Apify and in the stand-in."""

    def __init__(self) -> None:
        self.running: dict[str, None] = {}
        self._counts: Counter[str] = Counter(started=0, looks=0, answered=0)
        self._pending: set[int] = set()

    @property
    def counts(self) -> dict[str, int]:
        return {**self._counts, "pending": len(self._pending)}

    def note_job(self, event: EngineEvent) -> None:
        key = event.facts.get("key")
        if event.facts.get("type") != JOB_TYPE or not isinstance(key, int):
            return
        if event.kind in ("job.created", "job.timed_out", "job.recurred"):
            self._pending.add(key)
        elif event.kind == "job.completed" or (event.kind == "job.locked" and not _is_renewal(event)):
            self._pending.discard(key)

    def note(self, event: TraceEvent) -> None:
        facts = event.facts
        if event.kind == "run" and facts["status"] == "READY":
            self.running[str(facts["id"])] = None
            self._counts["started"] += 1
        elif event.kind == "delivery" and facts.get("status") == 200:
            self._counts["answered"] += 1
        elif event.kind == "request" and "/actor-runs/" in str(facts.get("path")):
            self._counts["looks"] += 1


def _is_renewal(event: EngineEvent) -> bool:
    """Tell whether a lock was set for a job that stays at work, and not for one that waits."""
    lock: timedelta = event.facts["until"] - event.at
    return abs(lock - JOB_LOCK) < timedelta(seconds=1)


class _Time:
    """The machine's time, less what it was held."""

    def __init__(self) -> None:
        self._lost = timedelta()
        self._held_at: datetime | None = None

    def __call__(self) -> datetime:
        return self._held_at or datetime.now(UTC) - self._lost

    def hold(self) -> None:
        self._held_at = self()

    def flow(self) -> None:
        if self._held_at is not None:
            self._lost, self._held_at = datetime.now(UTC) - self._held_at, None


def _finish(apify: ApifyEmulator, watched: _Watched, within_s: float) -> None:
    began, running = time.monotonic(), list(watched.running)
    watched.running.clear()
    for number, run_id in enumerate(running):
        time.sleep(max(0.0, began + within_s * number / len(running) - time.monotonic()))
        with apify.use() as machine:
            machine.runs.finish(machine.runs.find(run_id, None), "SUCCEEDED")


def main() -> None:
    """Serve until standard input closes."""
    gateway = Gateway(GatewayVersion.V8_8, knows_definition_state=False)
    now = _Time()
    engine = Engine(clock=EngineClock(now), drains=gateway.filters_definition_state)
    apify, watched = ApifyEmulator(parse_world(_WORLD)), _Watched()
    apify.listen(watched.note)
    engine.listen(watched.note_job)
    with apify, CamundaStandIn(engine, rest=RestServer(RestApi(engine, gateway, None))) as cluster:
        addresses = {"grpc": cluster.grpc_address, "rest": cluster.rest_address, "apify": apify.url}
        print(json.dumps(addresses), flush=True)
        for line in sys.stdin:
            command, _, seconds = line.strip().partition(" ")
            if command == "advance":
                engine.advance_clock(timedelta(seconds=float(seconds)))
            elif command == "hold":
                now.hold()
            elif command == "flow":
                now.flow()
            elif command == "finish":
                _finish(apify, watched, float(seconds))
            print(json.dumps(watched.counts), flush=True)


if __name__ == "__main__":
    main()
