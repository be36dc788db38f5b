# SPDX-License-Identifier: Apache-2.0
"""Outcomes as JUnit's XML, which continuous integration shows: a suite for each file, what could not be read
as errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from lanner_engine import diagnostics
from lanner_engine.cases.report import failure_lines
from lanner_engine.cases.running import Outcome
from lanner_engine.diagnostics import visible
from lanner_engine.source import Diagnostic


def document(outcomes: Mapping[str, Sequence[Outcome]], found: Sequence[Diagnostic]) -> bytes:
    root = ElementTree.Element("testsuites", name="lanner test")
    for name, cases in outcomes.items():
        failures = sum(bool(one.failures) for one in cases)
        suite = _suite(root, name, len(cases), failures, 0)
        for outcome in cases:
            _case(suite, name, outcome)
    errors = [one for one in found if one.severity == "error"]
    if errors:
        suite = _suite(root, "errors", len(errors), 0, len(errors))
        for error in errors:
            _error(suite, error)
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _suite(
    root: ElementTree.Element, name: str, tests: int, failures: int, errors: int
) -> ElementTree.Element:
    suite = ElementTree.SubElement(root, "testsuite", name=visible(name))
    for key, number in (("tests", tests), ("failures", failures), ("errors", errors)):
        suite.set(key, str(number))
    return suite


def _case(suite: ElementTree.Element, name: str, outcome: Outcome) -> None:
    line, _ = outcome.case.span.position()
    case = ElementTree.SubElement(
        suite, "testcase", name=visible(outcome.case.name), classname=visible(name), line=str(line)
    )
    if outcome.failures:
        said = "; ".join(failure.message for failure in outcome.failures)
        failure = ElementTree.SubElement(case, "failure", message=visible(said))
        failure.text = "\n".join(failure_lines(outcome))


def _error(suite: ElementTree.Element, found: Diagnostic) -> None:
    line, column = found.span.position()
    place = visible(f"{found.span.source.name}:{line}:{column}")
    case = ElementTree.SubElement(suite, "testcase", name=place, classname=visible(found.span.source.name))
    error = ElementTree.SubElement(case, "error", message=visible(found.message))
    error.text = diagnostics.render(found)
