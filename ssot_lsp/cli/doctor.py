"""`ssot-lsp doctor`: what was found, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.cli import console
from ssot_lsp.cli.console import OK

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what it takes."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="also say what holds for this file")


def run(asked: argparse.Namespace) -> int:
    """Print what was found, and why."""
    from ssot_lsp.doctor import examine

    console.write(f"{line}\n" for line in examine(console.current_folder(), asked.file))
    return OK
