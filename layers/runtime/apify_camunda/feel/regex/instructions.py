"""The instructions of a compiled pattern, each of them a step of the machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from apify_camunda.feel.regex.character_sets import Members, simple_lower, simple_upper, swapped_ascii_case
from apify_camunda.feel.regex.lookbehind import farthest
from apify_camunda.feel.regex.machine import Instruction, Machine
from apify_camunda.feel.regex.nodes import Case, Mode
from apify_camunda.feel.regex.places import PlaceTest

NEVER_ENDS: Final = 2**31
_CHARACTERS_A_STEP: Final = 8


@dataclass(eq=False, repr=False)
class TakeOne:
    """Match one character of the set."""

    members: Members

    def run(self, machine: Machine) -> bool:
        if machine.at >= len(machine.text) or not self.members[machine.text[machine.at]]:
            return False
        machine.at += 1
        machine.pc += 1
        return True


@dataclass(eq=False, repr=False)
class TakeRun:
    """Match a run of characters of the set.

    Attributes:
        follow: The characters of which one must come next, if known; a shorter run ends before one of them.
    """

    members: Members
    least: int
    most: int
    mode: Mode
    follow: Members | None = None

    def run(self, machine: Machine) -> bool:
        start = machine.at
        wanted = self.least if self.mode is Mode.LAZY else self.most
        end = self._end_of_run(machine, start, min(len(machine.text), start + wanted))
        if end - start < self.least:
            return False
        machine.at = end
        machine.pc += 1
        match self.mode:
            case Mode.GREEDY if end > start + self.least:
                machine.remember_way(self.give_back, machine.pc, start + self.least, end)
            case Mode.LAZY if self.most > self.least:
                machine.remember_way(self.take_more, machine.pc, end, start + self.most)
        return True

    def _end_of_run(self, machine: Machine, start: int, limit: int) -> int:
        text, members, end = machine.text, self.members, start
        while end < limit and members[text[end]]:
            end += 1
        if end - start >= _CHARACTERS_A_STEP:
            machine.steps.spend((end - start) // _CHARACTERS_A_STEP)
        return end

    def give_back(self, machine: Machine, pc: int, shortest: int, longest: int) -> bool:
        """Try the next shorter one of the greedy runs that end between the two places."""
        at, follow, text = longest - 1, self.follow, machine.text
        if follow is not None:
            while at >= shortest and not follow[text[at]]:
                at -= 1
            machine.steps.spend((longest - at) // _CHARACTERS_A_STEP)
            if at < shortest:
                return False
        machine.pc, machine.at = pc, at
        if at > shortest:
            machine.remember_way(self.give_back, pc, shortest, at)
        return True

    def take_more(self, machine: Machine, pc: int, at: int, limit: int) -> bool:
        """Take one character more of a lazy run that has come to `at`."""
        if at >= min(limit, len(machine.text)) or not self.members[machine.text[at]]:
            return False
        machine.remember_way(self.take_more, pc, at + 1, limit)
        machine.pc, machine.at = pc, at + 1
        return True


@dataclass(eq=False, repr=False)
class Fork:
    """Continue at the first target; if that fails, at the second."""

    first: int = 0
    second: int = 0

    def run(self, machine: Machine) -> bool:
        machine.remember(self.second, machine.at)
        machine.pc = self.first
        return True


@dataclass(eq=False, repr=False)
class Jump:
    target: int = 0

    def run(self, machine: Machine) -> bool:
        machine.pc = self.target
        return True


@dataclass(eq=False, repr=False)
class Save:
    """Write the place into a register: the start or the end of a group."""

    slot: int

    def run(self, machine: Machine) -> bool:
        machine.set_register(self.slot, machine.at)
        machine.pc += 1
        return True


@dataclass(eq=False, repr=False)
class CheckPlace:
    test: PlaceTest

    def run(self, machine: Machine) -> bool:
        machine.pc += 1
        return self.test(machine.text, machine.at, machine.previous_end)


@dataclass(eq=False, repr=False)
class TakeGroupAgain:
    """Match the text of a group again; a group that has not matched never matches."""

    group: int
    case: Case

    def run(self, machine: Machine) -> bool:
        start, end = machine.registers[2 * self.group : 2 * self.group + 2]
        if end < 0:
            return False
        wanted = machine.text[start:end]
        found = machine.text[machine.at : machine.at + len(wanted)]
        machine.steps.spend(len(wanted) // _CHARACTERS_A_STEP)
        if len(found) < len(wanted) or not self._same(wanted, found):
            return False
        machine.at += len(wanted)
        machine.pc += 1
        return True

    def _same(self, wanted: str, found: str) -> bool:
        match self.case:
            case Case.EXACT:
                return wanted == found
            case Case.ASCII:
                return all(b in (a, swapped_ascii_case(a)) for a, b in zip(wanted, found, strict=True))
            case Case.UNICODE:
                return all(_folded(a) == _folded(b) for a, b in zip(wanted, found, strict=True))


def _folded(character: str) -> str:
    return simple_lower(simple_upper(character))


@dataclass(eq=False, repr=False)
class StartLoop:
    """Start to count the rounds of a loop."""

    counter: int

    def run(self, machine: Machine) -> bool:
        machine.set_register(self.counter, 0)
        machine.pc += 1
        return True


@dataclass(eq=False, repr=False)
class Loop:
    """Repeat the body or leave the loop: a greedy loop prefers to repeat, a lazy one to leave.

    As in Java, an outermost loop without an upper bound remembers from which places no further round led to a
    match, so that patterns such as `(a+)+$` end soon. This needs a pattern without back-references.

    A round that took no text ends the loop, even before its least number of rounds: the next round would take
    no text either.
    """

    counter: int
    least: int
    most: int
    lazy: bool
    remembers: bool = False
    leave: int = 0

    def run(self, machine: Machine) -> bool:
        count, start = machine.registers[self.counter : self.counter + 2]
        goes_round = count < self.most and (count == 0 or machine.at > start)
        if self.remembers and machine.has_failed(self.counter, machine.at):
            goes_round = False
        if not goes_round:
            machine.pc = self.leave
        elif count < self.least:
            self._go_round(machine, machine.pc, machine.at)
        elif self.lazy:
            machine.remember_way(self._go_round, machine.pc, machine.at)
            machine.pc = self.leave
        else:
            machine.remember_way(self._give_up_rounds, machine.at)
            self._go_round(machine, machine.pc, machine.at)
        return True

    def _give_up_rounds(self, machine: Machine, at: int) -> bool:
        if self.remembers:
            machine.note_failure(self.counter, at)
        machine.pc, machine.at = self.leave, at
        return True

    def _go_round(self, machine: Machine, pc: int, at: int) -> bool:
        machine.set_register(self.counter, machine.registers[self.counter] + 1)
        machine.set_register(self.counter + 1, at)
        machine.pc, machine.at = pc + 1, at
        return True


@dataclass(eq=False, repr=False)
class LookAround:
    """Match the text after or before this place without moving.

    Attributes:
        shortest: In a look-behind: the fewest characters that the program takes.
        longest: Likewise the most.
    """

    program: list[Instruction]
    negative: bool
    behind: bool
    shortest: int = 0
    longest: int = 0

    def run(self, machine: Machine) -> bool:
        at = machine.at
        found = self._behind(machine, at) if self.behind else machine.inside(self.program, at)
        machine.at = at
        machine.pc += 1
        return found is not self.negative

    def _behind(self, machine: Machine, at: int) -> bool:
        starts = range(at - self.shortest, farthest(at, self.longest) - 1, -1)
        return any(machine.inside(self.program, start, until=at) for start in starts)


@dataclass(eq=False, repr=False)
class TakeAtomic:
    """Match the program once; its other ways are dropped."""

    program: list[Instruction]

    def run(self, machine: Machine) -> bool:
        machine.pc += 1
        return machine.inside(self.program, machine.at)
