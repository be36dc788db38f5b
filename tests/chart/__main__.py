# SPDX-License-Identifier: Apache-2.0
"""`make reference`: writes the pages of docs/reference that are made from the chart, and the part of its
schema that is made from the agent.

Builds nothing: without Helm the page of rights stays as it is, and that is said.
"""

from __future__ import annotations

import pathlib

from tests.chart import (
    agent_settings,
    reference_crds,
    reference_default_rules,
    reference_rights,
    reference_values,
)
from tests.chart.attack import picture
from tests.chart.rendering import Helm
from tests.cluster import binaries


def write(page: pathlib.Path, text: str) -> None:
    page.write_text(text)
    print(page)


if __name__ == "__main__":
    write(agent_settings.SCHEMA, agent_settings.written())
    write(reference_crds.PAGE, reference_crds.page())
    write(reference_default_rules.PAGE, reference_default_rules.page())
    write(picture.FILE, picture.svg())
    write(reference_values.PAGE, reference_values.page())
    helm = binaries.helm()
    if helm:
        write(reference_rights.PAGE, reference_rights.page(Helm(helm)))
    else:
        print(f"{reference_rights.PAGE} stays as it is: no helm is here, `make cluster` builds one")
