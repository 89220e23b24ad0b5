"""The built-in functions, one module a type of value."""

from __future__ import annotations

from apify_camunda.feel.builtins import (
    aggregates,
    boolean,
    context,
    conversion,
    lists,
    number,
    ranges,
    string,
    temporal,
)
from apify_camunda.feel.builtins.registry import BUILTINS

__all__ = ["BUILTINS"]

# Each registers its functions when it is imported.
_MODULES = (aggregates, boolean, context, conversion, lists, number, ranges, string, temporal)
