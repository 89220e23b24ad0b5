"""The error of a wrong regular expression."""

from __future__ import annotations


class PatternError(ValueError):
    """The pattern, its flags or the replacement is not one that java.util.regex accepts."""
