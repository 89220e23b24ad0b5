"""Sends every file of `events/` to the functions, in SAM's containers, and compares the answers."""

from __future__ import annotations

import json
import time
from typing import Any

from sam_local.answers import STEPS, Step, holds, readable
from sam_local.environment_file import environment_file
from sam_local.sam_cli import Invoke, SamCli
from sam_local.surroundings import Surroundings, project_root

_SHOWN = 150


async def check(running: Surroundings, command: list[str], options: list[str], *, invoke_each: bool) -> int:
    """Print a line for each invocation and return how many answers were wrong.

    The first event goes through `sam local invoke`, as README shows it. Each such call takes a process and a
    container of its own, so the others go to one `sam local start-lambda` with warm containers.

    Args:
        running: The set-up.
        command: The SAM CLI.
        options: Options that this machine needs.
        invoke_each: Whether every event goes through `sam local invoke`.
    """
    folder = project_root() / ".aws-sam"
    alone = len(STEPS) if invoke_each else 1
    with environment_file(running, folder / "env.json") as path:
        sam = SamCli(command, options, path)
        wrong = 0
        for step in STEPS[:alone]:
            wrong += await _is_wrong(step, sam.invoke)
        if not STEPS[alone:]:
            return wrong
        began = time.monotonic()
        async with sam.start_lambda(folder / "start-lambda.log") as invoke:
            print(f"ok    {time.monotonic() - began:5.1f} s  sam local start-lambda is up", flush=True)
            for step in STEPS[alone:]:
                wrong += await _is_wrong(step, invoke)
    return wrong


async def _is_wrong(step: Step, invoke: Invoke) -> bool:
    """Invoke the function, print a line, and return whether its answer is wrong."""
    began = time.monotonic()
    answered = await invoke(step.function, project_root() / "events" / f"{step.event}.json")
    answer = readable(answered.output)
    is_right = holds(answer, step.answer)
    print(_line(step, answer, is_right=is_right, seconds=time.monotonic() - began), flush=True)
    if not is_right:
        print(f"    wanted {step.answer}\n{answered.log}", flush=True)
    return not is_right


def _line(step: Step, answer: Any, *, is_right: bool, seconds: float) -> str:
    text = json.dumps(answer, ensure_ascii=False)
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return f"{'ok   ' if is_right else 'WRONG'} {seconds:5.1f} s  {step.function} {step.event}: {shown}"
