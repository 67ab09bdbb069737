"""What pytest was told to collect, read where pytest reads it.

The files, their order and their tables: `_pytest.config.findpaths.load_config_dict_from_file` of pytest 9.
"""

from __future__ import annotations

import configparser
import fnmatch
import os
import re
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ssot_lsp.files import UnreadableError
from ssot_lsp.toml import TomlError, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ssot_lsp.files import Files

SETTING_NAMES = (
    "pytest.toml",
    ".pytest.toml",
    "pytest.ini",
    ".pytest.ini",
    "pyproject.toml",
    "tox.ini",
    "setup.cfg",
)
"""In the order of pytest: the first that says something, in the nearest folder, is the only one that counts."""

_ANY_FILE = frozenset({"", ".py"})
_ASYNCIO_MODE = re.compile(r"(?:--asyncio-mode[= ]+|(?:-o|--override-ini)[= ]*asyncio_mode=)(\w+)")


@dataclass(frozen=True, slots=True)
class PytestConfig:
    """pytest's own settings, with its defaults; `path` is the file that was read, `pythonpath` are absolute folders."""

    path: str | None = None
    python_files: tuple[str, ...] = ("test_*.py", "*_test.py")
    python_classes: tuple[str, ...] = ("Test",)
    python_functions: tuple[str, ...] = ("test",)
    asyncio_mode: str = "strict"
    pythonpath: tuple[str, ...] = ()

    def collects_file(self, path: str) -> bool:
        """Whether pytest looks for tests in the file at absolute `path`."""
        name = os.path.basename(path)
        return any(
            fnmatch.fnmatch(path, f"*/{each}") if "/" in each else fnmatch.fnmatch(name, each)
            for each in self.python_files
        )

    def collects_class(self, name: str) -> bool:
        """Whether a class of that name, which is no TestCase, holds tests."""
        return _begins_or_matches(name, self.python_classes)

    def collects_function(self, name: str) -> bool:
        """Whether a function of that name is a test, or a method of a class that is no TestCase."""
        return _begins_or_matches(name, self.python_functions)

    @property
    def test_files(self) -> tuple[str, ...]:
        """The files that it collects, as globs of ours; those that are the whole project say nothing, and are left out."""
        return tuple(
            f"**/{each}" if "/" in each else each
            for each in self.python_files
            if each.strip("*") not in _ANY_FILE
        )


def _begins_or_matches(name: str, patterns: Iterable[str]) -> bool:
    return any(
        name.startswith(each) or (any(sign in each for sign in "*?[") and fnmatch.fnmatch(name, each))
        for each in patterns
    )


def pytest_settings(files: Files, folders: Iterable[str]) -> PytestConfig:
    """The settings of the first of `folders`, nearest first, in which pytest finds any; files in error are passed by."""
    for folder in folders:
        for name in SETTING_NAMES:
            path = os.path.join(folder, name)
            if not files.is_file(path):
                continue
            try:
                text = files.read(path).text
                options = _toml_options(name, text) if name.endswith(".toml") else _ini_options(name, text)
            except (UnreadableError, TomlError, configparser.Error):
                continue
            if options is not None:
                return _settings(path, options)
    return PytestConfig()


def _toml_options(name: str, text: str) -> Mapping[str, object] | None:
    if name == "pyproject.toml" and "pytest" not in text:
        return None
    values: object = read(text)
    is_own = name != "pyproject.toml"
    for key in ("pytest",) if is_own else ("tool", "pytest"):
        values = values.get(key) if isinstance(values, dict) else None
    if not isinstance(values, dict):
        return {} if is_own else None
    nested = values.get("ini_options")
    if isinstance(nested, dict):
        return nested
    return values if values or is_own else None


def _ini_options(name: str, text: str) -> Mapping[str, object] | None:
    parser = configparser.ConfigParser(interpolation=None, strict=False, default_section="")
    parser.read_string(text)
    section = "tool:pytest" if name == "setup.cfg" else "pytest"
    if parser.has_section(section):
        return dict(parser.items(section))
    return {} if name in {"pytest.ini", ".pytest.ini"} else None


def _settings(path: str, options: Mapping[str, object]) -> PytestConfig:
    default = PytestConfig()
    said = {
        name: _words(options.get(name)) for name in ("python_files", "python_classes", "python_functions")
    }
    lists = {name: words for name, words in said.items() if words is not None}
    folder = os.path.dirname(path)
    lists["pythonpath"] = tuple(
        os.path.normpath(os.path.join(folder, each)) for each in _words(options.get("pythonpath")) or ()
    )
    return replace(default, path=path, asyncio_mode=_mode(options) or default.asyncio_mode, **lists)


def _mode(options: Mapping[str, object]) -> str | None:
    """How pytest-asyncio works; what the command line is given goes before what the file itself says."""
    given = list(_ASYNCIO_MODE.finditer(" ".join(_words(options.get("addopts")) or ())))
    if given:
        return given[-1].group(1)
    mode = options.get("asyncio_mode")
    return mode if isinstance(mode, str) else None


def _words(value: object) -> tuple[str, ...] | None:
    """An option of several words: one string as a shell splits it, or an array of strings."""
    if isinstance(value, str):
        try:
            return tuple(shlex.split(value))
        except ValueError:
            return tuple(value.split())
    if isinstance(value, list):
        return tuple(str(each) for each in value)
    return None
