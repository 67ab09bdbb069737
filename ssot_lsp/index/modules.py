"""Which file a dotted module name means, found by looking at the disk as it is asked for.

A guess at `sys.path` of each importing file, since nothing is ever run: what pytest's `prepend` import mode puts
there, the folders of its `pythonpath`, the project's folders, also where the editor has opened one below, the workspace folders, and the `src` folder
of each. Folder listings are compared by exact letter case, as Python does also where the file system does not care.
Invariant: an answer is remembered until `forget` hears of a file that came or went.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.files import CONFIG_NAMES, UnreadableError
from ssot_lsp.pytest_settings import SETTING_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ssot_lsp.files import Files

_PROJECT_NAMES = (*CONFIG_NAMES, *SETTING_NAMES, "setup.py")
_KEPT_NAMES = frozenset(_PROJECT_NAMES)
_BUILD_NAMES = ("pyproject.toml", "setup.py", "setup.cfg", "Cargo.toml", "meson.build", "CMakeLists.txt")
_ENDINGS = (".py", ".pyi")


class _Folder(NamedTuple):
    """What a folder holds that matters here, by its own letter case."""

    files: frozenset[str]
    folders: frozenset[str]

    @property
    def is_package(self) -> bool:
        return "__init__.py" in self.files or "__init__.pyi" in self.files

    def module(self, name: str) -> str | None:
        """The base name of the file of the module `name`, source before stub."""
        return next((name + ending for ending in _ENDINGS if name + ending in self.files), None)


class _View(NamedTuple):
    """Where the files of one folder look for modules, in order, and what they found."""

    sources: tuple[str, ...]
    found: dict[str, str | None]


_EMPTY = _Folder(frozenset(), frozenset())


class ModuleMap:
    """Modules to files and back, for the workspace folders `roots`, all absolute.

    `pythonpath` tells of a folder where else pytest looks for the modules of its files; until `look_again` the same.
    """

    def __init__(
        self,
        files: Files,
        roots: Sequence[str],
        pythonpath: Callable[[str], Sequence[str]] = lambda _: (),
    ) -> None:
        self._files = files
        self._roots = tuple(roots)
        self._pythonpath = pythonpath
        self._folders: dict[str, _Folder] = {}
        self._views: dict[str, _View] = {}
        self._found: dict[tuple[str, ...], dict[str, str | None]] = {}

    def path_of(self, module: str, importer: str) -> str | None:
        """The file of the absolute dotted `module` as the file `importer` sees it; None when it is not of the workspace.

        A namespace package has no file. A module of the standard library is never looked for: pytest has imported
        most of them before it touches `sys.path`.
        """
        return self.path_from(os.path.dirname(importer), module)

    def path_from(self, folder: str, module: str) -> str | None:
        """The same as the files of `folder` see it."""
        view = self._view(folder)
        try:
            return view.found[module]
        except KeyError:
            path = view.found[module] = self._find(module, view.sources)
            return path

    def paths_of(self, module: str, importer: str) -> tuple[str, ...]:
        """All files that may be the dotted `module` as the file `importer` sees it, whichever of them comes first."""
        parts = tuple(module.split("."))
        found = (self._path_below(each, parts) for each in self._view(os.path.dirname(importer)).sources)
        return tuple(dict.fromkeys(each for each in found if each))

    def is_folder(self, module: str, importer: str) -> bool:
        """Whether a folder may be the package `module`, with `__init__.py` or without, as the file `importer` sees it."""
        return any(
            self._is_folder_below(each, module) for each in self._view(os.path.dirname(importer)).sources
        )

    def _is_folder_below(self, folder: str, module: str) -> bool:
        for name in module.split("."):
            if name not in self._listing(folder).folders:
                return False
            folder = os.path.join(folder, name)
        return True

    def sources(self, importer: str) -> tuple[str, ...]:
        """The folders where the file `importer` looks for modules, in order."""
        return self._view(os.path.dirname(importer)).sources

    def name_of(self, path: str) -> str:
        """The dotted name of the file at absolute `path`, as far up as there are `__init__.py` files."""
        folder, base = os.path.split(path)
        name = os.path.splitext(base)[0]
        parts = self._package(folder)
        return ".".join(parts if name == "__init__" else (*parts, name)) or name

    def importable(self, path: str, importer: str) -> str | None:
        """The dotted module by which the file `importer` can import the file at `path`; None where it cannot.

        Its name as a package if that leads there, else its path below one of the folders that modules are looked for
        in: a folder without `__init__.py` is a package all the same.
        """
        name = self.name_of(path)
        if self.path_of(name, importer) == path:
            return name
        stem = os.path.splitext(path)[0]
        for source in self.sources(importer):
            below = source.rstrip(os.sep) + os.sep
            if stem.startswith(below):
                dotted = stem[len(below) :].replace(os.sep, ".").removesuffix(".__init__")
                if self.path_of(dotted, importer) == path:
                    return dotted
        return None

    def absolute(self, importer: str, level: int, module: str) -> str | None:
        """The dotted name that `from <level dots><module> import …` means in the file `importer`.

        None when there are more dots than packages. Folders without `__init__.py` count as packages up to the
        nearest source root, since a namespace package may hold relative imports.
        """
        if level == 0:
            return module
        folder = os.path.dirname(importer)
        for parts in (self._package(folder), self._namespace(folder)):
            if len(parts) >= level:
                kept = parts[: len(parts) - level + 1]
                return ".".join((*kept, module) if module else kept)
        return None

    def is_still_there(self, path: str) -> bool:
        """Whether there was a file at `path` when its folder was looked at, and is one: it has another text at most.

        No is not sure: the folder may never have been looked at.
        """
        folder, name = os.path.split(path)
        listing = self._folders.get(folder)
        return listing is not None and name in listing.files and self._files.is_file(path)

    def is_of_project(self, path: str, module: str) -> bool:
        """Whether the file at `path` is the dotted `module` from the folder of a project, or from `src` in it.

        Any other folder that modules are looked for in is a guess: it counts if pytest puts it there.
        """
        folder = os.path.dirname(path)
        is_init = os.path.basename(path).startswith("__init__.")
        for _ in range(module.count(".") + is_init):
            folder = os.path.dirname(folder)
        places = (folder, os.path.dirname(folder)) if os.path.basename(folder) == "src" else (folder,)
        if any(
            each in self._roots or not self._listing(each).files.isdisjoint(_PROJECT_NAMES) for each in places
        ):
            return True
        return folder in self._pythonpath(folder)

    def has_trace(self, folder: str, name: str) -> bool:
        """Whether a folder holds anything by that name: `fast.pyx` or `fast.abi3.so` of `fast`. Remembers nothing."""
        try:
            entries = self._files.entries(folder)
        except UnreadableError:
            return True
        return any(each.name.partition(".")[0].lower() == name.lower() for each in entries)

    def is_built(self, folder: str, module: str) -> bool:
        """Whether a project in or above `folder` says in quotes that it builds the dotted `module`. Remembers nothing."""
        word = module.encode("utf-8", "surrogatepass")
        for place in (folder, os.path.dirname(folder)):
            for name in _BUILD_NAMES:
                try:
                    data = self._files.bytes_of(os.path.join(place, name))
                except UnreadableError:
                    continue
                if any(quote + word + quote in data for quote in (b'"', b"'")):
                    return True
        return False

    def forget(self, paths: Iterable[str]) -> None:
        """Note that the files or folders at `paths` were written, came or went."""
        stale = False
        for path in paths:
            if (folder := self._outdated(path)) is not None:
                del self._folders[folder]
                stale = True
            if path in self._folders:  # and whatever was listed below it: nothing is without what is above it
                below = path + os.sep
                for each in [each for each in self._folders if each == path or each.startswith(below)]:
                    del self._folders[each]
                stale = True
        if stale:
            self.look_again()

    def look_again(self) -> None:
        """Note that modules may be looked for elsewhere."""
        self._views.clear()
        self._found.clear()

    def _outdated(self, path: str) -> str | None:
        """The nearest remembered folder above `path`, if its listing is no longer right about what leads there."""
        folder, name = os.path.split(path)
        while folder not in self._folders:
            path = folder
            folder, name = os.path.split(path)
            if folder == path:
                return None
        listing = self._folders[folder]
        is_listed = name in listing.files or name in listing.folders
        return folder if is_listed != _matters(self._files, path, name) else None

    def _view(self, folder: str) -> _View:
        view = self._views.get(folder)
        if view is None:
            sources = tuple(dict.fromkeys(self._search(folder)))
            # Most folders of a project look in the same places, and so share what was found.
            view = self._views[folder] = _View(sources, self._found.setdefault(sources, {}))
        return view

    def _search(self, folder: str) -> Iterator[str]:
        """The folders where the files of `folder` look for modules, the surest first."""
        around = [
            each for each in self._roots if folder == each or folder.startswith(each.rstrip(os.sep) + os.sep)
        ]
        around.sort(key=len, reverse=True)
        root = around[0] if around else None
        ancestors = list(self._ancestors(folder, root)) if os.path.isabs(folder) else []
        if ancestors:
            yield self._top(folder)
        for each in ancestors:
            if "conftest.py" in self._listing(each).files:
                yield self._top(each)
        yield from self._pythonpath(folder)
        for each in ancestors:
            if not self._listing(each).files.isdisjoint(_PROJECT_NAMES):
                yield from self._with_src(each)
        for each in (*around, *self._roots):
            yield from self._with_src(each)
        for each in ancestors:
            if not self._listing(each).is_package:
                yield from self._with_src(each)

    def _ancestors(self, folder: str, root: str | None) -> Iterator[str]:
        """`folder` and those above it up to the workspace folder and its project, or where there is none, to the nearest."""
        last = root and self._project_around(root)
        while True:
            yield folder
            above = os.path.dirname(folder)
            if folder in {last, above}:
                return
            if last is None and not self._listing(folder).files.isdisjoint(_PROJECT_NAMES):
                return
            folder = above

    def _project_around(self, root: str) -> str:
        """The nearest folder from `root` upwards where a configuration may stand; `root` where there is none."""
        folder = root
        while self._listing(folder).files.isdisjoint(CONFIG_NAMES):
            above = os.path.dirname(folder)
            if above == folder:
                return root
            folder = above
        return folder

    def _with_src(self, folder: str) -> Iterator[str]:
        yield folder
        if "src" in self._listing(folder).folders:
            yield os.path.join(folder, "src")

    def _top(self, folder: str) -> str:
        """The first folder from `folder` upwards that is no package: what pytest prepends to `sys.path`."""
        while self._listing(folder).is_package and os.path.dirname(folder) != folder:
            folder = os.path.dirname(folder)
        return folder

    def _package(self, folder: str) -> tuple[str, ...]:
        """The names of the regular packages that `folder` is, from the outermost one."""
        parts: list[str] = []
        while self._listing(folder).is_package and os.path.dirname(folder) != folder:
            folder, name = os.path.split(folder)
            parts.append(name)
        return tuple(reversed(parts))

    def _namespace(self, folder: str) -> tuple[str, ...]:
        """The names of the folders from the nearest workspace folder, or its `src`, down to `folder`."""
        sources = [source for root in self._roots for source in self._with_src(root)]
        above = [each for each in sources if folder.startswith(each.rstrip(os.sep) + os.sep)]
        nearest = max(above, key=len, default=None)
        return tuple(folder[len(nearest) :].strip(os.sep).split(os.sep)) if nearest else ()

    def _find(self, module: str, sources: tuple[str, ...]) -> str | None:
        first, *rest = module.split(".")
        if not first or first in sys.stdlib_module_names:
            return None
        # A regular package or module anywhere wins over a folder that may be a namespace package.
        folders = [(each, self._listing(each)) for each in sources]
        regular = [each for each, listing in folders if self._is_regular(each, listing, first)]
        spaces = [each for each, listing in folders if first in listing.folders and each not in regular]
        paths = (self._path_below(each, (first, *rest)) for each in (*regular, *spaces))
        return next((path for path in paths if path), None)

    def _is_regular(self, folder: str, listing: _Folder, name: str) -> bool:
        if listing.module(name):
            return True
        return name in listing.folders and self._listing(os.path.join(folder, name)).is_package

    def _path_below(self, folder: str, parts: tuple[str, ...]) -> str | None:
        *packages, last = parts
        for each in packages:
            if each not in self._listing(folder).folders:
                return None
            folder = os.path.join(folder, each)
        listing = self._listing(folder)
        if last in listing.folders:
            package = os.path.join(folder, last)
            if base := self._listing(package).module("__init__"):
                return os.path.join(package, base)
        base = listing.module(last)
        return os.path.join(folder, base) if base else None

    def _listing(self, folder: str) -> _Folder:
        listing = self._folders.get(folder)
        if listing is None:
            listing = self._folders[folder] = _list(self._files, folder)
        return listing


def _list(files: Files, folder: str) -> _Folder:
    try:
        entries = files.entries(folder) if folder else []
    except UnreadableError:
        return _EMPTY
    found: list[str] = []
    folders: list[str] = []
    for entry in entries:
        name = entry.name
        if name.endswith(_ENDINGS) or name in _KEPT_NAMES:
            found.append(name)
        elif name.isidentifier() and _is_folder(entry):
            folders.append(name)
    return _Folder(frozenset(found), frozenset(folders))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _matters(files: Files, path: str, name: str) -> bool:
    """Whether a fresh listing would hold `name`."""
    if name.endswith(_ENDINGS) or name in _KEPT_NAMES:
        return files.is_file(path) or files.is_folder(path)
    return name.isidentifier() and files.is_folder(path)
