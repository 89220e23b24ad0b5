"""Expressions as trees of text, so that one that differs can be cut down; it must not know what they mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from apify_camunda.feel.syntax import Node, children

from tests.conformance.feel_judge.corpora import nodes_of

TOKEN: Final = re.compile(r'"(?:\\.|[^"])*"|\w+|\.\.|\*\*|[<>!]=|\s+|.', re.DOTALL)
"""What a text can be cut into, whether it is an expression or not."""
_SMALLEST: Final = ("null", "1", "true", '"a"', "[]", "{}")


@dataclass(frozen=True, slots=True)
class Tree:
    """Text, and the trees within it; a loose one may lack any of its parts."""

    parts: tuple[str | Tree, ...]
    is_loose: bool = False

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    @property
    def children(self) -> list[Tree]:
        return [part for part in self.parts if isinstance(part, Tree)]


def tree_of(text: str, *, is_tests: bool = False) -> Tree:
    """Return the text as a tree: by its nodes, or by its tokens where it is no expression."""
    nodes = nodes_of(text, is_tests=is_tests)
    if not nodes:
        return Tree(tuple(TOKEN.findall(text)), is_loose=True)
    root = nodes[0].span
    return Tree((text[: root.start], _tree_of_node(nodes[0], text), text[root.end :]))


def _tree_of_node(node: Node, text: str) -> Tree:
    parts: list[str | Tree] = []
    at = node.span.start
    for child in sorted(children(node), key=lambda child: child.span):
        if child.span.start >= at:
            parts += [text[at : child.span.start], _tree_of_node(child, text)]
            at = child.span.end
    return Tree((*parts, text[at : node.span.end]))


def shrink(tree: Tree, still_differs: Callable[[str], bool], *, tries: int = 400) -> Tree:
    """Return a smaller tree of which the same holds, by trying to put a part in the place of the whole.

    Args:
        tree: What differs.
        still_differs: Whether an expression still does.
        tries: How often to ask at most.
    """
    found = True
    while found:
        found = False
        for smaller in _smaller(tree):
            tries -= 1
            if tries < 0:
                return tree
            if still_differs(smaller.text):
                tree, found = smaller, True
                break
    return tree


def _smaller(tree: Tree) -> Iterator[Tree]:
    """Return each tree that has one part replaced by something shorter, the boldest first."""
    yield from tree.children
    size = len(tree.text)
    for text in _SMALLEST:
        if len(text) < size:
            yield Tree((text,))
    for index, part in enumerate(tree.parts):
        before, after = tree.parts[:index], tree.parts[index + 1 :]
        if tree.is_loose:
            yield Tree((*before, *after), is_loose=True)
        elif isinstance(part, Tree):
            for smaller in _smaller(part):
                yield Tree((*before, smaller, *after))
