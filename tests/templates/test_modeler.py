"""The templates in Camunda's own modeler: valid, and a properties panel that a person can use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from element_templates.build import FOLDER, WITH_STEPS
from element_templates.models import operations

from tests.templates.camunda_modeler import chromium, problems
from tests.templates.ours import EVERY_FILE, NAMES, read

BARE = (Path(__file__).parent / "bare.bpmn").read_text()
PLACES = {
    "apify-outbound": "Work",
    "apify-start-event": "Start",
    "apify-message-start-event": "Start",
    "apify-intermediate-catch-event": "Event",
    "apify-boundary-event": "Boundary",
    "apify-receive-task": "Work",
    "apify-event-sub-process-start-event": "SubProcessStart",
}
"""The element of the bare diagram that gets a template."""


def test_validator_has_nothing_to_say() -> None:
    """
    Camunda's validator finds neither an error nor a warning in any build.
    """
    assert problems([FOLDER / file for file in EVERY_FILE]) == {str(FOLDER / file): [] for file in EVERY_FILE}


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> tuple[Mapping[str, Any], Path]:
    """Return what the properties panel shows of each template once it is applied, and the screenshots."""
    folder = tmp_path_factory.mktemp("screenshots")
    views = [
        {"name": name, "template": read(f"{name}.json"), "element": PLACES[name], "openAll": everything}
        for everything in (False, True)
        for name in NAMES
    ]
    for view in views[len(NAMES) :]:
        view["name"] = f"{view['name']}, all groups"
    with_steps = read(f"{WITH_STEPS}/apify-outbound.json")
    views += [
        {"name": each.type, "template": with_steps, "element": "Work", "preset": each.type}
        for each in operations()
    ]
    told = chromium("panel.mjs", given=json.dumps({"diagram": BARE, "folder": str(folder), "views": views}))
    assert isinstance(told, dict)
    return told, folder


@pytest.mark.xdist_group("panel")
class TestPanel:
    """Each template in the properties panel, applied to a bare element."""

    def test_no_error_is_reported(self, panel: tuple[Mapping[str, Any], Path]) -> None:
        """
        Neither the browser's console nor the loader of templates reports an error.
        """
        assert panel[0]["errors"] == []

    @pytest.mark.parametrize("name", NAMES)
    def test_six_fields_are_shown(self, panel: tuple[Mapping[str, Any], Path], name: str) -> None:
        """
        The simple case is six fields long, and says in one sentence what is missing.
        """
        shown = panel[0]["views"][name]

        assert len(shown["fields"]) == 6
        assert shown["messages"] == ["Actor must not be empty."]

    @pytest.mark.parametrize("name", NAMES)
    def test_each_has_its_screenshot(self, panel: tuple[Mapping[str, Any], Path], name: str) -> None:
        """
        A picture of the panel is there to be looked at.
        """
        assert (panel[1] / f"{name}.png").stat().st_size > 10_000

    @pytest.mark.parametrize("operation", [each.type for each in operations()])
    def test_entry_of_the_menu_chooses_its_operation(
        self, panel: tuple[Mapping[str, Any], Path], operation: str
    ) -> None:
        """
        On 8.10 an entry of the menu makes an element of just this operation.
        """
        xml = panel[0]["views"][operation]["xml"]

        assert f'<zeebe:input source="{operation}" target="operation.type" />' in xml
