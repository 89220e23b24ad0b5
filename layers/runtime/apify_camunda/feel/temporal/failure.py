"""Names how temporal values fail an evaluation; it must not be used where Camunda answers null."""

from __future__ import annotations

from apify_camunda.feel.failures import Fatal


class TemporalFailure(Fatal):
    """Camunda's engine ends the evaluation here: a number overflows, or a zone is unknown."""
