"""`ssot-lsp check`: the findings of files, folders or standard input, and what can be mended at once."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from ssot_lsp.cli import console, effort, selection
from ssot_lsp.cli.console import FINDINGS, OK, WRONG, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.render.terminal import Paint
    from ssot_lsp.scan import Options, Report
    from ssot_lsp.scan.changes import Changes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what it takes."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files and folders, by default the current one"
    )
    parser.add_argument(
        "--format",
        choices=("text", "concise", "json", "sarif", "github"),
        default="text",
        help="text shows the source, concise has a line per finding, json is for programs, sarif for what collects"
        " results, github annotates a pull request",
    )
    parser.add_argument(
        "--select", action="append", metavar="RULES", help="these rules alone, with commas between, or ALL"
    )
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="RULES", help="not these rules, with commas between"
    )
    effort.add_arguments(parser)
    parser.add_argument("--exit-zero", action="store_true", help="exit with 0 also when there are findings")
    parser.add_argument("--statistics", action="store_true", help="count the findings of each rule")
    parser.add_argument(
        "--fixes", action="store_true", help="with --format json or sarif, list the fixes that editors offer"
    )
    parser.add_argument("--fix", action="store_true", help="first apply all fixes that surely change no test")
    parser.add_argument(
        "--unsafe", action="store_true", help="with --fix, also those that somebody should look at"
    )
    parser.add_argument(
        "--diff",
        nargs="?",
        const="",
        metavar="REV",
        help="only what stands on lines that have changed since a git revision; REV... is where the branch left it;"
        " with --fix and no REV, show what would be written and write nothing",
    )
    parser.add_argument("--no-baseline", action="store_true", help="as if there were no baseline")
    parser.add_argument(
        "--locked", action="store_true", help="exit with 1 also when the baseline holds what is gone"
    )
    parser.add_argument("--stdin-filename", metavar="NAME", help="check standard input as the file NAME")
    parser.add_argument("--no-prefilter", action="store_true", help=argparse.SUPPRESS)


def run(asked: argparse.Namespace) -> int:
    """Check files and folders, or standard input."""
    from ssot_lsp.scan import check, check_text
    from ssot_lsp.scan.changes import RevisionError

    folder = console.current_folder()
    options = _options(asked)
    if asked.locked and not options.is_whole:
        message = "--locked needs all rules: with --select or --ignore nobody can tell what is gone"
        raise UsageError(message)
    changes = None
    if asked.fix:
        mended = _mended(asked, options, folder)
        if mended is not None:
            return mended
    elif asked.unsafe:
        message = "--unsafe needs --fix"
        raise UsageError(message)
    elif asked.diff is not None:
        changes = _changes(asked, folder)
    if asked.stdin_filename is not None:
        if asked.paths not in ([], ["-"]):
            message = "--stdin-filename and PATH exclude each other"
            raise UsageError(message)
        report = check_text(console.standard_input(), asked.stdin_filename, options, folder)
    elif "-" in asked.paths:
        message = "to check standard input, say by --stdin-filename which file it stands for"
        raise UsageError(message)
    else:
        try:
            with effort.progress() as progress, effort.no_collection():
                report = check(asked.paths or ["."], options, folder, progress=progress, changes=changes)
        except RevisionError as error:
            raise UsageError(str(error)) from error
    paint = console.paint()
    console.write(_rendered(report, asked, folder, paint))
    for line in _remarks(report, asked.format, folder):
        console.complain(line)
    if report.errors:
        return WRONG
    if asked.locked and report.gone:
        return FINDINGS
    return OK if report.is_clean or asked.exit_zero else FINDINGS


def _mended(asked: argparse.Namespace, options: Options, folder: str) -> int | None:
    """Fix what can be fixed, or show it as a diff: the exit code then; None where the check is still to be done."""
    from ssot_lsp.render.mended import render_diff, told
    from ssot_lsp.scan.mending import mend

    if asked.diff and os.path.exists(asked.diff):  # `--diff PATH`: nobody means a revision
        asked.paths.insert(0, asked.diff)
    elif asked.diff:
        message = "--fix and --diff=REV exclude each other; --diff alone shows what --fix would do"
        raise UsageError(message)
    if asked.stdin_filename is not None:
        message = "--fix and --stdin-filename exclude each other"
        raise UsageError(message)
    is_shown = asked.diff is not None
    found = []
    with effort.progress("fixing") as progress:
        report, run = mend(
            asked.paths or ["."],
            options,
            folder,
            with_review=asked.unsafe,
            is_written=not is_shown,
            progress=progress,
        )
        for each in run:
            found.append(each)
            if is_shown:
                console.write(render_diff(each, report.root))
    for line in told(found, folder, is_done=not is_shown):
        console.complain(line)
    if report.errors or not is_shown:
        return None
    return FINDINGS if any(each.steps for each in found) and not asked.exit_zero else OK


def _options(asked: argparse.Namespace) -> Options:
    from ssot_lsp.scan import Options

    if asked.fixes and asked.format not in {"json", "sarif"}:
        message = "--fixes needs --format json or sarif"
        raise UsageError(message)
    return Options(
        select=None if asked.select is None else selection.rules(asked.select),
        ignore=selection.rules(asked.ignore),
        with_fixes=asked.fixes and asked.format == "json",
        with_edits=asked.fixes and asked.format == "sarif",
        with_fingerprints=asked.format == "sarif",
        baseline="ignored" if asked.no_baseline else "needed",
        prefilter=not asked.no_prefilter,
        use_cache=not asked.no_cache,
        jobs=asked.jobs or effort.usable_cores(),
    )


def _changes(asked: argparse.Namespace, folder: str) -> Changes:
    from ssot_lsp.scan.changes import Changes, RevisionError

    if not asked.diff:
        message = "--diff takes a git revision: --diff=REV"
        raise UsageError(message)
    for other in ("locked", "stdin_filename"):
        if getattr(asked, other):
            message = f"--diff and --{other.replace('_', '-')} exclude each other"
            raise UsageError(message)
    try:
        return Changes(asked.diff, folder)
    except RevisionError as error:
        raise UsageError(str(error)) from error


def _rendered(report: Report, asked: argparse.Namespace, folder: str, paint: Paint) -> Iterator[str]:
    """What goes to standard output."""
    from ssot_lsp.render.text import render_statistics, render_text, summary

    if asked.format == "json":
        from ssot_lsp.render.json import render_json

        yield from render_json(report, with_fixes=asked.fixes)
    elif asked.format == "sarif":
        from ssot_lsp.render.sarif import render_sarif

        yield from render_sarif(report)
    elif asked.statistics:
        yield from render_statistics(report)
    elif asked.format == "github":
        from ssot_lsp.render.github import render_github

        yield from render_github(report, folder)
    elif asked.format == "concise":
        from ssot_lsp.render.concise import render_concise

        yield from render_concise(report, folder, paint)
    else:
        yield from render_text(report, folder, paint)
    if asked.format == "text":
        yield summary(report, paint)


def _remarks(report: Report, form: str, folder: str) -> Iterator[str]:
    """What goes to standard error: what was not done, and why."""
    from ssot_lsp.render.text import shown_path, summary

    yield from report.notes
    for path, count in report.gone.items():
        yield (
            f"{shown_path(path, folder)} could shrink: {count} of its findings are gone or have moved, and"
            " `ssot-lsp baseline --update` removes them"
        )
    if form not in {"json", "sarif"}:
        yield from (
            f"{shown_path(path, folder)} could not be checked: {why}" for path, why in report.failures
        )
    yield from (f"error: {each}" for each in report.errors)
    if form in {"concise", "github"}:
        yield summary(report).rstrip()
