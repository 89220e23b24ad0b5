"""The CPU time of a cold start: Lambda's runtime client, the function's module and its wiring.

Each in a new process; the ratio is that to an empty handler under the same runtime client. What only the
tools bring (click) is hidden, because the layer does not have it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ROUNDS: Final = 5
AIMS_MS: Final = {"receive_webhook": 220, "deliver_event": 350, "reconcile_webhooks": 350, "poll_jobs": 350}
ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "CAMUNDA_GRPC_ADDRESS": "http://127.0.0.1:9",
    "CAMUNDA_REST_URL": "http://127.0.0.1:9",
    "DEPLOYMENT_ID": "acme",
    "LEDGER_TABLE": "ledger",
    "PARKING_QUEUE_URL": "http://127.0.0.1:9/queue",
    "POLLER_FUNCTION": "poll-jobs",
    "PUBLIC_URL": "https://hooks.example",
    "REGISTRY_TABLE": "registry",
    "SIGNING_SECRET_ID": "signing",
}
RUNTIME: Final = """
import sys, time
sys.modules["click"] = None
from awslambdaric import bootstrap
began = time.process_time()
"""
MEASURED: Final = "\nprint(time.process_time() - began, time.process_time())"


def started(work: str, *, pycache: str | None) -> tuple[float, float]:
    """Return the least CPU time of some work, and of its whole process, in milliseconds.

    Args:
        work: What follows the import of the runtime client.
        pycache: A folder for byte code that is never written; None: byte code is ready.
    """
    environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT / "layers/runtime"), "PATH": os.environ["PATH"]}
    if pycache is not None:
        environment |= {"PYTHONPYCACHEPREFIX": pycache, "PYTHONDONTWRITEBYTECODE": "1"}
    times = []
    for _ in range(ROUNDS):
        done = subprocess.run(
            [sys.executable, "-c", RUNTIME + work + MEASURED],
            check=True,
            capture_output=True,
            text=True,
            env=environment,
        )
        own, whole = (float(part) * 1000 for part in done.stdout.split())
        times.append((own, whole))
    return min(times)


def main() -> None:
    """Measure all functions in one run and print a table."""
    with tempfile.TemporaryDirectory() as empty:
        for title, pycache in (("with byte code", None), ("without byte code", empty)):
            _, base = started("", pycache=pycache)
            print(f"{title:24}{'import and wiring, ms':>24}{'process, ms':>14}{'ratio':>8}{'aim, ms':>10}")
            print(f"{'an empty handler':24}{0:24.0f}{base:14.0f}{1:8.1f}")
            for function, aim in AIMS_MS.items():
                app = ROOT / "functions" / function
                work = f"sys.path.insert(0, {str(app)!r})\nimport app\napp.wiring.{function}()"
                own, whole = started(work, pycache=pycache)
                shown = str(aim) if pycache is None else ""
                print(f"{function:24}{own:24.0f}{whole:14.0f}{whole / base:8.1f}{shown:>10}")


if __name__ == "__main__":
    main()
