"""Decides whether what a user task says of people and dates is written as the engine takes it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from emulators.camunda.expressions import check_syntax, is_expression
from emulators.camunda.model import UserTaskDefinition

MAX_PRIORITY: Final = 100
_EXAMPLE: Final = "2023-03-02T15:35+02:00"


def user_task_faults(task: UserTaskDefinition) -> Iterator[str]:
    """Yield what is wrong with a user task, in the engine's words."""
    for text in (task.assignee, task.candidate_groups, task.candidate_users):
        yield from check_syntax(text)
    for text in (task.due_date, task.follow_up_date):
        yield from check_syntax(text)
        if text and not is_expression(text) and not _is_moment(text):
            example = f"e.g. '{_EXAMPLE}', but found '{text}'."
            yield f"Expected static value to be a valid DateTime String, {example}"
    yield from check_syntax(task.priority)
    if task.priority and not is_expression(task.priority) and not _is_priority(task.priority):
        yield f"Priority must be a number between 0 and {MAX_PRIORITY}, but was '{task.priority}'."


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_priority(text: str) -> bool:
    return text.isdecimal() and int(text) <= MAX_PRIORITY
