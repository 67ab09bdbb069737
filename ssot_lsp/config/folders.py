"""Which configuration holds where: the nearest file at or above a folder, with what pytest was told."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from ssot_lsp.config.project import DEFAULT_TEST_FILES, Problem, ProjectConfig
from ssot_lsp.config.reading import OWN_NAME, PROJECT_NAME, parse
from ssot_lsp.files import UnreadableError
from ssot_lsp.finding import Severity
from ssot_lsp.globs import compile_globs, relative_to
from ssot_lsp.pytest_settings import SETTING_NAMES, pytest_settings
from ssot_lsp.text import Span
from ssot_lsp.toml import TomlError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.files import Files

CONFIGURATION_NAMES = frozenset({OWN_NAME, PROJECT_NAME, *SETTING_NAMES})
"""The base names of all files that a configuration is read from."""


class Configs:
    """The configuration of every file, remembered per folder; one that no longer parses keeps its last good state.

    `folders` are the workspace folders: where no file is found, the innermost one around a file is the root, else
    the file's own folder is. The search itself goes on above them, so that an editor opened on a subfolder says the
    same as the command line at the top. A document without a place on the disk belongs to the first of them.
    """

    def __init__(self, files: Files, folders: Iterable[str] = ()) -> None:
        self._files = files
        self._folders = tuple(folders)
        self._last_good: dict[str, ProjectConfig] = {}
        self._stated: dict[str, tuple[ProjectConfig | None, tuple[Problem, ...]]] = {}
        self._defaults: dict[str, ProjectConfig] = {}
        self._of: dict[str, ProjectConfig] = {}

    def of(self, path: str) -> ProjectConfig:
        """The configuration for the file at `path`, which is absolute or a URI of no file."""
        return self.of_folder(os.path.dirname(path))

    def of_folder(self, folder: str) -> ProjectConfig:
        """The configuration for the files in the absolute `folder`."""
        config = self._of.get(folder)
        if config is None:
            config = self._of[folder] = self._find(folder)
        return config

    def set_folders(self, folders: Iterable[str]) -> None:
        """Take other workspace folders."""
        self._folders = tuple(folders)
        self._defaults.clear()
        self._of.clear()

    def forget(self, paths: Iterable[str]) -> bool:
        """Note that `paths` changed on disk; whether that may change a configuration."""
        known = tuple(config.path for config, _ in self._stated.values() if config and config.path)
        for path in paths:
            below = path.rstrip("/\\") + os.sep
            if is_configuration(path) or any(each.startswith(below) for each in known):
                self._stated.clear()
                self._defaults.clear()
                self._of.clear()
                return True
        return False

    def _find(self, folder: str) -> ProjectConfig:
        if not os.path.isabs(folder):
            folder = self._folders[0] if self._folders else ""
        strays: list[Problem] = []
        for each in _upwards(folder):
            if each not in self._stated:
                self._stated[each] = self._state(each)
            config, problems = self._stated[each]
            if config is not None:
                return replace(config, problems=(*config.problems, *strays)) if strays else config
            strays += problems
        around = [each for each in self._folders if each == folder or relative_to(each, folder) is not None]
        root = max(around, key=len, default=folder)
        if root not in self._defaults:
            self._defaults[root] = self._with_pytest(ProjectConfig(root), root)
        return replace(self._defaults[root], problems=tuple(strays)) if strays else self._defaults[root]

    def _state(self, folder: str) -> tuple[ProjectConfig | None, tuple[Problem, ...]]:
        """What a file in `folder` itself states, else the problems of a file that may not be ours."""
        strays: list[Problem] = []
        for name in (OWN_NAME, PROJECT_NAME):
            path = os.path.join(folder, name)
            if not self._files.is_file(path):
                self._last_good.pop(path, None)
                continue
            text = ""
            try:
                text = self._files.read(path).text
                config = parse(path, text)
            except UnreadableError as error:
                problem = Problem(path, Span(0, 0), f"the file cannot be read: {error}", Severity.ERROR)
            except TomlError as error:
                problem = Problem(path, error.span, f"the file is not valid TOML: {error}", Severity.ERROR)
            else:
                if config is not None:
                    config = self._with_pytest(config, folder)
                    self._last_good[path] = config
                    return config, ()
                self._last_good.pop(path, None)
                continue
            if path in self._last_good:
                return replace(self._last_good[path], problems=(problem,)), ()
            if name == OWN_NAME or "ssot-lsp" in text:
                return self._with_pytest(ProjectConfig(folder, path, problems=(problem,)), folder), ()
            strays.append(problem)
        return None, tuple(strays)

    def _with_pytest(self, config: ProjectConfig, folder: str) -> ProjectConfig:
        """The configuration with what pytest was told; what it collects are test files, unless ours says which are."""
        settings = pytest_settings(self._files, _upwards(folder))
        more = [each for each in settings.test_files if each not in config.test_files]
        if config.test_files is not DEFAULT_TEST_FILES or not more or not all(map(_is_glob, more)):
            return replace(config, pytest=settings)
        return replace(config, pytest=settings, test_files=(*DEFAULT_TEST_FILES, *more))


def is_configuration(path: str) -> bool:
    """Whether a file of this name may hold settings: ours, or pytest's."""
    return os.path.basename(path) in CONFIGURATION_NAMES


def _is_glob(text: str) -> bool:
    """Whether a pattern of pytest is one of ours, and adds: `!` and `#` do something else here."""
    try:
        compile_globs((text,))
    except ValueError:
        return False
    return not text.startswith(("!", "#"))


def _upwards(folder: str) -> Iterator[str]:
    """`folder` and all folders above it."""
    above = ""
    while folder and folder != above:
        yield folder
        folder, above = os.path.dirname(folder), folder
