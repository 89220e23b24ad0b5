"""What both engines are asked: an expression, or tests of an input; it must not know the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from tests.conformance.feel_judge.trees import Tree


class Question(NamedTuple):
    """Something to be evaluated by two engines.

    Attributes:
        tree: The text, so that it can be cut down.
        context: JSON values by name.
        is_tests: Whether the text is unary tests, of `input_value`.
    """

    tree: Tree
    context: Mapping[str, Any]
    is_tests: bool = False
    input_value: Any = None

    @property
    def text(self) -> str:
        return self.tree.text


class Source(Protocol):
    """An endless source of questions."""

    def question(self) -> Question:
        """Return the next one."""
        ...
