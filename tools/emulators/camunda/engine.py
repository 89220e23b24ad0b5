"""The engine's commands: what gRPC and REST may ask of it, each carried out wholly or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from emulators.camunda.actions import Complete, StartInstance, Terminate
from emulators.camunda.batches import copies_of_message, must_fit
from emulators.camunda.documents import check_tags, check_variables
from emulators.camunda.job_commands import JobCommands
from emulators.camunda.rejection import Rejection, RejectionKind
from emulators.camunda.running import NO_TIME
from emulators.camunda.state import (
    ElementState,
    Message,
    ProcessDefinition,
    ProcessInstance,
    Variables,
)
from emulators.camunda.store import business_lock

LATEST = -1


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a deployment made, or found to be there already."""

    key: int
    tenant_id: str
    definitions: tuple[ProcessDefinition, ...]


@dataclass(frozen=True, slots=True)
class PublishedMessage:
    """A message that was accepted; whether anything waited for it is not said."""

    key: int
    tenant_id: str


@dataclass(frozen=True, slots=True)
class Correlation:
    """A message that reached at least one instance: the first of them."""

    message_key: int
    process_instance_key: int
    tenant_id: str


class Engine(JobCommands):
    """A small Zeebe in memory.

    Every command is atomic: it is carried out wholly, or raises Rejection and has changed nothing. All
    durations are timedelta, all instants aware. A tenant id of "" means "none was given".
    """

    # Resources and instances

    def deploy(self, resources: Sequence[tuple[str, bytes]], tenant_id: str = "") -> Deployment:
        """Deploy BPMN files (name, content); an unchanged process keeps its version."""
        tenant = self._tenancy.of("Deploy Resources", tenant_id)
        with self._command():
            key, definitions = self._assembly.definitions.deploy(resources, tenant)
        return Deployment(key, tenant, definitions)

    def delete_resource(self, key: int) -> None:
        """Delete a process definition; where deletion drains, instances that run go on until they end."""
        with self._command():
            self._assembly.definitions.delete(key)

    def create_instance(
        self,
        *,
        process_id: str = "",
        definition_key: int | None = None,
        version: int = LATEST,
        variables: Variables | None = None,
        tenant_id: str = "",
        tags: Sequence[str] = (),
        business_id: str | None = None,
    ) -> ProcessInstance:
        """Start a process at its none start event, by key or by id and version.

        Raises:
            Rejection: ALREADY_EXISTS, where business ids are unique and an active instance has this one.
        """
        tenant = self._tenancy.of("Create Process Instance", tenant_id)
        document, tag_set = check_variables(variables or {}), check_tags(tags)
        with self._command():
            definition = self._startable(tenant, process_id, definition_key, version)
            start = self._store.models[definition.key].none_start(definition.process_id)
            if start is None:
                reason = "Expected to create instance of process with none start event"
                raise _refused("CREATE", RejectionKind.INVALID_STATE, f"{reason}, but there is no such event")
            self._refuse_known_business_id(definition, business_id)
            action = StartInstance(
                key=self._store.new_key(),
                definition_key=definition.key,
                element_id=start.id,
                variables=document,
                tags=tag_set,
                business_id=business_id,
            )
            must_fit("CREATE", document)
            self._store.agenda.append(action)
        return self._store.instances[action.key]

    def wait_for_result(
        self, process_instance_key: int, *, timeout: timedelta, fetch_variables: Sequence[str] = ()
    ) -> Variables | None:
        """Block until the instance ended and return its variables.

        Returns:
            None at the timeout, and where the instance was terminated or the cluster was reset.
        """

        def has_ended() -> bool:
            row = self._store.elements.get(process_instance_key)
            return row is None or row.ended_at is not None

        with self._changed:
            self._changed.wait_for(has_ended, timeout.total_seconds())
            row = self._store.elements.get(process_instance_key)
            if row is None or row.state is not ElementState.COMPLETED:
                return None
            visible = self._assembly.scopes.visible(process_instance_key)
        return {n: v for n, v in visible.items() if n in fetch_variables} if fetch_variables else visible

    def cancel_instance(self, key: int) -> None:
        """Terminate a process instance and everything in it."""
        with self._command():
            instance = self._store.instances.get(key)
            what = f"Expected to cancel a process instance with key '{key}'"
            if instance is None or instance.ended_at is not None:
                raise _refused("CANCEL", RejectionKind.NOT_FOUND, f"{what}, but no such process was found")
            if instance.parent_process_instance_key is not None:
                why = "but it is created by a parent process instance. Cancel the root process instance"
                root = instance.parent_process_instance_key
                raise _refused("CANCEL", RejectionKind.INVALID_STATE, f"{what}, {why} '{root}' instead.")
            self._store.agenda.append(Terminate(key))

    def set_variables(self, element_instance_key: int, variables: Variables, *, local: bool = False) -> int:
        """Set variables in an element instance's own scope, or from it upwards; return the command's key."""
        document = check_variables(variables)
        with self._command():
            row = self._store.elements.get(element_instance_key)
            if row is None or row.state not in {ElementState.ACTIVATING, ElementState.ACTIVE}:
                what = f"Expected to update variables for element with key '{element_instance_key}'"
                raise _refused("UPDATE", RejectionKind.NOT_FOUND, f"{what}, but no such element was found")
            must_fit("UPDATE", document)
            scopes = self._assembly.scopes
            (scopes.set_local if local else scopes.propagate)(row.key, document)
            self._store.happened("variables.set", element_id=row.element_id, names=tuple(document))
            return self._store.new_key()

    def complete_user_task(self, key: int, variables: Variables | None = None) -> None:
        """Complete a user task, as the person does it.

        Raises:
            Rejection: NOT_FOUND, where there is none or it has ended.
        """
        document = check_variables(variables or {})
        with self._command():
            task = self._store.user_tasks.get(key)
            row = None if task is None else self._store.elements[task.element_instance_key]
            if row is None or row.state is not ElementState.ACTIVE:
                reason = f"Expected to complete user task with key '{key}', but no such user task was found"
                raise _refused("COMPLETE", RejectionKind.NOT_FOUND, reason)
            must_fit("COMPLETE", document)
            self._store.happened("user_task.completed", key=key, element_id=row.element_id)
            self._store.agenda.append(Complete(row.key, document))

    def resolve_incident(self, key: int) -> None:
        """Try once more what the incident stopped."""
        with self._command():
            self._assembly.incidents.resolve(key)

    # Messages

    def publish_message(
        self,
        *,
        name: str,
        correlation_key: str = "",
        variables: Variables | None = None,
        time_to_live: timedelta = NO_TIME,
        message_id: str = "",
        tenant_id: str = "",
        business_id: str | None = None,
    ) -> PublishedMessage:
        """Correlate a message with all that wait for it, and keep it for its time to live.

        Raises:
            Rejection: ALREADY_EXISTS, where a buffered message has the same id, name, key and tenant.
        """
        tenant = self._tenancy.of("Publish Message", tenant_id)
        document = check_variables(variables or {})
        with self._command():
            message = self._message(
                name=name,
                correlation_key=correlation_key,
                variables=document,
                time_to_live=time_to_live,
                message_id=message_id,
                tenant_id=tenant,
                business_id=business_id,
            )
            reached = self._assembly.messages.publish(message, time_to_live)
            is_kept = time_to_live > NO_TIME
            must_fit("PUBLISH", document, copies_of_message(len(reached), is_kept=is_kept))
        return PublishedMessage(message.key, tenant)

    def correlate_message(
        self,
        *,
        name: str,
        correlation_key: str = "",
        variables: Variables | None = None,
        tenant_id: str = "",
        business_id: str | None = None,
    ) -> Correlation:
        """Correlate a message with all that wait for it now.

        Raises:
            Rejection: NOT_FOUND, where nothing waits for it.
        """
        tenant = self._tenancy.of("Correlate Message", tenant_id)
        document = check_variables(variables or {})
        with self._command():
            message = self._message(
                name=name,
                correlation_key=correlation_key,
                variables=document,
                tenant_id=tenant,
                business_id=business_id,
            )
            reached = self._assembly.messages.publish(message, NO_TIME)
            must_fit("CORRELATE", document, copies_of_message(len(reached), is_kept=False))
            if not reached:
                what = f"Expected to find subscription for message with name '{name}'"
                reason = f"{what} and correlation key '{correlation_key}', but none was found."
                raise _refused("CORRELATE", RejectionKind.NOT_FOUND, reason)
        return Correlation(message.key, reached[0].process_instance_key, tenant)

    def _refuse_known_business_id(self, definition: ProcessDefinition, business_id: str | None) -> None:
        lock = business_lock(definition.tenant_id, definition.process_id, business_id)
        if not self._unique_business_ids or lock is None:
            return
        if self._store.instances.has("active_business", lock):
            what = f"Expected to create instance of process with business id '{business_id}'"
            reason = f"{what}, but an instance with this business id already exists"
            raise _refused("CREATE", RejectionKind.ALREADY_EXISTS, reason)

    def _startable(
        self, tenant_id: str, process_id: str, definition_key: int | None, version: int
    ) -> ProcessDefinition:
        definitions = self._assembly.definitions
        if definition_key is not None:
            found = definitions.by_key(definition_key)
            if found is not None and found.tenant_id == tenant_id:
                return found
            raise _no_definition(f"key '{definition_key}'")
        if version == LATEST:
            found = definitions.latest(tenant_id, process_id)
            where = f"process ID '{process_id}'"
        else:
            found = definitions.by_version(tenant_id, process_id, version)
            where = f"process ID '{process_id}' and version '{version}'"
        if found is None:
            raise _no_definition(where)
        return found

    def _message(
        self,
        *,
        name: str,
        correlation_key: str,
        variables: Variables,
        tenant_id: str,
        time_to_live: timedelta = NO_TIME,
        message_id: str = "",
        business_id: str | None = None,
    ) -> Message:
        return Message(
            key=self._store.new_key(),
            name=name,
            correlation_key=correlation_key,
            message_id=message_id,
            variables=variables,
            tenant_id=tenant_id,
            business_id=business_id,
            expires_at=self._clock.now() + max(time_to_live, NO_TIME),
        )


def _no_definition(where: str) -> Rejection:
    reason = f"Expected to find process definition with {where}, but none found"
    return _refused("CREATE", RejectionKind.NOT_FOUND, reason)


def _refused(command: str, kind: RejectionKind, reason: str) -> Rejection:
    return Rejection.of_command(command, kind, reason)
