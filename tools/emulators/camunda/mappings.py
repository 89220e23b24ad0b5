"""Variable mappings as FEEL: an element's inputs, or outputs, are one context that FEEL evaluates."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from apify_camunda import feel

from emulators.camunda.expressions import expression_of, is_expression
from emulators.camunda.model import ProcessModel, VariableMapping

Tree: TypeAlias = "dict[str, str | Tree]"
"""Sources by the parts of their targets: "a.b" makes a context "a" with an entry "b"."""


def tree_of(mappings: Sequence[VariableMapping]) -> Tree:
    """Return the sources of mappings as the context that their targets describe."""
    tree: Tree = {}
    for mapping in mappings:
        *path, name = mapping.target.split(".")
        node = tree
        for part in path:
            inner = node.get(part)
            if not isinstance(inner, dict):
                inner = node[part] = {}
            node = inner
        node[name] = mapping.source
    return tree


def feel_of(source: str) -> str:
    r"""Return the FEEL text of a source.

    A text without "=" becomes a FEEL string, as in the engine: its quotes are escaped, its backslashes are
    not. So `\n` in it is a line break and `\\` is one backslash.
    """
    if not source:
        return "null"
    if is_expression(source):
        return expression_of(source)
    escaped = source.replace('"', '\\"')
    return f'"{escaped}"'


def mapping_faults(model: ProcessModel) -> Iterator[str]:
    """Yield why FEEL cannot read the context that an element's mappings make, in the engine's words.

    Each source by itself may be right: a comment at its end hides what follows in the context, and a
    backslash before a quote ends a text too early.
    """
    for element in model.elements.values():
        for mappings in (element.inputs, element.outputs):
            text = _context(tree_of(mappings))
            try:
                feel.parse(text)
            except feel.FeelSyntaxError as error:
                what = f"failed to parse expression '{text}': {error}"
                yield f"Failed to build variable mapping expression: {what}"


def _context(tree: Tree) -> str:
    entries = (
        f"{name}:{feel_of(node) if isinstance(node, str) else _context(node)}" for name, node in tree.items()
    )
    return f"{{{','.join(entries)}}}"
