"""Running a project's tests: the outcome of every test, and how two runs differ."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ssot_lsp.verification.command import Command

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from .projects import Project

    Outcomes = Mapping[str, tuple[str, ...]]
    """By test, how it ended: once, or as often as it has the name in common with others."""

_PASSED = ("passed",)
_SUITE_SECONDS = 3000


class SuiteError(Exception):
    """Tests that do not run at all; the message says what pytest said."""


class Suite:
    """The tests of one copy of a project."""

    def __init__(self, project: Project, python: Path, folder: Path) -> None:
        self.project = project
        self.python = python
        self.folder = folder
        self.written = (
            f"{shlex.quote(str(python))} -m pytest -q -p no:cacheprovider"
            f" {' '.join(project.options)} {{file}}"
        )

    def run(self, paths: Iterable[str], seconds: float = _SUITE_SECONDS) -> dict[str, tuple[str, ...]]:
        """The outcomes below each of `paths`, as seen from the copy; raises SuiteError."""
        command = Command(self.written, str(self.folder), seconds)
        found: dict[str, tuple[str, ...]] = {}
        for path in paths:
            outcome = command.run(str(self.folder / path))
            if outcome.failure or outcome.tests is None:
                what = outcome.failure or f"pytest ended with {outcome.exit_code}"
                message = f"{self.project.name}, {path}: {what}"
                raise SuiteError(message)
            found.update(outcome.tests)
        return found


def differing(before: Outcomes, after: Outcomes) -> list[str]:
    """The tests that ended otherwise, or only in one of two runs."""
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def failing(sound: Outcomes, broken: Outcomes) -> frozenset[str]:
    """The tests that passed while all was sound and do not pass any more."""
    return frozenset(name for name, how in sound.items() if how == _PASSED and broken.get(name) != _PASSED)


def file_of(test: str, folder: Path) -> str:
    """The file of a test by its name in pytest's results, as seen from `folder`; empty where it is not there."""
    parts = test.partition("::")[0].split(".")
    for size in range(len(parts), 0, -1):
        path = "/".join(parts[:size]) + ".py"
        if (folder / path).is_file():
            return path
    return ""
