"""Runs a compiled pattern on a text, with backtracking, in counted steps.

The ways that are not tried yet are on a stack of the machine, so that no text can exhaust Python's stack. A
pattern that runs too long ends when its steps are used up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeAlias

from apify_camunda.feel.budget import BudgetExceeded

MAX_STACK: Final = 300_000
"""The most ways that are kept to go back to; about 30 MB."""
_FREE_WAYS: Final = 256
_WAY_BYTES: Final = 144
_FAILURE_BYTES: Final = 224
_INSTRUCTIONS_A_TIME: Final = 128
_STEPS_AN_INSTRUCTION: Final = 4
"""The steps of an instruction: it takes as long as several nodes of an expression."""

Registers: TypeAlias = list[int]
"""Start and end of each group, -1 where unset, and then the counters of loops."""
WayBack: TypeAlias = tuple[Any, ...]
"""A function that puts the machine back, and its arguments; it returns whether the machine can go on."""


class Steps(Protocol):
    """The counter of an evaluation's work and memory."""

    def spend(self, n: int = 1, /) -> None:
        """Subtract *n* steps, or raise BudgetExceeded."""

    def spend_memory(self, size_bytes: int, /) -> None:
        """Subtract bytes before they are used, or raise BudgetExceeded."""


class Instruction(Protocol):
    """One step of a program."""

    def run(self, machine: Machine) -> bool:
        """Move the machine on; return False where the text does not fit."""


class Machine:
    r"""A place in a text and in a program, and the ways back.

    Attributes:
        at: The place in the text.
        pc: The index of the next instruction; at the end of the program it has matched.
        previous_end: Where the match before this one ended, for `\\G`.
    """

    __slots__ = ("_failures", "_paid_ways", "at", "pc", "previous_end", "registers", "stack", "steps", "text")

    def __init__(self, text: str, registers: Registers, steps: Steps, previous_end: int) -> None:
        self.text = text
        self.registers = registers
        self.steps = steps
        self.previous_end = previous_end
        self.stack: list[WayBack] = []
        self._failures: set[tuple[int, int]] = set()
        self._paid_ways = _FREE_WAYS
        self.at = 0
        self.pc = 0

    def matches(self, program: list[Instruction], at: int, until: int | None = None) -> bool:
        """Return whether the program matches from the place on; with `until`, exactly up to that place.

        Raises:
            BudgetExceeded: the steps, or the places to go back to, are used up.
        """
        self.at, self.pc = at, 0
        end, left = len(program), _INSTRUCTIONS_A_TIME
        while True:
            if self.pc == end and until in (None, self.at):
                self.steps.spend((_INSTRUCTIONS_A_TIME - left) * _STEPS_AN_INSTRUCTION)
                return True
            left -= 1
            if not left:
                left = _INSTRUCTIONS_A_TIME
                self._spend()
            if (self.pc == end or not program[self.pc].run(self)) and not self._go_back():
                self.steps.spend((_INSTRUCTIONS_A_TIME - left) * _STEPS_AN_INSTRUCTION)
                return False

    def set_register(self, slot: int, value: int) -> None:
        """Write the register; going back restores the old value."""
        self.stack.append((_restore, slot, self.registers[slot]))
        self.registers[slot] = value

    def remember(self, pc: int, at: int) -> None:
        """Add a place of the program and of the text to try if the current way fails."""
        self.stack.append((_try_other, pc, at))

    def remember_way(self, way: Callable[..., bool], *arguments: object) -> None:
        self.stack.append((way, *arguments))

    def note_failure(self, loop: int, at: int) -> None:
        """Remember that no further round of the loop from this place leads to a match."""
        self.steps.spend_memory(_FAILURE_BYTES)
        self._failures.add((loop, at))

    def has_failed(self, loop: int, at: int) -> bool:
        return (loop, at) in self._failures

    def inside(self, program: list[Instruction], at: int, until: int | None = None) -> bool:
        """Return whether another program matches here; its groups stay set until the machine goes back."""
        inner = Machine(self.text, self.registers.copy(), self.steps, self.previous_end)
        if not inner.matches(program, at, until):
            return False
        if inner.registers != self.registers:
            self.stack.append((_restore_all, self.registers))
            self.registers = inner.registers
        self.at = inner.at
        return True

    def _go_back(self) -> bool:
        while self.stack:
            way, *arguments = self.stack.pop()
            if way(self, *arguments):
                return True
        return False

    def _spend(self) -> None:
        self.steps.spend(_INSTRUCTIONS_A_TIME * _STEPS_AN_INSTRUCTION)
        ways = len(self.stack)
        if ways > MAX_STACK:
            raise BudgetExceeded("A regular expression keeps too many ways open on this text.")
        if ways > self._paid_ways:
            self.steps.spend_memory(_WAY_BYTES * (ways - self._paid_ways))
            self._paid_ways = ways


def _restore(machine: Machine, slot: int, value: int) -> bool:
    machine.registers[slot] = value
    return False


def _restore_all(machine: Machine, registers: Registers) -> bool:
    machine.registers = registers
    return False


def _try_other(machine: Machine, pc: int, at: int) -> bool:
    machine.pc, machine.at = pc, at
    return True
