"""Run as a program: one event on which hostile elements and an innocent one listen; prints what it took.

The argument says how many are hostile. The numbers are the effects of the innocent element, and by how many
bytes the process grew at most.
"""

from __future__ import annotations

import json
import resource
import sys

from tests import builders
from tests.fakes.receiver_world import World

HOSTILE = (
    "string join(for i in 1..20000 return request.body.s)",
    "concatenate(for i in 1..5000 return request.body.l)",
    "union(for i in 1..5000 return request.body.l)",
    "{x: for i in 1..5000 return request.body.s}",
    "{a0: [1, 1], " + ", ".join(f"a{i}: [a{i - 1}, a{i - 1}]" for i in range(1, 20)) + "}",
    "{x: for i in 1..100000000 return i}",
)
BODY = {"s": "x" * 100_000, "l": list(range(10_000))}
_UNIT_BYTES = 1024


def main() -> None:
    keyed = {"correlationKeyExpression": "=connectorData.runId"}
    hostile = [
        builders.catch(
            element_id=f"Hostile_{number}",
            message_name=f"hostile-{number}",
            properties=builders.properties(
                **keyed,
                **(
                    {"resultExpression": f"={HOSTILE[number % len(HOSTILE)]}"}
                    if number % 2
                    else {"activationCondition": f"={HOSTILE[number % len(HOSTILE)]} = null"}
                ),
            ),
        )
        for number in range(int(sys.argv[1]))
    ]
    innocent = builders.catch(
        message_name="innocent",
        definition_key=1,
        properties=builders.properties(**keyed, resultExpression="={run: connectorData.runId}"),
    )
    world = World(*hostile, innocent)
    request = builders.request(json.dumps(builders.body() | BODY).encode())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answered = world.post_this(request)
    world.go_on(accepted=answered, minutes=10)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    served = sum(message.name == "innocent" for message in world.engine.published)
    sys.stdout.write(json.dumps({"innocent": served, "grownBytes": grown * _UNIT_BYTES}) + "\n")


main()
