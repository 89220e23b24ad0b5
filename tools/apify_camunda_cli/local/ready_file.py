"""The ready file of `apify-camunda local --serve`: it exists while everything is up, and is never partial."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local_aws import LocalAws

from apify_camunda_cli.deployment.discovery import RECONCILER
from apify_camunda_cli.errors import UsageError


class ReadyFile:
    """A file that says that everything is up; entered before anything starts, left when all has stopped.

    Args:
        path: The file. A file that is already there was left by an earlier run, and is replaced.

    Raises:
        UsageError: The file could not be written later; this is found out on entering.
    """

    def __init__(self, path: Path) -> None:
        if not path.name:
            raise UsageError(f"--ready-file {path} is the name of no file.")
        self._path = path
        self._draft = path.with_name(f".{path.name}.{os.getpid()}")
        self._announced: str | None = None

    def __enter__(self) -> Self:
        if not self._path.parent.is_dir():
            raise UsageError(
                f"--ready-file {self._path} cannot be written: there is no folder {self._path.parent}."
            )
        try:
            self._draft.touch(mode=0o600)  # it holds the address of the page, and with it its token
            self._draft.chmod(0o600)
            self._path.unlink(missing_ok=True)
        except OSError as error:
            self.withdraw()
            raise UsageError(f"--ready-file {self._path} cannot be written: {error.strerror}.") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.withdraw()

    def announce(self, text: str) -> None:
        """Put the file in its place, whole."""
        self._draft.write_text(text, encoding="utf-8")
        self._announced = text
        self._draft.replace(self._path)

    def withdraw(self) -> None:
        """Take the file away, unless it is another run's by now."""
        with contextlib.suppress(OSError):  # the folder may be gone, and then so are the files
            self._draft.unlink(missing_ok=True)
            if self._announced is not None and self._path.read_text(encoding="utf-8") == self._announced:
                self._path.unlink()


def deployment_facts(aws: LocalAws) -> dict[str, Any]:
    """Return the part of the ready file from which other commands find the deployment; it holds no secret."""
    return {"operator": stack_facts(aws)}


def stack_facts(aws: LocalAws) -> dict[str, Any]:
    """Return what another command must know of the local stack."""
    reconciler = next(spec for spec in aws.template.functions() if spec.logical_id == RECONCILER)
    return {
        "region": aws.clients.dynamodb.meta.region_name,
        "endpoints": {
            "dynamodb": aws.dynamodb_url,
            "lambda": aws.lambda_url,
            "secretsmanager": aws.services_url,
            "sqs": aws.services_url,
            "ssm": aws.services_url,
        },
        "environment": dict(reconciler.environment),
        "reconciler": reconciler.name,
        "undeliveredQueueUrl": aws.queue_url("UndeliveredEvents"),
    }
