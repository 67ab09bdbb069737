"""What all commands say, and how they end: the standard streams, their colours, exit codes."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssot_lsp.render.terminal import Paint

OK, FINDINGS, WRONG, INTERRUPTED = 0, 1, 2, 130
"""Exit codes."""


class UsageError(Exception):
    """What was asked for makes no sense or cannot be done; the message is for the user."""


def write(pieces: Iterable[str]) -> None:
    """Put text on standard output; a reader that has seen enough (`| head`) is no error.

    Raises UsageError where it cannot be written.
    """
    try:
        for piece in pieces:
            sys.stdout.write(piece)
        sys.stdout.flush()
    except OSError as error:
        with contextlib.suppress(OSError, ValueError):  # else the interpreter tries once more at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            message = f"the output cannot be written: {error.strerror}"
            raise UsageError(message) from error


def complain(message: str) -> None:
    """Put a line on standard error, where there is one."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            print(f"ssot-lsp: {message}", file=sys.stderr)


def standard_input() -> bytes:
    """All of standard input; raises UsageError where there is none."""
    if sys.stdin is None:
        message = "there is no standard input to read"
        raise UsageError(message)
    return sys.stdin.buffer.read()


def current_folder() -> str:
    """The absolute path of the folder that we were started in; raises UsageError where it is gone."""
    try:
        return os.getcwd()
    except OSError as error:
        message = f"the current folder cannot be used: {error.strerror}"
        raise UsageError(message) from error


def paint() -> Paint:
    """What colours standard output, or leaves it plain."""
    from ssot_lsp.render.terminal import paint, plain

    return paint if has_colours() else plain


def has_colours() -> bool:
    """Whether standard output shows colours, and is to."""
    if sys.platform == "win32" and not (os.environ.get("WT_SESSION") or os.environ.get("TERM")):
        return False
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
