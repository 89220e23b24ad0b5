"""An engine for tests: its time is stopped until a test moves it, and frequent questions have short names."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from emulators.camunda.clock import EngineClock
from emulators.camunda.engine import Deployment, Engine, PublishedMessage
from emulators.camunda.state import ActivatedJob, Incident, IncidentState, ProcessInstance, TraceEvent

from tests.builders_process import Bpmn

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def still_engine(*, multi_tenancy: bool = False, drains: bool = False) -> Engine:
    """Return an engine whose clock moves only when it is moved."""
    return Engine(EngineClock(lambda: NOW), multi_tenancy=multi_tenancy, drains=drains)


@dataclass
class Cluster:
    """An engine and the trace of what happened in it."""

    engine: Engine = field(default_factory=still_engine)
    trace: list[TraceEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine.listen(self.trace.append)

    def deploy(self, *processes: Bpmn) -> Deployment:
        """Deploy processes together."""
        return self.engine.deploy([p.resource() for p in processes])

    def start(self, process_id: str = "process", **variables: Any) -> int:
        """Start an instance of the latest version and return its key."""
        return self.engine.create_instance(process_id=process_id, variables=variables).key

    def run(self, process: Bpmn, **variables: Any) -> int:
        """Deploy a process and start an instance of it."""
        self.deploy(process)
        return self.start(process.process_id, **variables)

    def jobs(self, job_type: str = "work", *, lock_s: float = 60) -> tuple[ActivatedJob, ...]:
        """Activate every job of a type."""
        return self.engine.activate_jobs(
            job_type=job_type, worker="worker", timeout=timedelta(seconds=lock_s), max_jobs=100
        )

    def job(self, job_type: str = "work", *, lock_s: float = 60) -> ActivatedJob:
        """Activate the only job of a type."""
        (job,) = self.jobs(job_type, lock_s=lock_s)
        return job

    def complete(self, job_type: str = "work", **variables: Any) -> None:
        """Complete the only job of a type."""
        self.engine.complete_job(self.job(job_type).job.key, variables)

    def throw(self, job_type: str, code: str, **variables: Any) -> None:
        """Throw an error from the only job of a type."""
        self.engine.throw_error(self.job(job_type).job.key, code=code, variables=variables)

    def waiting(self, job_type: str) -> list[dict[str, Any]]:
        """Activate every job of a type and return their variables."""
        return [dict(job.variables) for job in self.jobs(job_type)]

    def publish(
        self, name: str, key: str = "", *, ttl_s: float = 0, message_id: str = "", **variables: Any
    ) -> PublishedMessage:
        """Publish a message."""
        return self.engine.publish_message(
            name=name,
            correlation_key=key,
            time_to_live=timedelta(seconds=ttl_s),
            message_id=message_id,
            variables=variables,
        )

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.engine.advance_clock(timedelta(seconds=seconds))

    def instance(self, key: int) -> ProcessInstance:
        """Return a process instance."""
        found = self.engine.process_instance(key)
        assert found is not None
        return found

    def ended(self, key: int) -> bool:
        """Return whether a process instance has completed."""
        return self.instance(key).state == "COMPLETED"

    def active(self, key: int) -> list[str]:
        """Return the ids of the elements at which an instance is."""
        return sorted(e.element_id for e in self.engine.element_instances(key) if e.ended_at is None)

    def incident(self, key: int) -> Incident:
        """Return the only open incident of an instance."""
        (found,) = (i for i in self.engine.incidents(key) if i.state is IncidentState.ACTIVE)
        return found

    def variables(self, key: int) -> dict[str, Any]:
        """Return the variables of a process instance's own scope."""
        return {v.name: v.value for v in self.engine.variables(key) if v.scope_key == key}
