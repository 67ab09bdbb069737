"""Checking many files: which ones, what is known of them already, the rest in several processes, one report.

Invariant: the report is the same whatever the number of processes, whatever is known already, and whether or not
files are skipped unparsed; only its seconds differ.

- `selection` which files, `changes` which lines of them.
- `checker` the engine over single files, `pool` in several processes; `mending` fixes, file after file.
- `report` what is asked of a run, and what it found; `ratchet` the baseline over all of it.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ssot_lsp.cache import Cache, Result, cache_path, engine_key
from ssot_lsp.files import CONFIG_NAMES, Files, UnreadableError, decode
from ssot_lsp.index.modules import ModuleMap
from ssot_lsp.scan.changes import keep_changed
from ssot_lsp.scan.checker import Checker, listing_of
from ssot_lsp.scan.pool import results_of
from ssot_lsp.scan.ratchet import Ratchet
from ssot_lsp.scan.report import Options, Report
from ssot_lsp.scan.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ssot_lsp.files import Found
    from ssot_lsp.index.outlines import Outline
    from ssot_lsp.scan.changes import Changes
    from ssot_lsp.scan.ratchet import How, Written

__all__ = ["Options", "Report", "check", "check_text", "plan_baselines"]


def check(
    paths: Sequence[str],
    options: Options,
    folder: str,
    files: Files | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
    share: Callable[[list[Result]], None] | None = None,
    changes: Changes | None = None,
) -> Report:
    """Check the files and folders `paths`, as seen from the absolute `folder`.

    `progress` is told how many of how many files are done, if some are not known already, and now and then the same
    again. `share` is given the results as they come, in any order, as the report has them in the end; an error that
    one of the two raises ends the run. With `changes` only files and findings count that they touch, which are not
    shared; raises RevisionError then.
    """
    started = time.perf_counter()
    disk = files or Files()
    selection = _selection(paths, folder, disk)
    report = selection.report
    ratchet = Ratchet(disk, selection)
    if not _is_refused(report, ratchet, options):
        if changes is not None:
            selection.keep(changes.has)

        def give(results: Iterable[Result]) -> None:
            if share is not None and (of_interest := list(results)):
                share([ratchet.applied(each) for each in of_interest] if is_compared else of_interest)

        is_compared = options.baseline != "ignored" and ratchet.has_any()
        _look(selection, _with_what_is_needed(options, ratchet), disk, files, progress, share=give)
        if options.with_summary:
            selection.note_left_out()
        if options.baseline != "ignored":
            ratchet.apply(report, is_whole=options.is_whole and changes is None)
        if changes is not None:
            keep_changed(report, changes)
    report.seconds = time.perf_counter() - started
    return report


def plan_baselines(
    paths: Sequence[str],
    options: Options,
    folder: str,
    how: How,
    *,
    files: Files | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Report, list[Written]]:
    """What `check` would find without the baselines of these files, and the baselines as they are to be.

    Nothing is planned where the report has errors; raises BaselineError.
    """
    disk = files or Files()
    selection = _selection(paths, folder, disk)
    ratchet = Ratchet(disk, selection)
    ratchet.require(how)
    _look(selection, replace(options, with_fingerprints=True), disk, files, progress)
    return selection.report, [] if selection.report.errors else ratchet.plan(selection.report, how)


def _look(
    selection: Selection,
    options: Options,
    disk: Files,
    files: Files | None,
    progress: Callable[[int, int], None] | None,
    *,
    share: Callable[[Iterable[Result]], None] = lambda _: None,
) -> None:
    """Put what is found in the selected files into the report."""
    report = selection.report
    found = sorted(selection.found.values(), key=lambda each: each.path)
    covered = (each.path for each in found if os.path.basename(each.path) in CONFIG_NAMES)
    options = replace(options, covered=tuple(filter(selection.covers, covered)))
    is_kept = options.use_cache and not options.with_edits
    kept_at = cache_path(report.root, options.key) if is_kept else None
    key = engine_key(report.root, options.key, *selection.folders) if kept_at else ""
    cache = Cache(kept_at, key, _World(disk, selection))
    results: dict[str, Result] = {}
    unknown: list[Found] = []
    for each in found:
        known = cache.get(each, selection.config_key(each.path))
        if known is None:
            unknown.append(each)
        else:
            results[each.path] = known
    share(results.values())
    stamps = {each.path: each for each in unknown}
    listings: dict[str, int] = {}
    try:
        with contextlib.closing(results_of(unknown, selection.folders, options, files)) as parts:
            for part in parts:
                listings |= part.listings
                cache.take(part.answers, part.outlines, part.digests)
                for result in part.results:
                    results[result.path] = result
                    cache.put(stamps[result.path], selection.config_key(result.path), result)
                share(part.results)
                if progress is not None:
                    progress(len(results) - len(found) + len(unknown), len(unknown))
    finally:  # also what an interrupted run has found out
        cache.save(listings, lambda path: selection.covers(path) and path not in selection.found)
    _gather(report, (results[each.path] for each in found))


def check_text(data: bytes, name: str, options: Options, folder: str, files: Files | None = None) -> Report:
    """Check bytes as if they stood in the file `name`, as seen from the absolute `folder`."""
    started = time.perf_counter()
    disk = files or Files()
    path = os.path.abspath(os.path.join(folder, name))
    selection = Selection(disk, [path], folder)
    report = selection.report
    ratchet = Ratchet(disk, selection)
    results: list[Result] = []
    is_wanted = selection.is_wanted(name, path)
    if _is_refused(report, ratchet, options):
        return report
    if is_wanted:
        try:
            text = decode(data).text
        except UnreadableError as error:
            results.append(Result(path, failure=str(error)))
        else:
            needed = _with_what_is_needed(options, ratchet)
            results.append(Checker(selection.folders, needed, files).check_text(path, text))
    _gather(report, results)
    if options.baseline != "ignored":
        ratchet.apply(report, is_whole=options.is_whole)
    report.seconds = time.perf_counter() - started
    return report


def _selection(paths: Sequence[str], folder: str, files: Files) -> Selection:
    asked = [os.path.abspath(os.path.join(folder, each)) for each in paths]
    selection = Selection(files, asked, folder)
    for name, path in zip(paths, asked, strict=True):
        selection.add(name, path)
    return selection


def _with_what_is_needed(options: Options, ratchet: Ratchet) -> Options:
    """The options with fingerprints where a report is made or a baseline applied: they take a tenth of a run."""
    is_compared = options.baseline != "ignored" and ratchet.has_any()
    return replace(options, with_fingerprints=True) if options.with_summary or is_compared else options


def _is_refused(report: Report, ratchet: Ratchet, options: Options) -> bool:
    """Whether there is no point in a run, because nobody could tell what is new."""
    if options.baseline == "ignored":
        return False
    problems = ratchet.problems()
    if options.baseline == "needed":
        report.errors += problems
        report.notes += (f"the baseline {each} does not exist" for each in ratchet.missing())
        return bool(problems)
    return False


def _gather(report: Report, results: Iterable[Result]) -> None:
    """Put what was found into the report, in an order that depends on nothing else."""
    faults = 0
    for result in results:
        if result.failure is None:
            report.results.append(result)
        else:
            report.failures.append((result.path, result.failure))
            faults += result.is_our_fault
    report.failures.sort()
    if faults:
        files = "1 file" if faults == 1 else f"{faults} files"
        report.errors.append(f"{files} could not be checked because of an internal error")
    if report.failures and not report.files_checked:
        report.errors.append("nothing could be checked")


class _World:
    """What holds now, for the cache."""

    def __init__(self, files: Files, selection: Selection) -> None:
        self.stamp = files.stamp
        self.python_files = selection.python_files
        self._files = files
        self._modules = ModuleMap(files, selection.folders, self._pythonpath)
        self._config = selection.config

    def _pythonpath(self, folder: str) -> tuple[str, ...]:
        return self._config(os.path.join(folder, "_.py")).pytest.pythonpath

    def data(self, path: str) -> bytes:
        """The bytes of a file, none where it cannot be read."""
        try:
            return self._files.bytes_of(path)
        except UnreadableError:
            return b""

    def outline(self, path: str) -> Outline | None:
        """What the names of a file mean, where nothing else of it counts."""
        from ssot_lsp.facts import Facts  # noqa: PLC0415 - loaded where something has changed
        from ssot_lsp.index.outlines import is_quiet, outline_of  # noqa: PLC0415
        from ssot_lsp.index.shape_reading import shape_of  # noqa: PLC0415
        from ssot_lsp.source import Source  # noqa: PLC0415

        try:
            text = self._files.read(path).text
        except UnreadableError:
            return None
        facts = Facts(Source.parse(text))
        if not is_quiet(path, facts.source.data, self._config(path).isolation_parameters):
            return None
        return outline_of(shape_of(path, facts))

    def listing(self, folder: str) -> int:
        """A number that differs when the folder holds other modules."""
        try:
            return listing_of(self._files.entries(folder))
        except UnreadableError:
            return listing_of(None)

    def path_of(self, module: str, folder: str) -> str | None:
        """The file that a dotted module means in the files of the folder."""
        return self._modules.path_of(module, os.path.join(folder, "_.py"))
