"""What is imported comes from where it is defined, by the name that it has there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.files import Files
from ssot_lsp.fixes import Withdrawn
from ssot_lsp.text import apply_edits

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lsp.analysis import Analysis
    from ssot_lsp.fixes import Fix

RULE, MAKER = "non-canonical-factory", "correct-import"
FILES = {
    "shared/__init__.py": "",
    "shared/factory.py": "class SSotMockFactory:\n    @staticmethod\n    def create_tool_mock(): ...\n",
    "shared/tools.py": "x = 1\n",
}


def offered(root: Path, text: str, **files: str) -> tuple[Analysis, str, tuple[Fix, ...]]:
    """What there is for the first finding in a test of this text."""
    for name, content in {**FILES, **files}.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(content)
    path = str(root / "test_it.py")
    workspace = Workspace(Files(), [str(root)])
    workspace.write(path, text)
    analysis = workspace.snapshot()
    finding = next(each for each in analysis.findings(path) if each.rule == RULE)
    return analysis, path, tuple(each for each in analysis.fixes(finding) if each.maker == MAKER)


def fixed(root: Path, text: str) -> str:
    analysis, path, (fix,) = offered(root, text)
    change = analysis.edit(fix)
    assert change.path == path
    return apply_edits(text, change.edits)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "from shared.tools import SSotMockFactory\n\nSSotMockFactory.create_tool_mock()\n",
            "from shared.factory import SSotMockFactory\n\nSSotMockFactory.create_tool_mock()\n",
            id="the only name",
        ),
        pytest.param(
            "from shared.nowhere import SSotMockFactory\n\nSSotMockFactory.create_tool_mock()\n",
            "from shared.factory import SSotMockFactory\n\nSSotMockFactory.create_tool_mock()\n",
            id="from a module that is not there",
        ),
        pytest.param(
            "import os\n\nfrom shared.tools import SSotMockFactory, x\n",
            "import os\n\nfrom shared.factory import SSotMockFactory\nfrom shared.tools import x\n",
            id="one of two",
        ),
        pytest.param(
            "from shared.tools import (\n    SSotMockFactory,\n    x,\n)\n",
            "from shared.factory import SSotMockFactory\nfrom shared.tools import (\n    x,\n)\n",
            id="one of several lines",
        ),
        pytest.param(
            "from shared.tools import SSotMockFactory as F\n\nF.create_tool_mock()\n",
            "from shared.factory import SSotMockFactory as F\n\nF.create_tool_mock()\n",
            id="by another name",
        ),
        pytest.param(
            "from shared.factory import SSotMockFactory\nfrom shared.tools import SSotMockFactory\n",
            "from shared.factory import SSotMockFactory\n",
            id="imported rightly already",
        ),
        pytest.param(
            "def test_it():\n    from shared.tools import SSotMockFactory\n",
            "def test_it():\n    from shared.factory import SSotMockFactory\n",
            id="inside of a function",
        ),
        pytest.param(
            "def test_it():\n    from shared.tools import x, SSotMockFactory\n    x()\n",
            "def test_it():\n    from shared.factory import SSotMockFactory\n    from shared.tools import x\n    x()\n",
            id="one of two inside of a function",
        ),
        pytest.param(
            "from shared.tools import SSotMockFactory\r\n\r\nx = 1\r\n",
            "from shared.factory import SSotMockFactory\r\n\r\nx = 1\r\n",
            id="other line ends",
        ),
        pytest.param(
            "from shared.factory import SsotMockFactory\n\n\n"
            "def test_it(call):\n"
            "    SsotMockFactory.create_tool_mock()\n"
            "    call(SsotMockFactory=SsotMockFactory)  # SsotMockFactory\n"
            "    call.SsotMockFactory('SsotMockFactory')\n",
            "from shared.factory import SSotMockFactory\n\n\n"
            "def test_it(call):\n"
            "    SSotMockFactory.create_tool_mock()\n"
            "    call(SsotMockFactory=SSotMockFactory)  # SsotMockFactory\n"
            "    call.SsotMockFactory('SsotMockFactory')\n",
            id="another spelling, wherever it is used",
        ),
        pytest.param(
            "from shared.tools import SSOTMockFactory\n\nSSOTMockFactory.create_tool_mock()\n",
            "from shared.factory import SSotMockFactory\n\nSSotMockFactory.create_tool_mock()\n",
            id="another spelling of another module",
        ),
        pytest.param(
            "from shared.factory import SsotMockFactory as F\n\nF.create_tool_mock()\n",
            "from shared.factory import SSotMockFactory as F\n\nF.create_tool_mock()\n",
            id="another spelling by another name",
        ),
    ],
)
def test_import_is_corrected(before: str, after: str, tmp_path: Path) -> None:
    assert fixed(tmp_path, before) == after


def test_a_name_that_is_taken_is_left_alone(tmp_path: Path) -> None:
    text = "from shared.factory import SsotMockFactory\n\nSSotMockFactory = 1\nSsotMockFactory.create_tool_mock()\n"

    with pytest.raises(Withdrawn, match="`SSotMockFactory` is something else in this file"):
        fixed(tmp_path, text)


def test_nothing_is_offered_where_nobody_knows_which_is_meant(tmp_path: Path) -> None:
    twice = {"shared/other.py": FILES["shared/factory.py"]}

    _, _, found = offered(tmp_path, "from shared.tools import SSotMockFactory\n", **twice)

    assert found == ()


def test_a_parallel_factory_gives_way(tmp_path: Path) -> None:
    legacy = {
        "pyproject.toml": "[tool.ssot-lsp.replacements]\n'shared.legacy.Old' = 'SSotMockFactory'\n",
        "shared/legacy.py": "class Old:\n    @staticmethod\n    def create_tool_mock(): ...\n",
    }
    text = "from shared.legacy import Old\n\nOld.create_tool_mock()\n"
    analysis, _, (fix,) = offered(tmp_path, text, **legacy)

    assert (fix.title, fix.kind) == ("Import `SSotMockFactory` from `shared.factory`", "review")
    assert apply_edits(text, analysis.edit(fix).edits) == (
        "from shared.factory import SSotMockFactory\n\nSSotMockFactory.create_tool_mock()\n"
    )
