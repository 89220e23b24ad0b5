"""Compiles calls. Built-in functions are looked up when the call is compiled, others when it is evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias, TypeVar

from apify_camunda.feel import syntax
from apify_camunda.feel.builtins import BUILTINS
from apify_camunda.feel.builtins.registry import Builtin, illegal
from apify_camunda.feel.compiler.nodes import Code, compile_node, compiles, evaluated, item_of
from apify_camunda.feel.failures import AssertionUnfulfilled, ErrorValue, FailureKind, FunctionFailure
from apify_camunda.feel.scope import Scope
from apify_camunda.feel.source import Span
from apify_camunda.feel.value_text import shown
from apify_camunda.feel.values import Function, Value, WrittenContext

F = TypeVar("F", bound=Function)
NamedCode: TypeAlias = dict[str, Code]
_ASSERT: Final = "assert"


@compiles(syntax.Invocation)
def _invocation(node: syntax.Invocation) -> Code:
    """Functions of the expression hide built-in ones, and built-in ones hide those of the caller."""
    call = _Call(node.name, node.arguments, node.span)
    builtin = call.chosen(BUILTINS.get(node.name, ()))
    if builtin is None:
        return lambda scope: _call_by_name(call, scope)
    if call.named is None and len(call.positional) == len(builtin.types) == 1:
        is_plain = not (builtin.needs_evaluation or builtin.variadic)
        return _call_of_one_value(call, builtin) if is_plain else _call_of_builtin(call, builtin)
    return _call_of_builtin(call, builtin)


def _call_by_name(call: _Call, scope: Scope, builtin: Builtin | None = None) -> Value:
    function = call.chosen(scope.defined_functions(call.name)) or builtin
    if function is None:
        function = call.chosen(scope.evaluation.functions.get(call.name, ()))
    if function is None:
        call.not_found(scope)
        return None
    return call.invoke(function, scope)


def _call_of_builtin(call: _Call, builtin: Builtin) -> Code:
    def code(scope: Scope) -> Value:
        if scope.evaluation.hides_builtins:
            return _call_by_name(call, scope, builtin)
        return call.invoke(builtin, scope)

    return code


def _call_of_one_value(call: _Call, builtin: Builtin) -> Code:
    """Return the same as `_call_of_builtin`, faster, for the most frequent form of a call."""
    (argument,), (types,), body = call.positional, builtin.types, builtin.body
    looks_inside, copies = builtin.looks_inside, builtin.copies

    def code(scope: Scope) -> Value:
        evaluation = scope.evaluation
        if evaluation.hides_builtins:
            return _call_by_name(call, scope, builtin)
        try:
            value = argument(scope)
            if types is None or type(value) in types:
                if looks_inside:
                    evaluation.spend_for(value, copies)
                return body(value)
        except (ErrorValue, FunctionFailure) as failure:
            return call.failed(failure, scope)
        return call.failed(illegal(value), scope)

    return code


@compiles(syntax.MethodInvocation)
def _method_invocation(node: syntax.MethodInvocation) -> Code:
    """Unlike a plain call, this one does not turn an error into null; the operator around it does."""
    source = compile_node(node.source)
    call = _Call(node.name, node.arguments, node.span)

    def code(scope: Scope) -> Value:
        context = source(scope)
        if not isinstance(context, dict):

            def message() -> str:
                return f"Expected context but found '{shown(context)}'"

            scope.evaluation.fail(FailureKind.INVALID_TYPE, node.span, message)
            raise ErrorValue(message)
        function = None
        if isinstance(context, WrittenContext) and node.name in context.functions:
            function = call.chosen([context.functions[node.name]])
        if function is None:
            raise ErrorValue(call.not_found(scope))
        try:
            return function.invoke(scope.evaluation, call.arguments_for(function, scope))
        except FunctionFailure as failure:
            raise ErrorValue(failure.__str__) from None

    return code


class _Call:
    """A call in the text: the overloads that it may mean, and its arguments."""

    __slots__ = ("name", "named", "positional", "span")

    def __init__(self, name: str, arguments: Sequence[syntax.Argument], span: Span) -> None:
        self.name = name
        self.span = span
        self.positional = [compile_node(argument.value) for argument in arguments]
        self.named: NamedCode | None = None
        if arguments and arguments[0].name is not None:
            names = [str(argument.name) for argument in arguments]
            self.named = dict(zip(names, self.positional, strict=True))  # the last argument of a name counts

    def chosen(self, overloads: Sequence[F]) -> F | None:
        """Return the first function that accepts these arguments; a named call may leave parameters out."""
        if self.named is None:
            count = len(self.positional)
            return next((function for function in overloads if function.accepts(count)), None)
        names = self.named.keys()
        return next((function for function in overloads if names <= set(function.parameters)), None)

    def arguments_for(self, function: Function, scope: Scope) -> list[Value]:
        """Return one value for each parameter; null for one that a named call leaves out."""
        if self.named is not None:
            named = dict(zip(self.named, evaluated([*self.named.values()], scope), strict=True))
            return [named.get(parameter) for parameter in function.parameters]
        if not function.variadic:
            return evaluated(self.positional, scope)
        fixed, more = len(function.parameters) - 1, self.positional[len(function.parameters) - 1 :]
        values = evaluated(self.positional[:fixed], scope, beside=more)
        rest = [item_of(code, scope) for code in more]
        if fixed == 0 and len(rest) == 1 and type(rest[0]) is list:
            return [rest[0]]
        return [*values, rest]

    def invoke(self, function: Function, scope: Scope) -> Value:
        """Return the function's value; an error in it or in an argument makes it null."""
        evaluation = scope.evaluation
        try:
            arguments = self.arguments_for(function, scope)
            pays = isinstance(function, Builtin) and function.looks_inside
            for value in arguments if pays else ():
                evaluation.spend_for(value, function.copies)  # type: ignore[attr-defined]  # a Builtin, as it pays
            result = function.invoke(evaluation, arguments)
        except (ErrorValue, FunctionFailure) as failure:
            return self.failed(failure, scope)
        except AssertionUnfulfilled as failure:
            if self.name == _ASSERT:  # not again for the calls around it
                self._assertion_failed(failure, scope)
            raise
        if pays:
            evaluation.spend_for(result)
        return result

    def failed(self, failure: Exception, scope: Scope) -> None:
        """Record the failure of the call, and return null in its place.

        Raises:
            AssertionUnfulfilled: The call is an assertion; one that cannot be checked counts as not true.
        """
        if self.name == _ASSERT:
            self._assertion_failed(failure, scope)
            raise AssertionUnfulfilled(str(failure))
        scope.evaluation.fail(
            FailureKind.FUNCTION_INVOCATION_FAILURE,
            self.span,
            lambda: f"Failed to invoke function '{self.name}': {failure}",
        )

    def _assertion_failed(self, failure: Exception, scope: Scope) -> None:
        message = str(failure)
        scope.evaluation.fail(FailureKind.ASSERT_FAILURE, self.span, lambda: message)

    def not_found(self, scope: Scope) -> str:
        """Record that there is no such function, and return the message."""
        if self.named is None:
            message = f"No function found with name '{self.name}' and {len(self.positional)} parameters"
        else:
            message = f"No function found with name '{self.name}' and parameters: {','.join(self.named)}"
        scope.evaluation.fail(FailureKind.NO_FUNCTION_FOUND, self.span, lambda: message)
        return message
