# SPDX-License-Identifier: Apache-2.0
"""What is taken out of text before it leaves the node, and what stays although it looks similar."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanner_agent.publish import json_lines, redact, snapshot, text
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.events import note, output_fields, sighting
from lanner_agent.publish.events.rule_card import RuleCards
from lanner_agent.publish.redact import redacted
from tests.agent.events import plain, rules

SECRETS = [
    (b"mysqldump --password=hunter2 shop", b"mysqldump --password=*** shop"),
    (b"mysql -uroot -phunter2 shop", b"mysql -uroot -p*** shop"),
    (b"vault login --token hunter2", b"vault login --token ***"),
    (b"x -client-secret:hunter2 y", b"x -client-secret:*** y"),
    (b"env PGPASSWORD='hun ter2' psql", b"env PGPASSWORD=*** psql"),
    (b"AWS_SECRET_ACCESS_KEY=ab/cd+e aws s3 ls", b"AWS_SECRET_ACCESS_KEY=*** aws s3 ls"),
    (b"curl -u bob:hunter2 https://x/", b"curl -u bob:*** https://x/"),
    (b"curl https://bob:hunter2@x/y?token=abc&z=1", b"curl https://bob:***@x/y?token=***&z=1"),
    (b"curl -H 'Authorization: Bearer abc.def' x", b"curl -H 'Authorization: Bearer ***' x"),
    (
        b'curl -d \'{"password": "hunter2", "user": "bob"}\'',
        b'curl -d \'{"password": "***", "user": "bob"}\'',
    ),
    (b"sshpass -p hunter2 ssh x", b"sshpass -p *** ssh x"),
    (b"git clone https://ghp_" + b"a" * 36 + b"@github.com/x", b"git clone https://ghp_***@github.com/x"),
    (b"t=eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJ end", b"t=eyJ*** end"),
    (b"echo -----BEGIN RSA PRIVATE KEY-----MIIE", b"echo -----BEGIN RSA PRIVATE KEY-----***"),
    (b"--token=a\xff\xfeb c", b"--token=*** c"),
    ("--Passwort=x --PASSWORD=ü€ y".encode(), b"--Passwort=x --PASSWORD=*** y"),
    (b"gh login --with-token --password hunter2 x", b"gh login --with-token --password *** x"),
    (b"vault --token-file --secret hunter2", b"vault --token-file --secret ***"),
    (b"env DB_PASSWORD=-hunter2 x --token=--hunter2", b"env DB_PASSWORD=-*** x --token=--***"),
    (b"git clone https://bob:hun@ter2@x/y@z", b"git clone https://bob:***@x/y@z"),
    (b'{"password": "hun\\"ter2", "user": "bob"}', b'{"password": "***", "user": "bob"}'),
    (
        b'sh -c curl -d "{\\"token\\":\\"hunter2\\",\\"a\\":1}"',
        b'sh -c curl -d "{\\"token\\":\\"***\\",\\"a\\":1}"',
    ),
    (b'{"password": "hun\\\nter2", "user": "bob"}', b'{"password": "***", "user": "bob"}'),
    (b'curl -d "{\\"token\\":\\"hun\\\\\\"ter2\\"}"', b'curl -d "{\\"token\\":\\"***\\"}"'),
    (b'curl -d "{\\"token\\":\\"hun\\\\nter2\\u0041\\"}"', b'curl -d "{\\"token\\":\\"***\\"}"'),
    (b"curl -H Authorization: Splunk hunter2 x", b"curl -H Authorization: Splunk *** x"),
    (b"curl -H Authorization: ApiKey hunter2 x", b"curl -H Authorization: ApiKey *** x"),
]
OTHERS = [
    b"a token was read: file=/etc/passwd container_id=0123456789ab",
    b"cat /run/secrets/kubernetes.io/serviceaccount/token container_id=1",
    b"/run/secrets:/run/secrets:ro",
    b"vault --token-file /run/token agent",
    b"psql --no-password --verbose shop",
    b"http://[::1]:8080/x http://host:8080/y",
    b"docker run -u 1000:1000 x",
    b"bash -c id key=value",
]


@pytest.mark.parametrize(("said", "left"), SECRETS)
def test_a_secret_is_taken_out(said: bytes, left: bytes) -> None:
    assert redacted(said) == left


@pytest.mark.parametrize("said", OTHERS)
def test_everything_else_stays(said: bytes) -> None:
    assert redacted(said) == said


@given(st.binary(max_size=300))
def test_a_secret_is_found_among_any_bytes(around: bytes) -> None:
    assert b"hunter2" not in redacted(b"--password=hunter2 " + around)
    assert b"hunter2" not in redacted(around + b" --password=hunter2")


@pytest.mark.parametrize(
    "piece", [b"password", b"--token ", b"mysql -p", b"https://a:", b"curl -u a:", b"bearer ", b'"token":']
)
def test_hostile_text_costs_linear_time(piece: bytes) -> None:
    """16 KiB is the most that is asked for; a pattern that backtracks would take minutes."""
    start = time.process_time()
    redacted(piece * (16 * 1024 // len(piece)))
    assert time.process_time() - start < 0.25


def test_no_half_of_a_secret_is_left_where_an_output_is_cut_for_an_event() -> None:
    """A long token becomes three stars, which brings what stands at the cut into the note."""
    before, behind = b"Authorization: Bearer ", b" https://bob:hunt"
    filled = b"a" * (sighting.MAX_OUTPUT - len(b"ran " + before + behind))
    process = replace(plain.SHELL, args=(before + filled, b"https://bob:hunter2@x/"))
    (rule,) = rules.compiled(rules.text(output="ran %proc.args")).rules
    alert = Alert(rule, plain.Event(process=process))
    seen = sighting.from_alert(alert, RuleCards().card(rule), alert.event.container)
    assert "https://bob:***@x/" in (said := note.note("Heading", seen.output, "node=n"))
    assert "hunt" not in said


@pytest.fixture
def own_patterns() -> Iterator[None]:
    redact.use([redact.own("customer", "cust-([0-9]{4,})"), redact.own("badge", "BADGE[0-9]+")])
    yield
    redact.use(())


@pytest.mark.usefixtures("own_patterns")
@pytest.mark.parametrize(
    ("said", "left"),
    [
        (b"cp /data/cust-00421/a.pdf BADGE77 badge77", b"cp /data/cust-***/a.pdf *** badge77"),
        (b"cust-0042 --password=x cust-1", b"cust-*** --password=*** cust-1"),
        (b"\xffcust-12345\xfe", b"\xffcust-***\xfe"),
    ],
)
def test_patterns_of_ones_own_hide_their_group_or_all_beside_the_defaults(said: bytes, left: bytes) -> None:
    assert redacted(said) == left


@pytest.mark.usefixtures("own_patterns")
def test_no_output_leaves_out_a_pattern_of_ones_own() -> None:
    event = plain.Event(process=replace(plain.SHELL, args=(b"cust-24680",)))
    (rule,) = rules.compiled(rules.text(output="ran %proc.args")).rules
    told = [
        *(form(snapshot.of(rule, event)).decode() for form in (text.line, json_lines.line)),
        note.note("Heading", b"ran cust-24680", "node=n"),
        output_fields.text({"proc.args": b"cust-24680"}, 1000),
    ]
    assert all("cust-***" in one and "24680" not in one for one in told)


@pytest.mark.usefixtures("own_patterns")
def test_what_is_hidden_is_counted_by_pattern() -> None:
    before, sums = redact.counts(), redact.totals()
    redacted(b"cust-12345 and cust-6789 --password=x")
    redacted(b"nothing to hide")
    redacted(b"--token-file /run/token")  # looked at, and left alone
    after = redact.counts()
    assert {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name)} == {
        "customer": 1,
        "flag": 1,
    }
    assert redact.totals() == {"default": sums["default"] + 1, "own": sums["own"] + 1}


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(", r"missing \)"),
        ("a*", "matches the empty text"),
        ("(?=x)", "invalid perl operator"),
        ("((a{100}){100}){10}", "invalid repetition size"),
        ("(?:[ab].{20}){40}c", "too large"),
    ],
)
def test_a_pattern_that_cannot_be_is_refused_in_words(pattern: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        redact.own("x", pattern)
