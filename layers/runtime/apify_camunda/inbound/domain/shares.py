"""Shares the time and memory of one event fairly among those who evaluate expressions for it."""

from __future__ import annotations

from apify_camunda.expressions.evaluation import event_condition_budget, event_result_budget
from apify_camunda.feel import Budget


class Shares:
    """Gives each of several sharers a fair part of what is left; what one leaves is there for the others."""

    def __init__(self, total: Budget, sharers: int) -> None:
        self._total = total
        self._left = sharers

    def next(self) -> Budget:
        """Return the part of the next sharer."""
        part = self._total.part(self._left)
        self._left -= 1
        return part


def condition_shares(elements: int) -> Shares:
    """Return what the elements that listen to one event share for conditions, keys, ids and times to live."""
    return Shares(event_condition_budget(), elements)


def result_shares(effects: int) -> Shares:
    """Return what the effects of one event share for their results."""
    return Shares(event_result_budget(), effects)
