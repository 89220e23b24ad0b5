"""The type of a JSON value, and the ids that travel through the program under names of their own."""

from __future__ import annotations

from typing import NewType

ApifyUserId = NewType("ApifyUserId", str)
AttemptId = NewType("AttemptId", str)
"""`{job key}-{number}`: names one attempt of one job within a deployment; ends the path `/runs/{attempt}`."""
DefinitionKey = NewType("DefinitionKey", int)
EffectKey = NewType("EffectKey", str)
"""Hex digest that names one effect of one event."""
EventId = NewType("EventId", str)
"""Hex digest that names one event, the same for each webhook that reports it."""
JobKey = NewType("JobKey", int)
RegistrationId = NewType("RegistrationId", str)
RunId = NewType("RunId", str)
TenantId = NewType("TenantId", str)
WebhookId = NewType("WebhookId", str)

DEFAULT_TENANT = TenantId("<default>")
