# SPDX-License-Identifier: Apache-2.0
"""`kubectl lanner` against a real API server: what it shows, to whom, and what it says when it may not."""

from __future__ import annotations

from tests.agent.cli.kubectl.scene import Scene


OUT = open("/tmp/w7/out.txt", "w")


def test_try(scene: Scene) -> None:
    scene.publish((scene.rule(), scene.pod, (b"-c", b"id \x1b[31m")), times=3)
    for words in (
        ("status",),
        ("status", "-o", "wide"),
        ("rules",),
        ("rules", "-n", "kubectl-shop", "-o", "wide"),
        ("alerts", "-A"),
        ("alerts", "-A", "-o", "wide"),
        ("alerts", "-A", "-o", "json"),
    ):
        for who in ("admin", "viewer", "tenant", "stranger"):
            e = scene.asks(*words, who=who)
            OUT.write(
                " ".join(
                    map(
                        str,
                        (
                            "=====",
                            who,
                            words,
                            e.status,
                        ),
                    )
                )
                + "\n"
            )
            OUT.write(" ".join(map(str, (e.out,))) + "\n")
            OUT.write(
                " ".join(
                    map(
                        str,
                        (
                            "ERR",
                            e.errors,
                        ),
                    )
                )
                + "\n"
            )
    import json

    name = json.loads(scene.asks("alerts", "-A", "-o", "json").out.splitlines()[0])["event"]
    for who in ("admin", "viewer", "tenant", "stranger"):
        e = scene.asks("why", name, who=who)
        OUT.write(
            " ".join(
                map(
                    str,
                    (
                        "=====",
                        who,
                        e.status,
                    ),
                )
            )
            + "\n"
        )
        OUT.write(" ".join(map(str, (e.out,))) + "\n")
        OUT.write(
            " ".join(
                map(
                    str,
                    (
                        "ERR",
                        e.errors,
                    ),
                )
            )
            + "\n"
        )
    raise AssertionError
