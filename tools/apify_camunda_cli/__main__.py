"""`apify-camunda`: run processes locally, try expressions, and look after a deployment."""

from __future__ import annotations

import argparse
import sys

from apify_camunda import __version__

from apify_camunda_cli import feel_command, local_command
from apify_camunda_cli.operators.commands import add_parsers as add_operators_parsers
from apify_camunda_cli.usage import EXIT_USAGE, UsageError


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="apify-camunda",
        description="Apify connectors for Camunda 8, serverless: run them locally, look after a deployment.",
        epilog="`apify-camunda COMMAND --help` tells more, with examples.",
    )
    parser.add_argument("--version", action="version", version=f"apify-camunda {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    local_command.add_parser(commands)
    feel_command.add_parser(commands)
    add_operators_parsers(commands)
    try:
        arguments = parser.parse_args(argv)
        return int(arguments.run(arguments))
    except UsageError as error:
        print(f"apify-camunda: {error}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
