"""Records what stops an element and what takes it up again; does not carry that out."""

from dataclasses import replace

from emulators.camunda.actions import Action
from emulators.camunda.rejection import Rejection, RejectionKind, Stuck
from emulators.camunda.state import ElementInstance, Incident, IncidentKind, IncidentState, Job, JobState
from emulators.camunda.store import Retry, Store


class Incidents:
    """Raises and resolves incidents, and keeps the flags of their elements and instances."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def stop_element(self, row: ElementInstance, stuck: Stuck, retry: Action) -> None:
        """Record that an element cannot go on; resolving it tries `retry`."""
        incident = self._record(row, stuck.kind, stuck.message, None)
        self._store.retries.put(Retry(incident.key, retry))

    def stop_job(self, job: Job, kind: IncidentKind, message: str) -> None:
        """Record that a job cannot go on; resolving it makes the job activatable."""
        self._store.jobs.put(replace(job, has_incident=True))
        self._record(self._store.elements[job.element_instance_key], kind, message, job.key)

    def resolve(self, key: int) -> None:
        """Take up what an incident stopped.

        Raises:
            Rejection: NOT_FOUND; INVALID_STATE where its job has no retries.
        """
        incident = self._store.incidents.get(key)
        if incident is None or incident.state is IncidentState.RESOLVED:
            reason = f"Expected to resolve incident with key '{key}', but no such incident was found"
            raise Rejection.of_command("RESOLVE", RejectionKind.NOT_FOUND, reason)
        if incident.job_key is not None:
            self._free(self._store.jobs[incident.job_key], key)
        self._close(incident)
        retry = self._store.retries.get(key)
        if retry is not None:
            self._store.retries.remove(key)
            self._store.agenda.append(retry.action)

    def close_all(self, element_key: int) -> None:
        """Close the incidents of an element that ended."""
        for incident in self._store.incidents.find("element", element_key):
            self._close(incident)
            if self._store.retries.get(incident.key) is not None:
                self._store.retries.remove(incident.key)

    def _free(self, job: Job, incident_key: int) -> None:
        if job.retries <= 0:
            what = f"Expected to resolve incident with key '{incident_key}'"
            why = f"but job with key '{job.key}' has no retries left"
            hint = "Please update the job retries and retry resolving the incident"
            raise Rejection.of_command("RESOLVE", RejectionKind.INVALID_STATE, f"{what}, {why}. {hint}")
        if job.ended_at is None:
            self._store.jobs.put(replace(job, state=JobState.ACTIVATABLE, has_incident=False, retry_at=None))

    def _record(
        self, row: ElementInstance, kind: IncidentKind, message: str, job_key: int | None
    ) -> Incident:
        incident = self._store.incidents.put(
            Incident(
                key=self._store.new_key(),
                kind=kind,
                message=message,
                state=IncidentState.ACTIVE,
                process_instance_key=row.process_instance_key,
                process_id=row.process_id,
                definition_key=row.definition_key,
                element_id=row.element_id,
                element_instance_key=row.key,
                job_key=job_key,
                tenant_id=row.tenant_id,
                created_at=self._store.now,
            )
        )
        self._flag(row.key, row.process_instance_key)
        self._store.happened("incident.created", element_id=row.element_id, kind=kind.value, message=message)
        return incident

    def _close(self, incident: Incident) -> None:
        self._store.incidents.put(replace(incident, state=IncidentState.RESOLVED))
        self._flag(incident.element_instance_key, incident.process_instance_key)
        self._store.happened("incident.resolved", element_id=incident.element_id, key=incident.key)

    def _flag(self, element_key: int, instance_key: int) -> None:
        row, instance = self._store.elements[element_key], self._store.instances[instance_key]
        open_here = self._store.incidents.has("element", element_key)
        anywhere = any(
            i.state is IncidentState.ACTIVE for i in self._store.incidents.find("instance", instance_key)
        )
        self._store.elements.put(replace(row, has_incident=open_here))
        self._store.instances.put(replace(instance, has_incident=anywhere))
