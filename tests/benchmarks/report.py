"""The figures as a table, in the terminal and between the markers of README.md."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

from . import peers
from .figures import OURS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .figures import Figure

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"

_TOOLS = (OURS, "ruff", "ast-grep", "bare pygls", "jedi")
_PARTS = (
    "keystrokes",
    "baseline",
    "completion",
    "code actions",
    "bases",
    "documents",
    "initialize",
    "memory",
    "batch",
)


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table: one row for each figure and bar."""
    rows = [
        "| measure | unit | " + " | ".join(_TOOLS) + " | bar | limit | holds |",
        "| --- | --- |" + " ---: |" * len(_TOOLS) + " --- | ---: | --- |",
    ]
    for figure in sorted(figures, key=lambda each: _PARTS.index(each.part)):
        cells = [_cell(figure, tool) for tool in _TOOLS]
        for index, bar in enumerate(figure.bars or (None,)):
            start = [figure.measure, figure.unit, *cells] if index == 0 else [""] * (2 + len(_TOOLS))
            verdict = (
                [bar.promise, _number(bar.limit), "yes" if figure.holds(bar) else "**no**"]
                if bar
                else ["", "", ""]
            )
            rows.append("| " + " | ".join(start + verdict) + " |")
    return "\n".join(rows)


def notes(figures: Sequence[Figure]) -> str:
    """What stands beside the figures, one line for each that has something."""
    return "\n".join(f"- {each.measure}: {each.note}" for each in figures if each.note)


def machine() -> str:
    """What the figures were measured on and with, without naming the machine."""
    return (
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, {peers.versions()}"
    )


def text(figures: Sequence[Figure]) -> str:
    """Everything that stands between the markers."""
    return (
        f"Measured on {machine()}. Medians, in brackets the ninth decile (`check`, bursts: the slowest run).\n\n"
        f"{table(figures)}\n\n{notes(figures)}\n"
    )


def write(figures: Sequence[Figure]) -> None:
    """Put the table between the markers of README.md."""
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{text(figures)}{END}{after}", encoding="utf-8")


def _cell(figure: Figure, tool: str) -> str:
    if tool not in figure.values:
        return ""
    number = _number(figure.values[tool])
    return f"{number} ({_number(figure.spread[tool])})" if tool in figure.spread else number


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
