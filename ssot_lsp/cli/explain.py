"""`ssot-lsp explain`: rules and findings in words."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from ssot_lsp.cli import console, selection
from ssot_lsp.cli.console import OK, UsageError

if TYPE_CHECKING:
    import argparse

_PLACE = re.compile(r"(.+?):(\d+)(?::\d+)?:?")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what it takes."""
    parser.add_argument(
        "what", nargs="?", metavar="RULE | PATH:LINE", help="a rule's name or a place, by default all rules"
    )


def run(asked: argparse.Namespace) -> int:
    """Print a rule's page, why a line is or is not flagged, or what rules there are."""
    from ssot_lsp.rules import RULES

    if asked.what is None:
        size = max(len(rule.name) for rule in RULES)
        console.write(f"{rule.name:<{size}}  {rule.severity.label:<11}  {rule.summary}\n" for rule in RULES)
        return OK
    page = next((rule.page for rule in RULES if rule.name == asked.what), None)
    if page is None:
        place = _PLACE.fullmatch(asked.what)
        if place is None:
            raise UsageError(selection.no_such_rule(asked.what))
        page = _explanation(place[1], int(place[2]) - 1)
    console.write([page.strip() + "\n"])
    return OK


def _explanation(name: str, line: int) -> str:
    """Why the 0-based `line` of the file `name` is or is not flagged."""
    from ssot_lsp.analysis import Workspace
    from ssot_lsp.files import UnreadableError

    folder = console.current_folder()
    path = os.path.abspath(os.path.join(folder, name))
    analysis = Workspace(folders=[folder]).snapshot()
    try:
        count = len(analysis.lines(path))
    except UnreadableError as error:
        message = f"{name} cannot be read: {error}"
        raise UsageError(message) from error
    if not 0 <= line < count:
        message = f"{name} has {count} lines, there is no line {line + 1}"
        raise UsageError(message)
    return analysis.explain(path, line)
