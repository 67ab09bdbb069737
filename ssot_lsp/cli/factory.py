"""`ssot-lsp factory`: what the factories offer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ssot_lsp.cli import console
from ssot_lsp.cli.console import OK, UsageError

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what it takes."""
    parser.add_argument(
        "--format", choices=("markdown", "json"), default="markdown", help="json is for programs"
    )


def run(asked: argparse.Namespace) -> int:
    """Print what the factories offer, read from their source: methods, parameters, what the doubles have, uses."""
    from ssot_lsp.analysis import Workspace
    from ssot_lsp.render.factory import render_json, render_markdown

    folder = console.current_folder()
    analysis = Workspace(folders=[folder]).snapshot()
    here = os.path.join(folder, "conftest.py")
    found = analysis.factories(here)
    if not found:
        names = ", ".join(f"`{name}`" for name in analysis.config(here).factory)
        message = f"no factory was found: {names} is defined nowhere below {analysis.config(here).root}"
        raise UsageError(message)
    render = render_json if asked.format == "json" else render_markdown
    console.write(
        render(found, analysis.factory_uses(here), folder, analysis.config(here).isolation_parameters)
    )
    return OK
