"""How a run over many files goes about it: in how many processes, with what it knows, and what shows how far it is."""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BAR_FROM = 50  # files: fewer are done before a bar has been read


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what such a run takes."""
    parser.add_argument(
        "--jobs", type=number, metavar="N", help="how many processes, by default one per usable core"
    )
    parser.add_argument("--no-cache", action="store_true", help="neither use nor keep earlier results")


def number(text: str) -> int:
    """A number from 1 on, as an argument."""
    if not text.isdecimal() or int(text) == 0:
        message = f"{text!r} is no number from 1 on"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def usable_cores() -> int:
    """How many processes can run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def no_collection() -> Iterator[None]:
    """Look for no garbage: files are freed one by one as they are done, and the process ends soon."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()  # else all that there is now would be looked through at once
            gc.enable()


@contextlib.contextmanager
def progress(what: str = "checking", least: int = _BAR_FROM) -> Iterator[Callable[[int, int], None] | None]:
    """What shows how far the work is, where somebody can see it, from so many files on."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    with contextlib.ExitStack() as stack:
        task = None
        shown_at = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal task, shown_at
            now = time.monotonic()
            if total < least or (now < shown_at + 0.1 and done < total):
                return
            shown_at = now
            if task is None:
                task = _bar(stack, what, total)
            task(done)

        yield progress


def _bar(stack: contextlib.ExitStack, what: str, total: int) -> Callable[[int], None]:
    """A bar on standard error that goes when it is done; tell it how many of `total` files are."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("files"))
    bar = stack.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
    task = bar.add_task(what, total=total)
    return lambda done: bar.update(task, completed=done)
