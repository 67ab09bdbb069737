"""Findings as annotations of GitHub Actions: workflow commands, a line each, which the runner reads off the log."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ssot_lsp.finding import Severity
from ssot_lsp.render.json import relative

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.cache import Row
    from ssot_lsp.scan import Report

WORKSPACE_VARIABLE = "GITHUB_WORKSPACE"  # the checkout, which paths have to be seen from


def render_github(report: Report, folder: str) -> Iterator[str]:
    """Warnings and worse; paths as seen from the checkout, without one from the absolute `folder`."""
    checkout = os.environ.get(WORKSPACE_VARIABLE) or folder
    for result in report.results:
        path = relative(result.path, checkout)
        for row in result.rows:
            if row.severity <= Severity.WARNING:
                yield _command(path, row)


def _command(path: str, row: Row) -> str:
    kind = "error" if row.severity == Severity.ERROR else "warning"
    properties = {
        "file": path,
        "line": str(row.start[0] + 1),
        "col": str(row.start[1] + 1),
        "endLine": str(row.end[0] + 1),
        "endColumn": str(row.end[1] + 1),
        "title": row.rule,
    }
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {said}::{_data(row.message)}\n"


def _data(text: str) -> str:
    """`text` as a message: what would end the line is escaped, and the sign that escapes."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """`text` as the value of a property: also what would end it."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
