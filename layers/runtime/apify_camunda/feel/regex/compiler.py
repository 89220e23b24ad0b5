"""Turns the nodes of a pattern into a program for the machine; it must not read text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, assert_never

from apify_camunda.feel.regex.failure import PatternError
from apify_camunda.feel.regex.instructions import (
    NEVER_ENDS,
    CheckPlace,
    Fork,
    Jump,
    LookAround,
    Loop,
    Save,
    StartLoop,
    TakeAtomic,
    TakeGroupAgain,
    TakeOne,
    TakeRun,
)
from apify_camunda.feel.regex.machine import Instruction
from apify_camunda.feel.regex.nodes import (
    At,
    Atomic,
    BackReference,
    Capture,
    Choice,
    Look,
    Mode,
    Node,
    One,
    Repeat,
    Sequence,
)
from apify_camunda.feel.regex.places import PLACE_TESTS

_UNSET: Final = -1


@dataclass(frozen=True, slots=True)
class Program:
    """What the machine runs, and how its registers look at the start."""

    instructions: list[Instruction]
    registers: list[int]


def compile_program(node: Node, groups: int) -> Program:
    """Return the program of a pattern with so many groups.

    Raises:
        PatternError: something looks behind over a length without bound.
    """
    compiler = _Compiler(groups=groups, registers=2 * (groups + 1))
    return Program(compiler.program(node), [_UNSET] * compiler.registers)


@dataclass(slots=True)
class _Compiler:
    groups: int
    registers: int
    _code: list[Instruction] = field(default_factory=list)

    def program(self, node: Node) -> list[Instruction]:
        """Return the node's program by itself; its registers are the pattern's."""
        outer, self._code = self._code, []
        self._emit(node)
        inner, self._code = self._code, outer
        return inner

    def _emit(self, node: Node) -> None:  # noqa: C901  one case a kind of node
        match node:
            case One():
                self._code.append(TakeOne(node.characters.members))
            case Sequence():
                for item in node.items:
                    self._emit(item)
            case Choice():
                self._choice(node)
            case Capture():
                self._code.append(Save(2 * node.index))
                self._emit(node.body)
                self._code.append(Save(2 * node.index + 1))
            case Repeat():
                self._repeat(node)
            case At():
                self._code.append(CheckPlace(PLACE_TESTS[node.place]))
            case Look():
                self._look(node)
            case Atomic():
                self._code.append(TakeAtomic(self.program(node.body)))
            case BackReference():
                self._back_reference(node)
            case _:
                assert_never(node)

    def _choice(self, node: Choice) -> None:
        jumps = []
        for option in node.options[:-1]:
            fork = Fork(first=len(self._code) + 1)
            self._code.append(fork)
            self._emit(option)
            jump = Jump()
            jumps.append(jump)
            self._code.append(jump)
            fork.second = len(self._code)
        self._emit(node.options[-1])
        for jump in jumps:
            jump.target = len(self._code)

    def _repeat(self, node: Repeat) -> None:
        most = NEVER_ENDS if node.most is None else node.most
        if isinstance(node.body, One):
            self._code.append(TakeRun(node.body.characters.members, node.least, most, node.mode))
        elif node.mode is Mode.POSSESSIVE:
            rounds = Repeat(Atomic(node.body), node.least, node.most, Mode.GREEDY)
            self._emit(Atomic(rounds))
        else:
            self._loop(node.body, node.least, most, lazy=node.mode is Mode.LAZY)

    def _loop(self, body: Node, least: int, most: int, *, lazy: bool) -> None:
        counter = self.registers
        self.registers += 2
        self._code.append(StartLoop(counter))
        loop = Loop(counter, least, most, lazy)
        top = len(self._code)
        self._code.append(loop)
        self._emit(body)
        self._code.append(Jump(top))
        loop.leave = len(self._code)

    def _look(self, node: Look) -> None:
        shortest, longest = width(node.body) if node.behind else (0, 0)
        self._code.append(LookAround(self.program(node.body), node.negative, node.behind, shortest, longest))

    def _back_reference(self, node: BackReference) -> None:
        """Emit what never fits where the group does not exist: Java takes such a pattern, too."""
        group = node.index if node.index <= self.groups else 0
        self._code.append(TakeGroupAgain(group, node.case))


def width(node: Node) -> tuple[int, int]:
    """Return the least and the most characters that the node takes, as Java needs to know to look behind.

    Raises:
        PatternError: there is no such most.
    """
    match node:
        case One():
            return 1, 1
        case Sequence():
            widths = [width(item) for item in node.items]
            return sum(least for least, _ in widths), sum(most for _, most in widths)
        case Choice():
            widths = [width(option) for option in node.options]
            return min(least for least, _ in widths), max(most for _, most in widths)
        case Capture() | Atomic():
            return width(node.body)
        case Repeat():
            least, most = width(node.body)
            if node.most is None and not isinstance(node.body, One):
                raise PatternError("Look-behind group does not have an obvious maximum length")
            return least * node.least, most * (NEVER_ENDS if node.most is None else node.most)
        case At() | Look():
            return 0, 0
        case BackReference():
            raise PatternError("Look-behind group does not have an obvious maximum length")
        case _:
            assert_never(node)
