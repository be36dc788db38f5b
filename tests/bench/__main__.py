# SPDX-License-Identifier: Apache-2.0
"""`make performance`: takes the loops that were measured last into docs/performance.md."""

from __future__ import annotations

from tests.bench import performance_page

if __name__ == "__main__":
    performance_page.keep()
    performance_page.PAGE.write_text(performance_page.page())
    print(performance_page.PAGE)
