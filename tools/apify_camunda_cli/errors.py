"""The two ways in which a command fails; each message is one line: what, with which value, what to do."""

from __future__ import annotations


class UsageError(Exception):
    """A given value cannot be used, or is missing: exit code 2."""


class NotDone(Exception):
    """The request was understood but could not be carried out: exit code 1."""
