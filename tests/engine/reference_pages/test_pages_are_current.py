# SPDX-License-Identifier: Apache-2.0
"""Pages of docs/reference are what the tables say; `make reference` writes them anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanner_agent.decode import listing as event_listing
from lanner_engine.fields import listing
from lanner_engine.fields.table import FIELDS
from lanner_engine.fields.tables.event_names import EVENT_NAMES, RECORDED
from tests.engine.reference_pages.__main__ import PAGES


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_is_what_the_table_says(path: Path) -> None:
    assert path.read_text() == PAGES[path]() + "\n", "run `make reference`"


def test_every_field_is_a_row_with_a_meaning() -> None:
    rows = listing.rows()
    assert [row.field.name for row in rows] == sorted(FIELDS)
    assert all(row.meaning and row.records for row in rows)


def test_arguments_show_how_they_are_given() -> None:
    names = {row.field.name: row.name for row in listing.rows()}
    assert names["proc.name"] == "proc.name"
    assert names["evt.arg"] == "evt.arg.name"
    assert names["proc.aname"] == "proc.aname, proc.aname[n]"
    assert names["container.mount"] == "container.mount[text]"


def test_patterns_choose_by_name_meaning_or_glob() -> None:
    assert [row.field.name for row in listing.rows("fd.*port")] == [
        "fd.cport", "fd.lport", "fd.port", "fd.rport", "fd.sport",
    ]  # fmt: skip
    assert "proc.name" in [row.field.name for row in listing.rows("comm")]
    assert [row.field.name for row in listing.rows("USER.UID")] == ["user.uid"]
    assert listing.rows("no such thing") == []


def test_every_event_is_a_row_and_those_that_are_recorded_have_parameters() -> None:
    rows = event_listing.rows()
    assert [row.name for row in rows] == sorted(EVENT_NAMES)
    assert {row.name for row in rows if row.recorded} == RECORDED
    assert all(bool(row.parameters) == row.recorded for row in rows)


def test_patterns_choose_events_by_name_or_glob() -> None:
    assert [row.name for row in event_listing.rows("dup*")] == ["dup", "dup2", "dup3"]
    assert [row.name for row in event_listing.rows("GETCW")] == ["getcwd"]
    assert event_listing.rows("no such event") == []
