"""Which modules are surely not there: nobody has written them, and nothing tells that something makes them.

Modules come about in many ways that leave no source: compilers, generators that run before the tests, packages of
several folders, imports that a `conftest.py` puts in place. Wherever one of these may be at work nothing is sure.
Remembers nothing, since most of it is neither watched nor kept in a cache.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Protocol

from ssot_lsp.files import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.index.environment import Installed
    from ssot_lsp.index.modules import ModuleMap
    from ssot_lsp.index.shapes import Shape

# In a package: it has more folders than its own, or hands modules out by itself.
_REACHES_FURTHER = re.compile(rb"__path__|extend_path|declare_namespace|meta_path|path_hooks|apipkg|lazy")
# In a test file or its conftest: modules are put in place, or the file does without.
_PUTS_IN_PLACE = re.compile(rb"sys\W{1,3}modules|meta_path|path_hooks|importorskip|allow_module_level")
# Names that generators and compilers give.
_IS_MADE = re.compile(r"_.*|.*_pb2(_grpc)?|.*version|.*generated.*|.*_gen", re.IGNORECASE)


class World(Protocol):
    """What is asked of the workspace."""

    def shape(self, path: str) -> Shape:
        """The shape of a file; raises UnreadableError."""

    def data(self, path: str) -> bytes:
        """The bytes of a file's text; raises UnreadableError."""

    def why_excluded(self, path: str) -> str | None:
        """Why a file is left out, also one that is not there; None where it is not."""

    def workspace_modules(self) -> ModuleMap:
        """Where the workspace's own modules are."""

    def installed_modules(self) -> Installed:
        """Where those are that are installed."""


def package_without(world: World, module: str, importer: str, asked: set[str]) -> str | None:
    """The file of the package that surely lacks the dotted absolute `module`, as the file `importer` sees it.

    None where that is not sure, and where no package or module of that name is of the workspace. The files that the
    answer depends on are added to `asked`.
    """
    modules, installed = world.workspace_modules(), world.installed_modules()
    package, _, name = module.rpartition(".")
    if module.partition(".")[0] in sys.stdlib_module_names or installed.holds(importer):
        return None
    if modules.path_of(module, importer) or installed.path_of(module):
        return None
    while package:
        if modules.is_folder(f"{package}.{name}", importer) or installed.is_folder(f"{package}.{name}"):
            return None
        found = modules.path_of(package, importer)
        if found is not None:
            is_sure = all(_is_plain(world, each, importer, asked) for each in _upwards(package))
            return found if is_sure and not _may_come(world, package, name, found) else None
        package, _, name = package.rpartition(".")
    return None


def may_put_in_place(world: World, paths: Iterable[str], asked: set[str]) -> bool:
    """Whether a test file, or a conftest of it, may bring modules in that no file holds, or do without them."""
    for path in paths:
        asked.add(path)
        try:
            if _PUTS_IN_PLACE.search(world.data(path)):
                return True
        except UnreadableError:
            return True
    return False


def may_be_made(world: World, module: str, package: str) -> bool:
    """Whether `module` may be in the package of which the `__init__.py` is at `package`, though it has no source."""
    return _may_come(world, module.rpartition(".")[0], module.rpartition(".")[2], package)


def _upwards(package: str) -> Iterator[str]:
    while package:
        yield package
        package = package.rpartition(".")[0]


def _is_plain(world: World, package: str, importer: str, asked: set[str]) -> bool:
    """Whether there is one such package, and it does nothing about what is imported from it."""
    paths = world.workspace_modules().paths_of(package, importer)
    elsewhere = world.installed_modules().path_of(package)
    if len({*paths, elsewhere} - {None}) != 1 or not paths or not paths[0].endswith(".py"):
        return False
    if not world.workspace_modules().is_of_project(paths[0], package):
        return False
    asked.add(paths[0])
    try:
        shape, data = world.shape(paths[0]), world.data(paths[0])
    except UnreadableError:
        return False
    return not (shape.is_dynamic or shape.has_error or _REACHES_FURTHER.search(data))


def _may_come(world: World, package: str, name: str, path: str) -> bool:
    if _IS_MADE.fullmatch(name):
        return True
    folder, base = os.path.split(path)
    if not base.startswith("__init__."):
        return False  # no package: nothing is below it
    place = os.path.join(folder, name)
    if world.why_excluded(f"{place}.py") or world.why_excluded(os.path.join(place, "__init__.py")):
        return True
    top = folder
    for _ in package.split("."):
        top = os.path.dirname(top)
    modules = world.workspace_modules()
    return modules.has_trace(folder, name) or modules.is_built(top, f"{package}.{name}")
