# SPDX-License-Identifier: Apache-2.0
"""A reader of the page has a connection open to each agent: more than a process begins with."""

from __future__ import annotations

import resource

from lanner_operator.handlers import main


def test_it_takes_all_the_descriptors_that_it_may_have() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(1_024, before[1]), before[1]))
        main._take_descriptors()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
