"""Suppressions: where `# ssot: ignore[…]` goes."""

from __future__ import annotations

import pytest

from ssot_lsp.fixes import Withdrawn
from tests.fixes.applying import analysed, finding, fixed

RULE = "unjustified-mock"
HEAD = "from unittest.mock import Mock, patch\n"
COMMENT = "# ssot: ignore[unjustified-mock]"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("x = Mock()\n", f"x = Mock()  {COMMENT}\n", id="behind the code"),
        pytest.param("x = Mock()  \n", f"x = Mock()  {COMMENT}  \n", id="blanks at the end stay"),
        pytest.param("x = Mock()  # noqa\n", f"x = Mock()  # noqa  {COMMENT}\n", id="behind another remark"),
        pytest.param(
            "x = f(\n    1,\n    Mock(),\n)\n",
            f"x = f(\n    1,\n    Mock(),  {COMMENT}\n)\n",
            id="on the site's own line",
        ),
        pytest.param(
            "with patch('a.b') as b:\n    y = 1\n",
            f"with patch('a.b') as b:  {COMMENT}\n    y = 1\n",
            id="on a header",
        ),
        pytest.param(
            "@patch('a.b')\n@patch('a.c')\ndef test(c, b):\n    pass\n",
            f"@patch('a.b')  {COMMENT}\n@patch('a.c')\ndef test(c, b):\n    pass\n",
            id="on the decorator, not on the function",
        ),
        pytest.param(
            f"x = {'a' * 80}(Mock())\n",
            f"{COMMENT}\nx = {'a' * 80}(Mock())\n",
            id="above, where the line gets too long",
        ),
        pytest.param(
            f"def test():\n    # why\n    x = {'a' * 80}(Mock())\n",
            f"def test():\n    # why\n    {COMMENT}\n    x = {'a' * 80}(Mock())\n",
            id="above, below what is there",
        ),
        pytest.param(
            f"@patch('{'a' * 80}.b')\n@patch('{'c' * 80}.d')\ndef test(d, b):\n    pass\n",
            f"{COMMENT}\n@patch('{'a' * 80}.b')\n@patch('{'c' * 80}.d')\ndef test(d, b):\n    pass\n",
            id="above the decorators, where the line gets too long",
        ),
        pytest.param(
            f"x = {'a' * 70}(Mock(),\n    1)\n",
            f"x = {'a' * 70}(Mock(),\n    1)  {COMMENT}\n",
            id="on the last line, where the site's gets too long",
        ),
        pytest.param(
            "x = 1 + \\\n  Mock() + \\\n  1\n",
            f"x = 1 + \\\n  Mock() + \\\n  1  {COMMENT}\n",
            id="a backslash",
        ),
        pytest.param(
            "x = Mock('''\n# no\n''')\n",
            f"x = Mock('''\n# no\n''')  {COMMENT}\n",
            id="a string of several lines",
        ),
        pytest.param(
            "x = f'''\n{Mock()}\n'''\n", f"x = f'''\n{{Mock()}}\n'''  {COMMENT}\n", id="inside of an f-string"
        ),
        pytest.param(
            f"y = 1; x = {'a' * 80}(Mock())\n",
            f"y = 1; x = {'a' * 80}(Mock())  {COMMENT}\n",
            id="too long, where there is no other place",
        ),
        pytest.param(
            "x = Mock()  # ssot: ignore[frozen-double]\n",
            "x = Mock()  # ssot: ignore[frozen-double, unjustified-mock]\n",
            id="merged into one behind the code",
        ),
        pytest.param(
            "# ssot: ignore[frozen-double] why\n# and more\nx = Mock()\n",
            "# ssot: ignore[frozen-double, unjustified-mock] why\n# and more\nx = Mock()\n",
            id="merged into one above",
        ),
        pytest.param(
            "# ssot: ignore[frozen-double]\ndef test():\n    x = Mock()\n",
            f"# ssot: ignore[frozen-double]\ndef test():\n    x = Mock()  {COMMENT}\n",
            id="not merged into one for the whole function",
        ),
        pytest.param(
            "# ssot: ignore-file[frozen-double]\nx = Mock()\n",
            f"# ssot: ignore-file[frozen-double]\nx = Mock()  {COMMENT}\n",
            id="not merged into one for the whole file",
        ),
        pytest.param(
            "é = '😀', Mock()\n", f"é = '😀', Mock()  {COMMENT}\n", id="characters outside of ASCII"
        ),
        pytest.param("x = Mock()", f"x = Mock()  {COMMENT}", id="without a last line end"),
        pytest.param("x = Mock()\r\ny = 1\r", f"x = Mock()  {COMMENT}\r\ny = 1\r", id="other line ends"),
        pytest.param("x = Mock()\ny = (\n", f"x = Mock()  {COMMENT}\ny = (\n", id="before a half-typed line"),
    ],
)
def test_suppression(before: str, after: str) -> None:
    assert fixed(HEAD + before, RULE, "suppress") == HEAD + after


def test_suppression_of_a_finding_about_a_comment_above() -> None:
    text = HEAD + "def test():\n    # Mock justification: faster\n    x = Mock()\n"

    assert fixed(text, "weak-justification", "suppress") == (
        HEAD
        + "def test():\n    # ssot: ignore[weak-justification]\n    # Mock justification: faster\n    x = Mock()\n"
    )


def test_suppression_of_a_finding_about_a_comment_behind() -> None:
    text = HEAD + "x = Mock()  # Mock justification: faster\n"

    assert fixed(text, "weak-justification", "suppress") == (
        HEAD + "x = Mock()  # Mock justification: faster  # ssot: ignore[weak-justification]\n"
    )


def test_suppression_needs_a_place() -> None:
    analysis = analysed(HEAD + "y = 1; x = Mock(); \\\nz = 2\n")

    with pytest.raises(Withdrawn, match="no place"):
        analysis.edit(analysis.fixes(finding(analysis, RULE))[-1])


def test_suppression_is_for_review_and_comes_last() -> None:
    analysis = analysed(HEAD + "x = Mock()\n")
    *_, last = analysis.fixes(finding(analysis, RULE))

    assert (last.maker, last.kind, last.title) == ("suppress", "review", "Suppress `unjustified-mock` here")
