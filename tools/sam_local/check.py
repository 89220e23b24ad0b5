"""Sends every file of `events/` through `sam local invoke`, in real containers, and compares the answers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sam_local.answers import STEPS, Step, holds, readable
from sam_local.environment_file import environment_file
from sam_local.surroundings import Surroundings, project_root

_LONGEST_S = 120.0
_SHOWN = 150


async def check(running: Surroundings, sam: Sequence[str]) -> int:
    """Print a line for each invocation and return how many answers were wrong.

    Args:
        running: The set-up.
        sam: The command `sam local invoke` with the options that this machine needs.
    """
    wrong = 0
    with environment_file(running, project_root() / ".aws-sam" / "env.json") as path:
        for step in STEPS:
            began = time.monotonic()
            output, log = await _invoke(sam, step, path)
            answer = readable(output)
            is_right = holds(answer, step.answer)
            print(_line(step, answer, is_right=is_right, seconds=time.monotonic() - began), flush=True)
            if not is_right:
                wrong += 1
                print(f"    wanted {step.answer}\n{log}", flush=True)
    return wrong


async def _invoke(sam: Sequence[str], step: Step, environment: Path) -> tuple[str, str]:
    """Return what SAM printed: the answer (standard output) and the log (standard error)."""
    event = project_root() / "events" / f"{step.event}.json"
    process = await asyncio.create_subprocess_exec(
        *sam,
        step.function,
        "--event",
        str(event),
        "--env-vars",
        str(environment),
        cwd=project_root(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_LONGEST_S):
            output, log = await process.communicate()
    except TimeoutError:
        return "", f"no answer after {_LONGEST_S:.0f} s"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return output.decode(errors="replace"), log.decode(errors="replace")


def _line(step: Step, answer: Any, *, is_right: bool, seconds: float) -> str:
    text = json.dumps(answer, ensure_ascii=False)
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return f"{'ok   ' if is_right else 'WRONG'} {seconds:5.1f} s  {step.function} {step.event}: {shown}"
