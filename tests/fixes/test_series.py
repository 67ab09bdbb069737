"""Fix after fix in one file: what comes of it, and how often somebody has to look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.fixes import safe_fix
from ssot_lsp.fixes import series as engine

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lsp.analysis import Analysis
    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes import Fix
    from ssot_lsp.fixes.base import Snapshot

NAME = "test_it.py"
FACTORY = """\
from unittest.mock import AsyncMock


class SSotMockFactory:
    @staticmethod
    def create_websocket_mock():
        return AsyncMock()
"""
FIXED, UNFIXED = (
    "    websocket = AsyncMock()\n    serve(websocket)\n",
    "    tractor = AsyncMock()\n    drive(tractor)\n",
)


def suite(count: int) -> str:
    """So many tests with a double that can be swapped safely, and as many with one that no method makes."""
    tests = (f"\n\ndef test_{number}():\n{FIXED}{UNFIXED}" for number in range(count))
    return "from unittest.mock import AsyncMock\n" + "".join(tests)


def opened(root: Path, text: str) -> Analysis:
    (root / "pyproject.toml").write_text("[tool.ssot-lsp]\n", encoding="utf-8")
    (root / "mock_factory.py").write_text(FACTORY, encoding="utf-8")
    workspace = Workspace(folders=[str(root)])
    workspace.write(str(root / NAME), text)
    return workspace.snapshot()


@pytest.mark.parametrize("count", [10, 40])
def test_each_finding_is_looked_at_a_few_times(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Finding] = []
    placed: list[int] = []
    back = engine._Way.back

    def choose(now: Snapshot, finding: Finding) -> Fix | None:
        asked.append(finding)
        return safe_fix(now, finding)

    def counted(way: engine._Way, offset: int) -> int:
        placed.append(offset)
        return back(way, offset)

    monkeypatch.setattr(engine._Way, "back", counted)
    found = engine.series(opened(tmp_path, suite(count)), str(tmp_path / NAME), choose)

    assert len(found.steps) == count
    assert len(asked) <= 3 * count  # the swapped ones once, the others in the first round and in the last
    assert len(placed) <= 4 * count
