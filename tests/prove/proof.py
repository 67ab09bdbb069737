"""The order of it all, for one project: survey, run, fix what is safe, run, verify the rest, break the subject."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ssot_lsp.scan import Options
from ssot_lsp.scan.mending import mend
from ssot_lsp.verification.command import Command
from ssot_lsp.verification.run import plan
from tests.benchmarks.corpora import cache_folder

from .environment import interpreter, work_copy
from .faults import trials
from .running import Suite, differing, file_of
from .survey import Survey, grouped, survey

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .faults import Trial
    from .projects import Project
    from .running import Outcomes

_VERIFY_SECONDS = 600
_PATIENCE = 60


@dataclass(slots=True)
class Proof:
    """What came of one project. `changed` and lost mutations are what must not be."""

    project: str
    version: str
    wanted: int
    outcomes: Counter[str] = field(default_factory=Counter)
    survey: Survey = field(default_factory=Survey)
    safe: int = 0
    safe_files: int = 0
    withdrawn: Counter[str] = field(default_factory=Counter)
    changed: list[str] = field(default_factory=list)
    unsteady: list[str] = field(default_factory=list)
    verified: int = 0
    verified_files: int = 0
    reverted: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)

    @property
    def lost(self) -> list[Trial]:
        """The mutations that some fixed test no longer finds."""
        return [each for each in self.trials if each.lost]

    @property
    def holds(self) -> bool:
        """Whether no outcome has changed, no mutation is lost, and there were as many of these as wanted."""
        return not self.changed and not self.lost and len(self.trials) == self.wanted


def prove(project: Project, *, quick: bool, wanted: int, say: Callable[[str], None]) -> Proof:
    """Do all of it in copies that go away afterwards; raises CorpusError and SuiteError."""
    python = interpreter(project)
    runs = cache_folder() / "prove" / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{project.name}-", dir=runs, ignore_cleanup_errors=True) as name:
        original = Suite(project, python, work_copy(project, Path(name) / "original"))
        fixed = Suite(project, python, Path(name) / "fixed")
        shutil.copytree(original.folder, fixed.folder)
        paths = project.quick if quick else project.tests
        found = Proof(project.name, project.version, wanted)
        say("looking at its mocks")
        found.survey = survey(original.folder, _files(original.folder, paths))
        _fix_safe(found, fixed, paths)
        say(f"{found.safe} safe fixes in {found.safe_files} files, running its tests with and without")
        with ThreadPoolExecutor(2) as pool:
            before, after = pool.map(lambda suite: suite.run(paths), (original, fixed))
        found.outcomes = Counter(each for outcomes in before.values() for each in outcomes)
        _compare(found, original, fixed, before, after)
        say(f"{len(before)} tests, {len(found.changed)} changed; verifying the rest")
        _verify(found, fixed, paths, say)
        say(f"{found.verified} verified, {len(found.reverted)} reverted; breaking {project.package}")
        for trial in trials(original, fixed, wanted):
            found.trials.append(trial)
            verdict = f"lost in {', '.join(trial.lost)}" if trial.lost else "found as before"
            say(f"{trial.mutation}: {trial.failed} fail, {verdict}")
    return found


def _files(folder: Path, paths: Sequence[str]) -> list[Path]:
    return [
        each
        for path in paths
        for each in (sorted((folder / path).rglob("*.py")) if (folder / path).is_dir() else [folder / path])
    ]


def _fix_safe(found: Proof, fixed: Suite, paths: Sequence[str]) -> None:
    """What `ssot-lsp check --fix` does."""
    report, run = mend(paths, _options(), str(fixed.folder), with_review=False, is_written=True)
    if report.errors:
        raise AssertionError(report.errors)
    for each in run:
        found.safe += len(each.steps)
        found.safe_files += bool(each.steps)
        found.withdrawn.update(grouped(step.reason) for step in each.withdrawn)
        if each.failure:
            found.failures.append(f"{_shown(each.path, fixed)}: {each.failure}")


def _compare(found: Proof, original: Suite, fixed: Suite, before: Outcomes, after: Outcomes) -> None:
    """Tell tests whose outcome has changed from those that do not end alike by themselves."""
    suspects = differing(before, after)
    again: dict[str, tuple[Outcomes, Outcomes]] = {}
    for test in suspects:
        path = file_of(test, original.folder)
        if path and path not in again:
            again[path] = original.run([path]), fixed.run([path])
        then, now = again.get(path, (before, after))
        is_steady = then.get(test) == before.get(test)
        if is_steady and now.get(test) != then.get(test):
            found.changed.append(f"{test}: {_told(before.get(test))} before, {_told(now.get(test))} after")
        else:
            found.unsteady.append(test)


def _verify(found: Proof, fixed: Suite, paths: Sequence[str], say: Callable[[str], None]) -> None:
    """What `ssot-lsp fix --verify` does."""
    folder = str(fixed.folder)
    command = Command(fixed.written, folder, _VERIFY_SECONDS, least=_PATIENCE)
    planned = plan(paths, _options(), folder, command, jobs=_cores(), is_anew=True)
    assert planned.start is not None, planned.errors
    for done, each in enumerate(planned.start(), start=1):
        path = _shown(each.path, fixed)
        found.verified += len(each.kept)
        found.verified_files += bool(each.kept)
        found.reverted += [f"{path}:{step.line + 1}, {step.title}: {step.reason}" for step in each.reverted]
        found.refused.update(grouped(step.reason) for step in each.refused)
        if each.failure:
            found.failures.append(f"{path}: {each.failure}")
        say(
            f"{done} of {len(planned.paths)} files, {path}: {len(each.kept)} kept, {len(each.reverted)} reverted"
        )


def _options() -> Options:
    return Options(use_cache=False, jobs=_cores())


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _shown(path: str, suite: Suite) -> str:
    return Path(path).relative_to(suite.folder).as_posix()


def _told(outcomes: tuple[str, ...] | None) -> str:
    return ", ".join(outcomes) if outcomes else "missing"
