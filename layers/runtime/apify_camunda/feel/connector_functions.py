"""The functions that Camunda's connectors add to FEEL, for result and error expressions; an optional library.

    evaluate('= if error.code = "404" then bpmnError("NOT_FOUND", error.message) else null', context,
             functions=CONNECTOR_FUNCTIONS)

Each returns a context that says what is to be done; an argument of the wrong type ends the evaluation.

Source: connector-runtime/connector-feel of camunda/connectors (8.10).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from apify_camunda.feel import temporal
from apify_camunda.feel.arithmetic import java_int
from apify_camunda.feel.failures import Fatal
from apify_camunda.feel.scope import Evaluation
from apify_camunda.feel.temporal import DayTimeDuration
from apify_camunda.feel.values import (
    CONTEXT,
    DAYS_DURATION,
    NUMBER,
    STRING,
    Context,
    Function,
    Value,
    kind_of,
    load_temporal_kinds,
)

_NANOSECONDS: Final = 1_000_000_000
_A_NAMES: Final = {STRING: "String", CONTEXT: "Context", NUMBER: "Number", DAYS_DURATION: "Duration"}


def _checked(function: str, parameter: str, kind: str, value: Value) -> Value:
    if kind_of(value) != kind:
        raise Fatal(f"Parameter '{parameter}' of function '{function}' must be a {_A_NAMES[kind]}")
    return value


def _bpmn_error(_evaluation: Evaluation, arguments: Sequence[Value]) -> Context:
    """Return the context that makes the connector throw a BPMN error."""
    error: Context = {"errorType": "bpmnError"}
    kinds = (("errorCode", STRING), ("errorMessage", STRING), ("variables", CONTEXT))
    for (parameter, kind), value in zip(kinds, arguments, strict=False):
        error[parameter] = _checked("bpmnError", parameter, kind, value)
    return error


def _job_error(_evaluation: Evaluation, arguments: Sequence[Value]) -> Context:
    """Return the context that makes the connector fail the job."""
    load_temporal_kinds()
    error: Context = {
        "errorType": "jobError",
        "errorMessage": "",
        "variables": {},
        "retries": 0,
        "retryBackoff": DayTimeDuration(0),
    }
    kinds = (
        ("errorMessage", STRING),
        ("variables", CONTEXT),
        ("retries", NUMBER),
        ("retryBackoff", DAYS_DURATION),
    )
    for (parameter, kind), value in zip(kinds, arguments, strict=False):
        error[parameter] = _checked("jobError", parameter, kind, value)
    return error


def _ignore_error(_evaluation: Evaluation, arguments: Sequence[Value]) -> Context:
    """Return the context that makes the connector complete the job in spite of the error."""
    error: Context = {"errorType": "ignoreError"}
    if arguments:
        error["variables"] = _checked("ignoreError", "variables", CONTEXT, arguments[0])
    return error


def _backoff(evaluation: Evaluation, arguments: Sequence[Value]) -> DayTimeDuration:
    """Return how long to wait before an attempt: exponential up to a bound, with random variation."""
    load_temporal_kinds()
    defaults = (
        None,
        DayTimeDuration(50_000_000),
        Decimal("1.6"),
        DayTimeDuration(5 * _NANOSECONDS),
        Decimal("0.1"),
    )
    kinds = (
        ("attempt", NUMBER),
        ("minDelay", DAYS_DURATION),
        ("factor", NUMBER),
        ("maxDelay", DAYS_DURATION),
        ("jitterFactor", NUMBER),
    )
    given = [
        _checked("backoff", name, kind, value) for (name, kind), value in zip(kinds, arguments, strict=False)
    ]
    values: list[Value] = [*given, *defaults[len(given) :]]
    attempt, shortest, factor, longest, jitter = java_int(values[0]), *values[1:]
    if attempt < 1:
        raise Fatal(f"backoff(): 'attempt' must be >= 1, but was {attempt}")
    if factor <= 0:
        raise Fatal(f"backoff(): 'factor' must be > 0, but was {float(factor)}")
    if shortest.nanoseconds > longest.nanoseconds:
        raise Fatal(f"backoff(): 'minDelay' must be <= 'maxDelay', but was {temporal.to_java_text(shortest)}")
    if jitter < 0:
        raise Fatal(f"backoff(): 'jitterFactor' must be >= 0, but was {float(jitter)}")
    delay = _grown(shortest.nanoseconds, float(factor), attempt - 1, longest.nanoseconds)
    delay *= 1 + float(jitter) * (2 * evaluation.clock.random() - 1)
    return DayTimeDuration(max(0, round(delay)))


def _grown(shortest: int, factor: float, times: int, longest: int) -> float:
    try:
        delay = shortest * factor**times
    except OverflowError:
        delay = float(longest)
    return min(max(delay, float(shortest)), float(longest))


_PARAMETERS: Final[dict[str, tuple[Callable[[Evaluation, Sequence[Value]], Value], tuple[str, ...], int]]] = {
    "bpmnError": (_bpmn_error, ("errorCode", "errorMessage", "variables"), 1),
    "jobError": (_job_error, ("errorMessage", "variables", "retries", "retryBackoff"), 1),
    "ignoreError": (_ignore_error, ("variables",), 0),
    "backoff": (_backoff, ("attempt", "minDelay", "factor", "maxDelay", "jitterFactor"), 1),
}

CONNECTOR_FUNCTIONS: Final = tuple(
    Function(name, parameters[:count], invoke)
    for name, (invoke, parameters, fewest) in _PARAMETERS.items()
    for count in range(fewest, len(parameters) + 1)
)
"""The functions to pass to `evaluate`, one for each number of arguments."""
