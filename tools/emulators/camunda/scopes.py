"""Where variables live: each element instance is a scope inside its container's; knows nothing of tokens."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from emulators.camunda.expressions import evaluate
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
        """Set each variable in the nearest scope that has it, else in the process instance's."""
        chain = self._outwards(scope_key)
        owned = [{v.name: v for v in self._store.variables.find("scope", s.key)} for s in chain]
        for name, value in variables.items():
            nearest = next((i for i, names in enumerate(owned) if name in names), len(chain) - 1)
            self._set(chain[nearest].key, name, value, owned[nearest].get(name))

    def apply_inputs(self, row: ElementInstance, mappings: Sequence[VariableMapping]) -> None:
        """Create the local variables that input mappings describe.

        Raises:
            Stuck: A source cannot be evaluated.
        """
        if mappings:
            self.set_local(row.key, self._mapped(row, mappings, existing={}))

    def apply_outputs(self, row: ElementInstance, mappings: Sequence[VariableMapping]) -> None:
        """Hand the results that output mappings describe to the scope around.

        Raises:
            Stuck: A source cannot be evaluated.
        """
        if mappings:
            assert row.scope_key is not None
            result = self._mapped(row, mappings, existing=self.visible(row.key))
            self.propagate(row.scope_key, result)

    def _mapped(
        self, row: ElementInstance, mappings: Sequence[VariableMapping], existing: Variables
    ) -> dict[str, Any]:
        visible = self.visible(row.key)
        result: dict[str, Any] = {}
        for mapping in mappings:
            value = evaluate(mapping.source, {**visible, **result}, IncidentKind.IO_MAPPING_ERROR)
            name, *path = mapping.target.split(".")
            before = result.get(name, existing.get(name))
            result[name] = _with_value_at(before, path, value)
        return result

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


def _with_value_at(context: Any, path: Sequence[str], value: Any) -> Any:
    if not path:
        return value
    inner: Mapping[str, Any] = context if isinstance(context, dict) else {}
    return {**inner, path[0]: _with_value_at(inner.get(path[0]), path[1:], value)}
