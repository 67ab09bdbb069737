"""`ssot-lsp init`: a project that is set up."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ssot_lsp.cli import console
from ssot_lsp.cli.console import OK, UsageError

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what it takes."""
    parser.add_argument("folder", nargs="?", default="", help="the project's, by default the current folder")
    parser.add_argument(
        "--scaffold", action="store_true", help="also write a factory and base classes; they are yours then"
    )
    parser.add_argument(
        "--factory",
        metavar="PATH",
        help="where the factory goes, by default test_framework/ssot/mock_factory.py",
    )
    parser.add_argument(
        "--bases", metavar="PATH", help="where the base classes go, by default base_test_case.py beside it"
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would change, as a diff")


def run(asked: argparse.Namespace) -> int:
    """Write [tool.ssot-lsp] into pyproject.toml and, if asked, a factory and base classes to start from."""
    from ssot_lsp.initialise import InitError, plan

    if not asked.scaffold and (asked.factory or asked.bases):
        message = "--factory and --bases say where --scaffold writes to, which is missing"
        raise UsageError(message)
    try:
        paths = {"factory_path": asked.factory, "bases_path": asked.bases}
        given = {name: path for name, path in paths.items() if path is not None}
        folder = os.path.join(console.current_folder(), asked.folder)
        if not os.path.isdir(folder):
            message = f"{asked.folder}: there is no such folder"
            raise UsageError(message)
        planned = plan(os.path.abspath(folder), with_scaffold=asked.scaffold, **given)
        if asked.dry_run:
            console.write(planned.diff())
        else:
            console.write([f"{line}\n" for line in planned.carry_out()])
    except InitError as error:
        raise UsageError(str(error)) from error
    for remark in planned.remarks:
        console.complain(remark)
    return OK
