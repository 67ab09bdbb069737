"""`ssot-lsp server`: the other face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.cli.console import UsageError

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what it takes."""
    parser.add_argument("--tcp", metavar="HOST:PORT", help="listen there instead, for debugging")


def run(asked: argparse.Namespace) -> int:
    """Serve an editor."""
    from ssot_lsp import server

    host, _, port = (asked.tcp or ":0").rpartition(":")
    if asked.tcp is None:
        return server.run()
    if not host or not port.isdecimal() or int(port) > 65535:
        message = f"--tcp takes HOST:PORT, not {asked.tcp}"
        raise UsageError(message)
    return server.run((host.strip("[]"), int(port)))
