"""The command line: a table of commands, each in a module of its own, and one way to end.

A command has `add_arguments`, and `run`, whose docstring describes it. Exit codes: 0 nothing to complain about,
1 findings of warning or worse, 2 wrong usage or configuration, or nothing to look at.

Only the command that is asked for is loaded, and what it needs only when it runs: `check` never loads the protocol.

- `console` what all of them say, and how they end.
- `effort` how a run over many files goes about it; `selection` which rules it asks.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from ssot_lsp import __version__
from ssot_lsp.cli import console

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "check": "check files and folders",
    "baseline": "leave the findings that there are for later",
    "report": "report on all tests, in numbers and charts",
    "fix": "apply fixes that need review, verified by your tests",
    "explain": "say what a rule means, or why a line is flagged",
    "init": "set a project up: its configuration, a factory, base classes",
    "factory": "show what the factories offer, for people and agents",
    "doctor": "say which configuration, factory and interpreter were found",
    "server": "serve an editor, on standard input and output",
    "demo": "lay out a sample workspace and give a tour of it",
}
"""All commands, and what each is for; each is a module beside this one."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `ssot-lsp` with `arguments`, by default the process's own, and return the exit code."""
    if sys.stdout is None:  # closed by whoever started us
        console.complain("there is no standard output to write to")
        return console.WRONG
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a name or a source line that the terminal's encoding lacks
            stream.reconfigure(errors="backslashreplace")
    given = sys.argv[1:] if arguments is None else arguments
    asked = _parser(given).parse_args(given)
    try:
        code: int = asked.run(asked)
    except console.UsageError as error:
        console.complain(str(error))
        return console.WRONG
    except KeyboardInterrupt:
        console.complain("interrupted")
        return console.INTERRUPTED
    return code


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    """What reads these arguments: it knows the names of all commands, but in full only the one that they ask for."""
    parser = argparse.ArgumentParser(
        "ssot-lsp", description="Find mocks in Python tests that nobody has justified."
    )
    parser.add_argument("--version", action="version", version=f"ssot-lsp {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    asked = next((each for each in given if not each.startswith("-")), None)
    for name, purpose in COMMANDS.items():
        command = commands.add_parser(name, help=purpose)
        if name == asked:
            module = import_module(f"{__name__}.{name}")
            command.description = module.run.__doc__
            command.set_defaults(run=module.run)
            module.add_arguments(command)
    return parser
