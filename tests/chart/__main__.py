# SPDX-License-Identifier: Apache-2.0
"""`make reference`: writes the pages of docs/reference that are made from the chart."""

from __future__ import annotations

import pathlib

from tests.chart import reference_crds, reference_default_rules, reference_rights, reference_values
from tests.chart.rendering import Helm
from tests.cluster.binaries import binaries

if __name__ == "__main__":
    for page, text in (
        (reference_crds.PAGE, reference_crds.page()),
        (reference_default_rules.PAGE, reference_default_rules.page()),
        (reference_values.PAGE, reference_values.page()),
        (reference_rights.PAGE, reference_rights.page(Helm(pathlib.Path(binaries()["helm"])))),
    ):
        page.write_text(text)
        print(page)
