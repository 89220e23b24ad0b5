"""Errors that a fake raises more than once."""

from __future__ import annotations

from typing import TypeVar

_Error = TypeVar("_Error", bound=BaseException)


def untraced(error: _Error) -> _Error:
    """Return the error without the traceback and the cause of earlier raises.

    Each raise of one instance adds its frames to those of all raises before. After some thousand raises,
    writing the traceback into the log takes longer than the test.
    """
    error.__context__ = None
    return error.with_traceback(None)
