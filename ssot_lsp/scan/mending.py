"""Fixing many files: what is safe, or all that mends something, file by file to a fixed point.

A file is written whole or left alone, and never where a link leads out of the folder that its settings are for.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lsp.analysis import Workspace
from ssot_lsp.files import Files, UnreadableError, decode, encode, is_below
from ssot_lsp.fixes import best_fix, safe_fix
from ssot_lsp.fixes.series import series
from ssot_lsp.scan import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ssot_lsp.fixes.series import Step
    from ssot_lsp.scan.report import Options, Report


@dataclass(frozen=True, slots=True)
class Mended:
    """What becomes of one file: its text before and after, what was done, what was withdrawn with the reason.

    `failure` says why the file is left as it was.
    """

    path: str
    before: str
    after: str
    steps: tuple[Step, ...] = ()
    withdrawn: tuple[Step, ...] = ()
    failure: str = ""


def mend(
    paths: Sequence[str],
    options: Options,
    folder: str,
    *,
    with_review: bool,
    is_written: bool,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Report, Iterator[Mended]]:
    """What a check of `paths`, as seen from the absolute `folder`, finds, and the files that change, one by one.

    With `with_review` also fixes that somebody should look at are applied. Nothing is written but with `is_written`.
    """
    files = Files()
    report = check(paths, options, folder)
    found = [each.path for each in report.results if each.rows]
    workspace = Workspace(files, [folder], adjust=options.adjust)
    if options.baseline == "ignored":
        workspace.ignore_baselines()

    def each_file() -> Iterator[Mended]:
        for done, path in enumerate(found):
            if progress is not None:
                progress(done, len(found))
            mended = _mend(workspace, files, path, with_review=with_review, is_written=is_written)
            if mended.after != mended.before or mended.failure:
                yield mended

    return report, each_file() if not report.errors else iter(())


def _mend(workspace: Workspace, files: Files, path: str, *, with_review: bool, is_written: bool) -> Mended:
    try:
        data = files.bytes_of(path)
        source = decode(data)
        workspace.write(path, source.text)
        analysis = workspace.snapshot()
        found = series(analysis, path, best_fix if with_review else safe_fix)
        if found.text == source.text:
            return Mended(path, source.text, source.text, withdrawn=found.withdrawn)
        root = os.path.realpath(analysis.config(path).root)
        if not is_below(os.path.realpath(path), root):
            return Mended(
                path, source.text, source.text, failure="it is a link that leads out of the project"
            )
        if is_written:
            files.write(path, data, encode(source, found.text))
    except UnreadableError as error:
        return Mended(path, "", "", failure=str(error))
    finally:
        workspace.close(path)
        workspace.changed([path])
    return Mended(path, source.text, found.text, found.steps, found.withdrawn)
