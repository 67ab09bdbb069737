"""Reasons for mocks: where the comment goes, where the decorator and its import go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.config import Justification
from ssot_lsp.fixes import Withdrawn
from ssot_lsp.text import apply_edits
from tests.fixes.applying import PATH, analysed, finding, fixed, fixes

if TYPE_CHECKING:
    from pathlib import Path

RULE = "unjustified-mock"
HEAD = "from unittest.mock import Mock, patch\n"
GAP = "${1:reason}$0"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("x = Mock()\n", f"# Mock justification: {GAP}\nx = Mock()\n", id="above a statement"),
        pytest.param(
            "def test():\n    x = Mock()\n",
            f"def test():\n    # Mock justification: {GAP}\n    x = Mock()\n",
            id="indented like it",
        ),
        pytest.param(
            "def test():\n\tif a:\n\t\tx = Mock()\n",
            f"def test():\n\tif a:\n\t\t# Mock justification: {GAP}\n\t\tx = Mock()\n",
            id="with tabs",
        ),
        pytest.param(
            "x = f(\n    1,\n    Mock(),\n)\n",
            f"# Mock justification: {GAP}\nx = f(\n    1,\n    Mock(),\n)\n",
            id="above the whole of a statement of several lines",
        ),
        pytest.param(
            "# It speaks AMQP.\n# Really.\nx = Mock()\n",
            f"# It speaks AMQP.\n# Really.\n# Mock justification: {GAP}\nx = Mock()\n",
            id="at the end of the comments that are there",
        ),
        pytest.param(
            "@one\n@patch('a.b')\n@two\ndef test(b):\n    pass\n",
            f"# Mock justification: {GAP}\n@one\n@patch('a.b')\n@two\ndef test(b):\n    pass\n",
            id="above the decorators",
        ),
        pytest.param(
            "class TestIt:\n    @patch('a.b')\n    async def test(b):\n        pass\n",
            f"class TestIt:\n    # Mock justification: {GAP}\n    @patch('a.b')\n    async def test(b):\n        pass\n",
            id="above the decorators of a method",
        ),
        pytest.param(
            "with patch('a.b') as b:\n    pass\n",
            f"# Mock justification: {GAP}\nwith patch('a.b') as b:\n    pass\n",
            id="above a with",
        ),
        pytest.param(
            "if a:\n    pass\nelif Mock():\n    pass\n",
            f"if a:\n    pass\n# Mock justification: {GAP}\nelif Mock():\n    pass\n",
            id="above a clause",
        ),
        pytest.param(
            "if a: x = Mock()\n",
            f"if a: x = Mock()  # Mock justification: {GAP}\n",
            id="behind the code of a statement that is not the first on its line",
        ),
        pytest.param(
            "if a: x = Mock()  # noqa: E701\n",
            f"if a: x = Mock()  # Mock justification: {GAP}  # noqa: E701\n",
            id="before a remark to another tool",
        ),
        pytest.param(
            "y = 1; x = Mock()\n",
            f"y = 1; x = Mock()  # Mock justification: {GAP}\n",
            id="behind two statements",
        ),
        pytest.param(
            "y = 1; \\\nx = Mock()\n",
            f"y = 1; \\\nx = Mock()  # Mock justification: {GAP}\n",
            id="not into a line that continues",
        ),
        pytest.param(
            "\f\nx = 1\n\f    \nclass A:\n\f    x = Mock()\n",
            f"\f\nx = 1\n\f    \nclass A:\n    # Mock justification: {GAP}\n\f    x = Mock()\n",
            id="a form feed before the statement",
        ),
        pytest.param(
            "x = '''\n# no\n'''; y = Mock('''\n''')",
            f"x = '''\n# no\n'''; y = Mock('''\n''')  # Mock justification: {GAP}",
            id="behind the last line where the first one ends inside of a string",
        ),
        pytest.param("x = Mock()", f"# Mock justification: {GAP}\nx = Mock()", id="without a last line end"),
        pytest.param(
            "é = '😀'\nx = Mock('é')\n",
            f"é = '😀'\n# Mock justification: {GAP}\nx = Mock('é')\n",
            id="characters outside of ASCII",
        ),
        pytest.param(
            "x = Mock()\ny = (\n",
            f"# Mock justification: {GAP}\nx = Mock()\ny = (\n",
            id="before a half-typed line",
        ),
    ],
)
def test_comment(before: str, after: str) -> None:
    assert fixed(HEAD + before, RULE, "justify-by-comment") == HEAD + after


@pytest.mark.parametrize("end", [pytest.param("\r\n", id="CR LF"), pytest.param("\r", id="lone CR")])
def test_comment_has_the_line_ends_of_the_file(end: str) -> None:
    text = f"{HEAD}def test():\n    x = Mock()\n".replace("\n", end)
    expected = f"{HEAD}def test():\n    # Mock justification: {GAP}\n    x = Mock()\n".replace("\n", end)

    assert fixed(text, RULE, "justify-by-comment") == expected


def test_comment_as_configured() -> None:
    settings = Justification(comments=("Why $mock}",), require_level=True)

    assert fixed(
        HEAD + "x = Mock()\n", RULE, "justify-by-comment", justification=settings, levels=(("**", 2),)
    ) == (HEAD + f"# Why \\$mock\\}}: L2: {GAP}\nx = Mock()\n")
    assert (
        fixed(HEAD + "x = Mock()\n", RULE, "justify-by-comment", justification=settings)
        == HEAD + f"# Why \\$mock\\}}: L1: {GAP}\nx = Mock()\n"
    )


def test_change_without_snippets_has_the_default_in_the_gap() -> None:
    text = HEAD + "x = Mock()\n"
    analysis = analysed(text, justification=Justification(comments=("Why $mock}",)))
    change = analysis.edit(analysis.fixes(finding(analysis, RULE))[0])

    assert change.is_snippet
    assert apply_edits(text, change.plain().edits) == HEAD + "# Why $mock}: reason\nx = Mock()\n"
    assert not change.plain().is_snippet
    assert change.plain().plain() == change.plain()


def test_comment_needs_a_place() -> None:
    text = HEAD + "y = 1; x = [Mock(), \\\n'''\n''', \\\n1]; \\\nz = 2\n"
    analysis = analysed(text)

    with pytest.raises(Withdrawn, match="no place"):
        analysis.edit(analysis.fixes(finding(analysis, RULE))[0])


def test_no_comment_where_none_counts() -> None:
    offered = fixes(HEAD + "x = Mock()\n", RULE, justification=Justification(comments=()))

    assert [each.maker for each in offered] == ["suppress"]


# By decorator

IMPORT = "from lib.marks import mock_justified\n"
DOTTED = Justification(decorators=("lib.marks.mock_justified",))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "def test():\n    x = Mock()\n",
            '@mock_justified("L1: ${1:reason}$0")\ndef test():\n    x = Mock()\n',
            id="above a function",
        ),
        pytest.param(
            "@one\n@patch('a.b')\nasync def test(b):\n    pass\n",
            "@one\n@patch('a.b')\n@mock_justified(\"L1: ${1:reason}$0\")\nasync def test(b):\n    pass\n",
            id="below the other decorators, where it gets the function itself",
        ),
        pytest.param(
            "class TestIt:\n    def test(self):\n        def inner():\n            x = Mock()\n",
            "class TestIt:\n    def test(self):\n"
            '        @mock_justified("L1: ${1:reason}$0")\n        def inner():\n            x = Mock()\n',
            id="on the innermost function",
        ),
        pytest.param(
            "class TestIt:\n    x = Mock()\n",
            '@mock_justified("L1: ${1:reason}$0")\nclass TestIt:\n    x = Mock()\n',
            id="on a class",
        ),
    ],
)
def test_decorator(before: str, after: str) -> None:
    assert fixed(HEAD + IMPORT + before, RULE, "justify-by-decorator") == HEAD + IMPORT + after


def test_decorator_goes_by_the_name_that_it_has_here() -> None:
    head = HEAD + "from lib import mock_justified as because\n"

    assert fixed(head + "def test():\n    x = Mock()\n", RULE, "justify-by-decorator") == (
        head + '@because("L1: ${1:reason}$0")\ndef test():\n    x = Mock()\n'
    )


@pytest.mark.parametrize(
    ("text", "is_offered"),
    [
        pytest.param(f"{HEAD}def test():\n    x = Mock()\n", False, id="it is bound nowhere"),
        pytest.param(f"{HEAD}{IMPORT}def test():\n    x = Mock()\n", True, id="it is imported"),
        pytest.param(
            f"{HEAD}def mock_justified(reason): ...\ndef test():\n    x = Mock()\n",
            True,
            id="it is defined here",
        ),
        pytest.param(f"{HEAD}{IMPORT}x = Mock()\n", False, id="there is nothing to decorate"),
        pytest.param(
            f"{HEAD}def a():\n    {IMPORT}def test():\n    x = Mock()\n",
            False,
            id="it is imported in a function",
        ),
    ],
)
def test_decorator_is_offered_where_it_can_be_written(text: str, *, is_offered: bool) -> None:
    assert ("justify-by-decorator" in {each.maker for each in fixes(text, RULE)}) is is_offered


@pytest.mark.parametrize(
    ("head", "after"),
    [
        pytest.param(
            "from unittest.mock import Mock\n",
            "from unittest.mock import Mock\n\nfrom lib.marks import mock_justified\n",
            id="in a section of its own behind another",
        ),
        pytest.param(
            '"""Doc."""\nfrom __future__ import annotations\nimport os\nfrom unittest.mock import Mock\n\nimport zope\nfrom zulu import z\n',
            '"""Doc."""\nfrom __future__ import annotations\nimport os\nfrom unittest.mock import Mock\n\n'
            "import zope\nfrom lib.marks import mock_justified\nfrom zulu import z\n",
            id="behind the last one that sorts before it",
        ),
        pytest.param(
            "from unittest.mock import Mock\n\nimport pytest\n\nfrom .near import x\n",
            "from unittest.mock import Mock\n\nimport pytest\nfrom lib.marks import mock_justified\n\nfrom .near import x\n",
            id="in its section, before the next one",
        ),
        pytest.param(
            "from .near import x\n",
            "from lib.marks import mock_justified\n\nfrom .near import x\n",
            id="before all others",
        ),
        pytest.param(
            "from unittest.mock import Mock\n\nfrom lib.marks import alpha, zeta\n",
            "from unittest.mock import Mock\n\nfrom lib.marks import alpha, mock_justified, zeta\n",
            id="merged into an import of the module",
        ),
        pytest.param(
            "from lib.marks import Alpha, CONST\n",
            "from lib.marks import Alpha, CONST, mock_justified\n",
            id="merged at the end",
        ),
        pytest.param(
            "from lib.marks import (\n    alpha,\n    zeta,  # last\n)\n",
            "from lib.marks import (\n    alpha,\n    mock_justified,\n    zeta,  # last\n)\n",
            id="merged into lines in parentheses",
        ),
        pytest.param(
            "from lib.marks import (\n    alpha,  # last\n)\n",
            "from lib.marks import (\n    alpha,\n    mock_justified,  # last\n)\n",
            id="merged at the end of lines in parentheses",
        ),
        pytest.param(
            "from lib.marks import *\n",
            "from lib.marks import *\nfrom lib.marks import mock_justified\n",
            id="a star import takes no name",
        ),
        pytest.param(
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from lib.marks import alpha\n",
            "from typing import TYPE_CHECKING\n\nfrom lib.marks import mock_justified\n"
            "if TYPE_CHECKING:\n    from lib.marks import alpha\n",
            id="never into TYPE_CHECKING",
        ),
        pytest.param(
            '# Licence\n"""Doc."""\n',
            '# Licence\n"""Doc."""\nfrom lib.marks import mock_justified\n\n\n',
            id="no import",
        ),
        pytest.param("", "from lib.marks import mock_justified\n\n\n", id="nothing at all above"),
        pytest.param(
            "import os; import sys\n",
            "import os; import sys\n\nfrom lib.marks import mock_justified\n",
            id="two imports on one line",
        ),
    ],
)
def test_import_of_the_decorator(head: str, after: str) -> None:
    body = "def test():\n    x = Mock()\n"

    assert fixed(head + body, RULE, "justify-by-decorator", justification=DOTTED) == (
        after + '@mock_justified("L1: ${1:reason}$0")\n' + body
    )


def test_import_goes_among_those_of_the_workspace(tmp_path: Path) -> None:
    for name in ("app.py", "lib/__init__.py", "lib/marks.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "ssot-lsp.toml").write_text("justification.decorators = ['lib.marks.mock_justified']")
    path = str(tmp_path / "test_it.py")
    text = "from unittest.mock import Mock\n\nimport zope\n\nimport app\n\ndef test():\n    x = Mock()\n"
    workspace = Workspace(folders=[str(tmp_path)])
    workspace.write(path, text)
    analysis = workspace.snapshot()
    (fix,) = (
        each for each in analysis.fixes(analysis.findings(path)[0]) if each.maker == "justify-by-decorator"
    )

    assert apply_edits(text, analysis.edit(fix).edits) == (
        "from unittest.mock import Mock\n\nimport zope\n\nimport app\nfrom lib.marks import mock_justified\n\n"
        '@mock_justified("L1: ${1:reason}$0")\ndef test():\n    x = Mock()\n'
    )


# A better reason


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "x = Mock()  # Justification: faster\n",
            "x = Mock()  # Justification: ${1:faster}$0\n",
            id="of a comment",
        ),
        pytest.param(
            "x = Mock()  # Justification: faster  # noqa\n",
            "x = Mock()  # Justification: ${1:faster}$0  # noqa\n",
            id="before a remark to another tool",
        ),
        pytest.param(
            "x = Mock()  # Justification:\n", "x = Mock()  # Justification: ${1:reason}$0\n", id="none"
        ),
        pytest.param(
            "x = Mock()  # Justification: \n", "x = Mock()  # Justification: ${1:reason}$0\n", id="a blank"
        ),
        pytest.param(
            "# Justification: easy,\n# and $} faster\nx = Mock()\n",
            "# Justification: ${1:easy,}$0\n# and $} faster\nx = Mock()\n",
            id="the first line of several",
        ),
        pytest.param(
            '@mock_justified("easy")\ndef test():\n    x = Mock()\n',
            '@mock_justified("${1:easy}$0")\ndef test():\n    x = Mock()\n',
            id="of a decorator",
        ),
        pytest.param(
            "@mock_justified(reason='')\ndef test():\n    x = Mock()\n",
            "@mock_justified(reason='${1:reason}$0')\ndef test():\n    x = Mock()\n",
            id="of a decorator by keyword",
        ),
        pytest.param(
            "@marks.mock_justified()\ndef test():\n    x = Mock()\n",
            '@marks.mock_justified("${1:reason}$0")\ndef test():\n    x = Mock()\n',
            id="of a decorator without arguments",
        ),
        pytest.param(
            "@mock_justified\ndef test():\n    x = Mock()\n",
            '@mock_justified("${1:reason}$0")\ndef test():\n    x = Mock()\n',
            id="of a decorator that is not called",
        ),
    ],
)
def test_reason_is_selected(before: str, after: str) -> None:
    assert fixed(HEAD + before, "weak-justification", "edit-reason") == HEAD + after


def test_reason_in_pieces_is_left_alone() -> None:
    text = HEAD + '@mock_justified("fast" "er")\ndef test():\n    x = Mock()\n'

    assert [each.maker for each in fixes(text, "weak-justification")] == ["suppress"]


def test_fix_of_another_file_is_not_mixed_up() -> None:
    analysis = analysed(HEAD + "x = Mock()\n")

    assert {each.finding.path for each in analysis.fixes(finding(analysis, RULE))} == {PATH}
