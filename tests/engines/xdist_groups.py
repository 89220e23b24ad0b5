"""Lets pytest-xdist see which tests are to share one process, and so one engine; else this does nothing.

pytest-xdist 3.8 notes a test's group in a place that pytest reads no longer since 9.2, and then spreads the
tests of a group over all processes without a word.

Source: https://github.com/pytest-dev/pytest-xdist/issues/1386
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Put the group of each test into its id, where the scheduler of `--dist loadgroup` looks for it."""
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        groups = sorted({str(mark.args[0]) for mark in item.iter_markers("xdist_group")})
        ending = f"@{'_'.join(groups)}"
        if groups and not item.nodeid.endswith(ending):
            item._id = type(item._id).parse(f"{item.nodeid}{ending}")
