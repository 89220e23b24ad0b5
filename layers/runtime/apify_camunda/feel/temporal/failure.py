"""Names how temporal values fail an evaluation; it must not be used where Camunda answers null."""

from __future__ import annotations


class TemporalFailure(Exception):
    """Camunda's engine ends the evaluation here: a number overflows, or a zone is unknown."""
