"""Everything that is needed from outside, one Protocol a need; tests/contract holds each to its docstring."""

from apify_camunda.ports.apify import Apify, ApifyAccounts
from apify_camunda.ports.camunda import (
    EngineCommands,
    InstanceSearch,
    JobQueue,
    ProcessCatalog,
    WaitingDefinitions,
)
from apify_camunda.ports.ledgers import AttemptLedger, Claimed, ClaimRefused, EffectClaim, EventLedger
from apify_camunda.ports.registry import ElementStatus, Registry, ScannedDefinition
from apify_camunda.ports.surroundings import (
    Clock,
    Metrics,
    ParkedEvents,
    PollerPlaces,
    PollerWaker,
    SecretSource,
)

__all__ = [
    "Apify",
    "ApifyAccounts",
    "AttemptLedger",
    "ClaimRefused",
    "Claimed",
    "Clock",
    "EffectClaim",
    "ElementStatus",
    "EngineCommands",
    "EventLedger",
    "InstanceSearch",
    "JobQueue",
    "Metrics",
    "ParkedEvents",
    "PollerPlaces",
    "PollerWaker",
    "ProcessCatalog",
    "Registry",
    "ScannedDefinition",
    "SecretSource",
    "WaitingDefinitions",
]
