"""`apify-camunda feel`: evaluate an expression as Camunda would, and see which parts became null and why."""

from __future__ import annotations

import json
import sys

import click

from apify_camunda_cli.command_line import Command, argument, option
from apify_camunda_cli.parameters import json_object, parse_json


@click.command(
    cls=Command,
    help=(
        "Evaluate a FEEL expression as Camunda would, with the functions that its connectors add. The result "
        "is printed as a connector would write it; each part that became null by a mistake is a warning."
    ),
    short_help="Evaluate a FEEL expression as Camunda would.",
    exit_codes={
        0: "the result is printed; warnings, if any, are on standard error",
        1: "the expression is wrong, or fails; the reason is on standard error",
        2: "a given value cannot be used; one line says why",
    },
    examples=(
        """feel '= items[price > 10].name' --context '{"items": [{"name": "tea", "price": 11}]}'""",
        "feel 'order.total * 1.19' --context order.json",
        "feel '[1..5], > 100' --unary-tests 3",
        "feel 'missing.name' --json",
    ),
)
@argument("expression", about="the expression; a leading = is accepted")
@option("--context", default="{}", metavar="JSON|FILE.json", help="the variables, a JSON object")
@option("--unary-tests", metavar="JSON", help="read the expression as unary tests on this input")
@option("--json", "as_json", is_flag=True, help="print one JSON object with the result and the warnings")
def feel(expression: str, context: str, unary_tests: str | None, *, as_json: bool) -> int:
    """Evaluate and print; return 1 where the evaluation fails."""
    # Imported here, because other commands do not need it.
    from apify_camunda.feel import Evaluated, Failed, evaluate, evaluate_unary_tests, to_json  # noqa: PLC0415
    from apify_camunda.feel.connector_functions import CONNECTOR_FUNCTIONS  # noqa: PLC0415

    variables = json_object(context, "--context")
    if unary_tests is None:
        result = evaluate(expression, variables, functions=CONNECTOR_FUNCTIONS)
    else:
        given = parse_json(unary_tests, "--unary-tests")
        result = evaluate_unary_tests(expression, given, variables, functions=CONNECTOR_FUNCTIONS)
    warnings = [{"kind": str(each.kind), "message": each.message} for each in result.failures]
    if not as_json:
        for warning in warnings:
            print(f"warning: {warning['kind']}: {warning['message']}", file=sys.stderr)
    match result:
        case Evaluated():
            text = to_json(result.value)
            print(f'{{"result": {text}, "warnings": {json.dumps(warnings)}}}' if as_json else text)
            return 0
        case Failed():
            if as_json:
                print(json.dumps({"error": result.reason, "warnings": warnings}, ensure_ascii=False))
            print(result.reason, file=sys.stderr)
            return 1
