"""Makes the outcome of a job from what its operation brings; stores it as a document where asked to."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from apify_camunda.camunda.model import ActivatedJob, JobOutcome
from apify_camunda.camunda.ports import DocumentStore
from apify_camunda.errors import ErrorCode, InvalidInput, PermanentError
from apify_camunda.outbound.domain.documents import DocumentOffer, StoreAsDocument, new_document
from apify_camunda.outbound.domain.job_facts import facts_of_job
from apify_camunda.outbound.domain.job_headers import JobHeaders
from apify_camunda.outbound.domain.job_outcome import (
    OperationResult,
    outcome_of_error,
    outcome_of_result,
    outcome_of_variables,
    variables_of,
)
from apify_camunda.outbound.flows.large_results import LargeResults
from apify_camunda.platform.ports import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mapping:
    """How the result of a job becomes its outcome.

    Attributes:
        secrets: Values that must not leave us.
    """

    job: ActivatedJob
    headers: JobHeaders
    secrets: Collection[str]

    def outcome(self, result: OperationResult) -> JobOutcome:
        """Return the outcome of a result."""
        retries = self.job.retries
        return outcome_of_result(result, self.headers, retries=retries, secrets=self.secrets)

    def outcome_if_it_fits(self, result: OperationResult) -> JobOutcome | InvalidInput:
        """Return the outcome of a result, or the error that says that its variables are too large."""
        retries, secrets = self.job.retries, self.secrets
        try:
            variables = variables_of(result, self.headers)
        except InvalidInput as error:
            if error.code == ErrorCode.RESULT_TOO_LARGE:
                return error
            return self.failure(error)
        return outcome_of_variables(variables, result, self.headers, retries=retries, secrets=secrets)

    def failure(self, error: PermanentError) -> JobOutcome:
        """Return the outcome of an error."""
        return outcome_of_error(error, self.headers, retries=self.job.retries, secrets=self.secrets)


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeOutcome:
    """Makes outcomes; few jobs hold a large result at a time."""

    large_results: LargeResults
    documents: DocumentStore
    clock: Clock

    async def __call__(
        self, mapping: Mapping, read: Callable[[int], Awaitable[OperationResult]]
    ) -> JobOutcome:
        """Return the outcome of what `read` brings, given how many bytes that may have; it changes nothing.

        Raises:
            ConnectorError: It could not be read, or not even the largest room holds it.
            EngineUnavailable: The document store did not answer.
        """
        return await self.large_results.outcome(read, lambda result: self._made(mapping, result))

    async def _made(self, mapping: Mapping, result: OperationResult) -> JobOutcome:
        if result.offer is None:
            async with self.large_results.turn():
                return mapping.outcome(result)
        too_large: InvalidInput | None = None
        if result.offer.choice is StoreAsDocument.WHEN_TOO_LARGE:
            async with self.large_results.turn():
                made = mapping.outcome_if_it_fits(result)
            if not isinstance(made, InvalidInput):
                return made
            too_large = made
        try:
            stored = await self._stored(mapping, result, result.offer)
        except PermanentError as error:
            return mapping.failure(_both(too_large, error))
        async with self.large_results.turn():
            return mapping.outcome(stored)

    async def _stored(
        self, mapping: Mapping, result: OperationResult, offer: DocumentOffer
    ) -> OperationResult:
        assert result.as_document is not None, "what is offered has a form with the document in its place"
        async with self.large_results.turn():
            document = new_document(offer, mapping.job, secrets=mapping.secrets, now=self.clock.now())
        reference = await self.documents.put(document)
        log.info("result was stored as a document", extra=facts_of_job(mapping.job))
        return result.as_document(reference)


def _both(too_large: InvalidInput | None, error: PermanentError) -> PermanentError:
    """Return the error of a document that could not be stored; what is too large stays known as that."""
    if too_large is None:
        return error
    return InvalidInput(
        f"{too_large.message} It could not be stored as a document either: {error.message}",
        code=too_large.code,
    )
