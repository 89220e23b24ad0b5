"""`apify-camunda feel`: evaluate an expression as Camunda would, and see what became null and why."""

from __future__ import annotations

import argparse
import sys

from apify_camunda.feel import Evaluated, Failed, evaluate, evaluate_unary_tests, to_json
from apify_camunda.feel.connector_functions import CONNECTOR_FUNCTIONS

from apify_camunda_cli.usage import json_object, parse_json


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "feel",
        help="evaluate a FEEL expression as Camunda would",
        description="Evaluate a FEEL expression as Camunda would; shows the result, and what became null.",
        epilog="example: apify-camunda feel '= items[price > 10].name' --context '{\"items\": []}'",
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
