"""Which files a run is about, and why others are not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.config import Configs
from ssot_lsp.files import CONFIG_NAMES, PYTHON_NAMES, Found, UnreadableError, is_below
from ssot_lsp.finding import Severity
from ssot_lsp.index.search import every_file
from ssot_lsp.scan.report import LeftOut, Report
from ssot_lsp.text import Lines
from ssot_lsp.tree import Tally, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ssot_lsp.config import Problem, ProjectConfig
    from ssot_lsp.files import Files


class _Walked(NamedTuple):
    """What a walk through all below a root came upon."""

    tests: list[Found]
    tally: Tally


class _WithoutExclude:
    """A configuration that leaves nothing out by a setting."""

    exclude = ()

    def __init__(self, config: ProjectConfig) -> None:
        self.root = config.root
        self.is_test_file = config.is_test_file


class Selection:
    """The files to check, and why others are not."""

    def __init__(self, files: Files, asked: Sequence[str], folder: str) -> None:
        self._files = files
        self._trees: dict[str, Tree] = {}
        self._walked: list[str] = []
        self._tallies: list[tuple[Tree, Tally]] = []
        self._roots: dict[str, _Walked] = {}
        self._keys: dict[int, str] = {}
        self._used: dict[str, ProjectConfig] = {}
        self._problems: set[Problem] = set()
        self._excluded: set[str] = set()
        self.found: dict[str, Found] = {}
        self.folders = tuple(dict.fromkeys(self._workspace(path, folder) for path in asked))
        self._configs = Configs(files, self.folders)
        self.report = Report(self._root(asked, folder))

    def add(self, name: str, path: str) -> None:
        """Take the file or folder at absolute `path`, which the user calls `name`."""
        if self._files.is_folder(path):
            self._add_folder(name, path)
            return
        stamp = self._files.stamp(path)
        if stamp is None:
            self.report.errors.append(f"{name}: there is no such file or folder")
        elif self.is_wanted(name, path):
            self.found[path] = Found(path, stamp)

    def is_wanted(self, name: str, path: str) -> bool:
        """Whether the file at `path` is to be checked; takes its configuration along, and notes why it is not."""
        config = self._configs.of(path)
        self._use(config, is_asked=True)
        if os.path.basename(path) in CONFIG_NAMES:
            return True
        if not path.endswith(PYTHON_NAMES):
            self.report.notes.append(f"{name} is not checked: it is no Python file")
        elif (why := self._tree(path).why_excluded(path)) is not None:
            self.report.notes.append(f"{name} is excluded: {why}")
            if config.is_test_file(path):
                self._exclude({path})
        elif not config.is_test_file(path):
            self.report.notes.append(f"{name} is not checked: it is no test file")
        else:
            return True
        return False

    def covers(self, path: str) -> bool:
        """Whether the folders that were walked would have shown a file at absolute `path`."""
        return any(is_below(path, each) for each in self._walked)

    def keep(self, is_wanted: Callable[[str], bool]) -> None:
        """Check only those files for which `is_wanted` says yes; what is left out is not taken for gone."""
        self.found = {path: each for path, each in self.found.items() if is_wanted(path)}
        self._walked.clear()

    def config(self, path: str) -> ProjectConfig:
        """The configuration of the file at absolute `path`."""
        return self._configs.of(path)

    def configs(self) -> Iterator[ProjectConfig]:
        """The configurations that were come upon, one of each root."""
        yield from self._used.values()

    def python_files(self, root: str) -> dict[str, tuple[int, int]]:
        """All Python files below a root that are not excluded, tests or not, with time of change and size."""
        walked = self._roots.get(root)
        if walked is not None:  # whoever searches would go the same way again
            found: Iterable[Found] = (*walked.tests, *self._tree(root).others(walked.tally))
        else:
            found = every_file(self._files, root, self._configs.of_folder)
        return {each.path: (each.stamp.mtime_ns, each.stamp.size) for each in found}

    def note_left_out(self) -> None:
        """Put into the report what was passed by, and why; what the setting `exclude` leaves out is looked through."""
        left_out: dict[str, LeftOut] = {}
        others: set[str] = set()
        for tree, tally in self._tallies:
            bare = Tree(
                self._files, tree.root, lambda folder: _WithoutExclude(self._configs.of_folder(folder))
            )
            for path in tally.folders:
                is_by_setting = bare.why_excluded(path) is None
                tests = sum(1 for _ in bare.walk(path, Tally())) if is_by_setting else None
                left_out[path] = LeftOut(path, tree.why_excluded(path) or "", tests, is_folder=True)
            for path in tally.excluded:
                left_out[path] = LeftOut(path, tree.why_excluded(path) or "", 1, is_folder=False)
            others.update(each.path for each in tree.others(tally))
        self.report.left_out = sorted(left_out.values())
        self.report.others = len(others)
        self.report.unasked = sorted(
            path for path in others if self._configs.of(path).pytest.collects_file(path)
        )

    def config_key(self, path: str) -> str:
        """What stands for the configuration of the file at `path`: equal text, equal configuration."""
        config = self._configs.of(path)
        key = self._keys.get(id(config))
        if key is None:
            key = self._keys[id(config)] = repr(config)
        return key

    def _add_folder(self, name: str, path: str) -> None:
        self._use(self._configs.of_folder(path), is_asked=True)
        tree = self._tree(path)
        if (why := tree.why_excluded(path)) is not None:
            self.report.errors.append(f"{name}: the folder is excluded: {why}")
            return
        tally = Tally()
        self._walked.append(path)
        tests = list(tree.walk(path, tally))
        self._tallies.append((tree, tally))
        self.found.update((each.path, each) for each in tests)
        if path == tree.root:
            self._roots[path] = _Walked(tests, tally)
        known = dict(self.report.failures)
        self.report.failures += [each for each in tally.failed if each[0] not in known]
        self._exclude(tally.excluded)
        if not tally.python_files:
            self.report.errors.append(f"{name}: no Python file was found in this folder")
        elif not tests:
            self.report.notes.append(
                f"{name}: none of the {tally.python_files} Python files in this folder is a test file"
                " (the setting `test-files` says which are)"
            )

    def _exclude(self, paths: set[str]) -> None:
        self._excluded |= paths
        self.report.files_excluded = len(self._excluded)

    def _tree(self, path: str) -> Tree:
        """The tree that the file or folder at `path` is part of."""
        root = self._configs.of_folder(path if self._files.is_folder(path) else os.path.dirname(path)).root
        if root not in self._trees:
            self._trees[root] = Tree(self._files, root, self._policy)
        return self._trees[root]

    def _policy(self, folder: str) -> ProjectConfig:
        config = self._configs.of_folder(folder)
        self._use(config, is_asked=False)
        return config

    def _use(self, config: ProjectConfig, *, is_asked: bool) -> None:
        """Check the configuration's own file too. What is broken and not ours counts only where we were sent."""
        self._used.setdefault(config.root, config)
        path = config.path
        if path is not None and path not in self.found and (stamp := self._files.stamp(path)):
            self.found[path] = Found(path, stamp)
        for problem in config.problems:
            if problem.severity is Severity.ERROR and problem not in self._problems:
                self._problems.add(problem)
                notices = self.report.errors if is_asked or problem.path == config.path else self.report.notes
                notices.append(f"{place_of(self._files, problem)}: {problem.message}")

    def _workspace(self, path: str, folder: str) -> str:
        """The workspace folder for what is asked: the current one where it lies around, else the nearest."""
        if is_below(path, folder):
            return folder
        return path if self._files.is_folder(path) else os.path.dirname(path)

    def _root(self, asked: Sequence[str], folder: str) -> str:
        """The folder of the configuration that governs all that is asked for, else the current folder."""
        try:
            common = os.path.commonpath(asked) if asked else folder
        except ValueError:  # several drives
            return folder
        config = self._configs.of_folder(common if self._files.is_folder(common) else os.path.dirname(common))
        return folder if config.path is None else config.root


def place_of(files: Files, problem: Problem) -> str:
    """Path, line and column of a problem, as far as they can be told."""
    try:
        line, column = Lines(files.read(problem.path).text).place(problem.span.start)
    except UnreadableError:
        return problem.path
    return f"{problem.path}:{line + 1}:{column + 1}"
