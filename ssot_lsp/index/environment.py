"""Where the packages lie that a workspace imports: found by path, listed and read, never imported.

The interpreter is the one that a person would use there: a virtual environment that lies in the workspace, else the
one that is active, else the one that runs this program.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.files import UnreadableError
from ssot_lsp.index.modules import ModuleMap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ssot_lsp.files import Files

_FOLDERS = (".venv", "venv", "env", ".env")
_VARIABLES = ("VIRTUAL_ENV", "CONDA_PREFIX")


class Environment(NamedTuple):
    """An interpreter's home, why it was chosen, and the folders that it imports packages from."""

    prefix: str
    why: str
    folders: tuple[str, ...]


class Installed:
    """The modules of an environment."""

    def __init__(self, files: Files, environment: Environment) -> None:
        self.environment = environment
        self._map = ModuleMap(files, environment.folders)
        self._above = tuple(folder.rstrip(os.sep) + os.sep for folder in environment.folders)
        self._anywhere = os.path.join(environment.folders[0], "_.py") if environment.folders else ""

    def holds(self, path: str) -> bool:
        """Whether a file is one that is installed."""
        return path.startswith(self._above)

    def path_of(self, module: str, importer: str = "") -> str | None:
        """The file of a dotted module as an installed file, or any other one, sees it."""
        return self._map.path_of(module, importer or self._anywhere) if self._anywhere else None

    def is_folder(self, module: str) -> bool:
        """Whether a folder may be the package `module`."""
        return bool(self._anywhere) and self._map.is_folder(module, self._anywhere)


def environment_of(
    files: Files, folders: Iterable[str], variables: Mapping[str, str] | None = None
) -> Environment:
    """The environment for the workspace folders, which are absolute; the first that holds packages is taken.

    `variables` are the process's own unless they are given.
    """
    named = os.environ if variables is None else variables
    for prefix, why in _candidates(folders, named):
        if found := tuple(_site_packages(files, prefix)):
            return Environment(prefix, why, (*found, *_paths_of(files, found)))
    return Environment(sys.prefix, "no environment with packages was found", ())


def _candidates(folders: Iterable[str], variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for name in _FOLDERS:
            yield os.path.join(folder, name), f"`{name}` in the workspace"
    for variable in _VARIABLES:
        if variables.get(variable):
            yield variables[variable], f"`{variable}` is set"
    yield sys.prefix, "it runs this program"


def _site_packages(files: Files, prefix: str) -> Iterator[str]:
    """The folders of an environment in which packages are installed, by the layouts of `sysconfig`."""
    on_windows = os.path.join(prefix, "Lib", "site-packages")
    if files.is_folder(on_windows):
        yield on_windows
        return
    for library in ("lib", "lib64"):
        folder = os.path.join(prefix, library)
        if not files.is_folder(folder):
            continue
        try:
            names = sorted(entry.name for entry in files.entries(folder))
        except UnreadableError:
            continue
        for name in names:
            found = os.path.join(folder, name, "site-packages")
            if name.startswith(("python3", "pypy3")) and files.is_folder(found):
                yield found
                return


def _paths_of(files: Files, folders: Iterable[str]) -> Iterator[str]:
    """The folders that `.pth` files add; their lines of code are left alone."""
    for folder in folders:
        try:
            names = sorted(entry.name for entry in files.entries(folder) if entry.name.endswith(".pth"))
        except UnreadableError:
            continue
        for name in names:
            try:
                text = files.read(os.path.join(folder, name)).text
            except UnreadableError:
                continue
            for line in text.splitlines():
                path = os.path.normpath(os.path.join(folder, line.strip()))
                if line.strip() and not line.startswith(("#", "import")) and files.is_folder(path):
                    yield path
