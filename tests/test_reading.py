"""Bytes in, places out: line ends, encodings and blanks, read from the disk through the real `Files`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.definitions import Import
from ssot_lsp.facts import Facts
from ssot_lsp.files import Files
from ssot_lsp.source import Source

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lsp.analysis import Analysis

IMPORT = "from unittest.mock import Mock"


@pytest.fixture
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


def places_of(analysis: Analysis, path: str) -> list[tuple[int, int, str]]:
    """Line and column (both from 1, in code points) and the rule of each finding."""
    lines = analysis.lines(path)
    places = [(lines.place(each.span.start), each.rule) for each in analysis.findings(path)]
    return [(place.line + 1, place.column + 1, rule) for place, rule in places]


def check(root: Path, data: bytes, expected: list[tuple[int, int]]) -> None:
    """Compare the places of all findings, which are all `unjustified-mock`, with `expected`."""
    path = root / "test_case.py"
    path.write_bytes(data)
    workspace = Workspace(Files(), [str(root)])
    wanted = [(*place, "unjustified-mock") for place in expected]

    analysis = workspace.snapshot()
    text = analysis.text(str(path))
    assert places_of(analysis, str(path)) == wanted
    for finding in analysis.findings(str(path)):
        assert text[finding.span.start : finding.span.end].endswith("Mock")

    workspace.write(str(path), text)
    assert places_of(workspace.snapshot(), str(path)) == wanted


# Line ends


@pytest.mark.parametrize(
    "end", [pytest.param("\n", id="LF"), pytest.param("\r\n", id="CRLF"), pytest.param("\r", id="lone CR")]
)
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param([IMPORT, "x = Mock()", ""], [(2, 5)], id="a site"),
        pytest.param([IMPORT, "def f():", "    x = Mock()", "    y = Mock()"], [(3, 9), (4, 9)], id="a body"),
        pytest.param([IMPORT, "x = Mock()  # Mock justification: broker"], [], id="a comment behind"),
        pytest.param(
            [IMPORT, "# Mock justification: broker", "x = Mock()", "y = Mock()", ""],
            [(4, 5)],
            id="a comment above",
        ),
        pytest.param(
            [IMPORT, "# Mock justification: broker", "", "x = Mock()", ""],
            [],
            id="a comment and one blank line",
        ),
        pytest.param(
            [IMPORT, "# Justification: broker", "", "", "x = Mock()"],
            [(5, 5)],
            id="a comment and two blank lines",
        ),
        pytest.param(
            [IMPORT, "x = Mock(", "    a=1,  # Mock justification: broker", ")", ""],
            [],
            id="a comment inside",
        ),
        pytest.param([IMPORT, "x = Mock()  # ssot: ignore[unjustified-mock]", ""], [], id="a suppression"),
        pytest.param(['"""', "# a", '"""', IMPORT, "x = Mock()"], [(5, 5)], id="a docstring"),
        pytest.param([IMPORT, "x = 1 + \\", "  Mock()", ""], [(3, 3)], id="a continued line"),
        pytest.param(["", "", IMPORT, "", "# a", "x = Mock()"], [(6, 5)], id="blank lines and a comment"),
        pytest.param(
            [IMPORT, "", "#" * 80, *["# a"] * 500, "x = Mock()"], [(504, 5)], id="a run of comments"
        ),
    ],
)
def test_line_ends(root: Path, end: str, lines: list[str], expected: list[tuple[int, int]]) -> None:
    check(root, end.join(lines).encode(), expected)


def test_line_ends_may_be_mixed(root: Path) -> None:
    check(root, f"{IMPORT}\r\n\r# a\n\r\nx = Mock()\ry = Mock()".encode(), [(5, 5), (6, 5)])


@pytest.mark.parametrize(
    "character",
    [
        pytest.param("\v", id="vertical tab"),
        pytest.param("\x1c", id="file separator"),
        pytest.param("\x85", id="next line"),
        pytest.param("\u2028", id="line separator"),
        pytest.param("\u2029", id="paragraph separator"),
    ],
)
def test_what_only_python_strings_take_for_a_line_end_is_none(root: Path, character: str) -> None:
    text = f'{IMPORT}\ny = "{character}"  # {character} Mock()\nx = Mock("{character}")\n'

    check(root, text.encode(), [(3, 5)])


def test_a_comment_goes_on_behind_what_is_no_line_end(root: Path) -> None:
    check(root, f"{IMPORT}\nx = Mock()  # \u2028 Mock()\n# a \x85 Mock()\n".encode(), [(2, 5)])


# Blanks


def test_form_feeds_between_and_before_statements(root: Path) -> None:
    check(root, f"{IMPORT}\n\f\nx = Mock()\n\f\n\fy = Mock()\ndef f():\n    \f\n    z = Mock()\n".encode(),
          [(3, 5), (5, 6), (8, 9)])  # fmt: skip


def test_a_form_feed_before_a_comment(root: Path) -> None:
    check(root, f"{IMPORT}\n\f# Mock justification: broker\nx = Mock()\n".encode(), [])


def test_tabs_are_one_column_each(root: Path) -> None:
    check(root, f"{IMPORT}\ndef f():\n\tif 1:\n\t\tx\t=\tMock()\n\t\ty = 1\n".encode(), [(4, 7)])


def test_tabs_and_blanks_mixed(root: Path) -> None:
    check(root, f"{IMPORT}\nif 1:\n        if 1:\n\t\tx = Mock()\n".encode(), [(4, 7)])


def test_blanks_at_line_ends_and_no_last_line_end(root: Path) -> None:
    check(root, f"{IMPORT}   \n   \nx = Mock()   ".encode(), [(3, 5)])


# Characters


def test_columns_are_code_points(root: Path) -> None:
    check(root, f'{IMPORT}\nx = ("äß😀\u0301", Mock())\n'.encode(), [(2, 14)])


def test_places_behind_many_characters_beyond_the_bmp(root: Path) -> None:
    check(root, f'{IMPORT}\n# {"😀" * 300}\ny = "{"🜁" * 300}"; x = Mock()\n'.encode(), [(3, 313)])


def test_identifiers_of_other_scripts(root: Path) -> None:
    check(root, f"{IMPORT} as Ложь, Mock\nžąsų = Mock()\n数据 = Mock()\n".encode(), [(2, 8), (3, 6)])


# Byte order marks and encodings


def test_a_byte_order_mark_is_no_column(root: Path) -> None:
    check(root, b"\xef\xbb\xbfMock()\nx = Mock()\n", [(1, 1), (2, 5)])


def test_a_byte_order_mark_before_a_declaration(root: Path) -> None:
    check(root, f"\ufeff# -*- coding: utf-8 -*-\n{IMPORT}\nx = Mock()\n".encode(), [(3, 5)])


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        pytest.param("latin-1", "äöü", id="latin-1"),
        pytest.param("iso-8859-15", "€äö", id="latin-9"),
        pytest.param("cp1252", "€äö", id="Windows"),
        pytest.param("cp1251", "где", id="Cyrillic"),
        pytest.param("koi8-r", "где", id="koi8-r"),
        pytest.param("shift_jis", "日本語", id="Japanese"),
        pytest.param("euc-jp", "日本語", id="euc-jp"),
        pytest.param("gb18030", "中文字", id="Chinese"),
        pytest.param("utf-8", "äö😀", id="utf-8"),
    ],
)
@pytest.mark.parametrize("line", [1, 2])
def test_declared_encodings(root: Path, encoding: str, text: str, line: int) -> None:
    head = ["#!/usr/bin/env python3"] * (line - 1)
    source = "\n".join([*head, f"# -*- coding: {encoding} -*-", IMPORT, f'x = "{text}", Mock()', ""])

    check(root, source.encode(encoding), [(line + 2, 12)])


def test_a_declaration_on_the_third_line_is_none(root: Path) -> None:
    check(root, f"#\n#\n# coding: latin-1\n{IMPORT}\ny = 'ä'; x = Mock()\n".encode(), [(5, 14)])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"# coding: no-such-encoding\nx = Mock()\n", id="unknown encoding"),
        pytest.param(b"x = Mock()  # \xe4\n", id="latin-1 without a declaration"),
        pytest.param(b"x = Mock()\0\n", id="NUL"),
        pytest.param(b"\xef\xbb\xbf# coding: latin-1\nx = Mock()\n", id="mark and declaration disagree"),
        pytest.param("x = Mock()\n".encode("utf-16"), id="utf-16"),
        pytest.param(bytes(range(256)) * 40, id="binary"),
    ],
)
def test_what_cannot_be_read_has_no_findings(root: Path, data: bytes) -> None:
    path = root / "test_case.py"
    path.write_bytes(data)
    (root / "test_other.py").write_text("from test_case import *\nx = Mock()\n")

    analysis = Workspace(Files(), [str(root)]).snapshot()

    assert analysis.findings(str(path)) == ()
    assert places_of(analysis, str(root / "test_other.py")) == [(2, 5, "unjustified-mock")]


# Size and shape


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("\n", [], id="a line end"),
        pytest.param("Mock()", [(1, 1)], id="one call"),
        pytest.param(" Mock()", [(1, 2)], id="indented"),
        pytest.param("x = " + "[" * 90 + "Mock()" + "]" * 90, [(1, 95)], id="many brackets"),
        pytest.param("x = " + "-" * 90 + "Mock()", [(1, 95)], id="many operators"),
        pytest.param("x = " + "1 + " * 900 + "Mock()", [(1, 3605)], id="a long sum"),
        pytest.param("x = Mock()" + ".a" * 200, [(1, 5)], id="a long path"),
        pytest.param("x = " + "lambda: " * 90 + "Mock()", [(1, 725)], id="many lambdas"),
        pytest.param("x = f" + "()" * 3000 + "\ny = Mock()", [(2, 5)], id="a long chain of calls"),
        pytest.param(
            "if x: pass\n" + "elif x: pass\n" * 2000 + "y = Mock()", [(2002, 5)], id="a long chain of elif"
        ),
        pytest.param(
            "\n".join(" " * depth + "if x:" for depth in range(90)) + "\n" + " " * 90 + "Mock()",
            [(91, 91)],
            id="deep blocks",
        ),
        pytest.param(
            "\n".join(" " * depth + "def f():" for depth in range(90)) + "\n" + " " * 90 + "Mock()",
            [(91, 91)],
            id="deep functions",
        ),
        pytest.param("Mock(a=" * 300 + "1" + ")" * 300, [(1, 1)], id="deep doubles"),
        pytest.param("Mock().a\n" * 3000, [(line, 1) for line in range(1, 3001)], id="many"),
        pytest.param(
            "@patch('a')\n" * 300 + "def f(): pass", [(line, 2) for line in range(1, 301)], id="a tall stack"
        ),
    ],
)
def test_shapes(root: Path, text: str, expected: list[tuple[int, int]]) -> None:
    path = root / "test_case.py"
    path.write_text(text, newline="")

    found = places_of(Workspace(Files(), [str(root)]).snapshot(), str(path))

    assert [(line, column) for line, column, _ in found] == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x = " + "(" * 3000, id="open brackets"),
        pytest.param("x = " + "[" * 3000 + "]" * 3000, id="brackets"),
        pytest.param("x = " + "-" * 30_000 + "1", id="operators"),
        pytest.param("x = " + "1 + " * 30_000 + "1", id="sum"),
        pytest.param("x = y" + ".a" * 30_000, id="path"),
        pytest.param("x = y" + "()" * 30_000, id="calls"),
        pytest.param("x = " + "lambda: " * 3000 + "1", id="lambdas"),
        pytest.param("x = " + "(lambda: " * 1000 + "1" + ")" * 1000, id="lambdas in brackets"),
        pytest.param("x = " + "f(" * 3000 + ")" * 3000, id="arguments"),
        pytest.param("x = " + 'f"{' * 300 + "1" + '}"' * 300, id="f-strings"),
        pytest.param(
            "".join(" " * depth + "if x:\n" for depth in range(1000)) + " " * 1000 + "pass", id="blocks"
        ),
        pytest.param(
            "".join(" " * depth + "def f():\n" for depth in range(500)) + " " * 500 + "pass", id="functions"
        ),
        pytest.param(
            "".join(" " * depth + "class A:\n" for depth in range(500)) + " " * 500 + "pass", id="classes"
        ),
        pytest.param("x = y if z else " * 3000 + "1", id="conditionals"),
    ],
)
def test_what_no_python_could_run_does_not_hide_what_stands_before_it(root: Path, text: str) -> None:
    path = root / "test_case.py"
    path.write_text(f"x = Mock()\n\n\n{text}\n", newline="")

    found = places_of(Workspace(Files(), [str(root)]).snapshot(), str(path))

    assert (1, 5, "unjustified-mock") in found


def test_a_file_that_is_not_there_or_a_folder_has_no_findings(root: Path) -> None:
    (root / "test_folder.py").mkdir()
    analysis = Workspace(Files(), [str(root)]).snapshot()

    assert analysis.findings(str(root / "test_gone.py")) == ()
    assert analysis.findings(str(root / "test_folder.py")) == ()


def test_a_workspace_below_a_folder_that_is_called_like_tests_is_judged_from_its_own_root(root: Path) -> None:
    workspace = root / "tests" / "shop"
    workspace.mkdir(parents=True)
    (workspace / "code.py").write_text("x = Mock()\n")
    (workspace / "test_it.py").write_text("x = Mock()\n")
    analysis = Workspace(Files(), [str(workspace)]).snapshot()

    assert analysis.findings(str(workspace / "code.py")) == ()
    assert places_of(analysis, str(workspace / "test_it.py")) == [(1, 5, "unjustified-mock")]


def test_a_document_without_a_file_is_analysed(root: Path) -> None:
    workspace = Workspace(Files(), [str(root)])
    workspace.write("untitled:test_it.py", "x = Mock()\n")

    assert places_of(workspace.snapshot(), "untitled:test_it.py") == [(1, 5, "unjustified-mock")]


@pytest.mark.parametrize("below", ["()", "(a, b) = c"])
def test_an_alias_is_one_whatever_stands_in_the_next_statement(root: Path, below: str) -> None:
    path = str(root / "test_it.py")
    text = f"{IMPORT}\nM = Mock\n\n{below}\n"
    workspace = Workspace(Files(), [str(root)])
    workspace.write(path, f"{text}x = M()\n")
    assert places_of(workspace.snapshot(), path) == [(5, 5, "unjustified-mock")]

    workspace.write(path, text)
    assert places_of(workspace.snapshot(), path) == []
    workspace.write(path, text.replace(below, "x = M()"))
    assert places_of(workspace.snapshot(), path) == [(4, 5, "unjustified-mock")]


# Length


@pytest.mark.parametrize("length", range((1 << 18) - 24, (1 << 18) + 1, 3))
def test_a_suppression_is_seen_where_two_pieces_of_a_long_file_meet(root: Path, length: int) -> None:
    start = f"{IMPORT}\n"
    filler = "#" + "-" * (length - len(start) - 2) + "\n"
    check(root, f"{start}{filler}x = Mock()  # SSOT: ignore[unjustified-mock]\n".encode(), [])


# Imports


@pytest.mark.parametrize(
    "text", ["from .import first, second\n", "if x:\n    from ..a import (first, second)\n"]
)
def test_imports_are_found_with_and_without_a_blank_behind_the_dots(text: str) -> None:
    assert [each.name for each in Facts(Source.parse(text)).imports()] == ["first", "second"]


@pytest.mark.parametrize("text", ["import ,\n", "from a import ,\n", "def f():\n    from a import ,\n"])
def test_an_import_without_a_name_binds_none(text: str) -> None:
    assert [each.name for each in Facts(Source.parse(text)).imports()] == []


@pytest.mark.parametrize(
    ("text", "names", "targets"),
    [
        pytest.param("import a", ["a"], [Import("a", loads="a")], id="a module"),
        pytest.param("import a.b.c", ["a"], [Import("a", loads="a.b.c")], id="a module of a package"),
        pytest.param("import a.b as c", ["c"], [Import("a.b")], id="a module by another name"),
        pytest.param("import a, b as c", ["a", "c"], [Import("a", loads="a"), Import("b")], id="two modules"),
        pytest.param("from a.b import c", ["c"], [Import("a.b", "c")], id="a name"),
        pytest.param("from a.b import c as d", ["d"], [Import("a.b", "c")], id="a name by another"),
        pytest.param("from ..a import c", ["c"], [Import("a", "c", 2)], id="of a package above"),
        pytest.param("from . import c", ["c"], [Import("", "c", 1)], id="of the own package"),
        pytest.param(
            "from a import (b, c as d)", ["b", "d"], [Import("a", "b"), Import("a", "c")], id="several"
        ),
        pytest.param("from a import é as ü", ["ü"], [Import("a", "é")], id="other letters"),
        pytest.param("from a  import b", ["b"], [Import("a", "b")], id="two blanks"),
    ],
)
def test_what_an_import_binds(text: str, names: list[str], targets: list[Import]) -> None:
    found = Facts(Source.parse(f"# before\n{text}\n")).imports()
    assert [each.name for each in found] == names
    assert [each.target for each in found] == targets
