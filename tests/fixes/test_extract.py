"""A double becomes a method of the factory: both files, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.fixes import Withdrawn
from ssot_lsp.text import apply_edits

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lsp.analysis import Analysis
    from ssot_lsp.fixes import Fix

HEAD = "from unittest.mock import AsyncMock, MagicMock\n\n\n"
STATIC = HEAD + (
    "class SSotMockFactory:\n    @staticmethod\n    def create_websocket_mock(user_id=None) -> MagicMock:\n"
    "        return MagicMock()\n\n\ndef other(): ...\n"
)
OF_CLASS = HEAD + (
    "class SSotMockFactory:\n\t@classmethod\n\tdef create_mock_websocket(cls):\n\t\treturn MagicMock()\n"
)
OF_INSTANCE = (
    "from unittest.mock import AsyncMock\r\n\r\n\r\nclass SSotMockFactory:\r\n  def create_a_mock(self):\r\n"
    "    return AsyncMock()"
)
TEST = HEAD + "from mock_factory import SSotMockFactory\n\n\ndef test_it():\n    SSotMockFactory\n"


@pytest.fixture
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh workspace folder, below no folder whose name makes a test of everything in it."""
    return tmp_path_factory.mktemp("workspace")


def analysed(root: Path, factory: str, test: str) -> Analysis:
    """A test file beside a factory on the disk, so that imports lead to it."""
    (root / "mock_factory.py").write_bytes(factory.encode())
    workspace = Workspace(folders=[str(root)])
    workspace.write(str(root / "tests" / "test_it.py"), test)
    return workspace.snapshot()


def offered(analysis: Analysis, root: Path) -> tuple[Fix, ...]:
    """The fixes of the first double."""
    findings = analysis.findings(str(root / "tests" / "test_it.py"))
    return analysis.fixes(next(each for each in findings if each.rule == "unjustified-mock"))


def extracted(root: Path, factory: str, test: str) -> tuple[str, str]:
    """The two files after the first double is extracted."""
    analysis = analysed(root, factory, test)
    fixes = offered(analysis, root)
    (fix,) = (each for each in fixes if each.maker == "extract")
    assert fix.kind == "review"
    change = analysis.edit(fix)
    after = {each.path: apply_edits(analysis.text(each.path), each.edits) for each in change.files}
    return after[str(root / "mock_factory.py")], after[str(root / "tests" / "test_it.py")]


@pytest.mark.parametrize(
    ("factory", "body", "added", "left"),
    [
        pytest.param(
            STATIC,
            "    mailer = MagicMock()\n    run(mailer)\n",
            "\n    @staticmethod\n    def create_mailer_mock() -> MagicMock:\n        mailer = MagicMock()\n"
            "        return mailer\n",
            "    mailer = SSotMockFactory.create_mailer_mock()\n    run(mailer)\n",
            id="as its neighbours are written",
        ),
        pytest.param(
            OF_CLASS,
            "    mock_mailer = MagicMock()\n    run(mock_mailer)\n",
            "\n\t@classmethod\n\tdef create_mock_mailer(cls):\n\t\tmailer = MagicMock()\n\t\treturn mailer\n",
            "    mock_mailer = SSotMockFactory.create_mock_mailer()\n    run(mock_mailer)\n",
            id="class methods, other words, tabs",
        ),
        pytest.param(
            STATIC,
            "    mailer = MagicMock(retries=3)\n    mailer.host = 'mx'\n    mailer.send = AsyncMock(return_value=True)\n"
            "    mailer.clock = clock\n    mailer.queue.size.return_value = 5\n    run(mailer)\n",
            "\n    @staticmethod\n    def create_mailer_mock(retries=3, host='mx') -> MagicMock:\n"
            "        mailer = MagicMock()\n        mailer.retries = retries\n        mailer.host = host\n"
            "        mailer.send = AsyncMock(return_value=True)\n        mailer.queue.size.return_value = 5\n"
            "        return mailer\n",
            "    mailer = SSotMockFactory.create_mailer_mock()\n    mailer.clock = clock\n    run(mailer)\n",
            id="what the test alone knows stays there, plain values become parameters",
        ),
        pytest.param(
            STATIC,
            "    mailer = MagicMock()\n    run(mailer)\n    mailer.late = 1\n",
            "\n    @staticmethod\n    def create_mailer_mock() -> MagicMock:\n        mailer = MagicMock()\n"
            "        return mailer\n",
            "    mailer = SSotMockFactory.create_mailer_mock()\n    run(mailer)\n    mailer.late = 1\n",
            id="what is set later stays",
        ),
    ],
)
def test_method(root: Path, factory: str, body: str, added: str, left: str) -> None:
    made, after = extracted(root, factory, TEST + body)

    assert after.endswith(left)
    assert added in made
    assert made.replace(added, "", 1) == factory


def test_factory_gets_the_import_that_it_lacks(root: Path) -> None:
    made, after = extracted(root, OF_INSTANCE, TEST + "    mailer = MagicMock()\n    run(mailer)\n")

    assert made == (
        "from unittest.mock import AsyncMock, MagicMock\r\n\r\n\r\nclass SSotMockFactory:\r\n"
        "  def create_a_mock(self):\r\n    return AsyncMock()\r\n\r\n  def create_mailer_mock(self):\r\n"
        "    mailer = MagicMock()\r\n    return mailer"
    )
    assert "mailer = SSotMockFactory().create_mailer_mock()\n" in after


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(
            "    mailer = MagicMock(clock=clock)\n", "`clock=clock` belongs to the test", id="a name"
        ),
        pytest.param(
            "    mailer = MagicMock(name='m')\n",
            "its constructor is told more than the factory's",
            id="a name that it has itself",
        ),
    ],
)
def test_what_cannot_be_said_in_the_factory_is_withdrawn(root: Path, body: str, reason: str) -> None:
    with pytest.raises(Withdrawn, match=reason):
        extracted(root, STATIC, TEST + body)


def test_it_comes_first_where_the_double_recurs_and_nothing_fits(root: Path) -> None:
    def makers(body: str) -> list[str]:
        return [each.maker for each in offered(analysed(root, STATIC, TEST + body), root)]

    once = "    mailer = MagicMock()\n    run(mailer)\n"
    nearly = "    admin_websocket = MagicMock(spec=Admin)\n    run(admin_websocket)\n"
    fits = "    websocket = MagicMock()\n    run(websocket)\n"

    assert makers(once + "\n\ndef test_more():\n" + once)[0] == "extract"
    assert "extract" in makers(once)
    assert "extract" not in makers(fits)
    assert "extract" not in makers("    run(MagicMock())\n")
    assert "extract" in makers(nearly)
