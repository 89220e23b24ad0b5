"""A Lambda function that does nothing, in the local Lambda service: what the runtime client costs alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from local_aws import LocalAws

FOLDER: Final = "empty_function"
_TEMPLATE: Final = f"""
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Empty:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: {FOLDER}, Handler: app.handler, Runtime: python3.13, Timeout: 10, MemorySize: 512}}
"""
_CODE: Final = 'def handler(event, context):\n    return {"statusCode": 200, "body": \'{"status": "ok"}\'}\n'


@contextmanager
def empty_function(environment: Mapping[str, str] | None = None) -> Iterator[tuple[LocalAws, str]]:
    """Give a local AWS with this function alone, and its name."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder, "template.yaml")
        template.write_text(_TEMPLATE)
        code = Path(folder, FOLDER)
        code.mkdir()
        (code / "app.py").write_text(_CODE)
        with LocalAws(template, environment_overrides={"*": environment or {}}, runs_schedules=False) as aws:
            yield aws, aws.function_name("Empty")
