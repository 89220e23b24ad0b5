"""`python -m tests.conformance.feel_judge`: compare the two engines, cut down what differs, and print it."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterator
from typing import NamedTuple

from tests.conformance.feel_judge.comparison import agree, our_answer, reason_to_differ
from tests.conformance.feel_judge.generator import CONTEXT, Generator
from tests.conformance.feel_judge.judge import Answer, Judge
from tests.conformance.feel_judge.trees import shrink


class Difference(NamedTuple):
    """An expression, as small as it could be made, on which the engines do not agree."""

    expression: str
    theirs: Answer
    ours: Answer

    def __str__(self) -> str:
        return f"{self.expression}\n    Camunda: {_shown(self.theirs)}\n    ours:    {_shown(self.ours)}"


def differences(judge: Judge, generator: Generator, count: int | None) -> Iterator[Difference]:
    """Return what the engines differ in among so many expressions; None is without end."""
    for _ in itertools.count() if count is None else range(count):
        tree = generator.expression()
        if not differs(judge, tree.text):
            continue
        text = shrink(tree, lambda text: differs(judge, text)).text
        yield Difference(text, judge.answer(text, CONTEXT), our_answer(text, CONTEXT))


def differs(judge: Judge, expression: str) -> bool:
    """Return whether the engines differ on an expression without being allowed to."""
    theirs, ours = judge.answer(expression, CONTEXT), our_answer(expression, CONTEXT)
    return not agree(theirs, ours) and reason_to_differ(expression, theirs, ours) is None


def main(arguments: list[str]) -> int:
    """Compare, print each difference once; return 1 if there was one."""
    parser = argparse.ArgumentParser(prog="feel_judge", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10_000, help="how many expressions")
    parser.add_argument("--depth", type=int, default=4, help="how deep they nest")
    parser.add_argument("--forever", action="store_true", help="go on until stopped, seed after seed")
    options = parser.parse_args(arguments)
    seen: set[str] = set()
    with Judge() as judge:
        generator = Generator(options.seed, options.depth)
        for found in differences(judge, generator, None if options.forever else options.count):
            if found.expression not in seen:
                seen.add(found.expression)
                sys.stdout.write(f"{found}\n")
                sys.stdout.flush()
    sys.stdout.write(f"{len(seen)} differences\n")
    return 1 if seen else 0


def _shown(answer: Answer) -> str:
    return (answer.json or "null") if answer.ok else f"failure: {answer.error}"


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
