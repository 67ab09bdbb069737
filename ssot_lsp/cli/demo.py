"""`ssot-lsp demo`: a tour."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what it takes."""
    parser.add_argument(
        "folder", nargs="?", metavar="FOLDER", help="where, by default a new temporary folder"
    )


def run(asked: argparse.Namespace) -> int:
    """Give a tour."""
    from ssot_lsp import demo

    return demo.run(asked.folder)
