"""Each module of `domain` and `flows` has a test file of its name, or a reason for another one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "layers" / "runtime" / "apify_camunda"
UNIT: Final = ROOT / "tests" / "unit"
FOLDERS: Final = [
    f"{capability}/{folder}"
    for capability in ("inbound", "outbound", "registration")
    for folder in ("domain", "flows")
]

VALUES: Final = "it only holds values"
PART: Final = "it is a step of this flow, and its effects are seen there"
DECIDED: Final = "its decision is a part of this one"

COVERED_BY: Final[dict[str, tuple[str, str]]] = {
    "inbound/domain/connector_data": ("inbound/domain/test_correlation.py", DECIDED),
    "inbound/domain/processing": ("inbound/flows/test_receive_event.py", VALUES),
    "inbound/domain/stored_effect": ("inbound/flows/test_delivery_survives.py", "what is stored is read"),
    "inbound/domain/variables": ("inbound/domain/test_correlation.py", DECIDED),
    "inbound/flows/apply_effect": ("inbound/flows/test_delivery_interleavings.py", PART),
    "inbound/flows/effect_report": ("inbound/flows/test_receive_event.py", VALUES),
    "inbound/flows/process_event": ("inbound/flows/test_receive_event.py", PART),
    "inbound/flows/refused_signatures": ("inbound/flows/test_receive_event.py", PART),
    "inbound/flows/report_doubts": ("inbound/flows/test_delivery_survives.py", PART),
    "inbound/flows/settle_doubt": ("inbound/flows/test_delivery_survives.py", PART),
    "outbound/domain/attempt": ("outbound/domain/test_attempt_transitions.py", VALUES),
    "outbound/domain/cancellable_run": ("outbound/flows/test_sweep_cancelled.py", VALUES),
    "outbound/domain/documents": ("outbound/flows/test_documents.py", DECIDED),
    "outbound/domain/job_facts": ("outbound/flows/test_run_jobs_logs.py", "its facts are seen in the log"),
    "outbound/flows/compose_handle_job": ("outbound/flows/test_run_jobs_operations.py", PART),
    "outbound/flows/counted_work": ("outbound/flows/test_run_jobs_isolation.py", PART),
    "outbound/flows/end_attempt": ("outbound/flows/test_run_jobs_kills.py", PART),
    "outbound/flows/find_run": ("outbound/flows/test_run_jobs_once.py", PART),
    "outbound/flows/follow_run": ("outbound/flows/test_run_jobs_runs.py", PART),
    "outbound/flows/fresh_token": ("outbound/flows/test_run_jobs_waits.py", PART),
    "outbound/flows/given_document": ("outbound/flows/test_documents.py", PART),
    "outbound/flows/handle_job": ("outbound/flows/test_run_jobs_operations.py", PART),
    "outbound/flows/handle_run_job": ("outbound/flows/test_run_jobs_runs.py", PART),
    "outbound/flows/job_locks": ("outbound/flows/test_run_jobs_waits.py", PART),
    "outbound/flows/make_outcome": ("outbound/flows/test_documents.py", PART),
    "outbound/flows/report_outcome": ("outbound/flows/test_run_jobs_operations.py", PART),
    "outbound/flows/resolve_secrets": ("outbound/flows/test_run_jobs_operations.py", PART),
    "outbound/flows/run_jobs": ("outbound/flows/test_run_jobs_polling.py", "one file for each concern"),
    "outbound/flows/run_work": ("outbound/flows/test_run_jobs_runs.py", VALUES),
    "outbound/flows/start_run": ("outbound/flows/test_run_jobs_kills.py", PART),
    "outbound/flows/wait_for_apify": ("outbound/flows/test_run_jobs_waits.py", PART),
    "registration/domain/definitions": ("registration/domain/test_scan_plan.py", VALUES),
    "registration/domain/deployed": ("registration/domain/test_element_report.py", VALUES),
    "registration/domain/plan_steps": ("registration/domain/test_plan.py", VALUES),
    "registration/domain/problem": ("registration/flows/test_reconcile_bulkheads.py", VALUES),
    "registration/domain/registration": ("registration/domain/test_plan.py", VALUES),
    "registration/domain/retained_listeners": ("registration/domain/test_plan.py", DECIDED),
    "registration/domain/wanted_registrations": ("registration/flows/test_reconcile_webhooks.py", DECIDED),
    "registration/domain/webhook_upkeep": ("registration/domain/test_plan.py", DECIDED),
    "registration/flows/apify_identities": ("registration/flows/test_reconcile_bulkheads.py", PART),
    "registration/flows/catch_up_gaps": ("registration/flows/test_reconcile_lives.py", PART),
    "registration/flows/catch_up_runs": ("registration/flows/test_reconcile_lives.py", PART),
    "registration/flows/confirm_processes": ("registration/flows/test_reconcile_unknown.py", PART),
    "registration/flows/converge_webhooks": ("registration/flows/test_reconcile_webhooks.py", PART),
    "registration/flows/open_accounts": ("registration/flows/test_reconcile_bulkheads.py", PART),
    "registration/flows/remove_webhooks": ("registration/flows/test_reconcile_webhooks.py", PART),
    "registration/flows/report_elements": ("registration/flows/test_reconcile_webhooks.py", PART),
    "registration/flows/scan_definitions": ("registration/flows/test_waiting_versions.py", PART),
}  # fmt: skip
"""The modules without a test file of their name: the file that tests them, and why it is that one."""


def modules() -> list[str]:
    """Return the modules of all `domain` and `flows` folders as `capability/folder/name`."""
    return [
        f"{folder}/{path.stem}"
        for folder in FOLDERS
        for path in sorted((PACKAGE / folder).glob("*.py"))
        if path.stem != "__init__"
    ]


def own_test_file(module: str) -> Path:
    folder, _, name = module.rpartition("/")
    return UNIT / folder / f"test_{name}.py"


def test_the_modules_are_found() -> None:
    """The check sees the modules of all six folders."""
    assert {module.rpartition("/")[0] for module in modules()} == set(FOLDERS)


@pytest.mark.parametrize("module", modules())
def test_module_has_tests_of_its_name(module: str) -> None:
    """A module has `tests/unit/.../test_<name>.py`, or a row that names another test file and the reason."""
    if own_test_file(module).exists():
        assert module not in COVERED_BY, f"{module} has a test file of its name: remove its row here"
        return
    assert module in COVERED_BY, (
        f"{module} has no test file of its name. Write {own_test_file(module).relative_to(ROOT)}, or add a "
        "row to COVERED_BY with the file that tests it and the reason."
    )


def test_each_row_names_a_module_and_a_test_file() -> None:
    """A row goes when its module or its test file goes."""
    assert COVERED_BY.keys() <= set(modules())
    assert [file for file, _ in COVERED_BY.values() if not (UNIT / file).is_file()] == []
