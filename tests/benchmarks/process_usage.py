"""Reads what a process takes of the machine, from Linux's /proc."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Return the CPU time that a process and its ended children took."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / _TICKS_PER_S


def threads_cpu_s(pid: int) -> float:
    """Return the CPU time that the threads of a process took that it has now, to a nanosecond."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def peak_memory_mb(pid: int) -> float:
    """Return the largest resident memory that a process had."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"Process {pid} tells no memory.")


def worker_of(function: str) -> int:
    """Return the process of ours in which a local Lambda function runs.

    Raises:
        RuntimeError: It does not run.
    """
    found = workers_of(function)
    if not found:
        raise RuntimeError(f"{function} does not run.")
    return found[0]


def workers_of(function: str) -> list[int]:
    """Return the processes of ours in which a local Lambda function runs."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_worker = b"awslambdaric" in (entry / "cmdline").read_bytes()
            is_ours = f"\nPPid:\t{os.getpid()}\n" in (entry / "status").read_text()
            if is_worker and is_ours and (entry / "cwd").resolve().name == function:
                found.append(int(entry.name))
    return found


def memory_mb(pid: int) -> float:
    """Return the resident memory that a process has now."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"Process {pid} tells no memory.")
