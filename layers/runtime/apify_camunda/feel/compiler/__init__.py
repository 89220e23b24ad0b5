"""Turns nodes into closures, once; what runs afterwards looks at values only."""

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
