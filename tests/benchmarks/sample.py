"""`python -m tests.benchmarks.sample SUITE`: ten findings and ten non-findings of a suite, to be judged by eye.

Which ones is decided by a hash of path and line, so that the sample stays while the engine changes. A non-finding is
a line of a test file that calls something named like a constructor or patcher and on which nothing is flagged; a
child that a finding covers is one too, and is said to be covered.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.files import Files

from .agreement import plain
from .corpora import corpus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lsp.scan import Report

_NAMED_LIKE_ONE = re.compile(r"\b(?:\w*Mock|create_autospec|mock_open|patch(?:\.\w+)?)\s*\(")
_COUNT = 10
_SEED = 0
_BEFORE, _AFTER = 6, 3


class Line(NamedTuple):
    """One 0-based line of a file, and what is said of it."""

    path: str
    line: int
    said: str


def main(arguments: Sequence[str]) -> int:
    """Print the sample with some lines around each."""
    folder = corpus(arguments[0])
    report = plain(folder)
    flagged = [
        Line(result.path, row.start[0], f"{row.rule}, columns {row.start[1]}-{row.end[1]}: {row.message}")
        for result in report.results
        for row in result.rows
    ]
    for title, lines in (("FLAGGED", flagged), ("NOT FLAGGED", list(_not_flagged(report)))):
        named = {(os.path.relpath(each.path, folder), each.line + 1): each for each in lines}
        for (name, number), each in sorted(named.items(), key=lambda item: _lot(*item[0]))[:_COUNT]:
            print(f"\n=== {title} {name}:{number}: {each.said}")
            print(_excerpt(each))
    return 0


def _lot(name: str, line: int) -> bytes:
    return hashlib.sha256(f"{_SEED} {name.replace(os.sep, '/')} {line}".encode()).digest()


def _not_flagged(report: Report) -> Iterator[Line]:
    for result in report.results:
        starts = {row.start[0] for row in result.rows}
        covered = {place[0] for row in result.rows for place in row.covers}
        for number, line in enumerate(Files().read(result.path).text.split("\n")):
            if _NAMED_LIKE_ONE.search(line) and number not in starts:
                yield Line(result.path, number, "covered" if number in covered else "nothing")


def _excerpt(line: Line) -> str:
    lines = Files().read(line.path).text.split("\n")
    first = max(0, line.line - _BEFORE)
    shown = enumerate(lines[first : line.line + _AFTER + 1], first)
    return "\n".join(f"{'>' if number == line.line else ' '} {number + 1:5} {text}" for number, text in shown)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
