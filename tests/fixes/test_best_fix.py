"""Which fix is applied where many are applied at once."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from ssot_lsp.analysis import Workspace
from ssot_lsp.fixes import best_fix

if TYPE_CHECKING:
    from pathlib import Path

FACTORY = """\
from unittest.mock import Mock


class SSotMockFactory:
    @staticmethod
    def create_pool_mock():
        pool = Mock()
        pool.size = 4
        return pool
"""


def best_titles(folder: Path, test: str) -> list[str | None]:
    """The title of the best fix of each finding in a test beside the factory."""
    (folder / "pyproject.toml").write_text("[tool.ssot-lsp]\n")
    (folder / "factory.py").write_text(FACTORY)
    (folder / "test_it.py").write_text(dedent(test))
    analysis = Workspace(folders=[str(folder)]).snapshot()
    found = [best_fix(analysis, each) for each in analysis.findings(str(folder / "test_it.py"))]
    return [None if each is None else each.title for each in found]


def test_what_changes_other_files_too_is_for_one_at_a_time(tmp_path: Path) -> None:
    titles = best_titles(
        tmp_path,
        """\
        from unittest.mock import Mock


        def test_it(shop):
            cat = Mock()
            cat.paws = 4
            shop(cat)


        def test_other(shop):
            cat = Mock()
            cat.paws = 4
            shop(cat)
        """,
    )

    assert titles == [None, None]


def test_a_swap_is_the_best_where_it_could_also_be_extracted(tmp_path: Path) -> None:
    (title,) = best_titles(
        tmp_path,
        """\
        from unittest.mock import Mock


        def test_it(shop):
            pool = Mock()
            shop(pool)
        """,
    )

    assert title == (
        "Use `SSotMockFactory.create_pool_mock(…)`; for review: it is passed on, and the factory sets `size`"
    )
