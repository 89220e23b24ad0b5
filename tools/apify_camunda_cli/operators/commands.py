"""Declares the operator's commands; each has a module of its own."""

from __future__ import annotations

import argparse

from apify_camunda_cli.operators import events_command, pause_command, status_command, webhooks_command


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the operator's commands."""
    for command in (status_command, webhooks_command, events_command, pause_command):
        command.add_parser(commands)
