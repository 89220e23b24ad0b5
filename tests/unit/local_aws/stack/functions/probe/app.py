"""Does what its event says, so that a test can see what the world of a function is like."""

import json
import os
import sys
import threading
import time
from typing import Any

import shared_layer

STATE = {"invocations": 0, "beats": 0, "longest_pause_s": 0.0}


def _beat() -> None:
    last = time.monotonic()
    while True:
        now = time.monotonic()
        STATE["longest_pause_s"] = max(STATE["longest_pause_s"], now - last)
        STATE["beats"] += 1
        last = now
        time.sleep(0.005)


def _hear_beats(count: int) -> None:
    wanted = STATE["beats"] + count
    while STATE["beats"] < wanted:
        time.sleep(0.001)


def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: C901  # a case for each deed
    STATE["invocations"] += 1
    match event.get("do"):
        case "raise":
            raise ValueError("as asked")
        case "sleep":
            print("sleeping")  # noqa: T201  # what a function prints is its log
            time.sleep(event["seconds"])
        case "wait":
            print(f"waiting for {event['file']}")  # noqa: T201  # what a function prints is its log
            while not os.path.exists(event["file"]):  # noqa: PTH110  # pathlib would be imported for this alone
                time.sleep(0.01)
        case "exit":
            os._exit(event["code"])
        case "large":
            return "x" * event["bytes"]
        case "log":
            print(json.dumps({"message": event["message"]}))  # noqa: T201  # what a function prints is its log
        case "start heart":
            threading.Thread(target=_beat, daemon=True).start()
            _hear_beats(3)
        case "hear heart":
            _hear_beats(3)
        case "tick":
            print("ticked")  # noqa: T201  # what a function prints is its log
    return {
        **STATE,
        "pid": os.getpid(),
        "event": event,
        "layer": shared_layer.FROM_LAYER,
        "environment": dict(os.environ),
        "path": sys.path,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "request_id": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "client_context": context.client_context.custom if context.client_context else None,
    }
