"""Findings for other tools that read lines: one each, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.render.terminal import plain
from ssot_lsp.render.text import headline, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.render.terminal import Paint
    from ssot_lsp.scan import Report


def render_concise(report: Report, folder: str, paint: Paint = plain) -> Iterator[str]:
    """Warnings and worse, a piece of text per file; paths as seen from the absolute `folder`."""
    for path, rows in shown(report, folder):
        yield "".join(headline(path, row, paint) for row in rows)
