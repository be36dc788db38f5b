# SPDX-License-Identifier: Apache-2.0
"""Strategies for what hostile hands write: conditions and rules files, well-formed or broken somewhere."""

from __future__ import annotations

from hypothesis import HealthCheck
from hypothesis import strategies as st

from lanner_engine.ast import Expr
from lanner_engine.convert.blocks import literal
from lanner_engine.parser.printer import print_source
from tests.engine.meaning.random_conditions import CONDITION

# These are large and filtered: how many of the first ten cases are left is chance.
UNHURRIED = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
_PIECES = [
    *(
        "and",
        "or",
        "not",
        "(",
        ")",
        "=",
        "!=",
        "<",
        ">=",
        "in",
        "in (",
        "contains",
        "glob",
        "regex",
        "pmatch",
    ),
    *(
        "startswith",
        "exists",
        "oneof (",
        "anyof (",
        "val(",
        "tolower(",
        "join(",
        "getopt(",
        "[1]",
        "[",
        ",",
        '"',
    ),
    *(
        "proc.name",
        "proc.aname",
        "fd.name",
        "evt.type",
        "evt.arg.flags",
        "evt.rawarg.uid",
        "fd.net",
        "user.uid",
    ),
    *(
        "container.label.a",
        "proc.nmae",
        "open",
        "execve",
        "10.0.0.0/8",
        "true",
        "5",
        "0x1",
        "-1",
        "'a b'",
        "*?[a",
    ),
    *("m", "l", "(m)", "\\", "\\x41", "\x1b[2J", "\u202e", "é", "\t", "evt.num=0", "a" * 300),
]
_SOUP = st.lists(st.sampled_from(_PIECES) | st.text(max_size=3), max_size=12).map(" ".join)


def _text(condition: Expr) -> str | None:
    """A tree as text; not every tree is one (constants, text that is no UTF-8)."""
    text = print_source(condition)
    return text if "always" not in text and "never" not in text and text.isprintable() else None


WELL_FORMED = CONDITION.map(_text).filter(lambda text: text is not None).map(str)


@st.composite
def _broken(draw: st.DrawFn) -> str:
    """A well-formed condition with one stretch cut out, doubled or replaced."""
    text = draw(WELL_FORMED)
    first, last = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    between = draw(st.sampled_from(["", text[first:last] * 2, *_PIECES]))
    return text[:first] + between + text[last:]


CONDITIONS = WELL_FORMED | _broken() | _SOUP

_LINES = [
    *("  append: true", "  override: {condition: append}", "  override: {condition: replace, tags: append}"),
    *(
        "  enabled: false",
        "  tags: [a, b]",
        "  source: other",
        "  priority: INFO",
        "  warn_evttypes: no",
        "---",
    ),
    *(
        "  exceptions: [{name: e, fields: [proc.name], comps: [in], values: [[[a, l]]]}]",
        "  items: [l, 'x y']",
    ),
    *(
        "  exceptions: [{name: e, fields: proc.name, values: [a]}]",
        "  skip-if-unknown-filter: true",
        "- *a",
        "- x",
    ),
    *(
        "- &a {macro: n, condition: m}",
        "- required_engine_version: 0.57.0",
        "- required_plugin_versions: []",
        "\t",
    ),
    *(
        "apiVersion: lanner.dev/v1alpha1",
        "kind: FalcoRule",
        "metadata: {name: a, namespace: b}",
        "spec:",
        "  - a",
    ),
]


def _quoted(text: str) -> str:
    """A condition as a YAML scalar that holds it whatever it is."""
    return "'" + text.replace("'", "''") + "'"


_RULE = st.builds(
    "- rule: {}\n  desc: d\n  condition: {}\n  output: {}\n  priority: NOTICE\n".format,
    st.sampled_from(["r", "s", "t"]),
    CONDITIONS.map(_quoted) | CONDITIONS,
    st.sampled_from(
        ["x", "'%proc.name %fd.name'", "'%'", "'%proc.nmae'", "'%10evt.arg.flags%%'", "%toupper(l)"]
    ),
)
_MACRO = st.builds(
    "- macro: {}\n  condition: {}\n".format, st.sampled_from(["m", "n", "or"]), CONDITIONS.map(_quoted)
)
_LIST = st.builds(
    "- list: {}\n  items: [{}]\n".format,
    st.sampled_from(["l", "k"]),
    st.lists(
        st.sampled_from(["a", "l", "k", "'\"a b\"'", "10.0.0.0/8", "a b", "open", "'*'"]), max_size=4
    ).map(", ".join),
)
_NOISE = st.sampled_from(_LINES).map(lambda line: line + "\n") | st.text(max_size=5)
_FILE = st.lists(_LIST | _MACRO | _RULE | _RULE | _NOISE, max_size=7).map("".join)

_HEAD = """\
apiVersion: lanner.dev/v1alpha1
kind: {}
metadata: {{name: {}, namespace: {}}}
spec:
  {}
  content: {}"""
_OBJECT = st.builds(
    _HEAD.format,
    st.sampled_from(["FalcoRule", "ClusterFalcoRule"]),
    st.sampled_from(["one", "two"]),
    st.sampled_from(["a", "b"]),
    st.sampled_from(
        ["loadOrder: 7", "mode: Disabled", "hostScope: Only", "podSelector: {matchLabels: {a: b}}"]
    ),
    _FILE.map(lambda text: literal(text, 4)),
)
FILES = _FILE | st.lists(_OBJECT | _FILE, min_size=1, max_size=3).map("---\n".join)
