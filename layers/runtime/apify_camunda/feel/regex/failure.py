"""Names what is wrong with a regular expression; it must not be used for a text that does not match."""

from __future__ import annotations


class PatternError(ValueError):
    """The pattern, its flags or the replacement is not one that java.util.regex accepts."""
