"""Finishes a built template: `built_template.py FILE ARCHITECTURE [--releases TYPE] [--snapstart]`.

It runs in SAM's own environment, with nothing but PyYAML.

* The template accepts only the architecture that its layer was compiled for: on the other one no function
  could be imported.
* With `--releases` each deployment publishes versions, and traffic moves to them as TYPE says (one of SAM's
  deployment types); an alarm during that time takes it back. With `--snapstart` versions start from a
  snapshot. SAM publishes a version when the template changes, not when a parameter does, so each build has a
  mark of its own.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ALIAS = "live"
_FUNCTION = "AWS::Serverless::Function"


def with_architecture(template: Mapping[str, Any], architecture: str) -> dict[str, Any]:
    """Return the template with the parameter Architecture bound to what was built."""
    bound = template["Parameters"]["Architecture"] | {
        "Default": architecture,
        "AllowedValues": [architecture],
    }
    return {**template, "Parameters": {**template["Parameters"], "Architecture": bound}}


def with_releases(
    template: Mapping[str, Any], *, release: str, deployment_type: str | None, snapstart: bool
) -> dict[str, Any]:
    """Return the template with published versions behind an alias.

    Args:
        template: A built template.
        release: A text that no earlier build had.
        deployment_type: How traffic moves to a new version; None means at once.
        snapstart: Whether versions start from a snapshot of their memory.
    """
    resources = dict(template["Resources"])
    for name, resource in template["Resources"].items():
        if resource["Type"] == _FUNCTION:
            properties = resource["Properties"] | {
                "AutoPublishAlias": ALIAS,
                "AutoPublishAliasAllProperties": True,
                "AutoPublishCodeSha256": release,
            }
            if deployment_type is not None:
                alarms = [{"Ref": f"{name}ErrorsAlarm"}]
                properties["DeploymentPreference"] = {"Type": deployment_type, "Alarms": alarms}
            if snapstart:
                properties["SnapStart"] = {"ApplyOn": "PublishedVersions"}
            resources[name] = resource | {"Properties": properties}
    _wake_the_alias(resources)
    return {**template, "Resources": resources}


def _wake_the_alias(resources: dict[str, Any]) -> None:
    """Let the receiver wake the poller's alias, and allow it that alone."""
    receiver = resources["ReceiveWebhook"]["Properties"]
    variables = receiver["Environment"]["Variables"]
    variables["POLLER_FUNCTION"] = {"Fn::Sub": f"{variables['POLLER_FUNCTION']['Fn::Sub']}:{ALIAS}"}
    [policy] = resources["ReceiveWebhookRole"]["Properties"]["Policies"]
    for statement in policy["PolicyDocument"]["Statement"]:
        if statement.get("Sid") == "WakePoller":
            statement["Resource"] = {"Fn::Sub": f"{statement['Resource']['Fn::Sub']}:{ALIAS}"}


def new_release() -> str:
    """Return a text that no earlier build had; SAM puts its first ten letters into logical ids."""
    return f"{time.time_ns():x}"


def main() -> None:
    """Rewrite the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("architecture")
    parser.add_argument("--releases", default="", help="for example Canary10Percent5Minutes")
    parser.add_argument("--snapstart", action="store_true")
    arguments = parser.parse_args()
    template = with_architecture(
        yaml.safe_load(arguments.file.read_text(encoding="utf-8")), arguments.architecture
    )
    if arguments.releases or arguments.snapstart:
        template = with_releases(
            template,
            release=new_release(),
            deployment_type=arguments.releases or None,
            snapstart=arguments.snapstart,
        )
    text = yaml.safe_dump(template, sort_keys=False, width=120)
    arguments.file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
