"""Multi-instance activities: one inner instance an item, and what they collect; ends no instance itself."""

import re
from dataclasses import dataclass, replace
from typing import Any

from emulators.camunda.actions import ActivateInner, Complete
from emulators.camunda.expressions import evaluate, evaluate_condition, evaluate_list
from emulators.camunda.model import Kind, Loop
from emulators.camunda.scopes import Scopes
from emulators.camunda.state import ElementInstance, IncidentKind
from emulators.camunda.store import LoopState, Store

_VARIABLE = re.compile(r"=\s*(?P<name>[A-Za-z_]\w*)(\.\w+)*\s*$")
"""An output element that is a variable or a path into one."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Whether a loop goes on after one of its instances."""

    is_over: bool


class Loops:
    """Keeps count of a multi-instance body."""

    def __init__(self, store: Store, scopes: Scopes) -> None:
        self._store = store
        self._scopes = scopes

    def evaluate(self, row: ElementInstance, loop: Loop) -> list[Any]:
        """Return the items that a body goes through.

        Raises:
            Stuck: The input collection is no list.
        """
        visible = self._scopes.visible(row.key)
        return evaluate_list(loop.input_collection, visible, IncidentKind.EXTRACT_VALUE_ERROR)

    def begin(self, row: ElementInstance, loop: Loop, items: list[Any]) -> None:
        """Let the first inner instance begin, or all."""
        self._store.loops.put(LoopState(row.key, tuple(items), 0))
        if loop.output_collection:
            self._scopes.set_local(row.key, {loop.output_collection: [None] * len(items)})
        if not items:
            self._store.agenda.append(Complete(row.key))
            return
        for index in range(1 if loop.is_sequential else len(items)):
            self._store.agenda.append(ActivateInner(row.key, index))

    def variables_of(self, body: ElementInstance, loop: Loop, index: int) -> dict[str, Any]:
        """Return the local variables of an inner instance."""
        variables: dict[str, Any] = {}
        if loop.output_element and (variable := _VARIABLE.match(loop.output_element)):
            variables[variable["name"]] = None  # its own, so that no inner instance overwrites another's
        variables["loopCounter"] = index + 1
        if loop.input_element:
            variables[loop.input_element] = self._store.loops[body.key].items[index]
        return variables

    def collect(self, row: ElementInstance, loop: Loop) -> Progress:
        """Take an inner instance's result into the body, and return whether it was the last that matters.

        Raises:
            Stuck: The output element or the completion condition fails.
        """
        assert row.scope_key is not None
        assert row.loop_counter is not None
        visible = self._scopes.visible(row.key)
        state = self._store.loops[row.scope_key]
        value = None
        if loop.output_collection and loop.output_element:
            value = evaluate(loop.output_element, visible, IncidentKind.EXTRACT_VALUE_ERROR)
        is_over = bool(loop.completion_condition) and self._condition_holds(row, loop, visible)
        if loop.output_collection:
            collected = list(visible[loop.output_collection])
            collected[row.loop_counter - 1] = value
            self._scopes.set_local(row.scope_key, {loop.output_collection: collected})
        self._store.loops.put(replace(state, completed=state.completed + 1))
        return Progress(is_over)

    def go_on(self, body_key: int, loop: Loop, progress: Progress) -> bool:
        """Start the next inner instance of a sequence; return whether the body is over."""
        state = self._store.loops[body_key]
        if progress.is_over or state.completed == len(state.items):
            return True
        if loop.is_sequential:
            self._store.agenda.append(ActivateInner(body_key, state.completed))
        return False

    def result(self, row: ElementInstance, loop: Loop) -> dict[str, Any]:
        """Return what a body hands to the scope around it."""
        if not loop.output_collection:
            return {}
        return {loop.output_collection: self._scopes.visible(row.key)[loop.output_collection]}

    def _condition_holds(self, row: ElementInstance, loop: Loop, visible: dict[str, Any]) -> bool:
        assert row.scope_key is not None
        state = self._store.loops[row.scope_key]
        active = len(self._store.elements.find("active_scope", row.scope_key))
        counts = {
            "numberOfInstances": len(state.items),
            "numberOfActiveInstances": active - 1,
            "numberOfCompletedInstances": state.completed + 1,
            "numberOfTerminatedInstances": 0,
        }
        kind = IncidentKind.EXTRACT_VALUE_ERROR
        return evaluate_condition(loop.completion_condition or "", {**visible, **counts}, kind)


def is_inner(row: ElementInstance, loop: Loop | None) -> bool:
    """Return whether a row is one of a body's inner instances."""
    return loop is not None and row.kind != Kind.MULTI_INSTANCE_BODY
