"""A swap that was offered and does not hold any more: no edit, and a message that says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.fixes import Withdrawn

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lsp.analysis import Analysis
    from ssot_lsp.fixes import Fix

FACTORY = """\
from unittest.mock import AsyncMock


class SSotMockFactory:
    @staticmethod
    def create_websocket_mock():
        return AsyncMock()
"""
TEXT = "from unittest.mock import AsyncMock\n\n\ndef test_it():\n    websocket = AsyncMock()\n    serve(websocket)\n"


class Suite:
    """A workspace on a disk, in which files change."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = str(root / "tests" / "test_it.py")
        (root / "tests").mkdir()
        self.workspace = Workspace(folders=[str(root)])
        self.put("pyproject.toml", "[tool.ssot-lsp]\n")
        self.put("mock_factory.py", FACTORY)
        self.put("tests/test_it.py", TEXT)

    def put(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, encoding="utf-8")
        self.workspace.changed([str(self.root / name)])

    @property
    def now(self) -> Analysis:
        return self.workspace.snapshot()

    def swap(self) -> Fix:
        """The swap of the first double."""
        analysis = self.now
        return next(each for each in analysis.fixes(analysis.findings(self.path)[0]) if each.maker == "swap")


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return Suite(tmp_path)


def why_withdrawn(suite: Suite, fix: Fix) -> str:
    with pytest.raises(Withdrawn) as reason:
        suite.now.edit(fix)
    return str(reason.value)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        pytest.param(
            "mock_factory.py",
            "",
            "`SSotMockFactory.create_websocket_mock` is no longer there",
            id="the factory is gone",
        ),
        pytest.param(
            "mock_factory.py",
            FACTORY.replace("websocket", "session"),
            "`SSotMockFactory.create_websocket_mock` is no longer there",
            id="its method is gone",
        ),
        pytest.param(
            "mock_factory.py",
            "from tests.test_it import serve\n" + FACTORY,
            "`SSotMockFactory` imports this file itself",
            id="a circular import",
        ),
        pytest.param(
            "tests/test_it.py",
            TEXT + "    SSotMockFactory = serve(websocket)\n",
            "`SSotMockFactory` means something else here",
            id="its name is taken in the function",
        ),
        pytest.param(
            "tests/test_it.py",
            TEXT + "\n\nSSotMockFactory = None\n",
            "`SSotMockFactory` means something else here",
            id="its name is taken in the module",
        ),
        pytest.param(
            "tests/test_it.py",
            TEXT.replace("AsyncMock()\n    serve", "AsyncMock(\n    serve"),
            "the call is not complete",
            id="the call is broken",
        ),
        pytest.param(
            "tests/test_it.py",
            TEXT.replace("    websocket = AsyncMock()\n", ""),
            "it is no longer there",
            id="it is gone",
        ),
    ],
)
def test_what_has_changed_is_told(suite: Suite, name: str, text: str, expected: str) -> None:
    fix = suite.swap()
    assert suite.now.edit(fix).edits

    suite.put(name, text)

    assert why_withdrawn(suite, fix) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"mock_factory.py": "from tests.test_it import serve\n" + FACTORY}, id="by itself"),
        pytest.param(
            {
                "mock_factory.py": "import tests.between\n" + FACTORY,
                "tests/between.py": "from tests.test_it import serve\n",
            },
            id="by way of another file",
        ),
        pytest.param(
            {"tests/test_it.py": TEXT.replace("():\n", "(SSotMockFactory):\n")},
            id="its name is a parameter's",
        ),
    ],
)
def test_what_cannot_be_imported_is_not_offered(suite: Suite, files: dict[str, str]) -> None:
    assert suite.swap().kind == "safe"
    for name, text in files.items():
        suite.put(name, text)

    (finding,) = suite.now.findings(suite.path)

    assert not [each for each in suite.now.fixes(finding) if each.maker == "swap"]
