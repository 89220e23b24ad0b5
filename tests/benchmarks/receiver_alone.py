"""A program of its own: the handler of receive_webhook without Lambda's runtime client.

Its environment is that of the function. Its argument says whose calls are answered at once, as the same calls
of the first delivery were: `none`, `store` or `all`. It takes deliveries from standard input, one in a line
as the HTTP API hands it on. For each it writes a line with two numbers to standard output: how long it took,
and how long of that it waited for its calls, in milliseconds. What the handler writes is lost. It ends when
its standard input closes.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from apify_camunda.camunda.grpc_channel import Gateway
from apify_camunda.platform.kept_connection import KeptConnection

_CONTEXT: Final = SimpleNamespace(get_remaining_time_in_millis=lambda: 28_000)
_TARGET: Final = "x-amz-target"


@dataclass
class Calls:
    """The calls of one delivery after the other, each made or answered as it was in the first one.

    Attributes:
        took_s: For how long one call or several were waited for in this delivery.
    """

    took_s: float = 0.0
    _answers: defaultdict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    _made: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    _waits: int = 0
    _since_s: float = 0.0

    def begin(self) -> None:
        """Begin a delivery."""
        self.took_s = 0.0
        self._made.clear()

    async def answer(self, call: str, ask: Callable[[], Awaitable[Any]], *, at_once: bool) -> Any:
        """Return the answer to a call of this name."""
        number = self._made[call]
        self._made[call] += 1
        known = self._answers[call]
        if at_once and number < len(known):
            return known[number]
        if not self._waits:
            self._since_s = time.perf_counter()
        self._waits += 1
        try:
            answer = await ask()
        finally:
            self._waits -= 1
            if not self._waits:
                self.took_s += time.perf_counter() - self._since_s
        if number == len(known):
            known.append(answer)
        return answer


def _watch(calls: Calls, answered: str) -> None:
    """Lead all calls of the handler through `calls`."""
    post, ask = KeptConnection.post, Gateway.ask
    answers_store, answers_camunda = answered in ("store", "all"), answered == "all"

    async def watched_post(self: KeptConnection, headers: Any, body: bytes, *, timeout_s: float) -> Any:
        operation = next(value for name, value in headers if name == _TARGET)
        return await calls.answer(
            operation, lambda: post(self, headers, body, timeout_s=timeout_s), at_once=answers_store
        )

    async def watched_ask(self: Gateway, method: str, request: Any) -> Any:
        return await calls.answer(method, lambda: ask(self, method, request), at_once=answers_camunda)

    KeptConnection.post = watched_post  # type: ignore[method-assign]
    Gateway.ask = watched_ask  # type: ignore[method-assign]


def main() -> None:
    """Handle deliveries until standard input closes."""
    told = sys.stdout
    calls = Calls()
    _watch(calls, sys.argv[1])
    with Path(os.devnull).open("w") as nowhere:
        sys.stdout = nowhere
        handler = import_module("app").handler
        for line in sys.stdin:
            delivery = json.loads(line)
            calls.begin()
            began_s = time.perf_counter()
            answer = handler(delivery, _CONTEXT)
            took_s = time.perf_counter() - began_s
            if answer["statusCode"] != 200:
                raise RuntimeError(f"A delivery was answered {answer}.")
            print(took_s * 1000, calls.took_s * 1000, file=told, flush=True)


if __name__ == "__main__":
    main()
