"""Failures that a test asks for, so that a client can be seen to survive them; off unless planned."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from enum import Enum
from threading import Event, Lock

from emulators.camunda.rest.problems import Problem


class Cut(Enum):
    """A connection that is cut without an answer: the client cannot tell the two apart."""

    BEFORE_EFFECT = "the command never reached the engine"
    AFTER_EFFECT = "the command took effect, its answer is lost"


@dataclass(frozen=True, slots=True)
class Silence:
    """An effect whose answer is kept back until `until` is set or the API stops."""

    until: Event = field(default_factory=Event)


@dataclass(slots=True)
class FaultPlan:
    """What goes wrong next, by operation id."""

    _planned: defaultdict[str, deque[Problem | Cut | Silence]] = field(
        default_factory=lambda: defaultdict(deque)
    )
    _lock: Lock = field(default_factory=Lock)

    def add(self, operation_id: str, fault: Problem | Cut | Silence, *, times: int = 1) -> None:
        """Let the next `times` calls of an operation fail in this way, after those planned before."""
        with self._lock:
            self._planned[operation_id].extend([fault] * times)

    def take(self, operation_id: str) -> Problem | Cut | Silence | None:
        with self._lock:
            planned = self._planned.get(operation_id)
            return planned.popleft() if planned else None
