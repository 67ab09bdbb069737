"""The report for other programs. Its form is a contract: keys are added with a new version only.

ASCII alone, so that no terminal, pipe or locale changes it; a finding per line, so that two runs can be compared.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from ssot_lsp.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.cache import Place, Result, Row
    from ssot_lsp.scan import Report

VERSION = 1

_LABELS = {each.value: each.label for each in Severity}


def render_json(report: Report, *, with_fixes: bool = False) -> Iterator[str]:
    """Pieces of one JSON object, all severities; lines and columns count from 1, columns in code points."""
    head = {
        "version": VERSION,
        "root": report.root,
        "files_checked": report.files_checked,
        "files_excluded": report.files_excluded,
        "files_failed": [
            {"path": relative(path, report.root), "reason": reason} for path, reason in report.failures
        ],
        "suppressed": report.suppressed,
        "baselined": report.baselined,
        "seconds": round(report.seconds, 3),
    }
    yield json.dumps(head)[:-1] + ', "findings": ['
    between = "\n"
    for result in report.results:
        if result.rows:
            yield between + ",\n".join(
                json.dumps(each) for each in _findings(result, report.root, with_fixes=with_fixes)
            )
            between = ",\n"
    yield "]}\n" if between == "\n" else "\n]}\n"


def relative(path: str, root: str) -> str:
    """`path` as seen from the absolute folder `root`, with `/`; as it is where there is no way."""
    try:
        return os.path.relpath(path, root).replace(os.sep, "/")
    except ValueError:  # another drive
        return path.replace(os.sep, "/")


def _findings(result: Result, root: str, *, with_fixes: bool) -> Iterator[dict[str, object]]:
    path = relative(result.path, root)
    for row in result.rows:
        finding = _finding(path, row)
        if with_fixes:
            finding["fixes"] = [{"title": title, "safe": is_safe} for title, is_safe in row.fixes]
        yield finding


def _finding(path: str, row: Row) -> dict[str, object]:
    return {
        "path": path,
        "rule": row.rule,
        "severity": _LABELS[row.severity],
        "message": row.message,
        "start": _place(row.start),
        "end": _place(row.end),
        "covers": [_place(each) for each in row.covers],
    }


def _place(place: Place) -> dict[str, int]:
    line, column = place
    return {"line": line + 1, "column": column + 1}
