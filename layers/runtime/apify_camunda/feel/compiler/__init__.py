"""Compiles nodes to closures, so that an evaluation does not look at nodes."""

from __future__ import annotations

from apify_camunda.feel.compiler import calls, control, literals, logic, loops, operators, paths, tests
from apify_camunda.feel.compiler.nodes import Code, compile_node

__all__ = ["Code", "compile_node"]

_MODULES = (
    calls,
    control,
    literals,
    logic,
    loops,
    operators,
    paths,
    tests,
)  # each registers its nodes when imported
