# SPDX-License-Identifier: Apache-2.0
"""`make crds`: writes the resource definitions, made of the engine's models, to crds/ and into the chart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from lanner_engine.resources import crds

ROOT = Path(__file__).parents[3]
FOLDERS = (ROOT / "crds", ROOT / "charts/lanner/crds")
_HEAD = "# SPDX-License-Identifier: Apache-2.0\n# Made by `make crds` of engine/lanner_engine/resources.\n"


class _Plain(yaml.SafeDumper):
    """Writes everything out, however often it comes."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def files() -> Iterator[tuple[Path, str]]:
    """Every file with what belongs into it."""
    for resource in crds.RESOURCES:
        text = yaml.dump(crds.definition(resource), Dumper=_Plain, sort_keys=False, width=110)
        for folder in FOLDERS:
            yield folder / f"{resource.name}.yaml", _HEAD + text


if __name__ == "__main__":
    for path, text in files():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        print(path.relative_to(ROOT))
