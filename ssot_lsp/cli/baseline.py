"""`ssot-lsp baseline`: what there is to complain about today, kept for later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.cli import console, effort
from ssot_lsp.cli.console import OK, UsageError

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what it takes."""
    how = parser.add_mutually_exclusive_group()
    for name, meaning in (
        ("update", "remove what is gone"),
        ("grow", "remove what is gone, add what is new"),
    ):
        how.add_argument(
            f"--{name}", action="store_const", const=name, dest="how", default="create", help=meaning
        )
    effort.add_arguments(parser)


def run(asked: argparse.Namespace) -> int:
    """Write the findings that there are into .ssot-baseline.json, so that from now on only new ones count."""
    from ssot_lsp.baseline import BaselineError
    from ssot_lsp.config import Configs
    from ssot_lsp.files import Files
    from ssot_lsp.render.terminal import printable
    from ssot_lsp.render.text import shown_path
    from ssot_lsp.scan import Options, plan_baselines
    from ssot_lsp.scan.ratchet import told, write

    folder = console.current_folder()
    options = Options(use_cache=not asked.no_cache, jobs=asked.jobs or effort.usable_cores())
    root = Configs(Files(), [folder]).of_folder(folder).root
    try:
        with effort.progress() as progress, effort.no_collection():
            report, planned = plan_baselines([root], options, root, asked.how, progress=progress)
        if report.errors:
            raise UsageError("\nssot-lsp: ".join(report.errors))
        for each in planned:
            write(each)
    except BaselineError as error:
        raise UsageError(str(error)) from error
    console.write(f"{printable(line)}\n" for line in told(planned, folder))
    for path, why in report.failures:
        console.complain(f"{shown_path(path, folder)} could not be checked: {why}")
    return OK
