# SPDX-License-Identifier: Apache-2.0
"""The steps of a start are named by the functions that do them: a function that got another name is found."""

from __future__ import annotations

import pytest

from tests.bench import start_steps

NAMED = sorted(
    {
        named
        for steps in (start_steps.STEPS, start_steps.AGENTS, start_steps.BESIDE)
        for functions in steps.values()
        for named in functions
    }
)


@pytest.mark.parametrize(("module", "path"), NAMED)
def test_it_is_there(module: str, path: str) -> None:
    owner, name = start_steps.found(module, path)
    assert callable(getattr(owner, name))
