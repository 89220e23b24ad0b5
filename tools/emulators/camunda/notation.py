"""Decides whether FEEL, names and times in a model are written as the engine takes them; runs nothing."""

import re
from collections.abc import Iterator
from typing import assert_never

from emulators.camunda.expressions import check_syntax, is_expression
from emulators.camunda.model import (
    AdHoc,
    Element,
    Loop,
    MessageEvent,
    Script,
    TimerEvent,
    TimerKind,
    VariableMapping,
)
from emulators.camunda.schedules import InvalidSchedule, parse_cycle, parse_date, parse_interval
from emulators.camunda.user_tasks import user_task_faults

_PATH = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*(\.[a-zA-Z_][a-zA-Z0-9_]*)*")
_RESERVED = ("null", "true", "false", "function", "if", "then", "else", "for", "between", "instance", "of")
_TIMES = {
    TimerKind.DATE: ("date", "date-time"),
    TimerKind.DURATION: ("duration", "duration"),
    TimerKind.CYCLE: ("cycle", "cycle"),
}


def is_noted_well(element: Element) -> Iterator[str]:
    """Yield what is wrong with what an element says, in the engine's words."""
    for mapping in element.inputs:
        yield from check_syntax(mapping.source)
        yield from _target(mapping)
    for mapping in element.outputs:
        yield from check_expression(mapping.source)
        yield from _target(mapping)
    if element.job is not None:
        yield from check_syntax(element.job.type)
        yield from check_syntax(element.job.retries)
    if element.script is not None:
        yield from _script(element.script)
    if element.called is not None:
        yield from check_syntax(element.called.process_id)
    if element.loop is not None:
        yield from _loop(element.loop)
    if element.user_task is not None:
        yield from user_task_faults(element.user_task)
    if element.ad_hoc is not None:
        yield from _ad_hoc(element.ad_hoc)
    yield from _event(element)


def _event(element: Element) -> Iterator[str]:
    match element.event:
        case MessageEvent(name, correlation_key):
            yield from check_syntax(name)
            if correlation_key:
                yield from check_expression(correlation_key)
        case TimerEvent() as timer:
            yield from _timer(timer)
        case _:
            return


def check_expression(text: str) -> Iterator[str]:
    """Yield what is wrong with a text that must be FEEL: a plain value is."""
    if not text:
        yield "Expected expression but not found."
    elif not is_expression(text):
        hint = f"An expression must start with '=' (e.g. '={text}')."
        yield f"Expected expression but found static value '{text}'. {hint}"
    yield from check_syntax(text)


def _target(mapping: VariableMapping) -> Iterator[str]:
    target = mapping.target
    if not target:
        yield "Expected path expression but not found."
    elif _PATH.fullmatch(target) is None:
        yield f"Expected path expression '{target}' but doesn't match the pattern '{_PATH.pattern}'."
    elif target in _RESERVED:
        words = ", ".join(_RESERVED)
        yield f"Expected path expression '{target}' but is one of the reserved words ({words})."


def _script(script: Script) -> Iterator[str]:
    yield from check_expression(script.expression)
    if not script.result_variable:
        yield "Attribute 'resultVariable' must be present and not empty"


def _ad_hoc(ad_hoc: AdHoc) -> Iterator[str]:
    for text in (ad_hoc.active_elements, ad_hoc.output_element, ad_hoc.completion_condition):
        if text is not None:
            yield from check_expression(text)


def _loop(loop: Loop) -> Iterator[str]:
    yield from check_expression(loop.input_collection)
    if loop.output_element:
        yield from check_expression(loop.output_element)
    yield from check_syntax(loop.completion_condition)
    collects = [
        ("outputCollection", loop.output_collection, "outputElement", loop.output_element),
        ("outputElement", loop.output_element, "outputCollection", loop.output_collection),
    ]
    for name, value, other, needed in collects:
        if value and not needed:
            yield f"Attribute '{other}' must be present if the attribute '{name}' is set"


def _timer(timer: TimerEvent) -> Iterator[str]:
    """A time that is not an expression is known already, and must be a valid time."""
    if is_expression(timer.expression):
        yield from check_syntax(timer.expression)
        return
    what, form = _TIMES[timer.kind]
    text = timer.expression
    try:
        match timer.kind:
            case TimerKind.DATE:
                parse_date(text)
            case TimerKind.DURATION:
                parse_interval(text)
            case TimerKind.CYCLE:
                parse_cycle(text)
            case _:
                assert_never(timer.kind)
    except InvalidSchedule:
        yield f"Invalid timer {what} expression (Invalid {form} format '{text}' for expression '{text}'.)"
