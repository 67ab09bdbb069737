"""What fixing came to: the changes as a diff, and the outcome in words."""

from __future__ import annotations

import os
from difflib import unified_diff
from typing import TYPE_CHECKING

from ssot_lsp.render.terminal import printable
from ssot_lsp.render.text import shown_path
from ssot_lsp.text import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lsp.scan.mending import Mended

_NO_LINE_END = "\\ No newline at end of file\n"


def render_diff(found: Mended, root: str) -> Iterator[str]:
    """The change of one file as `git apply` takes it, its path as seen from the absolute `root`."""
    shown = os.path.relpath(found.path, root).replace(os.sep, "/")
    for line in unified_diff(_lines(found.before), _lines(found.after), f"a/{shown}", f"b/{shown}"):
        yield line
        if not line.endswith(("\n", "\r")):
            yield f"\n{_NO_LINE_END}"


def told(found: Sequence[Mended], folder: str, *, is_done: bool) -> Iterator[str]:
    """The lines for whoever asked: what was left alone and why, and how much was fixed."""
    for each in found:
        if each.failure:
            yield f"{shown_path(each.path, folder)} could not be fixed: {printable(each.failure)}"
    count = sum(len(each.steps) for each in found)
    files = sum(bool(each.steps) for each in found)
    said = "fixed" if is_done else "would fix"
    yield f"{said} {count} finding{'' if count == 1 else 's'} in {files} file{'' if files == 1 else 's'}"


def _lines(text: str) -> list[str]:
    lines = Lines(text)
    ends = [*lines.starts[1:], len(text)]
    return [text[start:end] for start, end in zip(lines.starts, ends, strict=True) if start < end]
