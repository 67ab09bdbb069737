"""What a verifying run came to, for people file by file, and for programs in one object."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from ssot_lsp.render.terminal import printable
from ssot_lsp.render.text import shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lsp.fixes.series import Step
    from ssot_lsp.render.terminal import Paint
    from ssot_lsp.verification import Verified

VERSION = 1


def render_file(found: Verified, folder: str, paint: Paint) -> Iterator[str]:
    """The lines about one file; nothing where there was nothing to say."""
    shown = shown_path(found.path, folder)
    if found.failure:
        yield f"{paint(shown, 'bold')}: {paint('not verified', 'warning')}: {printable(found.failure)}\n"
    for word, steps, colour in (
        ("kept", found.kept, "hint"),
        ("reverted", found.reverted, "warning"),
        ("refused", found.refused, "dim"),
    ):
        for each in steps:
            why = f": {printable(each.reason)}" if each.reason else ""
            place = paint(f"{shown}:{each.line + 1}:", "bold")
            yield f"{place} {paint(word, colour)} {printable(each.title)}{why}\n"


def summary(found: Sequence[Verified]) -> str:
    """The closing line."""
    if not found:
        return "Nothing to verify: no finding has a fix that mends it.\n"
    kept, reverted, refused = (
        sum(len(getattr(each, name)) for each in found) for name in ("kept", "reverted", "refused")
    )
    unsure = sum(bool(each.failure) for each in found)
    known = sum(each.is_known for each in found)
    line = f"{_count(len(found), 'file')}: {kept} kept, {reverted} reverted, {refused} refused"
    if unsure:
        line += f"; {_count(unsure, 'file')} could not be verified"
    if known:
        line += f"; {known} settled by an earlier run"
    return line + "\n"


def render_json(found: Sequence[Verified], root: str) -> str:
    """One JSON object in ASCII; lines count from 1, in the text as it was before."""
    files = [
        {
            "path": os.path.relpath(each.path, root).replace(os.sep, "/"),
            "failure": each.failure or None,
            "settled_before": each.is_known,
            "kept": [_step(step) for step in each.kept],
            "reverted": [_step(step) for step in each.reverted],
            "refused": [_step(step) for step in each.refused],
        }
        for each in sorted(found, key=lambda each: each.path)
    ]
    return json.dumps({"version": VERSION, "root": root, "files": files}, indent=1) + "\n"


def _step(step: Step) -> dict[str, object]:
    return {
        "rule": step.key.rule,
        "line": step.line + 1,
        "title": step.title,
        "reason": step.reason or None,
    }


def _count(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"
