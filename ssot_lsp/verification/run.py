"""A verifying run over files and folders: which files, under which settings, one result after the other."""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ssot_lsp.analysis import Workspace
from ssot_lsp.cache import engine_key
from ssot_lsp.files import Files, UnreadableError
from ssot_lsp.fixes import best_fix
from ssot_lsp.scan import check
from ssot_lsp.verification import Verifier
from ssot_lsp.verification.journal import Journal, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from ssot_lsp.scan import Options
    from ssot_lsp.verification import Verified
    from ssot_lsp.verification.command import Command
    from ssot_lsp.verification.journal import Recovered


@dataclass(slots=True)
class Plan:
    """What is about to be verified: `paths` are absolute, `recovered` what an earlier run had left in the middle.

    `errors` are what keeps the run from starting.
    """

    root: str
    paths: tuple[str, ...] = ()
    recovered: list[Recovered] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    start: Callable[[], Generator[Verified, None, None]] | None = None


def plan(
    paths: Sequence[str], options: Options, folder: str, command: Command, *, jobs: int, is_anew: bool
) -> Plan:
    """Undo what an earlier run left, find the files with something to mend, and say how to go on.

    `paths` are as seen from the absolute `folder`; with `is_anew` nothing that is settled counts. Raises
    UnreadableError where the journal cannot be kept.
    """
    files = Files()
    options = replace(options, baseline="ignored")  # what is left for later is what there is to mend
    report = check(paths, options, folder)
    made = Plan(report.root, notes=report.notes, errors=report.errors)
    if made.errors:
        return made
    journal = Journal(files, report.root)
    made.recovered = journal.recover()
    if made.recovered:
        report = check(paths, options, folder)
    left = {each.path for each in made.recovered if not each.is_restored}
    made.paths = tuple(each.path for each in report.results if each.rows and each.path not in left)
    workspace = Workspace(files, [folder], adjust=options.adjust)
    workspace.ignore_baselines()
    settings = "" if is_anew else _settings(workspace, made, options, command, files)
    verifier = Verifier(workspace, files, command, best_fix, journal, settings=settings)
    made.start = lambda: verifier.verify_all(made.paths, jobs)
    return made


def _settings(workspace: Workspace, made: Plan, options: Options, command: Command, files: Files) -> str:
    """What stands for all that an outcome depends on: the engine, the configuration, the factories, the command."""
    analysis = workspace.snapshot()
    here = os.path.join(made.root, "conftest.py")
    parts = [
        engine_key(made.root, options.key),
        command.written,
        repr(command.limits),
        repr(analysis.config(here)),
    ]
    for path in sorted(analysis.factories_of(here).found.touched):
        with contextlib.suppress(UnreadableError):
            parts += (path, digest(files.bytes_of(path)))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
