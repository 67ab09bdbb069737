"""What must be equal between two ways of asking: with and without shortcuts, in the terminal and in the editor.

Everything yields differences as sentences; none means that both ways agree.
"""

from __future__ import annotations

import contextlib
import os
import re
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.analysis import Workspace
from ssot_lsp.files import Files
from ssot_lsp.scan import Options, check

from . import peers
from .corpora import is_test_file, python_files
from .lsp_client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ssot_lsp.finding import Finding
    from ssot_lsp.scan import Report

    from .lsp_client import Json

_NAMES = ("self", "mock", "Mock", "a")
_STATEMENTS = (
    "self.a = mock.Mock()",
    "self.a.b = Mock()",
    "m = Mock()",
    "m.a = MagicMock()",
    "m = self.a",
    "return m",
    "global m",
    "from unittest import mock",
    "there",
)
_SHOWN = 20
"""So many differences tell enough."""


class Said(NamedTuple):
    """One finding as any face of the engine shows it; lines and columns are 0-based, in code points."""

    path: str
    rule: str
    severity: int
    message: str
    start: tuple[int, int]
    end: tuple[int, int]


def plain(folder: Path) -> Report:
    """The report on `folder` without prefilter, cache and processes."""
    return check(["."], Options(prefilter=False, use_cache=False), str(folder))


def between_reports(one: Report, other: Report) -> list[str]:
    """What one run says and the other does not, the time aside."""
    names = ("files_checked", "files_excluded", "suppressed", "failures", "notes", "errors")
    differences = [
        f"{name}: {getattr(one, name)!r} and {getattr(other, name)!r}"
        for name in names
        if getattr(one, name) != getattr(other, name)
    ]
    left, right = (
        {result.path: (result.rows, result.suppressed) for result in report.results if result.rows}
        for report in (one, other)
    )
    differences += [
        f"{path}: differs" for path in left.keys() | right.keys() if left.get(path) != right.get(path)
    ]
    return sorted(differences)[:_SHOWN]


def between_check_and_server(folder: Path) -> list[str]:
    """What `check` and the server say differently of any Python file below `folder`."""
    report = plain(folder)
    checked = {
        Said(result.path, row.rule, row.severity, row.message, row.start, row.end)
        for result in report.results
        for row in result.rows
    }
    served = set(_served(folder))
    return sorted(
        [f"only check says {each}" for each in checked - served]
        + [f"only the server says {each}" for each in served - checked]
    )[:_SHOWN]


def _served(folder: Path) -> Iterator[Said]:
    with Client(peers.ssot_lsp().server, folder) as client:
        client.initialize(pull=True, encoding="utf-32")
        for path in python_files(folder):
            data = path.read_bytes()
            with contextlib.suppress(UnicodeDecodeError):
                document = client.open(path, data.decode("utf-8-sig"))
                for item in client.diagnostics(document).items:
                    yield _said(path, item)
                client.close(document)


def _said(path: Path, item: Json) -> Said:
    start, end = item["range"]["start"], item["range"]["end"]
    return Said(
        os.path.abspath(path),
        item["code"],
        item["severity"],
        item["message"],
        (start["line"], start["character"]),
        (end["line"], end["character"]),
    )


def after_damage(folder: Path, files: int, deletions: int, seed: int = 0) -> list[str]:
    """Delete single characters from real test files; tell which findings on lines above the damage got lost."""
    random = Random(seed)
    workspace = Workspace(Files(), [str(folder)])
    candidates = [path for path in python_files(folder) if is_test_file(path) and b"ock" in path.read_bytes()]
    lost: list[str] = []
    for path in random.sample(candidates, min(files, len(candidates))):
        text = Files().read(str(path)).text
        workspace.write(str(path), text)
        whole = workspace.snapshot().findings(str(path))
        for _ in range(deletions):
            at = random.randrange(len(text))
            workspace.write(str(path), text[:at] + text[at + 1 :])
            left = workspace.snapshot().findings(str(path))
            lost += [f"{path.name}:{at}: {each}" for each in _lost(whole, left, text.rfind("\n", 0, at) + 1)]
        workspace.close(str(path))
    return lost


def after_edits(folder: Path, files: int, edits: int, seed: int = 0) -> list[str]:
    """Edit lines of real test files; tell where the findings are not those of a workspace that sees the outcome alone."""
    random = Random(seed)
    edited, fresh = Workspace(Files(), [str(folder)]), Workspace(Files(), [str(folder)])
    candidates = [path for path in python_files(folder) if is_test_file(path) and b"ock" in path.read_bytes()]
    wrong: list[str] = []
    for path in random.sample(candidates, min(files, len(candidates))):
        text = Files().read(str(path)).text
        edited.write(str(path), text)
        edited.snapshot().findings(str(path))
        for number in range(edits):
            before, text = text, _edited(text, random)
            edited.write(str(path), text)
            fresh.close(str(path))
            fresh.write(str(path), text)
            analysis = edited.snapshot()
            if analysis.findings(str(path)) != fresh.snapshot().findings(str(path)):
                wrong.append(f"{path.name}: after edit {number}")
                break
            if analysis.facts(str(path)).source.root.has_error:  # which would leave little to take over
                text = before
                edited.write(str(path), text)
        edited.close(str(path))
        fresh.close(str(path))
    return wrong


def _edited(text: str, random: Random) -> str:
    """A text with a line less, one that stands elsewhere as well, one of ours, or another name in it."""
    lines = text.split("\n")
    at = random.randrange(len(lines))
    indentation = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    match random.randrange(6):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, random.choice(lines))
        case 2:
            words = [each for each in re.findall(r"\w+", lines[at]) if each.isidentifier()]
            if words:
                lines[at] = lines[at].replace(random.choice(words), random.choice(_NAMES), 1)
        case _:
            lines.insert(at, indentation + random.choice(_STATEMENTS))
    return "\n".join(lines)


def _lost(whole: Sequence[Finding], left: Sequence[Finding], before: int) -> list[str]:
    kept = {(each.rule, each.span) for each in left}
    return [
        f"{each.rule} at {each.span}"
        for each in whole
        if each.span.end <= before and (each.rule, each.span) not in kept
    ]
