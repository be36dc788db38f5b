# SPDX-License-Identifier: Apache-2.0
"""A process that judges: one question on standard input, one answer on standard output, and so on until the
input ends. What tenants wrote cannot block or fill the operator from there.

Its memory has a limit of its own; what needs more ends as MemoryError, which is the set's verdict. Questions
and answers are pickles of the engine's types between two processes of one program.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import resource
import signal
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Final

from lanner_apiserver import log_lines
from lanner_engine.ast import And
from lanner_engine.documents.definitions import Definitions
from lanner_engine.explain import effort, wide
from lanner_engine.objects.cost import Cost
from lanner_engine.objects.limits import Budgets, limits_of
from lanner_engine.objects.sets import Answer, Asked, Verdict, judge
from lanner_engine.objects.versions import Versions, Weighed, weigh
from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.rule_object import RuleObject, Version
from lanner_engine.source import Diagnostic, LannerError

LENGTH: Final = struct.Struct("!Q")
ROOM: Final = 256 << 20  # bytes of data, half of the chart's limit for the operator
_ERRORS, _WARNINGS = 32, 20  # a status shows fewer


@dataclass(frozen=True, slots=True)
class Question:
    """A set, and the cluster's objects in force that define what it may use. `unread`: keys of the objects
    for which the set has no room, which come without what they define. `alone`: of the cluster's, the rest is
    only what namespaces may use too. `about`: the key of the one object that the asker wants to hear of, with
    the engine's advice. `processor_s`: how much of the processor it may take, 0 for no such limit.
    """

    namespace: str
    objects: tuple[RuleObject, ...]
    previous: Mapping[str, RuleObject] = field(repr=False)
    shared: tuple[RuleObject, ...]
    budgets: Budgets
    room: int | None
    crowded_out: bool
    unread: frozenset[str] = frozenset()
    alone: bool = False
    about: str = ""
    processor_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Became:
    """What became of an object, without the objects, which the asker has. `in_force`: its version."""

    accepted: bool
    reason: str
    diagnostics: tuple[Diagnostic, ...]
    in_force: Version | None
    rules: tuple[CheckedRule, ...]
    given: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """By key. `problem`: why nothing could be judged."""

    verdicts: Mapping[str, Became] = field(default_factory=dict)
    costs: Mapping[str, Cost] = field(default_factory=dict)
    problem: str = ""


class _Judge:
    """Keeps what the last namespace could use of the cluster's for the next one."""

    def __init__(self) -> None:
        self._versions = Versions()
        self._shared: tuple[RuleObject, ...] | None = None
        self._view: Definitions | None = None

    def reply(self, question: Question) -> Reply:
        view = self._usable(question.shared) if question.namespace or question.alone else None
        objects = [_weighed(one, question) for one in question.objects]
        asked = Asked(
            question.namespace,
            objects,
            question.previous,
            view,
            question.budgets,
            question.room,
            question.crowded_out,
        )
        answer = judge(asked, self._versions)
        self._versions.forget()
        return _advised(answer, question.about) if question.about else _slim(answer)

    def _usable(self, shared: tuple[RuleObject, ...]) -> Definitions | None:
        if self._view is None or shared != self._shared:
            made = judge(Asked("", [weigh(one) for one in shared], {}), Versions())
            self._shared, self._view = shared, made.definitions
        return self._view


def _weighed(one: RuleObject, question: Question) -> Weighed:
    found = weigh(one)
    return (
        replace(found, size=limits_of(question.namespace).characters + 1)
        if one.key in question.unread
        else found
    )


def _slim(answer: Answer) -> Reply:
    return Reply({key: _became(one) for key, one in answer.verdicts.items()}, answer.costs)


def _advised(answer: Answer, key: str) -> Reply:
    """About one object; with it what its rules would make of every machine, and take there."""
    verdict = answer.verdicts[key]
    doubts = (*wide.warnings(verdict.rules), *effort.warnings(verdict.rules))
    return Reply({key: _became(replace(verdict, diagnostics=(*verdict.diagnostics, *doubts)))})


def _became(verdict: Verdict) -> Became:
    found = verdict.diagnostics
    errors = [one for one in found if one.severity == "error"][:_ERRORS]
    warnings = [one for one in found if one.severity == "warning"][:_WARNINGS]
    kept = None if verdict.in_force is None else verdict.in_force.version
    rules = tuple(map(_named, verdict.rules))
    return Became(verdict.accepted, verdict.reason, (*errors, *warnings), kept, rules, verdict.given)


def _named(rule: CheckedRule) -> CheckedRule:
    """What a status says of a rule."""
    return replace(
        rule, condition=And(()), event_types=rule.watched, fields=frozenset(), owner=None, scope=None
    )


class _TooLongError(LannerError):
    """The time of the processor that a question may take is over."""


@contextlib.contextmanager
def _within(processor_s: float) -> Iterator[None]:
    """Raises _TooLongError inside, when that is taken."""

    def end(*_: object) -> None:
        raise _TooLongError

    signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, processor_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)


def send(stream: BinaryIO, message: object) -> None:
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    stream.write(LENGTH.pack(len(content)) + content)
    stream.flush()


def questions(stream: BinaryIO) -> Iterable[Question]:
    """Until the asker is gone."""
    while head := stream.read(LENGTH.size):
        found = pickle.loads(stream.read(*LENGTH.unpack(head)))  # noqa: S301  our own parent wrote it
        assert isinstance(found, Question)  # noqa: S101
        yield found


def main(room: int = ROOM) -> None:
    """`room`: bytes of data it may have."""
    resource.setrlimit(resource.RLIMIT_DATA, (room, room))
    out, sys.stdout = sys.stdout.buffer, sys.stderr
    if log_lines.as_json(os.environ.get(log_lines.VARIABLE, "text")):
        log_lines.JsonLines().begin("lanner_operator")
    judges = _Judge()
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        for question in questions(sys.stdin.buffer):
            try:
                with _within(question.processor_s):
                    reply = judges.reply(question)
            except MemoryError:
                judges = _Judge()
                reply = Reply(problem=f"judging the objects takes more than {room >> 20} MiB of memory")
            except _TooLongError:
                judges = _Judge()
                reply = Reply(problem=f"judging the objects takes more than {question.processor_s:g} s")
            send(out, reply)
