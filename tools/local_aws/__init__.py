"""AWS on this machine, as far as a SAM template of functions, an HTTP API, queues and tables needs it.

No Docker, no account: functions run in Lambda's own runtime client, and moto plays the stores.
"""

from local_aws.composition import MOTO, REGION
from local_aws.intrinsics import TemplateError
from local_aws.invocations import Failed, InvocationResult, Returned, Throttled
from local_aws.local_aws import LocalAws
from local_aws.observations import (
    EventGivenUp,
    FunctionLogged,
    InvocationEnded,
    InvocationThrottled,
    Observation,
    QueueBatchHandled,
    RequestAnswered,
    ScheduleFired,
)
from local_aws.stack import ACCOUNT_ID
from local_aws.template import Template

__all__ = [
    "ACCOUNT_ID",
    "MOTO",
    "REGION",
    "EventGivenUp",
    "Failed",
    "FunctionLogged",
    "InvocationEnded",
    "InvocationResult",
    "InvocationThrottled",
    "LocalAws",
    "Observation",
    "QueueBatchHandled",
    "RequestAnswered",
    "Returned",
    "ScheduleFired",
    "Template",
    "TemplateError",
    "Throttled",
]
