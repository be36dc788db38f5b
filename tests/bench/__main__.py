# SPDX-License-Identifier: Apache-2.0
"""What was measured last -> results.json, docs/performance.md, its chart. Words: the parts to take alone,
such as `outputs replay`; `page`: none, of what is kept already.
"""

from __future__ import annotations

import sys

from tests.bench import performance_page

if __name__ == "__main__":
    if sys.argv[1:] != ["page"]:
        performance_page.keep(sys.argv[1:] or performance_page.MEASURED)
    performance_page.write()
    print(performance_page.PAGE, performance_page.CHART)
