"""Files that are skipped unparsed are those in which nothing is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lsp.scan import Options, check
from tests.literate import lay_out, read_all

if TYPE_CHECKING:
    from pathlib import Path

    from tests.literate import Case

CASES = tuple(read_all())
TEXTS = sorted({file.text for case in CASES for file in case.files if file.name.endswith(".py")})
LINES = sorted({line + "\n" for text in TEXTS for line in text.split("\n")})


def compare(root: Path) -> None:
    """Check the folder with and without the prefilter."""
    with_filter, without = (
        check([str(root)], Options(prefilter=prefilter, use_cache=False), str(root))
        for prefilter in (True, False)
    )
    assert [(each.path, each.rows, each.is_test, each.suppressed) for each in with_filter.results] == [
        (each.path, each.rows, each.is_test, each.suppressed) for each in without.results
    ]
    assert with_filter.failures == without.failures
    assert with_filter.errors == without.errors


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_prefilter_changes_nothing_in_a_case(case: Case, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("workspace")
    lay_out(case.files, root)

    compare(root)


@given(
    helper=st.lists(st.integers(0, len(LINES) - 1).map(lambda at: LINES[at]), max_size=6).map("".join),
    text=st.lists(st.integers(0, len(LINES) - 1).map(lambda at: LINES[at]), max_size=6).map("".join),
)
def test_prefilter_changes_nothing_for_any_lines(
    tmp_path_factory: pytest.TempPathFactory, helper: str, text: str
) -> None:
    root = tmp_path_factory.mktemp("workspace", numbered=True)
    (root / "tests").mkdir()
    (root / "tests" / "doubles.py").write_bytes(helper.encode())
    (root / "tests" / "test_it.py").write_bytes(text.encode())

    compare(root)
