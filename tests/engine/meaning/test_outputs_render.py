# SPDX-License-Identifier: Apache-2.0
"""Output templates: longest tokens, widths, absent fields, values by canonical name, suggested fields (spec
5).
"""

from __future__ import annotations

import time

import pytest

from lanner_engine.fields.model import Container
from lanner_engine.output.parse import parse_output
from lanner_engine.output.prepared import Prepared
from lanner_engine.output.template import MAX_MESSAGE, Template
from lanner_engine.source import RuleError
from lanner_engine.text import plain
from tests.engine.meaning.facts_from_text import event
from tests.engine.plain_facts import PlainEvent

TAIL = (
    b" container_id=host container_name=host container_image_repository= container_image_tag="
    b" k8s_pod_name=<NA> k8s_ns_name=<NA>"
)


def template(text: str) -> Template:
    return parse_output(plain(text))[0]


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        (
            "a %proc.names b",
            "%proc.names is %proc.name and behind it s: there is no field proc.names",
            "did you mean proc.name?",
        ),
        (
            "%k8s.pod.ipp",
            "%k8s.pod.ipp is %k8s.pod.ip and behind it p: there is no field k8s.pod.ipp",
            "did you mean k8s.pod.ip?",
        ),
        (
            "%9fd.name.x_1",
            "%9fd.name.x_1 is %9fd.name and behind it .x_1: there is no field fd.name.x_1",
            "did you mean",
        ),
    ],
)
def test_a_name_that_goes_on_behind_a_field_is_warned_of(text: str, said: str, hint: str) -> None:
    (found,) = parse_output(plain(text))[1]
    assert (found.severity, found.message) == ("warning", said)
    assert hint in found.hint
    assert text[found.span.start : found.span.end] == said.split(maxsplit=1)[0]


@pytest.mark.parametrize(
    "text", ["%proc.name.", "(%proc.name)", "%proc.name:%fd.name", "%proc.aname[2]x", "%tolower(proc.name)x"]
)
def test_text_behind_a_field_is_text(text: str) -> None:
    assert parse_output(plain(text))[1] == ()


@pytest.mark.parametrize(
    ("text", "facts", "rendered"),
    [
        ("a shell", "", b"a shell"),
        ("%proc.nameand", "process.comm=sh", b"shand"),
        ("(%proc.name)", "process.comm=sh", b"(sh)"),
        ("%proc.name.", "process.comm=sh", b"sh."),
        ("%5proc.name|", "process.comm=sh", b"sh   |"),
        ("%2proc.name|", "process.comm=bash", b"ba|"),
        ("%fd.name", "", b"<NA>"),
        ("%evt.arg.flags)", "arguments.flags=O_RDONLY", b"O_RDONLY)"),
        ("%evt.is_open_read %user.loginuid", "open_read=true", b"true -1"),
        ("%fd.dev %evt.rawtime.ns", "fd.dev=255 time=5", b"FF 000000005"),
        ("%toupper(proc.name)!", "process.comm=sh", b"SH!"),
        ("%container.info x", "", b" x"),
        (
            "%evt.args",
            "arguments.flags=O_RDONLY raw_arguments.flags=0 arguments.name=/x",
            b"flags=0(O_RDONLY) name=/x",
        ),
        (
            "%evt.args",
            "arguments.path=/usr/bin/x raw_arguments.path=x arguments.data=a. raw_arguments.data=a\\n",
            b"path=x(/usr/bin/x) data=a.",
        ),
        (
            "%fd.sip.name %fd.cip.name",
            "fd.socket=10.0.0.1:1->1.2.3.4:2 host_names.1.2.3.4=a.b,c.d",
            b"a.b,c.d <NA>",
        ),
        ("\u00e9 %proc.name", "process.comm=\\xff\\n", "\u00e9 ".encode() + b"\xff\n"),
    ],
)
def test_tokens_become_values_and_the_rest_stays(text: str, facts: str, rendered: bytes) -> None:
    assert template(text).render(event(facts)) == rendered + TAIL


def test_what_is_too_long_is_cut_and_its_values_are_whole() -> None:
    happened = event("process.args=" + "a" * 4000)
    made = template("%proc.args" * 200)
    message, values = Prepared(made).told(happened)
    assert message == made.render(happened) == b"a" * (MAX_MESSAGE // 4000 * 4000) + "…".encode()
    assert values["proc.args"] == b"a" * 4000


def test_a_text_that_is_made_of_others_is_absent_when_it_is_too_long() -> None:
    happened = event("process.args=" + "a" * 4000)
    for made, size in ((16, 64_000), (17, None)):
        values = template(f"%len(concat({','.join(['proc.args'] * made)}))").values(happened)
        assert [one for name, one in values.items() if name.startswith("len")] == [size]


@pytest.mark.parametrize("text", ["%concat({})", "%join('-', ({}))"])
def test_a_transformer_takes_so_many_arguments(text: str) -> None:
    assert template(text.format(",".join(["proc.name"] * 32))).parts
    with pytest.raises(RuleError) as caught:
        template(text.format(",".join(["proc.name"] * 33)))
    assert "takes 32 arguments at most, not 33" in caught.value.diagnostics[0].message


def test_widths_are_bounded_together() -> None:
    assert template("%4000proc.name %96evt.cpu").parts
    with pytest.raises(RuleError) as caught:
        template("%4000proc.name %97evt.cpu")
    (found,) = caught.value.diagnostics
    assert found.message == "the widths of all fields together are 4097, larger than 4096"


def test_times_are_local_utc_and_nanoseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Etc/GMT-2")
    time.tzset()
    happened = PlainEvent(time=1_700_000_000_000_000_042)
    text = "%evt.time|%evt.time.s|%evt.datetime|%evt.time.iso8601|"
    try:
        assert template(text).render(happened).removesuffix(TAIL) == (
            b"00:13:20.000000042|00:13:20|2023-11-15 00:13:20.000000042|2023-11-14T22:13:20.000000042+0000|"
        )
    finally:
        monkeypatch.undo()
        time.tzset()


def test_values_are_typed_and_named_canonically() -> None:
    happened = event(
        "process.comm=sh process.parent.comm=a process.pid=7 arguments.flags=F open_read=true time=9"
    )
    values = template(
        "%proc.name %proc.pid %proc.aname[1] %evt.arg.flags %evt.is_open_read %fd.name %evt.time"
    ).values(happened)
    assert {name: value for name, value in values.items() if not name.startswith(("container", "k8s"))} == {
        "proc.name": b"sh",
        "proc.pid": 7,
        "proc.aname[1]": b"a",
        "evt.arg.flags": b"F",
        "evt.is_open_read": True,
        "fd.name": None,
        "evt.time": 9,
    }


def test_suggested_fields_follow_unless_the_text_has_them() -> None:
    made = template("in %container.id of %k8s.pod.name")
    assert made.text == (
        "in %container.id of %k8s.pod.name container_name=%container.name"
        " container_image_repository=%container.image.repository container_image_tag=%container.image.tag"
        " k8s_ns_name=%k8s.ns.name"
    )
    happened = PlainEvent(container=Container(id=b"0123456789ab", full_id=b"", name=b"web", pod_name=b"p"))
    assert made.render(happened).startswith(b"in 0123456789ab of p container_name=web")
