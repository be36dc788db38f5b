# SPDX-License-Identifier: Apache-2.0
"""`make reference`: writes the pages of docs/reference that are made from the tables of fields, events and
metrics, and from the settings.
"""

from __future__ import annotations

from pathlib import Path

from lanner_agent.decode import listing as event_listing
from lanner_agent.settings import listing as settings_listing
from lanner_engine.fields import listing as field_listing
from tests.engine.reference_pages import metrics

REFERENCE = Path(__file__).parents[3] / "docs/reference"
PAGES = {
    REFERENCE / "fields.md": field_listing.page,
    REFERENCE / "events.md": event_listing.page,
    REFERENCE / "configuration.md": settings_listing.page,
    REFERENCE / "metrics.md": metrics.page,
}

if __name__ == "__main__":
    for path, page in PAGES.items():
        path.write_text(page() + "\n")
        print(path)
