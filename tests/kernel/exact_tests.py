# SPDX-License-Identifier: Apache-2.0
"""Which tests exactness does again: all that watch events, but for those that are named here with the reason.
Which events are let off.
"""

from __future__ import annotations

import os
import sys
from typing import Final

import pytest

from lanner_agent.decode.event import Event

# Of these each case of a family is done again, of other files the first: what they do is the same call.
EACH_CASE: Final = frozenset(
    {
        "test_an_exec_is_recorded.py",
        "test_an_open_is_recorded.py",
        "test_calls_on_names_are_recorded.py",
        "test_calls_on_sockets_are_recorded.py",
        "test_further_calls_are_recorded.py",
        "test_other_calls_are_recorded.py",
    }
)
_OWN = "says itself what is recorded, or loads probes of its own"
_RACE = "a race, which ends differently each time, and takes long"
_UNASKED = "what is reported where completions have no room is not asked"
_MAKERS = "test_who_made_a_process_is_known.py::test_of_many_makers_"
_ADOPTED = "whether a process is adopted when it executes is a race, and rules ask for its parent"
_REQUESTS = "test_requests_of_io_uring_are_recorded.py::test_"
# Files and tests, with the reason.
LEFT_OUT: Final = {
    "test_a_cgroup_is_recorded.py": "makes cgroups, which are there already the second time",
    "test_a_name_is_what_exec_gave.py::test_threads_older_than_the_agent_have_the_name_of_their_leader": _OWN,
    "test_an_event_holds_what_its_rules_read.py": _OWN,
    "test_hot_calls_are_recorded.py::test_how_much_memory_a_process_has_is_recorded_where_a_rule_asks": _OWN,
    "test_an_exec_says_its_strings_once.py": _OWN,
    "test_second_programs_take_what_the_first_do_not.py": _OWN,
    "test_no_drawn_rule_that_is_true_is_held_back.py": "has rules of its own in force",
    "test_events_come_in_order.py": "thousands of events, which take half a minute",
    "test_rings_are_shared_out.py": "fills rings: what comes is decided by their room",
    "test_what_does_not_fit_is_counted.py": "fills rings: what comes is decided by their room",
    "test_what_is_kept_of_a_name_is_all_of_it.py": "fills the map of names",
    "test_the_reader_is_woken.py": "about when records are read",
    "test_names_rewritten_during_a_call_do_not_fool.py": _RACE,
    "test_nothing_fools_an_exec.py::test_a_path_that_changes_during_the_call": _RACE,
    "test_nothing_fools_an_exec.py::test_an_argument_that_changes_during_the_call": _RACE,
    "test_nothing_fools_a_connection.py::test_an_address_that_changes_during_connect": _RACE,
    "test_nothing_fools_an_open.py::test_a_path_that_changes_during_the_call": _RACE,
    "test_nothing_fools_an_open.py::test_a_link_that_changes_during_the_call": _RACE,
    "test_nothing_fools_an_open.py::test_a_directory_descriptor_that_changes_during_the_call": _RACE,
    _REQUESTS + "the_path_is_the_kernels_whatever_the_process_writes_meanwhile": _RACE,
    _REQUESTS + "completions_without_room_are_seen": _UNASKED,
    _REQUESTS + "completions_without_room_and_without_a_tag_of_their_own": _UNASKED,
    "test_a_batch_of_requests_hides_no_file.py": "whose file may be another one by now is not asked for it",
    _MAKERS + "with_images_of_their_own_the_nearest_are_kept": _ADOPTED,
    "test_names_are_where_the_call_went.py": "needs hooks, as guests have, which do each test once",
}
_OWN_RULES: Final = "sieve"  # the fixture by which a test has rules of its own in the kernel


def is_done_again(item: pytest.Function) -> bool:
    name = item.path.name
    if _OWN_RULES in item.fixturenames or LEFT_OUT.keys() & {name, f"{name}::{item.originalname}"}:
        return False
    return name in EACH_CASE or _is_first(item)


def _is_first(item: pytest.Function) -> bool:
    """Of the cases of its family."""
    found = getattr(item, "callspec", None)
    return found is None or not any(found.indices.values())


def is_by_the_way(event: Event) -> bool:
    """What Python reads of its own: a module the first time only, a folder of modules when it has changed."""
    if event.fd is None or event.open_read is None or not event.fd.name:
        return False
    return event.fd.name.endswith((b".py", b".pyc")) or os.fsdecode(event.fd.name) in sys.path_importer_cache
