"""What findings look like: to people, to tools that read lines, to programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.cache import Result
from ssot_lsp.finding import Finding, Severity
from ssot_lsp.fingerprints import Fingerprint
from ssot_lsp.render.concise import render_concise
from ssot_lsp.render.json import render_json
from ssot_lsp.render.terminal import keep_end, keep_start, paint, printable, width
from ssot_lsp.render.text import WIDTH, mark, render_statistics, render_text, summary
from ssot_lsp.scan.checker import row_of
from ssot_lsp.scan.report import Report
from ssot_lsp.text import Lines, Span
from tests.rows import ROW

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssot_lsp.cache import Row


def shown(text: str) -> str:
    """What a terminal shows of the finding that is marked by `<` and `>` in `text`."""
    start, end = text.index("<"), text.index(">") - 1
    text = text.replace("<", "").replace(">", "")
    finding = Finding("rule", "/a.py", Span(start, end), "message", Severity.WARNING)
    line, blank, marked = mark(row_of(finding, Lines(text), Fingerprint("", "")))
    return f"{line}\n{' ' * blank}{'^' * marked}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("m = <Mock>()", "m = Mock()\n    ^^^^", id="plain"),
        pytest.param("\tm = <Mock>()", "    m = Mock()\n        ^^^^", id="a tab before it"),
        pytest.param("<a\tb>c", "a    bc\n^^^^^^", id="a tab in it"),
        pytest.param("x = '宽', <Mock>()", "x = '宽', Mock()\n          ^^^^", id="wide characters"),
        pytest.param("<宽字>", "宽字\n^^^^", id="wide characters in it"),
        pytest.param("'e\u0301\u200d', <M>", "'e\u0301\u200d', M\n     ^", id="characters without a width"),
        pytest.param("'\U0001f600', <M>", "'\U0001f600', M\n      ^", id="beyond the basic plane"),
        pytest.param("x\n m(<a,\n  b>)\ny", " m(a,\n   ^^", id="several lines: the first one"),
        pytest.param("ab<>", "ab\n  ^", id="nothing at the end of a line"),
        pytest.param("<>", "\n^", id="nothing at all"),
        pytest.param("\x1b[31m<M>\x07", "␛[31mM␇\n     ^", id="what steers a terminal"),
        pytest.param("'\u202e', <M>\x85", "'\ufffd', M\ufffd\n     ^", id="what turns text round"),
        pytest.param("\x0c<M>\u2028", "␌M\u2424\n ^", id="what ends lines elsewhere"),
        pytest.param("a\r\n<M>\r\n", "M\n^", id="CRLF"),
        pytest.param("a\r<M>\rb", "M\n^", id="a lone CR"),
    ],
)
def test_the_span_is_marked_under_the_source(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("before", "span", "after"),
    [
        pytest.param(5_000, 4, 5_000, id="in the middle"),
        pytest.param(0, 4, 5_000, id="at the start"),
        pytest.param(5_000, 4, 0, id="at the end"),
        pytest.param(100, 9_000, 100, id="a long one"),
        pytest.param(60, 4, 60, id="a little too long"),
        pytest.param(79, 4, 161, id="as long as is kept"),
        pytest.param(81, 4, 161, id="a little longer than is kept"),
    ],
)
@pytest.mark.parametrize("filler", ["x", "宽", "\t"])
def test_of_a_long_line_the_part_around_the_span_is_shown(
    before: int, span: int, after: int, filler: str
) -> None:
    line, marks = shown(filler * before + "<" + "M" * span + ">" + filler * after).split("\n")
    assert width(line) <= WIDTH + 1
    assert len(marks.lstrip()) == min(span, WIDTH - 20)
    blank = len(marks) - len(marks.lstrip())
    cells = "".join(character * max(1, width(character)) for character in line)
    assert cells[blank : blank + 4] == "MMMM"
    assert line.startswith("…") == (blank < width(printable(filler * before)))
    assert line.endswith("…") == (after > 0 or span > WIDTH)


def test_parts_that_fit_are_whole() -> None:
    assert [keep_start("abc", 3), keep_start("abcd", 3), keep_end("abc", 3), keep_end("abcd", 3)] == [
        *("abc", "ab…"),
        *("abc", "…cd"),
    ]
    assert (keep_start("宽字", 3), keep_end("宽字", 3)) == ("宽…", "…字")
    assert printable("a\udcffb") == "a\ufffdb"


def report(*rows: Row, root: str = "/r", name: str = "/r/tests/test_a.py", suppressed: int = 0) -> Report:
    return Report(root, [Result("/r/pyproject.toml", is_test=False), Result(name, tuple(rows), suppressed)])


def joined(pieces: Iterable[str]) -> str:
    return "".join(pieces)


def test_text() -> None:
    hint = ROW._replace(severity=Severity.HINT)
    error = ROW._replace(start=(9, 0), end=(9, 1), severity=Severity.ERROR, rule="forbidden-mock")
    assert joined(render_text(report(ROW, hint, error), "/r")) == (
        "tests/test_a.py:2:5: warning: `Mock` is bare [unjustified-mock]\n"
        "     2 | m = Mock()\n"
        "       |     ^^^^\n"
        "tests/test_a.py:10:1: error: `Mock` is bare [forbidden-mock]\n"
        "    10 | m = Mock()\n"
        "       | ^\n"
    )


def test_concise() -> None:
    hint = ROW._replace(severity=Severity.HINT)
    assert joined(render_concise(report(ROW, hint), "/elsewhere")) == (
        "/r/tests/test_a.py:2:5: warning: `Mock` is bare [unjustified-mock]\n"
    )


def test_colours_change_nothing_but_the_colour() -> None:
    coloured = joined(render_text(report(ROW), "/r", paint))
    assert "\x1b[33m^^^^\x1b[0m" in coloured
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[33m"):
        coloured = coloured.replace(code, "")
    assert coloured == joined(render_text(report(ROW), "/r"))


def test_statistics() -> None:
    hint = ROW._replace(severity=Severity.HINT, rule="unused-suppression")
    assert joined(render_statistics(report(hint, ROW, ROW))) == (
        "      2  warning      unjustified-mock\n      1  hint         unused-suppression\n"
    )


@pytest.mark.parametrize(
    ("severities", "changes", "expected"),
    [
        pytest.param((), {}, "no findings in 1 test file", id="clean"),
        pytest.param((2,), {}, "1 finding in 1 test file", id="a warning"),
        pytest.param((1, 2, 2), {}, "3 findings in 1 test file (1 error, 2 warnings)", id="an error"),
        pytest.param(
            (4, 4, 3),
            {},
            "no findings in 1 test file, 3 hints hidden (`--format json` lists them)",
            id="hints",
        ),
        pytest.param(
            (2,),
            {"failures": [("/r/a", "why")], "files_excluded": 2},
            "1 finding in 1 test file, 2 test files excluded, 1 file could not be checked",
            id="failures",
        ),
        pytest.param((), {"results": []}, "no test file was checked", id="nothing"),
        pytest.param(
            (),
            {"results": [], "failures": [("/r/a", "why")]},
            "no test file was checked, 1 file could not be checked",
            id="nothing could be read",
        ),
    ],
)
def test_the_summary_says_what_was_looked_at(
    severities: tuple[int, ...], changes: dict[str, object], expected: str
) -> None:
    made = report(*(ROW._replace(severity=each) for each in severities))
    for name, value in changes.items():
        setattr(made, name, value)
    assert summary(made) == expected + "\n"


def test_the_summary_counts_what_is_suppressed() -> None:
    assert summary(report(suppressed=3)) == "no findings in 1 test file, 3 suppressed\n"


def test_json_is_the_contract() -> None:
    made = report(ROW, ROW._replace(severity=4, fixes=(("Justify", False), ("Swap", True))), suppressed=2)
    made.files_excluded, made.failures, made.seconds = 5, [("/r/tests/test_b.py", "holds NUL bytes")], 1.23456
    text = joined(render_json(made))
    finding = {
        "path": "tests/test_a.py",
        "rule": "unjustified-mock",
        "severity": "warning",
        "message": "`Mock` is bare",
        "start": {"line": 2, "column": 5},
        "end": {"line": 2, "column": 9},
        "covers": [{"line": 3, "column": 9}],
    }
    expected = {
        "version": 1,
        "root": "/r",
        "files_checked": 1,
        "files_excluded": 5,
        "files_failed": [{"path": "tests/test_b.py", "reason": "holds NUL bytes"}],
        "suppressed": 2,
        "baselined": 0,
        "seconds": 1.235,
        "findings": [finding, {**finding, "severity": "hint"}],
    }
    assert json.loads(text) == expected
    assert list(json.loads(text)) == list(expected)
    assert text.count("\n") == 4, "a line per finding"
    with_fixes = json.loads(joined(render_json(made, with_fixes=True)))["findings"]
    assert [each["fixes"] for each in with_fixes] == [
        [],
        [{"title": "Justify", "safe": False}, {"title": "Swap", "safe": True}],
    ]


def test_json_holds_for_no_finding_for_several_files_and_for_any_name() -> None:
    assert json.loads(joined(render_json(report())))["findings"] == []
    made = report(ROW, name="/r/t\udcff\N{GRINNING FACE}.py")
    made.results += [Result("/elsewhere/test_b.py", (ROW, ROW))]
    text = joined(render_json(made))
    assert text.isascii()
    assert [each["path"] for each in json.loads(text)["findings"]] == [
        "t\udcff\N{GRINNING FACE}.py",
        "../elsewhere/test_b.py",
        "../elsewhere/test_b.py",
    ]
