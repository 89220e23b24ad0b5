"""Ad-hoc sub-processes: which elements begin, what they collect, and when it is over.

A worker decides (the sub-process has a job, and gets a new one whenever an element has ended), or an
expression names the elements at the beginning.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from emulators.camunda.actions import ActivateInAdHoc, AdHocDecision, Complete
from emulators.camunda.expressions import evaluate, evaluate_condition, evaluate_list
from emulators.camunda.jobs import Jobs
from emulators.camunda.lifecycle import Lifecycle
from emulators.camunda.model import AdHoc, Element, Kind
from emulators.camunda.rejection import Rejection, RejectionKind, Stuck
from emulators.camunda.scopes import Scopes
from emulators.camunda.state import ElementInstance, ElementState, IncidentKind, Variables
from emulators.camunda.store import AdHocState, Store

ELEMENTS_VARIABLE: Final = "adHocSubProcessElements"
_VARIABLE: Final = re.compile(r"=\s*(?P<name>[A-Za-z_]\w*)(\.\w+)*\s*$")


class AdHocs:
    """Carries out what ad-hoc sub-processes do beyond other scopes."""

    def __init__(self, store: Store, scopes: Scopes, lifecycle: Lifecycle, jobs: Jobs) -> None:
        self._store = store
        self._scopes = scopes
        self._lifecycle = lifecycle
        self._jobs = jobs

    def prepare(self, row: ElementInstance, ad_hoc: AdHoc) -> None:
        """Set the variables of a sub-process that begins: its elements, and what is collected."""
        variables: dict[str, Any] = {ELEMENTS_VARIABLE: [dict(each) for each in ad_hoc.elements]}
        if ad_hoc.output_collection:
            variables[ad_hoc.output_collection] = []
        self._scopes.set_local(row.key, variables)

    def first_elements(self, row: ElementInstance, ad_hoc: AdHoc) -> list[ActivateInAdHoc]:
        """Return what begins with the sub-process.

        Raises:
            Stuck: The expression gives no list of ids of its elements.
        """
        if ad_hoc.active_elements is None:
            return []
        kind = IncidentKind.EXTRACT_VALUE_ERROR
        wanted = evaluate_list(ad_hoc.active_elements, self._scopes.visible(row.key), kind)
        known = {each["elementId"] for each in ad_hoc.elements}
        if unknown := [str(each) for each in wanted if each not in known]:
            raise Stuck(kind, _not_there(row, unknown))
        return [ActivateInAdHoc(row.key, each) for each in wanted]

    def activate(self, action: ActivateInAdHoc) -> tuple[int, str] | None:
        """Create the scope of an element that begins; return its key, None where the sub-process ended."""
        row = self._store.elements[action.ad_hoc_key]
        if row.state is not ElementState.ACTIVE:
            return None
        model = self._store.model_of(row)
        inner = model.ad_hoc_inner(row.element_id)
        scope = self._lifecycle.new_element(row, inner, kind=Kind.AD_HOC_INNER)
        self._scopes.set_local(scope.key, {**_own_result(model.elements[row.element_id]), **action.variables})
        self._lifecycle.activated(scope)
        return scope.key, action.element_id

    def decide(self, action: AdHocDecision) -> None:
        """Do what the worker decided.

        Raises:
            Rejection: NOT_FOUND, if an element is not in the sub-process; INVALID_STATE, where the
                condition is fulfilled and elements are to begin.
        """
        row, decision = self._store.elements[action.key], action.decision
        ad_hoc = self._of(row)
        known = {each["elementId"] for each in ad_hoc.elements}
        if unknown := [element_id for element_id, _ in decision.elements if element_id not in known]:
            raise Rejection.of_command("COMPLETE", RejectionKind.NOT_FOUND, _not_there(row, unknown))
        if decision.is_fulfilled and decision.elements:
            reason = f"Expected to activate no elements of ad-hoc sub-process with key '{row.key}'"
            why = f"{reason}, because the completion condition is fulfilled."
            raise Rejection.of_command("COMPLETE", RejectionKind.INVALID_STATE, why)
        self._scopes.propagate(row.key, action.variables)
        for element_id, variables in decision.elements:
            self._store.agenda.append(ActivateInAdHoc(row.key, element_id, variables))
        if decision.is_fulfilled:
            self._store.ad_hocs.put(AdHocState(row.key, is_fulfilled=True))
            if decision.cancels_remaining:
                self._lifecycle.terminate_within(row)
            self._end_when_empty(row)

    def collect(self, scope: ElementInstance) -> Mapping[str, Any]:
        """Return the results of a sub-process with that of an element that ends.

        Raises:
            Stuck: The output element fails.
        """
        assert scope.scope_key is not None
        row = self._store.elements[scope.scope_key]
        ad_hoc = self._of(row)
        if not ad_hoc.output_collection or not ad_hoc.output_element:
            return {}
        visible = self._scopes.visible(scope.key)
        value = evaluate(ad_hoc.output_element, visible, IncidentKind.EXTRACT_VALUE_ERROR)
        return {ad_hoc.output_collection: [*visible[ad_hoc.output_collection], value]}

    def element_ended(self, row: ElementInstance, results: Mapping[str, Any]) -> None:
        """Go on after one of the elements ended: ask the worker again, or end the sub-process.

        Raises:
            Stuck: The completion condition fails.
        """
        self._scopes.set_local(row.key, results)
        element = self._store.model_of(row).elements[row.element_id]
        state = self._store.ad_hocs.get(row.key)
        if state is not None and state.is_fulfilled:
            self._end_when_empty(row)
        elif element.job is not None:
            self._ask_again(row, element)
        else:
            self._check_condition(row, self._of(row))

    def result(self, row: ElementInstance, ad_hoc: AdHoc) -> Variables:
        """Return what a sub-process that ends hands to the scope around it."""
        if not ad_hoc.output_collection:
            return {}
        return {ad_hoc.output_collection: self._scopes.visible(row.key)[ad_hoc.output_collection]}

    def _ask_again(self, row: ElementInstance, element: Element) -> None:
        assert element.job is not None
        self._jobs.cancel_of(row.key)
        properties = self._jobs.evaluate(element.job, self._scopes.visible(row.key))
        self._jobs.create(row, element.job, properties)

    def _check_condition(self, row: ElementInstance, ad_hoc: AdHoc) -> None:
        if ad_hoc.completion_condition is None:
            self._end_when_empty(row)
            return
        kind = IncidentKind.EXTRACT_VALUE_ERROR
        if not evaluate_condition(ad_hoc.completion_condition, self._scopes.visible(row.key), kind):
            return
        self._store.ad_hocs.put(AdHocState(row.key, is_fulfilled=True))
        if ad_hoc.cancels_remaining:
            self._lifecycle.terminate_within(row)
        self._end_when_empty(row)

    def _end_when_empty(self, row: ElementInstance) -> None:
        is_about_to = any(
            isinstance(action, ActivateInAdHoc) and action.ad_hoc_key == row.key
            for action in self._store.agenda
        )
        if not is_about_to and not self._store.elements.has("active_scope", row.key):
            self._store.agenda.append(Complete(row.key))

    def _of(self, row: ElementInstance) -> AdHoc:
        ad_hoc = self._store.model_of(row).elements[row.element_id].ad_hoc
        assert ad_hoc is not None
        return ad_hoc


def _own_result(element: Element) -> dict[str, Any]:
    """Return the variable that each element has for its own result, so that none overwrites another's."""
    ad_hoc = element.ad_hoc
    found = _VARIABLE.match(ad_hoc.output_element) if ad_hoc and ad_hoc.output_element else None
    return {found["name"]: None} if found else {}


def _not_there(row: ElementInstance, element_ids: list[str]) -> str:
    what = f"Expected to activate activities for ad-hoc sub-process with key '{row.key}'"
    return f"{what}, but the given elements [{', '.join(element_ids)}] do not exist."
