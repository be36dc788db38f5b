# SPDX-License-Identifier: Apache-2.0
"""Who makes pods chooses how much there is to know of their containers: of large ones few are kept."""

from __future__ import annotations

from lanner_agent.enrich import answers
from lanner_agent.enrich.cgroup import Identity
from lanner_engine.fields.model import Container, Mount


def test_large_containers_push_out_each_other_alone() -> None:
    mounts = (Mount(source=b"/s" * answers.LARGE_BYTES, dest=b"/d"),)
    known = answers.Answers()
    full_ids = [b"%064x" % number for number in range(3 * answers.LARGE)]
    small = known.put(Identity(full_ids[0], None), Container(full_ids[0][:12], full_ids[0]))
    known.weigh(small)
    for full_id in full_ids[1:]:
        large = Container(full_id[:12], full_id, mounts=mounts)
        known.weigh(known.put(Identity(full_id, None), large))
    assert len(known) == answers.LARGE + 1
    assert known.find(full_ids[0]) is small
