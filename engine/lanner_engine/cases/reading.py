# SPDX-License-Identifier: Apache-2.0
"""A file of cases to a suite, or to diagnostics with their places. Nothing is raised for what stands in it.

rules: [my-rules.yaml]              # files beside this one, or rules themselves; left out: the default rules
given: {container.id: host}         # fields of every event that does not tell them itself
cases:
  - name: a user reads the hashes
    event: {evt.type: openat, proc.name: cat, fd.name: /etc/shadow}
    alerts: [Sensitive file read]
"""

from __future__ import annotations

from typing import Final

from lanner_engine.cases.suite import Case, Expected, Suite
from lanner_engine.diagnostics import suggest
from lanner_engine.documents import nodes, yaml_reader
from lanner_engine.documents.nodes import Mapping, Node, Scalar, Sequence
from lanner_engine.documents.problems import Problems
from lanner_engine.facts import reading
from lanner_engine.facts.reading import Entries, Told
from lanner_engine.source import Diagnostic, RuleError, Source, Span
from lanner_engine.text import Text

SHAPE: Final = "CASE_ERR_SHAPE"
_FILE: Final = ("rules", "disabled", "given", "cases")
_CASE: Final = ("name", "given", "event", "events", "recording", "alerts", "near")
_ALERT: Final = ("rule", "output", "fields")
_NONE: Final = "none"
_NO_FIELDS: Final[Entries] = {}


def read(source: Source) -> tuple[Suite, tuple[Diagnostic, ...]]:
    """The suite holds the cases without errors."""
    problems = Problems()
    try:
        roots = yaml_reader.read(yaml_reader.whole(source), problems)
    except RuleError as error:
        return Suite(source, ()), error.diagnostics
    suite = Suite(source, ())
    if len(roots) == 1 and isinstance(roots[0], Mapping):
        suite = _Reading(source, problems).suite(roots[0])
    else:
        place = roots[0].span if roots else Span(source, 0, 0)
        message = "a file of cases is one mapping with rules: and cases:"
        problems.error(SHAPE, message, Span(source, place.start, place.start + 1), "begin with cases:")
    return suite, problems.diagnostics([source])


class _Reading:
    def __init__(self, source: Source, found: Problems) -> None:
        self._source = source
        self._found = found

    def suite(self, root: Mapping) -> Suite:
        self._known(root, _FILE, "file of cases")
        paths, inline = self._rules(root.get("rules"))
        disabled = self._disabled(root.get("disabled"))
        given = self._fields(root.get("given"), _NO_FIELDS)
        cases = root.get("cases")
        if not isinstance(cases, Sequence) or not cases.items:
            place = self._place(cases or root)
            self._found.error(SHAPE, "there are no cases", place, "cases: is a sequence of mappings")
            return Suite(self._source, (), paths, inline, disabled)
        made = [self._case(one, given) for one in cases.items]
        self._twice([one for one in made if one is not None])
        return Suite(self._source, tuple(one for one in made if one is not None), paths, inline, disabled)

    def _disabled(self, node: Node | None) -> bool:
        """Whether manifests that are Disabled are tested, too."""
        if node is None or (isinstance(node, Scalar) and node.value == "false"):
            return False
        if not isinstance(node, Scalar) or node.value != "true":
            self._found.error(SHAPE, "disabled: is true or false", self._place(node))
        return True

    def _twice(self, cases: list[Case]) -> None:
        names: set[str] = set()
        for case in cases:
            if case.name in names:
                self._found.error(SHAPE, f"two cases are called {case.name}", case.span, "rename one of them")
            names.add(case.name)

    def _rules(self, node: Node | None) -> tuple[tuple[Text, ...], Source | None]:
        """Paths, and the elements that stand here as a document of their own, each where it is in the
        file.
        """
        if node is None or (isinstance(node, Scalar) and node.is_null):
            return (), None
        items = node.items if isinstance(node, Sequence) else (node,)
        paths = tuple(one.text() for one in items if isinstance(one, Scalar) and one.value)
        rules = [one for one in items if isinstance(one, Mapping)]
        if len(paths) + len(rules) != len(items):
            self._found.error(SHAPE, "rules: holds names of files, and rules", self._place(node))
        if not rules:
            return paths, None
        if paths:
            hint = "put the rules into the file, or name no file"
            self._found.error(SHAPE, "rules: holds both names of files and rules", self._place(node), hint)
        return paths, Source(self._source.name, self._alone(node), self._source.owner)

    def _alone(self, node: Node) -> str:
        """The text with blanks for all that is not of the node."""
        text = self._source.text
        first = (
            text.rfind("\n", 0, node.start) + 1
            if not text[: node.start].rpartition("\n")[2].strip()
            else node.start
        )
        blank = "".join(one if one in "\r\n" else " " for one in text[:first])
        return blank + text[first : node.end]

    def _case(self, node: Node, given: Entries | None) -> Case | None:
        if not isinstance(node, Mapping):
            message = f"a case is a mapping, not {nodes.kind(node)}"
            self._found.error(SHAPE, message, self._place(node), "- name: ...")
            return None
        known = len(self._found.kept)
        self._known(node, _CASE, "case")
        name = self._text(node, "name", "case")
        given = self._fields(node.get("given"), given)
        recording = self._recording(node)
        events = () if node.get("recording") is not None else self._events(node, given)
        alerts = self._alerts(node)
        near = self._near(node)
        failed = any(one.severity == "error" for one in self._found.kept[known:])
        if failed or name is None:
            return None
        return Case(name.value, name.whole, events, alerts, near, recording)

    def _near(self, case: Mapping) -> Expected | None:
        node = case.get("near")
        if node is None:
            return None
        if isinstance(node, Scalar) and node.value:
            return Expected(node.value, node.span)
        self._found.error(SHAPE, "near: is the name of a rule", self._place(node))
        return None

    def _recording(self, case: Mapping) -> Text | None:
        """The name of a file; nothing else tells of events then."""
        if case.get("recording") is None:
            return None
        for key in ("event", "events", "given"):
            if (other := case.get(key)) is not None:
                message = f"a case with a recording has no {key}"
                self._found.error(SHAPE, message, self._place(other), "the events are those of the recording")
        return self._text(case, "recording", "case")

    def _events(self, case: Mapping, given: Entries | None) -> tuple[Told, ...]:
        one, several = case.get("event"), case.get("events")
        if (one is None) == (several is None):
            self._found.error(
                SHAPE,
                "a case has an event, events or a recording",
                self._place(case),
                "event: {evt.type: ...}",
            )
            return ()
        items = [one] if one is not None else several.items if isinstance(several, Sequence) else ()
        if not items:
            self._found.error(SHAPE, "events: is a sequence of mappings", self._place(several or case))
        made = [self._event(item, given) for item in items if item is not None]
        return tuple(event for event in made if event is not None)

    def _event(self, node: Node, given: Entries | None) -> Told | None:
        fields = self._fields(node, given)
        return None if fields is None else reading.told(fields, self._place(node), self._found)

    def _fields(self, node: Node | None, given: Entries | None) -> Entries | None:
        """Those that are given with those of the node on top; None, and errors, where one of them is none."""
        if node is None or given is None:
            return given
        if not isinstance(node, Mapping):
            message = f"an event is a mapping of fields, not {nodes.kind(node)}"
            self._found.error(SHAPE, message, self._place(node), "{evt.type: openat, fd.name: /etc/shadow}")
            return None
        own = reading.entries(node.pairs, self._found)
        return None if own is None else {**given, **own}

    def _alerts(self, case: Mapping) -> tuple[Expected, ...]:
        node = case.get("alerts")
        if isinstance(node, Scalar) and node.value == _NONE:
            return ()
        if node is None and case.get("near") is not None:
            return ()
        if isinstance(node, Scalar) and not node.is_null:
            return (Expected(node.value, node.span),)
        if not isinstance(node, Sequence):
            message = "alerts: is a sequence of rules' names, or none"
            self._found.error(SHAPE, message, self._place(node or case), "alerts: [Sensitive file read]")
            return ()
        made = [self._expected(one) for one in node.items]
        return tuple(one for one in made if one is not None)

    def _expected(self, node: Node) -> Expected | None:
        if isinstance(node, Scalar) and node.value:
            return Expected(node.value, node.span)
        if not isinstance(node, Mapping):
            self._found.error(SHAPE, "an alert is the name of a rule, or a mapping", self._place(node))
            return None
        self._known(node, _ALERT, "alert")
        rule = self._text(node, "rule", "alert")
        output = node.get("output")
        part = self._text(node, "output", "alert") if output is not None else None
        fields = node.get("fields")
        if fields is not None and not isinstance(fields, Mapping):
            self._found.error(
                SHAPE, "fields: is a mapping", self._place(fields), "fields: {fd.name: /etc/shadow}"
            )
        pairs = fields.pairs if isinstance(fields, Mapping) else ()
        wanted = {key.value: (_plain(value), value.span) for key, value in pairs if isinstance(value, Scalar)}
        if rule is None:
            return None
        return Expected(rule.value, rule.whole, part.value if part else "", wanted)

    def _text(self, node: Mapping, key: str, what: str) -> Text | None:
        found = node.get(key)
        if isinstance(found, Scalar) and not found.is_null:
            return found.text()
        self._found.error(SHAPE, f"the {what} has no {key}", self._place(found or node), f"{key}: ...")
        return None

    def _known(self, node: Mapping, known: tuple[str, ...], what: str) -> None:
        for key, _ in node.pairs:
            if key.value not in known:
                message = f"a {what} has no {key.value}"
                hint = suggest(key.value, known) or f"it has {', '.join(known)}"
                self._found.error(SHAPE, message, key.span, hint)

    def _place(self, node: Node) -> Span:
        return node.span if isinstance(node, Scalar) else node.origin.span(node.start, node.start + 1)


def _plain(node: Scalar) -> str | None:
    return None if node.is_null else node.value
