"""The error of a temporal value that ends an evaluation."""

from __future__ import annotations

from apify_camunda.feel.failures import Fatal


class TemporalFailure(Fatal):
    """Camunda's engine ends the evaluation here: a number overflows, or a zone is unknown."""
