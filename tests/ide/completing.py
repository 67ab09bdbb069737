"""Completions as text: a workspace and a text with `<CURSOR>` in, a line for each completion out.

A line is the label, behind `=>` what is inserted where that is something else (with its tab stops), what it takes the
place of, and the lines that are added elsewhere:

    create_tool_mock => create_tool_mock(${1:tool_name})$0
    SSotMockFactory, for "SSo", adds "from test_framework.ssot.mock_factory import SSotMockFactory" at line 2
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ssot_lsp.ide.completion import PLACES, complete
from ssot_lsp.text import Edit, Lines, apply_edits

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ssot_lsp.analysis import Workspace
    from ssot_lsp.ide.item import Completion

CURSOR = "<CURSOR>"
PROJECT = Path(__file__).parents[2]
FACTORIES = {
    "scaffold": {
        "test_framework/ssot/mock_factory.py": PROJECT / "ssot_lsp/scaffold/mock_factory.py",
        "test_framework/ssot/base_test_case.py": PROJECT / "ssot_lsp/scaffold/base_test_case.py",
    },
    "shared_constants": {"test_framework/ssot": PROJECT / "tests/fixtures/factories/shared_constants"},
}


def lay_out(root: Path, kind: str) -> None:
    """Put the files of one kind of factory below `root`."""
    for name, source in FACTORIES[kind].items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
    (root / "pyproject.toml").write_text("[tool.ssot-lsp]\n")


def split(text: str) -> tuple[str, int]:
    """A text without its cursor, and where that was."""
    before, mark, after = text.partition(CURSOR)
    assert mark, "no cursor"
    assert CURSOR not in after, "two cursors"
    return before + after, len(before)


def completions(
    workspace: Workspace,
    path: Path,
    text: str,
    *,
    is_asked: bool = True,
    places: Collection[str] | None = None,
) -> list[str]:
    """What completes at the cursor of `text`, a line for each; every one can be applied, alone and beside its edits."""
    bare, offset = split(text)
    workspace.write(str(path), bare)
    analysis = workspace.snapshot()
    places = PLACES if places is None else places
    found = complete(analysis, str(path), offset, places, is_asked=is_asked)
    for each in found:
        assert each.insert.end == offset
        assert each.insert.start == each.replace.start
        assert each.replace.start <= offset <= each.replace.end
        assert not {"\n", "\r"} & set(bare[slice(*each.replace)])
        apply_edits(bare, [Edit(each.insert, each.text), *each.edits])
        assert all(edit.span.end < each.insert.start for edit in each.edits), "an edit touches the word"
    return rendered(found, bare)


def rendered(found: Sequence[Completion], text: str) -> list[str]:
    """A line for each completion in `text`."""
    return [_line(each, text) for each in found]


def _line(completion: Completion, text: str) -> str:
    inserted = completion.snippet or completion.text
    line = completion.label
    if inserted != completion.label:
        line += f" => {inserted}"
    if old := text[slice(*completion.replace)]:
        line += f', for "{old}"'
    for edit in completion.edits:
        blank = edit.text[: len(edit.text) - len(edit.text.lstrip("\r\n"))]
        number = Lines(text).line_of(edit.span.start) + len(blank.splitlines()) + 1
        line += f', adds "{" ".join(edit.text.split())}" at line {number}'
    return line.rstrip()
