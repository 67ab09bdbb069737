"""`ssot-lsp fix`: fixes that the user's own tests prove."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING

from ssot_lsp.cli import console, effort, selection
from ssot_lsp.cli.console import OK, WRONG, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ssot_lsp.verification import Verified

_HANGING = 600  # seconds that a run of somebody's tests may take
_PATIENCE = 30  # seconds that it may take at least, however fast it was before a change


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what it takes."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files and folders, by default the current one"
    )
    parser.add_argument(
        "--verify",
        required=True,
        metavar="COMMAND",
        help="what tests one file, which it calls {file}, like 'pytest {file}'; it is run for each file, before and after",
    )
    parser.add_argument(
        "--select",
        action="append",
        metavar="RULES",
        help="the findings of these rules alone, with commas between",
    )
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="RULES",
        help="not those of these, with commas between",
    )
    parser.add_argument(
        "--jobs", type=effort.number, default=1, metavar="N", help="how many files at a time, by default 1"
    )
    parser.add_argument(
        "--timeout",
        type=effort.number,
        metavar="SECONDS",
        help=f"when a command counts as hanging, by default after {_HANGING}, and after a change when it takes ten "
        f"times as long as before, but no less than {_PATIENCE}",
    )
    parser.add_argument(
        "--restart", action="store_true", help="try again what an earlier run has settled in .ssot-verify"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json is for programs")


def run(asked: argparse.Namespace) -> int:
    """Apply fixes that need review, file by file, and keep those that change no outcome of your own test command."""
    from ssot_lsp.files import UnreadableError
    from ssot_lsp.render.verified import render_file, render_json, summary
    from ssot_lsp.scan import Options
    from ssot_lsp.verification.command import Command
    from ssot_lsp.verification.run import plan

    folder = console.current_folder()
    try:
        least = _PATIENCE if asked.timeout is None else None
        command = Command(asked.verify, folder, asked.timeout or _HANGING, least=least)
        options = Options(
            select=None if asked.select is None else selection.rules(asked.select),
            ignore=selection.rules(asked.ignore),
            jobs=effort.usable_cores(),
        )
        planned = plan(asked.paths or ["."], options, folder, command, jobs=asked.jobs, is_anew=asked.restart)
    except (ValueError, UnreadableError) as error:
        raise UsageError(str(error)) from error
    for left in planned.recovered:
        state = "is as it was" if left.is_restored else f"was left as it is: {left.reason}"
        console.complain(f"an earlier run died while it tried {left.path}, which {state}")
    for line in (*planned.notes, *(f"error: {each}" for each in planned.errors)):
        console.complain(line)
    if planned.start is None:
        return WRONG
    found: list[Verified] = []
    paint = console.paint()
    with (
        effort.progress("verifying", least=1) as progress,
        _ended_by_signals(),
        contextlib.closing(planned.start()) as run,
    ):
        for each in run:
            found.append(each)
            if asked.format == "text":
                console.write(render_file(each, folder, paint))
            if progress is not None:
                progress(len(found), len(planned.paths))
    console.write([summary(found) if asked.format == "text" else render_json(found, planned.root)])
    return OK


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let a request to end be an interrupt, so that what was begun is undone."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
