# SPDX-License-Identifier: Apache-2.0
"""What was measured last -> results.json, docs/performance.md, its chart; `page`: of what is kept already."""

from __future__ import annotations

import sys

from tests.bench import performance_page

if __name__ == "__main__":
    if sys.argv[1:] != ["page"]:
        performance_page.keep()
    performance_page.write()
    print(performance_page.PAGE, performance_page.CHART)
