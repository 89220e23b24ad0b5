"""`apify-camunda doctor`: examine a deployment from the outside in, and say what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from apify_camunda_cli.deployment.declaration import on_target
from apify_camunda_cli.deployment.result import Result
from apify_camunda_cli.formatting import Coloured, one_line

if TYPE_CHECKING:
    from apify_camunda_cli.deployment.doctor.finding import Finding
    from apify_camunda_cli.deployment.invocation import Invocation

_COLOURS = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "bright_black"}


@on_target(
    "doctor",
    about="Examine a deployment from the outside in, and say what to do about each finding",
    details=(
        "Checked are: the AWS identity, the stack, the functions' settings, tables, queues, secrets and the "
        "signing key, each Apify token and its room for webhooks, Camunda over REST and gRPC with what the "
        "client may do, the public URL, and a test event that Apify itself delivers. It runs on this machine "
        "with your identity: a cluster or a URL that only Lambda may reach is reported as unreachable. It "
        "publishes one message that nothing waits for, and changes nothing else."
    ),
    examples=("doctor", "doctor --ready ready.json", "doctor --stack apify-camunda-test --json"),
    exit_codes={0: "nothing failed; there may be warnings", 1: "a check failed; its remedy is printed"},
)
async def doctor(invocation: Invocation) -> Result:
    """Return every finding."""
    # Imported here, because other commands do not need it.
    from apify_camunda_cli.deployment.doctor.examination import examine  # noqa: PLC0415

    findings = [finding async for finding in examine(invocation.target, clock=invocation.clock)]
    counts = Counter(finding.state.value for finding in findings)
    summary = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    value = {
        "findings": [
            {
                "check": each.check,
                "state": each.state.value,
                "detail": each.detail,
                "remedy": each.remedy or None,
            }
            for each in findings
        ],
        "counts": dict(counts),
    }
    failure = f"Failed checks: {counts['failed']}." if counts["failed"] else None
    return Result(value, (*_lines(findings), f"Checks: {summary}."), failure=failure)


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    width = max(len(each.check) for each in findings)
    for each in findings:
        line = f"{each.state.value:<8} {each.check:<{width}}  {one_line(each.detail)}"
        yield Coloured(line, _COLOURS[each.state.value])
        if each.remedy:
            yield f"{'':<{width + 11}}{one_line(each.remedy)}"
