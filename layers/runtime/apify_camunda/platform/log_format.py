"""Decides how log records are written: JSON lines, which CloudWatch reads field by field."""

from __future__ import annotations

import logging
import sys

from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

_QUIET_LOGGERS = ("httpx", "httpcore", "botocore", "boto3", "urllib3", "grpc", "pyzeebe")
"""Their own records show URLs (with webhooks in them) and headers."""


def configure_logging(service: str, level: str = "INFO") -> None:
    """Write records of this level and above, with `service` in each; quiet loggers keep to warnings."""
    handler = logging.StreamHandler(sys.stdout)
    plain = LambdaPowertoolsFormatter(service=service, json_deserializer=str)  # no message of ours is JSON
    handler.setFormatter(plain)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
