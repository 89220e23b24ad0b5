"""The Camunda stand-in's REST v2 API: what the gateway answers over HTTP, on top of the in-memory engine."""

from emulators.camunda.rest.api import RestApi
from emulators.camunda.rest.authentication import Credentials
from emulators.camunda.rest.faults import Cut, FaultPlan, Silence
from emulators.camunda.rest.http_server import RestServer
from emulators.camunda.rest.problems import Problem
from emulators.camunda.rest.versions import Gateway, GatewayVersion

__all__ = [
    "Credentials",
    "Cut",
    "FaultPlan",
    "Gateway",
    "GatewayVersion",
    "Problem",
    "RestApi",
    "RestServer",
    "Silence",
]
