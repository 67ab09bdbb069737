"""Findings for people: where, what, and the source line with the span marked; then what was looked at."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from ssot_lsp.finding import Severity
from ssot_lsp.render.terminal import CUT, keep_end, keep_start, plain, printable, width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.cache import Row
    from ssot_lsp.render.terminal import Paint
    from ssot_lsp.scan import Report

WIDTH = 110  # columns of a source line; of a longer one the part around the span is shown

_LABELS = {each.value: each.label for each in Severity}


def render_text(report: Report, folder: str, paint: Paint = plain) -> Iterator[str]:
    """Warnings and worse, a piece of text per file; paths as seen from the absolute `folder`."""
    for path, rows in shown(report, folder):
        yield "".join(headline(path, row, paint) + _source(row, paint) for row in rows)


def render_statistics(report: Report) -> Iterator[str]:
    """How many findings of any severity each rule has, the most frequent first."""
    counts = Counter((row.rule, row.severity) for result in report.results for row in result.rows)
    for (rule, severity), count in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        yield f"{count:>7}  {_LABELS[severity]:<11}  {rule}\n"


def summary(report: Report, paint: Paint = plain) -> str:
    """The closing line. It says that nothing was found only where something was looked at."""
    counts = Counter(row.severity for result in report.results for row in result.rows)
    errors, warnings = counts[Severity.ERROR], counts[Severity.WARNING]
    checked = _count(report.files_checked, "test file")
    since = ""
    if report.revision is not None:
        since, checked = f" on lines changed since {printable(report.revision)}", f"{checked} with changes"
    if errors or warnings:
        kinds = f" ({_count(errors, 'error')}, {_count(warnings, 'warning')})" if errors else ""
        head = paint(f"{_count(errors + warnings, 'finding')}{since} in {checked}{kinds}", "bold")
    elif report.files_checked:
        head = f"no findings{since} in {checked}"
    elif report.revision is not None:
        head = f"no test file has changed since {printable(report.revision)}"
    else:
        head = "no test file was checked"
    notes = [head]
    if hidden := counts[Severity.INFORMATION] + counts[Severity.HINT] - report.baselined:
        notes.append(f"{_count(hidden, 'hint')} hidden (`--format json` lists them)")
    if report.baselined:
        notes.append(f"{report.baselined} in the baseline")
    if report.suppressed:
        notes.append(f"{report.suppressed} suppressed")
    if report.files_excluded:
        notes.append(f"{_count(report.files_excluded, 'test file')} excluded")
    if report.failures:
        notes.append(paint(f"{_count(len(report.failures), 'file')} could not be checked", "error"))
    return ", ".join(notes) + "\n"


def shown(report: Report, folder: str) -> Iterator[tuple[str, list[Row]]]:
    """The warnings and worse of each file that has some, with its path as people read it."""
    for result in report.results:
        rows = [row for row in result.rows if row.severity <= Severity.WARNING]
        if rows:
            yield shown_path(result.path, folder), rows


def shown_path(path: str, folder: str) -> str:
    """`path` as seen from the absolute `folder` where it lies below it, else as it is; printable."""
    return printable(path.removeprefix(folder if folder.endswith(os.sep) else folder + os.sep))


def headline(path: str, row: Row, paint: Paint) -> str:
    """Path, line, column, severity, message, rule: what compilers print and editors read."""
    line, column = row.start
    label = _LABELS[row.severity]
    place, rule = paint(f"{path}:{line + 1}:{column + 1}:", "bold"), paint(f"[{row.rule}]", "dim")
    return f"{place} {paint(f'{label}:', label)} {printable(row.message)} {rule}\n"


def mark(row: Row) -> tuple[str, int, int]:
    """The source line as it is shown, and how many columns to leave free and then to mark below it."""
    text = row.line
    first = min(max(row.start[1] - row.cut, 0), len(text))
    last = min(max(row.end[1] - row.cut, first), len(text)) if row.end[0] == row.start[0] else len(text)
    before, span, after = printable(text[:first]), printable(text[first:last]), printable(text[last:])
    if width(before) + width(span) + width(after) > WIDTH:
        span = keep_start(span, WIDTH - 20)
        room = WIDTH - width(span)
        after = keep_start(after, max(room // 3, room - width(before)))
        before = keep_end(before, room - width(after))
    if row.cut and not before.startswith(CUT):
        before = CUT + before
    return before + span + after, width(before), max(width(span), 1)


def _source(row: Row, paint: Paint) -> str:
    line, blank, marked = mark(row)
    number, bar = f"{row.start[0] + 1:>6}", paint("|", "dim")
    marks = paint("^" * marked, _LABELS[row.severity])
    return f"{paint(number, 'dim')} {bar} {line.rstrip()}\n       {bar} {' ' * blank}{marks}\n"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
