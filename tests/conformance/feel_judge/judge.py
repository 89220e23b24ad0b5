"""Asks Camunda's own FEEL engine, in a process of its own, as the connector runtime asks it."""

from __future__ import annotations

import json
import os
import select
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.conformance.feel_judge.questions import Question
from tests.engines import Coordinates, fetch_jars, find_jdk

ENGINE: Final = (
    Coordinates("io.camunda.connector", "connector-feel-wrapper", "8.8.7"),
    Coordinates("org.camunda.feel", "feel-engine", "1.21.0"),
)
PINNED: Final = (Coordinates("com.fasterxml.jackson", "jackson-bom", "2.21.0"),)
_PROGRAM: Final = Path(__file__).with_name("FeelJudge.java")
_START_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine answers.

    Attributes:
        json: The value as a connector writes it; None for null.
        typed: The value with its type and all its digits.
        kinds: What became null on the way, sorted.
        error: Why there is no value.
    """

    json: str | None = None
    typed: str = "null"
    kinds: tuple[str, ...] = ()
    error: str | None = None

    @property
    def ok(self) -> bool:
        return self.error is None


class Judge:
    """The engine's process; a context manager, so that none is left behind.

    Raises:
        Unavailable: there is no JDK or no Maven, or the jars are not to be had.
    """

    def __init__(self, timeout_s: float = 20.0) -> None:
        self._jars = fetch_jars(*ENGINE, pinned=PINNED)
        self._java = find_jdk().java
        self._timeout_s = timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._rest = b""

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def answer(self, question: Question, text: str | None = None) -> Answer:
        """Return the engine's answer; an expression on which it works too long is a failure.

        Args:
            question: What is asked.
            text: Asked in the place of the question's own text.
        """
        asked = {
            "id": "",
            "expression": question.text if text is None else text,
            "context": question.context,
        } | ({"input": question.input_value} if question.is_tests else {})
        if self._process is None:
            self._start()
        reply = self._ask(asked, self._timeout_s)
        if reply is None:
            self._stop()
            return Answer(error="no answer in time")
        if not reply["ok"]:
            return Answer(error=reply["error"])
        return Answer(reply["json"], reply["typed"], tuple(sorted(reply["kinds"])))

    def _start(self) -> None:
        command = [
            str(self._java),
            "-XX:TieredStopAtLevel=1",
            "-Xss8m",
            "-cp",
            f"{self._jars}/*",
            str(_PROGRAM),
        ]
        self._rest = b""
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        if self._ask({"id": "", "expression": "1", "context": {}}, _START_TIMEOUT_S) is None:
            self._stop()
            raise RuntimeError("Camunda's FEEL engine did not start")

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _ask(self, question: dict[str, Any], timeout_s: float) -> dict[str, Any] | None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        self._process.stdin.flush()
        line = self._line(timeout_s)
        return json.loads(line) if line is not None else None

    def _line(self, timeout_s: float) -> bytes | None:
        assert self._process is not None
        assert self._process.stdout is not None
        output = self._process.stdout.fileno()
        while b"\n" not in self._rest:
            if not select.select([output], [], [], timeout_s)[0]:
                return None
            read = os.read(output, 1 << 16)
            if not read:
                return None
            self._rest += read
        line, _, self._rest = self._rest.partition(b"\n")
        return line
