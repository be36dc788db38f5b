# SPDX-License-Identifier: Apache-2.0
"""docs/reference/fields.md is what the table says; `make reference` writes it anew."""

from __future__ import annotations

from lanner_engine.fields import listing
from lanner_engine.fields.table import FIELDS
from tests.engine.reference_pages.__main__ import PAGE


def test_the_page_is_what_the_table_says() -> None:
    assert PAGE.read_text() == listing.page() + "\n", "run `make reference`"


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
