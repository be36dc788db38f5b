# SPDX-License-Identifier: Apache-2.0
"""What a process, a label or a rule may be called when an attacker wants the page to obey it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lanner_page.source import Alert, Node, Propagation, Rule
from tests.page import made
from tests.page.scenes import SCENES

_RUN: Final = "window.owned=1"
TEXTS: Final = {
    "script": f"</script><script>{_RUN}</script>",
    "image": f"<img src=x onerror={_RUN}>",
    "attribute": f"\" autofocus onfocus={_RUN} x='",
    "apostrophe": f"' onmouseover='{_RUN}",
    "link": f"javascript:{_RUN}",
    "style": "</style><style>*{display:none}</style>",
    "template": "{{ 7*7 }}{% for x in () %}${7*7}",
    "comment": "<!-- --!> ]]> <![CDATA[",
    "entity": "&lt;b&gt;&amp;&#0;",
    "override": "safe\u202egnp.exe\u2066\u200b\ufeff",
    "nul": "before\x00after\x1b[31m\x7f\x85",
    "lines": "one\r\ndata: x\n\nevent: alerts\u2028two",
    "surrogate": "half \ud800 of one",
    "replaced": "no UTF-8 \ufffd\ufffd",
    "path": "../../etc/passwd?x=1#y%00%2e",
    "prototype": "__proto__",
    "empty": "",
    "long": "A<b>" * (1 << 14),
}
_FIELDS: Final = (
    "proc.cmdline",
    "proc.name",
    "proc.exepath",
    "proc.acmdline[1]",
    "proc.acmdline[3]",
    "k8s.pod.label[app]",
    "container.image.repository",
)
UNSEEN: Final = "\u202e\u2066\u200b\ufeff\x00\x1b\x85\u2028"  # stand in a page as escapes only


def alerts(now_ns: int) -> list[Alert]:
    """One with each text wherever a process, an image, a pod or a rule may say something."""
    return [_alert(text, at, now_ns) for at, text in enumerate(TEXTS.values())]


def _alert(text: str, at: int, now_ns: int) -> Alert:
    one = made.alert(SCENES[0], now_ns - at * 1_000_000, 1_000 + at)
    fields = dict.fromkeys(_FIELDS, text) | {text: text, "proc.pid": 7, "evt.args": [text, text]}
    body = {
        **one.body,
        "output": text,
        "output_fields": fields,
        "rule": text,
        "tags": [text, "T1059"],
        text: text,
    }
    return replace(
        one,
        node=text,
        rule=text,
        priority=text,
        namespace=text,
        workload=text,
        pod=text,
        text=text,
        body=body,
    )


def rules() -> tuple[Rule, ...]:
    return tuple(
        Rule(text, text, text, text, (text, "T1059"), text, text, 1, 2, (0, 3, 1), 1, 2)
        for text in TEXTS.values()
    )


def nodes() -> tuple[Node, ...]:
    return tuple(Node(text, text, None, {text: 3}, 0.1, (text,), 1) for text in TEXTS.values())


def change() -> Propagation:
    return Propagation(TEXTS["script"], 1, 3, 1, 0.1, 0.2, tuple((text, 0.5) for text in TEXTS.values()))
