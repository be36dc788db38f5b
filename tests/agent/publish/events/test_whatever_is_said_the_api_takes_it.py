# SPDX-License-Identifier: Apache-2.0
"""Any rule, any pod, any bytes: the Event is valid by the API's rules, harmless, and within its sizes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.publish.events import body, identity, names, note, output_fields
from lanner_agent.publish.events.rule_card import RuleCards
from lanner_agent.publish.events.sighting import Sighting
from lanner_engine.fields.model import Container
from tests.agent.publish.events import alerts, api_rules

RULE = alerts.rule(owner=alerts.OWNER)
HOSTILE = st.one_of(
    st.binary(max_size=3000), st.text(max_size=700).map(lambda text: text.encode("utf-8", "replace"))
)
MAYBE = st.none() | HOSTILE
SUBDOMAIN = st.from_regex(
    r"[a-z0-9]([-a-z0-9]{0,80}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,80}[a-z0-9])?){0,2}", fullmatch=True
)
VALUE = st.none() | st.booleans() | st.integers() | HOSTILE | st.lists(HOSTILE, max_size=5)


@st.composite
def containers(draw: st.DrawFn) -> Container:
    valid = draw(st.booleans())
    name = SUBDOMAIN.map(str.encode) if valid else MAYBE
    return replace(
        alerts.APP,
        name=draw(MAYBE),
        image_repository=draw(MAYBE),
        image_digest=draw(MAYBE),
        image_tag=draw(MAYBE),
        pod_name=draw(name),
        pod_namespace=draw(st.just(b"shop") if valid else MAYBE),
        pod_uid=draw(MAYBE),
    )


@given(
    rule=st.text(max_size=300),
    tags=st.lists(st.text(max_size=90).map("mitre_".__add__), max_size=2).map(tuple),
    container=containers(),
    output=HOSTILE,
    values=st.dictionaries(
        st.text(st.characters(codec="ascii"), min_size=1, max_size=40), VALUE, max_size=20
    ),
    node=SUBDOMAIN.filter(names.is_subdomain),
)
def test_every_event_is_valid(  # noqa: PLR0913  everything that others can choose
    *,
    rule: str,
    tags: tuple[str, ...],
    container: Container,
    output: bytes,
    values: dict[str, object],
    node: str,
) -> None:
    card = RuleCards().card(replace(RULE, name=rule, tags=tags))
    sighting = Sighting(card, container, 1_700_000_000_123_456_789, output, values)
    key = identity.key(card, container, b"/x")
    event = body.detected(sighting, key, NodeIdentity(node, None, "", "", ""), identity.alert_id(), 2048)
    assert api_rules.complaints(event) == []
    assert len(event["metadata"]["annotations"][body.FIELDS].encode()) <= 2048
    json.loads(event["metadata"]["annotations"][body.FIELDS])
    json.dumps(event).encode()


@given(st.text(max_size=400))
def test_every_text_has_a_reason_and_a_slug(text: str) -> None:
    assert 0 < len(names.reason(text)) <= 128
    assert names.reason(text).isalnum()
    assert 0 < len(names.slug(text)) <= 63
    assert names.label_value(names.label_value(text)) == names.label_value(text)


@pytest.mark.parametrize(
    ("rule", "reason", "slug"),
    [
        ("Terminal shell in container", "TerminalShellInContainer", "terminal-shell-in-container"),
        ("DB program spawned process", "DBProgramSpawnedProcess", "db-program-spawned-process"),
        ("Öffnen: /etc/shadow (v2)", "OffnenEtcShadowV2", "offnen-etc-shadow-v2"),
        ("2 shells", "Rule2Shells", "2-shells"),
        ("日本語", "Rule77710aed", "rule-77710aed"),
    ],
)
def test_rules_become_reasons_and_slugs(rule: str, reason: str, slug: str) -> None:
    assert (names.reason(rule), names.slug(rule)) == (reason, slug)


def test_long_names_that_begin_alike_stay_two() -> None:
    one, two = "a" * 300 + "1", "a" * 300 + "2"
    for name in (names.reason, names.slug, names.instance):
        assert name(one) != name(two)


@given(HOSTILE, st.integers(4, 700))
def test_a_fold_is_one_line_within_its_bytes(raw: bytes, limit: int) -> None:
    line = note.folded(raw.decode("utf-8", "replace"), limit)
    assert len(line.encode()) <= limit
    assert line.isprintable()


@pytest.mark.parametrize("char", ["a", "ü", "語", "🦅", "\u202e", "\x1b", "\n"])
def test_a_long_output_costs_neither_rule_nor_identity(char: str) -> None:
    said = note.note("Notice " + char * 300, (char * 5000).encode(), note.identity(alerts.APP, "n1"))
    assert len(said.encode()) <= note.MAX_LENGTH
    assert said.startswith("Notice")
    assert said.endswith(" | c=app img=docker.io/library/nginx@sha256:ab12cd34ef56 node=n1")


@given(st.dictionaries(st.text(max_size=60), VALUE, max_size=40), st.integers(2, 3000))
def test_fields_are_json_within_their_bytes(values: dict[str, object], limit: int) -> None:
    text = output_fields.text(values, limit)
    assert len(text.encode()) <= limit
    assert text.isprintable()
    json.loads(text)


def test_who_entered_a_pod_stays_on_one_line_and_says_when_it_is_unsure() -> None:
    values = {"k8s.exec.user": b"eve\x1b\n\xe2\x80\xae" + b"x" * 5000, "k8s.exec.groups": b"a\\,b,\xff\x00"}
    said = body.entered(values)
    assert said.keys() == {"lanner.dev/exec-user", "lanner.dev/exec-groups"}
    assert all(one.isprintable() and len(one.encode()) <= 512 for one in said.values())
    assert body.entered(values | {"k8s.exec.ambiguous": True})["lanner.dev/exec-ambiguous"] == "true"
