"""The commands of workers: jobs are handed out, waited for, given back and ended."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from emulators.camunda.actions import Decision
from emulators.camunda.batches import must_fit
from emulators.camunda.documents import check_variables
from emulators.camunda.rejection import Rejection, RejectionKind
from emulators.camunda.running import NO_TIME, Running
from emulators.camunda.state import ActivatedJob, Variables

_MILLISECOND = timedelta(milliseconds=1)


class JobCommands(Running):
    """What a worker may ask of the engine."""

    def activate_jobs(
        self,
        *,
        job_type: str,
        worker: str,
        timeout: timedelta,
        max_jobs: int,
        fetch_variables: Sequence[str] = (),
        tenant_ids: Sequence[str] = (),
    ) -> tuple[ActivatedJob, ...]:
        """Lock jobs of one type for `timeout` and return them with their variables; never waits."""
        tenants = self._tenancy.of_all("Activate Jobs", tenant_ids)
        _check_activation(job_type, timeout, max_jobs)
        with self._command():
            jobs = self._assembly.jobs
            return tuple(
                jobs.activate(
                    job_type=job_type,
                    worker=worker,
                    timeout=timeout,
                    max_jobs=max_jobs,
                    fetch=fetch_variables,
                    tenants=tenants,
                )
            )

    def wait_for_jobs(
        self,
        job_type: str,
        timeout: timedelta,
        *,
        tenant_ids: Sequence[str] = (),
        still_wanted: Callable[[], bool] = lambda: True,
    ) -> bool:
        """Block until a job of the type can be activated; False at the timeout or when unwanted."""
        tenants = self._tenancy.of_all("Activate Jobs", tenant_ids)

        def is_there() -> bool:
            waiting = self._store.jobs.find("activatable", job_type)
            return any(job.tenant_id in tenants for job in waiting)

        with self._changed:
            self._changed.wait_for(lambda: is_there() or not still_wanted(), timeout.total_seconds())
            return is_there() and still_wanted()

    def complete_job(
        self, key: int, variables: Variables | None = None, decision: Decision | None = None
    ) -> None:
        """Complete a job that is activatable or activated.

        Args:
            key: The job's.
            variables: Its result.
            decision: How the ad-hoc sub-process goes on whose job it is.
        """
        document = check_variables(variables or {})
        with self._command():
            self._assembly.jobs.complete(key, document, decision)
            must_fit("COMPLETE", document)

    def fail_job(
        self,
        key: int,
        *,
        retries: int,
        message: str = "",
        backoff: timedelta = NO_TIME,
        variables: Variables | None = None,
    ) -> None:
        """Give a job back; without retries it becomes an incident."""
        document = check_variables(variables or {})
        with self._command():
            self._assembly.jobs.fail(key, retries, message, backoff, document)
            must_fit("FAIL", document)

    def throw_error(
        self, key: int, *, code: str, message: str = "", variables: Variables | None = None
    ) -> None:
        """Throw a BPMN error from a job; where nothing catches it, an incident."""
        document = check_variables(variables or {})
        with self._command():
            self._assembly.jobs.throw_error(key, code, message, document)
            must_fit("THROW_ERROR", document)

    def update_job_timeout(self, key: int, timeout: timedelta) -> None:
        """Lock an activated job until `timeout` from now, shorter or longer than before."""
        with self._command():
            self._assembly.jobs.update_timeout(key, timeout)

    def update_job_retries(self, key: int, retries: int) -> None:
        """Set a job's retries (1 or more)."""
        with self._command():
            self._assembly.jobs.update_retries(key, retries)


def _check_activation(job_type: str, timeout: timedelta, max_jobs: int) -> None:
    for wrong, what in (
        (not job_type, "type to be present, but it was blank"),
        (timeout <= NO_TIME, f"timeout to be greater than zero, but it was '{timeout // _MILLISECOND}'"),
        (max_jobs < 1, f"max jobs to activate to be greater than zero, but it was '{max_jobs}'"),
    ):
        if wrong:
            raise Rejection.of_command(
                "ACTIVATE", RejectionKind.INVALID_ARGUMENT, f"Expected to activate job batch with {what}"
            )
