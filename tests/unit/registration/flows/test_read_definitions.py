"""What the reader of definitions tells beside what it finds."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest
from apify_camunda.platform.deadline import Deadline
from apify_camunda.registration.flows.read_definitions import DefinitionReader

from tests.builders_process import Bpmn
from tests.fakes.catalog import FakeCatalog
from tests.fakes.clock import FrozenClock
from tests.fakes.registry import FakeRegistry


def test_a_misspelt_type_is_logged_when_its_version_is_read(caplog: pytest.LogCaptureFixture) -> None:
    """One warning names the element and both types; the definition is kept as any other."""
    clock, catalog = FrozenClock(), FakeCatalog()
    xml = Bpmn("orders").start().task("Work", job_type="io.camunda:apify-outbond:1").end().xml().decode()
    definition = catalog.deploy(process_id="orders", name="Orders", tenant="<default>", xml=xml)
    reader = DefinitionReader(
        catalog=catalog,
        registry=FakeRegistry(),
        clock=clock,
        inbound_type="io.camunda:apify-inbound:1",
        job_type="io.camunda:apify-outbound:1",
        reads=10,
    )
    deadline = Deadline(clock.now() + timedelta(minutes=1))

    with caplog.at_level(logging.WARNING):
        read = asyncio.run(reader("cluster", {definition.key: definition}, earlier={}, deadline=deadline))

    assert list(read.scanned) == [definition.key]
    [record] = caplog.records
    assert (record.getMessage(), record.__dict__["element"]) == (
        "element was suspicious",
        "orders/1/Work",
    )
    assert "io.camunda:apify-outbond:1" in record.__dict__["error"]
