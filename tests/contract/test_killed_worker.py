"""A job that ends its worker is set aside after three times, shown with a worker that is really killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.aws import dynamodb_table, endpoint_of
from tests.contract.mortal_worker import INNOCENT, POISON, TABLE

ROOT = Path(__file__).parents[2]


def invoke(endpoint: str, done: set[str]) -> tuple[int, dict[str, str]]:
    """Run one worker, and return how it ended and what it reported."""
    path = os.pathsep.join(str(ROOT / part) for part in ("", "layers/runtime", "tools"))
    worker = subprocess.run(
        [sys.executable, "-m", "tests.contract.mortal_worker", endpoint, *sorted(done)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    lines = [line.split(" ", 1) for line in worker.stdout.splitlines()]
    return worker.returncode, {key: outcome.strip() for key, outcome in lines}


def test_job_that_kills_its_worker_becomes_an_incident(request: pytest.FixtureRequest) -> None:
    """Three workers are killed, the fourth reports the job as an incident, and the other job is completed."""
    endpoint = endpoint_of("local AWS", request)
    endings: list[int] = []
    outcomes: dict[str, str] = {}
    with dynamodb_table(TABLE, endpoint):
        while len(outcomes) < 2 and len(endings) < 6:
            ended, reported = invoke(endpoint, set(outcomes))
            endings.append(ended)
            outcomes |= reported

    assert endings == [-signal.SIGKILL] * 3 + [0]
    assert outcomes == {str(POISON): "FailJob WORKER_KILLED", str(INNOCENT): "CompleteJob"}
