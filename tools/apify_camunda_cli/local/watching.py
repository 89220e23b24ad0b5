"""Deploys the files of `local --serve FILE...`, and with --watch again whenever one is saved."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from apify_camunda_cli.errors import UsageError
from apify_camunda_cli.formatting import as_utf8, one_line
from apify_camunda_cli.local.cluster import Refused, Unanswered
from apify_camunda_cli.local.steps import Report, Step
from apify_camunda_cli.local.world import FunctionFailed, LocalWorld
from apify_camunda_cli.parameters import read_bytes

LOOK_AT_FILES_S: Final = 0.5
BEFORE_ERRORS: Final = "the following errors: "
"""What Camunda begins with when it refuses a file; the rest says why."""
_DEPLOYED: Final = "file.deployed"
_REFUSED: Final = "file.refused"


class DeployedFiles:
    """The files of one run, with what each held when it was last looked at.

    Args:
        world: Where they are deployed.
        paths: The files.
        watches: Whether they are deployed again when they are saved.
        report: Takes what became of each.
    """

    def __init__(self, world: LocalWorld, paths: Sequence[Path], *, watches: bool, report: Report) -> None:
        self._world = world
        self._paths = paths
        self._report = report
        self._seen: dict[Path, str] = {}
        self.watches = watches

    def deploy(self) -> None:
        """Deploy each file; if they are watched, a refused one is reported and can be corrected.

        Raises:
            UsageError: One cannot be read or deployed, and none is watched.
        """
        for path in self._paths:
            content = read_bytes(path, "The file")
            self._is_new(path, content)
            why = self._deploy(path, content)
            if why is not None and not self.watches:
                raise UsageError(f"The file {path} cannot be deployed: {why}")

    def redeploy_saved(self) -> None:
        """Deploy the files that were saved, and let their webhooks be reconciled; failures are shown."""
        deployed = [self._deploy(path, content) is None for path, content in self._saved()]
        if any(deployed):
            try:
                self._world.reconcile()
            except FunctionFailed as error:
                self._report(Step("local", "reconciliation.failed", {"reason": one_line(error)}))

    def _saved(self) -> list[tuple[Path, bytes]]:
        """Return the files with another content than at the last look; one that cannot be read waits."""
        found = []
        for path in self._paths:
            try:
                content = path.read_bytes()
            except OSError:  # an editor puts a new file in its place
                continue
            if content and self._is_new(path, content):
                found.append((path, content))
        return found

    def _is_new(self, path: Path, content: bytes) -> bool:
        """Note what a file holds; say whether that is something else than before."""
        digest = hashlib.sha256(content).hexdigest()
        is_new = self._seen.get(path) != digest
        self._seen[path] = digest
        return is_new

    def _deploy(self, path: Path, content: bytes) -> str | None:
        """Deploy a file and tell it; return why it was refused, or None."""
        try:
            self._world.cluster.deploy(as_utf8(path.name), content)
        except (Refused, Unanswered) as error:
            why = one_line(error).rpartition(BEFORE_ERRORS)[2]
            self._report(Step("local", _REFUSED, {"file": str(path), "reason": why}))
            return why
        self._report(Step("local", _DEPLOYED, {"file": str(path)}))
        return None
