"""What does nothing goes away, and nothing else does."""

from __future__ import annotations

import pytest

from ssot_lsp.config import Justification
from tests.fixes.applying import fixed, fixes

IMPORT = "from lib.marks import mock_justified\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("# Mock justification: a\nx = 1\n", "x = 1\n", id="a line of its own"),
        pytest.param("    # Mock justification: a", "", id="nothing else in the file"),
        pytest.param("x = 1\n# Mock justification: a", "x = 1", id="the last line"),
        pytest.param(
            "x = 1\r\n# Mock justification: a\r\ny = 1\r\n", "x = 1\r\ny = 1\r\n", id="other line ends"
        ),
        pytest.param(
            "# one\n# Mock justification: a,\n# b and c\nx = 1\n",
            "# one\nx = 1\n",
            id="with the lines that it runs on",
        ),
        pytest.param("x = 1  # Mock justification: a\n", "x = 1\n", id="behind code"),
        pytest.param(
            "x = 1\t# Mock justification: a  \ny = 1\n", "x = 1\ny = 1\n", id="with the blanks around it"
        ),
        pytest.param(
            "x = 1  # Mock justification: a  # noqa: E\n", "x = 1  # noqa: E\n", id="but not with a remark"
        ),
        pytest.param(
            "x = 1  # noqa: E  # Mock justification: a\n", "x = 1  # noqa: E\n", id="behind a remark"
        ),
        pytest.param("x = 1  # Mock justification: a 😀", "x = 1", id="at the end of the file"),
    ],
)
def test_unused_justification(before: str, after: str) -> None:
    assert fixed(before, "unused-justification", "remove-justification") == after


def test_removing_a_comment_is_safe_and_a_decorator_is_for_review() -> None:
    of_comment = fixes("# Mock justification: a\nx = 1\n", "unused-justification")[0]
    of_decorator = fixes(IMPORT + '@mock_justified("a")\ndef f(): ...\n', "unused-justification")[0]

    assert (of_comment.title, of_comment.kind) == ("Remove the unused comment", "safe")
    assert (of_decorator.title, of_decorator.kind) == ("Remove the unused decorator", "review")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            f"import os\n{IMPORT}\n@one\n@mock_justified(\n    'a',\n)\n@two\ndef f(): ...\n",
            "import os\n\n@one\n@two\ndef f(): ...\n",
            id="with all its lines, and the import that nothing else uses",
        ),
        pytest.param(
            "from lib.marks import a, mock_justified\n@mock_justified('a')\ndef f(): ...\n",
            "from lib.marks import a\ndef f(): ...\n",
            id="with its name in the import",
        ),
        pytest.param(
            "from lib.marks import mock_justified as because, a\n@because('a')\ndef f(): ...\n",
            "from lib.marks import a\ndef f(): ...\n",
            id="with its other name in the import",
        ),
        pytest.param(
            f"{IMPORT}class A:\n    @mock_justified('a')  # why\n    def f(self): ...\nmock_justified\n",
            f"{IMPORT}class A:\n    # why\n    def f(self): ...\nmock_justified\n",
            id="but not with a comment, nor an import that is used",
        ),
        pytest.param(
            "import lib.marks\n@lib.marks.mock_justified('a')\ndef f(): ...\n",
            "import lib.marks\ndef f(): ...\n",
            id="by way of its module",
        ),
        pytest.param(
            f"try:\n    {IMPORT}except ImportError: ...\n@mock_justified('a')\ndef f(): ...\n",
            f"try:\n    {IMPORT}except ImportError: ...\ndef f(): ...\n",
            id="but not with an import in a block",
        ),
        pytest.param(
            "import os; from lib.marks import mock_justified\n@mock_justified('a')\ndef f(): ...\n",
            "import os; from lib.marks import mock_justified\ndef f(): ...\n",
            id="but not with an import that shares its line",
        ),
    ],
)
def test_unused_decorator(before: str, after: str) -> None:
    settings = Justification(decorators=("mock_justified", "because"))

    assert fixed(before, "unused-justification", "remove-justification", justification=settings) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("x = 1  # ssot: ignore[unjustified-mock]\n", "x = 1\n", id="behind code"),
        pytest.param("# ssot: ignore[unjustified-mock]\nx = 1\n", "x = 1\n", id="on a line of its own"),
        pytest.param("x = 1  # ssot: ignore\n", "x = 1\n", id="without names"),
        pytest.param("x = 1  # ssot: ignore[unjustified-mock] see #12, b\n", "x = 1\n", id="with its words"),
        pytest.param(
            "x = 1  # a  # ssot: ignore[unjustified-mock] b  # noqa: E\n",
            "x = 1  # a  # noqa: E\n",
            id="not with others'",
        ),
        pytest.param(
            "x = 1  # ssot: ignore[unjustified-mock]  # noqa: E\n",
            "x = 1  # noqa: E\n",
            id="not with a remark",
        ),
        pytest.param("# ssot: ignore-file[unjustified-mock]\nx = 1\n", "x = 1\n", id="for the whole file"),
    ],
)
def test_unused_suppression(before: str, after: str) -> None:
    assert fixed(before, "unused-suppression", "remove-suppression") == after


@pytest.mark.parametrize(
    ("names", "after"),
    [
        pytest.param("unjustified-mock, forbidden-mock", "unjustified-mock", id="the last"),
        pytest.param("forbidden-mock, unjustified-mock", "unjustified-mock", id="the first"),
        pytest.param(
            "unjustified-mock,forbidden-mock , x", "unjustified-mock , x", id="one between, blanks kept"
        ),
    ],
)
def test_unused_name_in_a_suppression(names: str, after: str) -> None:
    text = "from unittest.mock import Mock\nx = Mock()  # ssot: ignore[{}] why\n"

    assert fixed(text.format(names), "unused-suppression", "remove-suppression") == text.format(after)


@pytest.mark.parametrize(
    ("names", "after"),
    [
        pytest.param("unjustified_mock", "unjustified-mock", id="an underscore"),
        pytest.param("frozen-double, unjustifed-mock", "frozen-double, unjustified-mock", id="a letter"),
        pytest.param(
            "unjustified-mock, unjustifed-mock", "unjustified-mock", id="the right one is there already"
        ),
    ],
)
def test_unknown_rule_is_replaced_by_the_nearest(names: str, after: str) -> None:
    text = "from unittest.mock import Mock\nx = Mock()  # ssot: ignore[{}] why\n"

    assert fixed(text.format(names), "unknown-rule-in-suppression", "rename-rule") == text.format(after)


def test_unknown_rule_is_removed() -> None:
    text = "x = 1  # ssot: ignore[zzz, frozen-double]\n"

    assert [each.maker for each in fixes(text, "unknown-rule-in-suppression")] == ["remove-suppression"]
    assert (
        fixed(text, "unknown-rule-in-suppression", "remove-suppression")
        == "x = 1  # ssot: ignore[frozen-double]\n"
    )
    assert (
        fixed("x = 1  # ssot: ignore[zzz]\n", "unknown-rule-in-suppression", "remove-suppression")
        == "x = 1\n"
    )
