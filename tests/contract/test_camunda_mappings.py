r"""What an element's input mappings make of their sources: texts with backslashes, "=", large numbers.

Camunda joins all inputs of an element into one FEEL context. A source without "=" is put into it between
quotation marks: quotes in it are escaped, backslashes are not.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pyzeebe.proto import gateway_pb2 as pb

from tests.builders_process import Bpmn
from tests.contract.engine_targets import OLD, OVER_GRPC, SINCE_8_8, Target, running_target, unique_name


@pytest.fixture(scope="module", params=OVER_GRPC)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture(scope="module", params=SINCE_8_8)
def new(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture(scope="module", params=OLD)
def old(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return unique_name(request)


ALIKE: Mapping[str, Any] = {
    r"a\nb": "a\nb",
    r"a\tb": "a\tb",
    r"a\rb": "a\rb",
    r"a\bb": "a\bb",
    r"a\fb": "a\fb",
    r"a\'b": "a'b",
    r"a\qb": r"a\qb",
    r"a\/b": r"a\/b",
    r"a\u0041b": r"a\u0041b",
    r"C:\new\temp": "C:\new\temp",
    r"\d+": r"\d+",
    r'{"r": "\d"}': r'{"r": "\d"}',
    'a"b"c': 'a"b"c',
    "line 1\nline 2": "line 1\nline 2",
    "1": "1",
    "true": "true",
    "10**20": "10**20",
    "=": "=",
    " =1": " =1",
    "\n=1": "\n=1",
    " =nope(": " =nope(",
    "= 1": 1,
    "=\n1": 1,
    "=/* a */ 1": 1,
    "=1.0": 1,
    "=1.5": 1.5,
    "=10**20": 7766279631452241920,
    "=[10**20]": [7766279631452241920],
    "=2**63": -(2**63),
    "=-(2**63)-1": 2**63 - 1,
    "=10**400": 0,
    "=string(10**20)": "1" + "0" * 20,
}
"""Sources that mean the same in all versions, and what the job gets."""

TWO_BACKSLASHES = {
    r"a\\b": (r"a\b", "a\\\b"),
    r"a\\nb": (r"a\nb", "a\\\nb"),
    r"a\\": ("a\\", r"a\\"),
    r'{"r": "\\d"}': (r'{"r": "\d"}', r'{"r": "\\d"}'),
}
"""Sources with two backslashes, and what the job gets since 8.8, and in 8.6."""

REFUSED = {
    "a quote behind a backslash": (r"a\"b", r"""'{v:"a\\"b"}'"""),
    "a backslash at the end": ("a\\", r"""'{v:"a\"}'"""),
    "a comment at the end": ("=1 // note", "'{v:1 // note}'"),
}
"""Sources that make no context, and the context that the refusal quotes."""


def with_inputs(name: str, sources: Mapping[str, Any]) -> Bpmn:
    """Return a process whose job has the variables v0, v1 and so on."""
    inputs = {f"v{number}": source for number, source in enumerate(sources)}
    return Bpmn(name).start().task(job_type=name, inputs=inputs).end()


def what_the_job_gets(target: Target, name: str, sources: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the job gets for each source."""
    target.deploy(with_inputs(name, sources))
    target.start(name)
    (variables,) = target.waiting(name)
    return {source: variables[f"v{number}"] for number, source in enumerate(sources)}


def test_sources_mean_the_same_in_all_versions(target: Target, name: str) -> None:
    """Escapes in texts are resolved as in FEEL, only "=..." is FEEL, and whole numbers have 64 bits."""
    assert what_the_job_gets(target, name, ALIKE) == ALIKE


def test_two_backslashes_are_one_since_8_8(new: Target, name: str) -> None:
    """Since 8.8 two backslashes are one, before any text."""
    wanted = {source: since_8_8 for source, (since_8_8, _) in TWO_BACKSLASHES.items()}
    assert what_the_job_gets(new, name, wanted) == wanted


def test_8_6_keeps_two_backslashes_before_an_ordinary_letter(old: Target, name: str) -> None:
    """In 8.6 the second backslash begins an escape; without one, both stay."""
    wanted = {source: in_8_6 for source, (_, in_8_6) in TWO_BACKSLASHES.items()}
    assert what_the_job_gets(old, name, wanted) == wanted


@pytest.mark.parametrize("what", REFUSED)
def test_sources_that_make_no_context_are_refused(target: Target, name: str, what: str) -> None:
    """A source that breaks the context is refused when the process is deployed, and the context is quoted."""
    source, context = REFUSED[what]
    content = Bpmn(name).start().task(job_type=name, inputs={"v": source}).end().xml()
    refused = target.refused("DeployResource", resources=[pb.Resource(name="p.bpmn", content=content)])
    assert refused.code == "INVALID_ARGUMENT"
    words = "Failed to build variable mapping expression: failed to parse expression"
    assert f"{words} {context}" in refused.details


def test_a_comment_in_an_output_is_refused_too(target: Target, name: str) -> None:
    """Output mappings are one FEEL text as well."""
    content = Bpmn(name).start().task(job_type=name, outputs={"v": "=1 // note"}).end().xml()
    refused = target.refused("DeployResource", resources=[pb.Resource(name="p.bpmn", content=content)])
    assert "Failed to build variable mapping expression" in refused.details
