"""Deployed processes: their versions, which of them is the latest, and what starts them by itself."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from emulators.camunda.expressions import evaluate_text
from emulators.camunda.extensions import InvalidModel
from emulators.camunda.mappings import mapping_faults
from emulators.camunda.messages import Messages
from emulators.camunda.model import MessageEvent, ProcessModel, TimerEvent
from emulators.camunda.parsing import read_models
from emulators.camunda.rejection import Rejection, RejectionKind, Stuck
from emulators.camunda.schema_check import NotBpmn, check_schema
from emulators.camunda.state import DefinitionState, IncidentKind, ProcessDefinition
from emulators.camunda.store import Store
from emulators.camunda.timers import Timers
from emulators.camunda.unsupported import UNSUPPORTED
from emulators.camunda.validation import findings

Resource: TypeAlias = tuple[str, bytes]

_OTHER_FILES = {".dmn": "decisions", ".form": "forms"}
_HEAD = "Expected to deploy new resources, but encountered the following errors:"


@dataclass(frozen=True, slots=True)
class _Candidate:
    resource_name: str
    content: bytes
    model: ProcessModel


class Definitions:
    """Deploys, finds and deletes process definitions."""

    def __init__(self, store: Store, messages: Messages, timers: Timers, *, drains: bool) -> None:
        self._store = store
        self._messages = messages
        self._timers = timers
        self._drains = drains

    def deploy(
        self, resources: Sequence[Resource], tenant_id: str
    ) -> tuple[int, tuple[ProcessDefinition, ...]]:
        """Deploy BPMN files and return the deployment's key and its definitions.

        Raises:
            Rejection: INVALID_ARGUMENT, with everything that is wrong with the files.
        """
        if not resources:
            raise _refused("Expected to deploy at least one resource, but none given")
        candidates = _candidates(resources)
        deployment_key = self._store.new_key()
        unchanged = [self._unchanged(c, tenant_id) for c in candidates]
        if all(unchanged):
            return deployment_key, tuple(d for d in unchanged if d is not None)
        return deployment_key, tuple(self._add(c, tenant_id, deployment_key) for c in candidates)

    def delete(self, key: int) -> None:
        """Delete a definition; an older version takes its place as the latest.

        Raises:
            Rejection: NOT_FOUND; INVALID_STATE while instances run, on clusters that do not drain.
        """
        definition = self._store.definitions.get(key)
        if definition is None or definition.state is not DefinitionState.ACTIVE:
            reason = f"Expected to delete resource but no resource found with key `{key}`"
            raise Rejection.of_command("DELETE", RejectionKind.NOT_FOUND, reason)
        was_latest = self.latest(definition.tenant_id, definition.process_id) == definition
        is_running = self._store.instances.has("active_definition", key)
        if is_running and not self._drains:
            reason = f"Expected to delete resource with key `{key}` but there are still running instances"
            raise Rejection.of_command("DELETE", RejectionKind.INVALID_STATE, reason)
        self._close_starts(definition)
        state = DefinitionState.DRAINING if is_running else DefinitionState.DELETED
        self._store.definitions.put(replace(definition, state=state))
        successor = self.latest(definition.tenant_id, definition.process_id)
        if was_latest and successor is not None:
            self._open_starts(successor)
        self._store.happened("process.deleted", process_id=definition.process_id, version=definition.version)

    def latest(self, tenant_id: str, process_id: str) -> ProcessDefinition | None:
        """Return the newest version that may be started."""
        versions = self._store.definitions.find("process", (tenant_id, process_id))
        return next((d for d in reversed(versions) if d.state is DefinitionState.ACTIVE), None)

    def by_key(self, key: int) -> ProcessDefinition | None:
        """Return a definition, if it may be started."""
        definition = self._store.definitions.get(key)
        return definition if definition and definition.state is DefinitionState.ACTIVE else None

    def by_version(self, tenant_id: str, process_id: str, version: int) -> ProcessDefinition | None:
        """Return one version, if it may be started."""
        versions = self._store.definitions.find("process", (tenant_id, process_id))
        return next((d for d in versions if d.version == version and d.state is DefinitionState.ACTIVE), None)

    def _unchanged(self, candidate: _Candidate, tenant_id: str) -> ProcessDefinition | None:
        latest = self.latest(tenant_id, candidate.model.process_id)
        if latest is None:
            return None
        same = latest.resource_name == candidate.resource_name and _digest(latest.xml) == _digest(
            candidate.content
        )
        return latest if same else None

    def _add(self, candidate: _Candidate, tenant_id: str, deployment_key: int) -> ProcessDefinition:
        model = candidate.model
        before = self._store.definitions.find("process", (tenant_id, model.process_id))
        definition = ProcessDefinition(
            key=self._store.new_key(),
            process_id=model.process_id,
            version=before[-1].version + 1 if before else 1,
            version_tag=model.version_tag,
            name=model.name,
            resource_name=candidate.resource_name,
            xml=candidate.content,
            tenant_id=tenant_id,
            deployment_key=deployment_key,
            state=DefinitionState.ACTIVE,
            has_start_form=model.has_start_form,
            deployed_at=self._store.now,
        )
        for older in before:
            self._close_starts(older)
        self._store.models[definition.key] = model
        self._store.definitions.put(definition)
        self._open_starts(definition)
        self._store.happened(
            "process.deployed", process_id=model.process_id, version=definition.version, key=definition.key
        )
        return definition

    def _open_starts(self, definition: ProcessDefinition) -> None:
        model = self._store.models[definition.key]
        for event in model.start_events(model.process_id):
            try:
                match event.event:
                    case MessageEvent(name):
                        text = evaluate_text(name, {}, IncidentKind.EXTRACT_VALUE_ERROR)
                        self._messages.open_start(definition, event, text)
                    case TimerEvent() as timer:
                        self._timers.open_start(definition, event, self._timers.evaluate(timer, {}))
                    case _:
                        pass
            except Stuck as stuck:
                raise _refused(_report(definition.resource_name, [(event.id, stuck.message)])) from stuck

    def _close_starts(self, definition: ProcessDefinition) -> None:
        self._messages.close_starts(definition.key)
        self._timers.close_starts(definition.key)


def _candidates(resources: Sequence[Resource]) -> list[_Candidate]:
    candidates: list[_Candidate] = []
    for name, content in resources:
        if other := next((w for end, w in _OTHER_FILES.items() if name.endswith(end)), None):
            raise _refused(f"{_HEAD}\n'{name}': {UNSUPPORTED[other].refusal}")
        if not name.endswith((".bpmn", ".bpmn20.xml", ".xml")):
            raise _refused(f"{_HEAD}\n'{name}': unknown resource type")
        try:
            check_schema(content)
            models = read_models(content)
        except NotBpmn as fault:
            raise _refused(f"{_HEAD}\n'{name}': {fault}\n") from fault
        except InvalidModel as invalid:
            raise _refused(
                _report(name, [(invalid.element_id or "definitions", invalid.message)])
            ) from invalid
        wrong = [(f.element_id, f.message) for model in models for f in findings(model)]
        if wrong:
            raise _refused(_report(name, wrong))
        for unreadable in (words for model in models for words in mapping_faults(model)):
            raise _refused(f"{_HEAD}\n'{name}': {unreadable}\n")
        candidates += [_Candidate(name, content, model) for model in models]
    names: dict[str, str] = {}
    for candidate in candidates:
        process_id, name = candidate.model.process_id, candidate.resource_name
        if process_id in names:
            raise _refused(f"{_HEAD}\nDuplicated process id in resources '{names[process_id]}' and '{name}'")
        names[process_id] = name
    return candidates


def _report(resource_name: str, wrong: Sequence[tuple[str, str]]) -> str:
    lines = [f"- Element: {element_id}\n    - ERROR: {message}" for element_id, message in wrong]
    return f"{_HEAD}\n'{resource_name}': {chr(10).join(lines)}\n"


def _refused(reason: str) -> Rejection:
    return Rejection.of_command("CREATE", RejectionKind.INVALID_ARGUMENT, reason)


def _digest(content: bytes) -> bytes:
    return hashlib.md5(content, usedforsecurity=False).digest()
