"""Where variables live: each element instance is a scope inside its container's; knows nothing of tokens."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from emulators.camunda.expressions import evaluate
from emulators.camunda.mappings import Tree, feel_of, tree_of
from emulators.camunda.model import VariableMapping
from emulators.camunda.state import ElementInstance, IncidentKind, Variable, Variables
from emulators.camunda.store import Store


class Scopes:
    """Reads and writes variables along the chain of scopes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def visible(self, scope_key: int) -> dict[str, Any]:
        """Return the variables that a scope sees, inner ones over outer ones."""
        merged: dict[str, Any] = {}
        for scope in self._outwards(scope_key):
            for variable in self._store.variables.find("scope", scope.key):
                merged.setdefault(variable.name, variable.value)
        return merged

    def set_local(self, scope_key: int, variables: Variables) -> None:
        """Set variables in exactly this scope."""
        mine = {v.name: v for v in self._store.variables.find("scope", scope_key)}
        for name, value in variables.items():
            self._set(scope_key, name, value, mine.get(name))

    def propagate(self, scope_key: int, variables: Variables) -> None:
        """Set each variable in the nearest scope that has it, else in the process instance's.

        As in the engine, a scope that has it with this very value already is passed over.
        """
        chain = self._outwards(scope_key)
        owned = [{v.name: v for v in self._store.variables.find("scope", s.key)} for s in chain]
        for name, value in variables.items():
            changed = (i for i, own in enumerate(owned) if name in own and _differ(own[name].value, value))
            nearest = next(changed, len(chain) - 1)
            self._set(chain[nearest].key, name, value, owned[nearest].get(name))

    def apply_inputs(self, row: ElementInstance, mappings: Sequence[VariableMapping]) -> None:
        """Create the local variables that input mappings describe.

        Raises:
            Stuck: A source cannot be evaluated.
        """
        if mappings:
            self.set_local(row.key, self._mapped(row, mappings, existing={}))

    def apply_outputs(
        self, row: ElementInstance, mappings: Sequence[VariableMapping], *, scope_key: int
    ) -> None:
        """Hand the results that output mappings describe to a scope, or one around it that has them.

        Raises:
            Stuck: A source cannot be evaluated.
        """
        if mappings:
            self.propagate(scope_key, self._mapped(row, mappings, existing=self.visible(row.key)))

    def _mapped(
        self, row: ElementInstance, mappings: Sequence[VariableMapping], existing: Variables
    ) -> dict[str, Any]:
        return _evaluated(tree_of(mappings), self.visible(row.key), existing)

    def _outwards(self, scope_key: int) -> list[ElementInstance]:
        chain = [self._store.elements[scope_key]]
        while (outer := chain[-1].scope_key) is not None:
            chain.append(self._store.elements[outer])
        return chain

    def _set(self, scope_key: int, name: str, value: Any, before: Variable | None) -> None:
        if before is not None:
            self._store.variables.put(replace(before, value=value))
            return
        scope = self._store.elements[scope_key]
        self._store.variables.put(
            Variable(
                key=self._store.new_key(),
                name=name,
                value=value,
                scope_key=scope_key,
                process_instance_key=scope.process_instance_key,
                tenant_id=scope.tenant_id,
            )
        )


def _differ(one: Any, other: Any) -> bool:
    """Say whether two values are written in different ways: 1 and true are, and so are 1 and 1.0."""
    return json.dumps(one) != json.dumps(other)


def _evaluated(tree: Tree, visible: Variables, existing: Variables) -> dict[str, Any]:
    """Return the context that a tree describes; an entry sees those before it, as in a FEEL context.

    What cannot hold an entry becomes null with it, as in the engine.
    """
    result: dict[str, Any] = {}
    for name, node in tree.items():
        seen = {**visible, **result}
        if isinstance(node, str):
            result[name] = evaluate(f"={feel_of(node)}", seen, IncidentKind.IO_MAPPING_ERROR)
        else:
            before = existing.get(name)
            inner = before if isinstance(before, dict) else {}
            made = {**inner, **_evaluated(node, seen, inner)}
            result[name] = made if before is None or isinstance(before, dict) else None
    return result
