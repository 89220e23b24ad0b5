"""Parses Python sources for tests that look at all of them."""

from __future__ import annotations

import ast
import gc


def parsed(source: str) -> ast.Module:
    """Return the syntax tree of a source.

    No garbage is collected meanwhile: where finalizers run while the tree is made, CPython 3.11 may fail with
    "AST constructor recursion depth mismatch".
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(source)
    finally:
        if was_enabled:
            gc.enable()
