"""The stand-in's schema is the one that Camunda's engine validates with."""

import json
from pathlib import Path

import pytest
from emulators.camunda import schema
from real_engines.bpmn_schema import bpmn_schema

from tests.engines.availability import available_or_skip


@pytest.mark.engine
def test_the_data_is_made_of_camundas_schema() -> None:
    """The committed data is what `python -m real_engines.bpmn_schema` makes of Camunda's jar."""
    committed = Path(schema.__file__).with_name("bpmn_schema.json").read_text(encoding="utf-8")
    assert json.loads(committed) == available_or_skip(bpmn_schema)
