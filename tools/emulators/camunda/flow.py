"""Where a token goes when an element is done: conditions, defaults, joins."""

from collections.abc import Sequence

from emulators.camunda.actions import Activate
from emulators.camunda.expressions import evaluate_condition
from emulators.camunda.model import Element, Kind, SequenceFlow
from emulators.camunda.rejection import Stuck
from emulators.camunda.scopes import Scopes
from emulators.camunda.state import ElementInstance, IncidentKind
from emulators.camunda.store import Store, WaitingTokens


class Flow:
    """Chooses and takes sequence flows."""

    def __init__(self, store: Store, scopes: Scopes) -> None:
        self._store = store
        self._scopes = scopes

    def chosen(self, row: ElementInstance, element: Element) -> Sequence[SequenceFlow]:
        """Return the flows that leave an element now.

        Raises:
            Stuck: A condition fails, or a gateway has no way out.
        """
        outgoing = self._store.model_of(row).outgoing[element.id]
        match element.kind:
            case Kind.EXCLUSIVE_GATEWAY if outgoing:
                return self._whose_condition_holds(row, element, outgoing)[:1]
            case Kind.INCLUSIVE_GATEWAY if outgoing:
                return self._whose_condition_holds(row, element, outgoing)
            case Kind.EVENT_BASED_GATEWAY | Kind.PROCESS:
                return ()
            case _:
                return outgoing

    def take(self, scope_key: int, flow: SequenceFlow) -> None:
        """Let a token arrive at a flow's target; at a join it may have to wait."""
        scope = self._store.elements[scope_key]
        model = self._store.model_of(scope)
        target = model.elements[flow.target]
        incoming = model.incoming[target.id]
        if target.kind is Kind.PARALLEL_GATEWAY and len(incoming) > 1:
            self._join(scope_key, target, flow, [f.id for f in incoming])
        else:
            self._store.agenda.append(Activate(target.id, scope_key))

    def forget(self, scope_key: int) -> None:
        """Remove the tokens that wait at joins in a scope."""
        for tokens in self._store.tokens.find("scope", scope_key):
            self._store.tokens.remove(tokens.key)

    def _whose_condition_holds(
        self, row: ElementInstance, element: Element, outgoing: Sequence[SequenceFlow]
    ) -> Sequence[SequenceFlow]:
        if len(outgoing) == 1 and outgoing[0].condition is None:
            return outgoing
        visible = self._scopes.visible(row.key)
        conditional = [f for f in outgoing if f.condition is not None and f.id != element.default_flow]
        holding = []
        for flow in conditional:
            if evaluate_condition(flow.condition or "", visible, IncidentKind.EXTRACT_VALUE_ERROR):
                holding.append(flow)
                if element.kind is Kind.EXCLUSIVE_GATEWAY:
                    break
        if holding:
            return holding
        default = [f for f in outgoing if f.id == element.default_flow]
        if not default:
            message = "Expected at least one condition to evaluate to true, or to have a default flow"
            raise Stuck(IncidentKind.CONDITION_ERROR, message)
        return default

    def _join(self, scope_key: int, gateway: Element, flow: SequenceFlow, incoming: Sequence[str]) -> None:
        key = (scope_key, gateway.id)
        waiting = self._store.tokens.get(key)
        flows = [*(waiting.flow_ids if waiting else ()), flow.id]
        if not set(incoming) <= set(flows):
            self._store.tokens.put(WaitingTokens(key, tuple(flows)))
            return
        for flow_id in incoming:
            flows.remove(flow_id)
        if flows:
            self._store.tokens.put(WaitingTokens(key, tuple(flows)))
        elif waiting:
            self._store.tokens.remove(key)
        self._store.agenda.append(Activate(gateway.id, scope_key))
