"""`ssot-lsp report`: all tests in numbers."""

from __future__ import annotations

import argparse
import os
import shutil
from typing import Any

from ssot_lsp.cli import console, effort
from ssot_lsp.cli.console import FINDINGS, OK, WRONG, UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what it takes."""
    parser.add_argument("folder", nargs="?", default=".", metavar="FOLDER", help="by default the current one")
    parser.add_argument(
        "--format",
        choices=("text", "markdown", "json", "html"),
        default="text",
        help="html is one page with charts, json is for programs and for --compare",
    )
    parser.add_argument(
        "--compare", metavar="EARLIER.json", help="also show what has changed since that report"
    )
    parser.add_argument(
        "--fail-under",
        type=_percentage,
        metavar="PERCENT",
        help="exit with 1 where less than that has nothing against it",
    )
    effort.add_arguments(parser)


def run(asked: argparse.Namespace) -> int:
    """Report on all tests: mocks, base classes, the factory, isolation, infrastructure, and what was not read."""
    from ssot_lsp.render import report as rendering
    from ssot_lsp.render.report_html import render_html
    from ssot_lsp.report import compile_report
    from ssot_lsp.scan import Options, check

    here = console.current_folder()
    folder = os.path.abspath(os.path.join(here, asked.folder))
    earlier = _earlier(asked.compare, here)
    options = Options(
        use_cache=not asked.no_cache,
        jobs=asked.jobs or effort.usable_cores(),
        baseline="usable",
        with_summary=True,
    )
    with effort.progress() as progress, effort.no_collection():
        run = check([folder], options, folder, progress=progress)
        found = compile_report(run, folder)
    compared = None if earlier is None else rendering.changes(found, earlier)
    if asked.format == "json":
        console.write(rendering.render_json(found, earlier))
    elif asked.format == "markdown":
        console.write(rendering.render_markdown(found, compared))
    elif asked.format == "html":
        console.write(render_html(found, compared))
    else:
        width = max(60, shutil.get_terminal_size((110, 24)).columns)
        console.write([rendering.render_text(found, compared, colours=console.has_colours(), width=width)])
    for each in (*run.notes, *(f"error: {each}" for each in run.errors)):
        console.complain(each)
    if run.errors:
        return WRONG
    if asked.fail_under is None:
        return OK
    if found.score is None or found.score < asked.fail_under:
        said = rendering.number(found.score, "%")
        console.complain(f"nothing to object to in {said}, and --fail-under asks for {asked.fail_under:g} %")
        return FINDINGS
    if found.failed:
        files = "1 file" if found.failed == 1 else f"{found.failed} files"
        console.complain(f"{files} could not be read, of which --fail-under can say nothing")
        return FINDINGS
    return OK


def _percentage(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number <= 100:
        message = f"{text!r} is no number from 0 to 100"
        raise argparse.ArgumentTypeError(message)
    return number


def _earlier(name: str | None, folder: str) -> dict[str, Any] | None:
    """The metrics of an earlier report."""
    if name is None:
        return None
    from ssot_lsp.files import Files, UnreadableError
    from ssot_lsp.render.report import EarlierError, earlier_metrics

    try:
        return earlier_metrics(Files().bytes_of(os.path.abspath(os.path.join(folder, name))))
    except (UnreadableError, EarlierError) as error:
        message = f"{name} cannot be compared with: {error}"
        raise UsageError(message) from error
