# SPDX-License-Identifier: Apache-2.0
"""Operators as Python expressions: from a check's operator and literals to a template over one present value.

A template maps the text of a value (a local's name) to the text of a comparison that is truthy when the check
holds. Literals enter the text as names of constants only. Specification 3.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lanner_engine.codegen.constants import Constants
from lanner_engine.fields import matchers
from lanner_engine.fields.addresses import Network, matcher
from lanner_engine.fields.regex import compile_regex
from lanner_engine.fields.types import Kind, Value

Template = Callable[[str], str]

_PYTHON = {"=": "==", "==": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_ORDER = ("<", "<=", ">", ">=")
_TEXTS = {
    "contains": "{k} in {x}",
    "bcontains": "{k} in {x}",
    "icontains": "{k} in {x}.lower()",
    "startswith": "{x}.startswith({k})",
    "bstartswith": "{x}.startswith({k})",
    "endswith": "{x}.endswith({k})",
}
_MATCHERS = {"glob": matchers.glob, "iglob": matchers.iglob, "regex": compile_regex}


def of_literal(operator: str, value: Value, kind: Kind, constants: Constants) -> Template:
    """The template of one literal."""
    if kind is Kind.NETWORK:
        return several("in", [value], constants, negated=operator == "!=")
    if operator in _PYTHON:
        if kind is Kind.BOOL:
            return _boolean(operator == "!=", wanted=bool(value))
        return _format(f"{{x}} {_PYTHON[operator]} {{k}}", constants.add(value))
    if operator in _MATCHERS and isinstance(value, bytes):
        return _call(constants.add(_MATCHERS[operator](value)))
    if operator == "icontains" and isinstance(value, bytes):
        value = value.lower()
    if operator in _TEXTS:
        return _format(_TEXTS[operator], constants.add(value))
    return several(operator, [value], constants)


def can_loop(operator: str, kind: Kind) -> bool:
    """Whether `looped` can ask many literals."""
    plain = operator in _PYTHON or operator in _TEXTS or operator in _MATCHERS
    return plain and kind not in (Kind.NETWORK, Kind.BOOL)


def looped(operator: str, values: Sequence[Value], modifier: str, constants: Constants) -> Template:
    """The template of anyof, allof and oneof over many literals: they are data, not code."""
    if operator in _MATCHERS:
        matchers_ = tuple(_MATCHERS[operator](value) for value in values if isinstance(value, bytes))
        asked, wanted = "k({x})", constants.keep(matchers_)
    else:
        low = operator == "icontains"
        prepared = (one.lower() if low and isinstance(one, bytes) else one for one in values)
        asked, wanted = (
            _TEXTS.get(operator, f"{{x}} {_PYTHON.get(operator)} {{k}}"),
            constants.add(tuple(prepared)),
        )
    every = {"anyof": "any({})", "allof": "all({})", "oneof": "({}.count(True) == 1)"}[modifier]
    return lambda x: every.format(f"[bool({asked.format(x=x, k='k')}) for k in {wanted}]")


def several(
    operator: str, values: Sequence[Value], constants: Constants, *, negated: bool = False
) -> Template:
    """The template of a list operator: in, intersects, pmatch; also of startswith and endswith anyof."""
    networks = [value for value in values if isinstance(value, Network)]
    if networks:
        return _call(constants.add(matcher(networks)), negated)
    if operator == "pmatch":
        return _call(constants.add(matchers.path_match(tuple(v for v in values if isinstance(v, bytes)))))
    if operator in ("startswith", "endswith"):
        return _format(f"{{x}}.{operator}({{k}})", constants.add(tuple(values)))
    return _format("{x} in {k}", constants.add(frozenset(values)))


def of_list(operator: str, values: Sequence[Value], constants: Constants) -> Template:
    """The template of in and intersects on a list's value."""
    wanted = constants.add(frozenset(values))
    return _format("{k}.issuperset({x})" if operator == "in" else "not {k}.isdisjoint({x})", wanted)


def of_ends(operator: str, values: Sequence[Value], constants: Constants) -> Template:
    """The template of a comparison with a tuple, of both ends or of names: one must do, for != all."""
    networks = [value for value in values if isinstance(value, Network)]
    negated = "not " if operator == "!=" else ""
    if networks:
        function = constants.add(matcher(networks))
        return lambda x: f"({negated}any(map({function}, {x})))"
    if operator in _ORDER:
        return lambda x: f"any([end {operator} {constants.add(values[0])} for end in {x}])"
    if operator in _PYTHON or operator in ("in", "intersects"):
        return _format(
            f"{'' if negated else 'not '}{{k}}.isdisjoint({{x}})", constants.add(frozenset(values))
        )
    each = (
        several(operator, values, constants)
        if operator == "pmatch"
        else of_literal(operator, values[0], Kind.STRING, constants)
    )
    return lambda x: f"any([{each('end')} for end in {x}])"


def fields(operator: str, right: str, *, lists: bool) -> Template:
    """The template of a comparison with another present value, whose text is `right`."""
    texts = {
        **_TEXTS,
        "icontains": "{k}.lower() in {x}.lower()",
        "glob": "GLOB({k}, {x})",
        "iglob": "GLOB({k}.lower(), {x}.lower())",
        "in": "set({k}).issuperset({x})" if lists else "{x} == {k}",
        "intersects": "not set({k}).isdisjoint({x})" if lists else "{x} == {k}",
    }
    return _format(texts.get(operator) or f"{{x}} {_PYTHON[operator]} {{k}}", right)


def _boolean(negated: bool, *, wanted: bool) -> Template:
    return (lambda x: x) if wanted != negated else (lambda x: f"not {x}")


def _call(function: str, negated: bool = False) -> Template:
    return lambda x: f"{'not ' if negated else ''}{function}({x})"


def _format(text: str, constant: str) -> Template:
    return lambda x: text.format(x=x, k=constant)
