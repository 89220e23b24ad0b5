"""Puts secrets into a job's variables: in each input only those that it names, unless all are allowed.

What definitions say is kept in a warm process. A cluster that was reset uses its keys again: what is kept is
used only for the same process and version, for some minutes, and is read again before a name is not granted.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, TypeVar, cast

from apify_camunda.camunda.model import ActivatedJob
from apify_camunda.camunda.ports import ProcessCatalog
from apify_camunda.errors import ConfigurationError, EngineRejected
from apify_camunda.expressions.secret_references import names_in, resolve
from apify_camunda.identifiers import DefinitionKey
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.input_secrets import (
    NO_SECRETS,
    InputSecrets,
    may_be_whole,
    names_of,
    resolve_inputs,
    secrets_of_elements,
)
from apify_camunda.outbound.operations.model import FETCHED_VARIABLES
from apify_camunda.platform.ports import Clock, SecretSource

T = TypeVar("T")

_MOST_KEPT: Final = 1000
_KEPT_FOR: Final = timedelta(minutes=5)
_JUST_READ: Final = timedelta(seconds=30)
_SecretsByElement = Mapping[str, InputSecrets]
_Definition = tuple[DefinitionKey, str, int, str]
"""Key, process id, version and tenant."""


@dataclass(frozen=True, slots=True)
class _Kept:
    by_element: _SecretsByElement
    read_at: datetime


class SecretScope(Enum):
    """Which secrets a job may use."""

    ELEMENT = "element"
    """The secrets that its own element names, each in the input whose source names it."""
    ANY = "any"
    """All secrets, in each value that mentions one."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The variables with secrets in them, and the values that must not leave us."""

    variables: JsonObject = field(repr=False)
    used: frozenset[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotVisibleYet:
    """The element's definition was deployed so recently that the catalogue does not show it.

    Attributes:
        asked_for: How long this process has been asking for it.
    """

    asked_for: timedelta


class ResolveSecrets:
    """Puts secrets into the variables of jobs; keeps what the definitions say."""

    def __init__(
        self,
        *,
        secrets: SecretSource,
        catalog: ProcessCatalog,
        scope: SecretScope,
        job_type: str,
        clock: Clock,
    ) -> None:
        self._secrets = secrets
        self._clock = clock
        self._catalog = catalog
        self._scope = scope
        self._job_type = job_type
        self._kept: OrderedDict[_Definition, _Kept] = OrderedDict()
        self._missed: OrderedDict[_Definition, datetime] = OrderedDict()

    async def __call__(self, job: ActivatedJob, *, refresh: bool = False) -> Resolved | NotVisibleYet:
        """Return the variables that the element template binds, with secrets put in.

        Other variables of the process are neither read nor passed on.

        Args:
            job: The job.
            refresh: Read the secrets again, because a value was refused.

        Raises:
            InvalidInput: A secret does not exist.
            ConfigurationError: Secrets or definitions cannot be read; a person must act.
            StoreUnavailable: The secret store did not answer.
            EngineUnavailable: The definition could not be asked for.
        """
        bound: JsonObject = {name: job.variables[name] for name in FETCHED_VARIABLES if name in job.variables}
        mentioned = names_in(bound)
        if not mentioned and (self._scope is SecretScope.ANY or not may_be_whole(bound)):
            return Resolved(bound, frozenset())
        if self._scope is SecretScope.ANY:
            secrets = await self._secrets.secrets(refresh=refresh)
            variables = cast(JsonObject, resolve(bound, secrets))
            return Resolved(variables, _values(secrets, mentioned))
        granted = await self._granted(job, mentioned)
        if granted is None:
            return NotVisibleYet(self._asked_for(_definition_of(job)))
        names = (mentioned & names_of(granted)) | frozenset(granted.whole.values())
        if not names:
            return Resolved(bound, frozenset())
        secrets = await self._secrets.secrets(refresh=refresh)
        used = _values(secrets, names)
        return Resolved(resolve_inputs(bound, secrets, granted), used)

    async def _granted(self, job: ActivatedJob, mentioned: frozenset[str]) -> InputSecrets | None:
        """Return the names that the inputs of the element mention; None: they are not known yet."""
        definition = _definition_of(job)
        now = self._clock.now()
        kept = self._kept.get(definition)
        if kept is not None:
            age = now - kept.read_at
            granted = kept.by_element.get(job.element_id, NO_SECRETS)
            if age < _JUST_READ or (age < _KEPT_FOR and mentioned <= names_of(granted)):
                return granted
        by_element = await self._read(job)
        if by_element is None:
            return None
        _keep(self._kept, definition, _Kept(by_element, now))
        return by_element.get(job.element_id, NO_SECRETS)

    async def _read(self, job: ActivatedJob) -> _SecretsByElement | None:
        try:
            xml = await self._catalog.xml(job.definition_key)
        except EngineRejected as error:
            raise ConfigurationError(
                f"The process definition {job.process_id} cannot be read ({error.message}). Grant the client "
                "READ_PROCESS_DEFINITION, or deploy with SecretScope=any."
            ) from error
        if xml is None:
            return None
        return secrets_of_elements(xml, job_type=self._job_type)

    def _asked_for(self, key: _Definition) -> timedelta:
        """Return since when a definition has been asked for without success."""
        now = self._clock.now()
        if key not in self._missed:
            _keep(self._missed, key, now)
        return now - self._missed[key]


def _definition_of(job: ActivatedJob) -> _Definition:
    return job.definition_key, job.process_id, job.process_version, job.tenant_id


def _keep(kept: OrderedDict[_Definition, T], key: _Definition, value: T) -> None:
    kept[key] = value
    if len(kept) > _MOST_KEPT:
        kept.popitem(last=False)


def _values(secrets: Mapping[str, str], names: frozenset[str]) -> frozenset[str]:
    return frozenset(secrets[name] for name in names if name in secrets)
