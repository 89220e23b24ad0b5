"""`apify-camunda feel`: evaluate an expression as Camunda would, and see what became null and why."""

from __future__ import annotations

import argparse
import sys

from apify_camunda_cli.usage import json_object, parse_json

DESCRIPTION = """\
Evaluate a FEEL expression as Camunda would, with the functions that its connectors add. The result is
printed as a connector would write it; what became null because something was wrong is told as a warning.
"""
EPILOG = """\
exit code:
  0  the result is printed; warnings, if any, are on standard error
  1  the expression is wrong, or fails; the reason is on standard error
  2  something that was given cannot be used; one line says what

examples:
  apify-camunda feel '= items[price > 10].name' --context '{"items": [{"name": "tea", "price": 11}]}'
  apify-camunda feel 'order.total * 1.19' --context order.json
  apify-camunda feel '[1..5], > 100' --unary-tests 3
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "feel",
        help="evaluate a FEEL expression as Camunda would",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("expression", help="the expression; a leading = is accepted")
    parser.add_argument(
        "--context", default="{}", metavar="JSON|FILE.json", help="the variables, a JSON object"
    )
    parser.add_argument(
        "--unary-tests", metavar="JSON", help="read the expression as unary tests on this input"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Evaluate and print; exit 1 where the evaluation fails."""
    # It costs a moment, which other commands need not.
    from apify_camunda.feel import Evaluated, Failed, evaluate, evaluate_unary_tests, to_json  # noqa: PLC0415
    from apify_camunda.feel.connector_functions import CONNECTOR_FUNCTIONS  # noqa: PLC0415

    context = json_object(arguments.context, "--context")
    if arguments.unary_tests is None:
        result = evaluate(arguments.expression, context, functions=CONNECTOR_FUNCTIONS)
    else:
        given = parse_json(arguments.unary_tests, "--unary-tests")
        result = evaluate_unary_tests(arguments.expression, given, context, functions=CONNECTOR_FUNCTIONS)
    for failure in result.failures:
        print(f"warning: {failure.kind}: {failure.message}", file=sys.stderr)
    match result:
        case Evaluated():
            print(to_json(result.value))
            return 0
        case Failed():
            print(result.reason, file=sys.stderr)
            return 1
