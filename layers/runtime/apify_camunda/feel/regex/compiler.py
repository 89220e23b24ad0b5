"""Compiles the nodes of a pattern to a program for the machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, assert_never

from apify_camunda.feel.regex import nodes
from apify_camunda.feel.regex.character_sets import Members
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
from apify_camunda.feel.regex.lookbehind import reach
from apify_camunda.feel.regex.machine import Instruction
from apify_camunda.feel.regex.places import PLACE_TESTS

_UNSET: Final = -1


@dataclass(frozen=True, slots=True)
class Program:
    """The instructions, and the initial values of the registers."""

    instructions: list[Instruction]
    registers: list[int]
    refers_back: bool


def compile_program(node: nodes.Node, groups: int) -> Program:
    """Return the program of a pattern with so many groups.

    Raises:
        PatternError: a look-behind has no upper bound of its length.
    """
    refers_back = _refers_back(node)
    compiler = _Compiler(groups, 2 * (groups + 1), refers_back)
    return Program(compiler.program(node), [_UNSET] * compiler.registers, refers_back)


@dataclass(slots=True)
class _Compiler:
    groups: int
    registers: int
    has_back_references: bool
    _depth: int = 0
    _code: list[Instruction] = field(default_factory=list)

    def program(self, node: nodes.Node) -> list[Instruction]:
        """Return the node's program as a separate one that shares the pattern's registers."""
        outer, self._code = self._code, []
        self._depth += 1
        self._emit(node)
        self._depth -= 1
        inner, self._code = self._code, outer
        for run, following in pairwise(inner):
            if isinstance(run, TakeRun):
                run.follow = _begins_with(following)
        return inner

    def _emit(self, node: nodes.Node) -> None:  # noqa: C901  one case a kind of node
        match node:
            case nodes.One():
                self._code.append(TakeOne(node.characters.members))
            case nodes.Sequence():
                for item in node.items:
                    self._emit(item)
            case nodes.Choice():
                self._choice(node)
            case nodes.Capture():
                self._code.append(Save(2 * node.group))
                self._emit(node.body)
                self._code.append(Save(2 * node.group + 1))
            case nodes.Repeat():
                self._repeat(node)
            case nodes.At():
                self._code.append(CheckPlace(PLACE_TESTS[node.place]))
            case nodes.Look():
                self._look(node)
            case nodes.Unit():
                self._emit(node.body)
            case nodes.Atomic():
                self._code.append(TakeAtomic(self.program(node.body)))
            case nodes.BackReference():
                self._back_reference(node)
            case _:
                assert_never(node)

    def _choice(self, node: nodes.Choice) -> None:
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

    def _repeat(self, node: nodes.Repeat) -> None:
        most = NEVER_ENDS if node.most is None else node.most
        body = _unwrapped(node.body)
        if isinstance(body, nodes.One):
            self._code.append(TakeRun(body.characters.members, node.least, most, node.mode))
        elif node.mode is nodes.Mode.POSSESSIVE:
            rounds = nodes.Repeat(nodes.Atomic(node.body), node.least, node.most, nodes.Mode.GREEDY)
            self._emit(nodes.Atomic(rounds))
        else:
            round_ = nodes.Atomic(body) if isinstance(body, nodes.Unit) else node.body
            self._loop(round_, node.least, most, lazy=node.mode is nodes.Mode.LAZY)

    def _loop(self, body: nodes.Node, least: int, most: int, *, lazy: bool) -> None:
        counter = self.registers
        self.registers += 2
        self._code.append(StartLoop(counter))
        outermost = self._depth == 1 and most == NEVER_ENDS and not self.has_back_references
        loop = Loop(counter, least, most, lazy, remembers=outermost and not lazy)
        top = len(self._code)
        self._code.append(loop)
        self._depth += 1
        self._emit(body)
        self._depth -= 1
        self._code.append(Jump(top))
        loop.leave = len(self._code)

    def _look(self, node: nodes.Look) -> None:
        shortest, longest = reach(node.body) if node.behind else (0, 0)
        self._code.append(LookAround(self.program(node.body), node.negative, node.behind, shortest, longest))

    def _back_reference(self, node: nodes.BackReference) -> None:
        """Emit a back-reference; to a group that does not exist it never matches, as in Java."""
        group = node.group if node.group <= self.groups else 0
        self._code.append(TakeGroupAgain(group, node.case))


def _begins_with(instruction: Instruction) -> Members | None:
    """Return the characters of which the instruction takes one; None if it may take no character."""
    if isinstance(instruction, TakeOne) or (isinstance(instruction, TakeRun) and instruction.least > 0):
        return instruction.members
    return None


def _unwrapped(node: nodes.Node) -> nodes.Node:
    """Return the content of a group without a number, if the group has one part."""
    while isinstance(node, nodes.Sequence) and len(node.items) == 1:
        node = node.items[0]
    return node


def _refers_back(node: nodes.Node) -> bool:
    match node:
        case nodes.BackReference():
            return True
        case nodes.Sequence():
            return any(map(_refers_back, node.items))
        case nodes.Choice():
            return any(map(_refers_back, node.options))
        case nodes.Capture() | nodes.Repeat() | nodes.Look() | nodes.Atomic() | nodes.Unit():
            return _refers_back(node.body)
        case nodes.One() | nodes.At():
            return False
        case _:
            assert_never(node)
