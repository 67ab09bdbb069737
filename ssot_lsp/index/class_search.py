"""Which files the rules about classes may have something to say of, by their bytes: spares parsing most of them.

Errs on the side of yes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ssot_lsp.files import UnreadableError
from ssot_lsp.index.headers import headers
from ssot_lsp.index.origins import surely_defines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.definitions import Import
    from ssot_lsp.index.classes import Classes
    from ssot_lsp.index.modules import ModuleMap

_SET_UP = re.compile(rb"def[ \t]+(?:async)?(?:setUp|tearDown|SetUp|TearDown)")
_ASYNC = re.compile(rb"async[ \t]+def[ \t]+(?:test|setUp|tearDown)")
_ASYNC_SET_UP = re.compile(rb"async[ \t]+def[ \t]+(?:setup|teardown)_(?:method|class)\b")
_HEAD = re.compile(rb"(?:^|[,(\[])[ \t\r\n]*([^\W\d]\w*)")


class World(Protocol):
    """What is asked of the workspace."""

    def classes(self, path: str) -> Classes:
        """The classes of a file."""

    def config(self, path: str) -> ProjectConfig:
        """The settings for a file."""

    def workspace_modules(self) -> ModuleMap:
        """Where the modules of the workspace are."""

    def data(self, path: str) -> bytes:
        """The bytes of a file's text; raises UnreadableError."""


def may_speak(
    world: World,
    path: str,
    data: bytes,
    imports: Iterable[tuple[str, Import]],
    lookups: dict[str, str | None],
) -> bool:
    """Whether a file of these bytes and `written_imports` has to be parsed.

    `lookups` takes the modules that were asked for.
    """
    found = list(headers(data))
    if not found:
        return False
    if not all(each.is_plain for each in found):
        return True  # a base may be read wrongly
    if _SET_UP.search(data) is not None or _ASYNC_SET_UP.search(data) is not None:
        return True
    bases = {head.decode("utf-8", "replace") for each in found for head in _HEAD.findall(each.bases)}
    if not bases:
        return world.config(path).require_base
    classes = world.classes(path)
    if _ASYNC.search(data) is not None or classes.approved().keys:
        return True
    lookups.update(classes.lookups)
    return any(_may_be_missing(world, path, each, lookups) for each in _bases(imports, bases))


class _Bases(NamedTuple):
    """The import that brings bases: the module with the dots before it, and the names there; none of a whole module."""

    level: int
    module: str
    names: tuple[str, ...]


def _bases(imports: Iterable[tuple[str, Import]], bases: set[str]) -> Iterator[_Bases]:
    names: dict[tuple[int, str], list[str]] = {}
    for local, target in imports:
        if local in bases and target.name is None:
            yield _Bases(target.level, target.module, ())
        elif local in bases and target.name is not None:
            names.setdefault((target.level, target.module), []).append(target.name)
    for (level, module), found in names.items():
        yield _Bases(level, module, tuple(found))


def _may_be_missing(world: World, path: str, asked: _Bases, lookups: dict[str, str | None]) -> bool:
    modules = world.workspace_modules()
    absolute = modules.absolute(path, asked.level, asked.module) if asked.level else asked.module
    if absolute is None:
        return True
    found = lookups[absolute] = modules.path_of(absolute, path)
    if found is None:
        top = absolute.partition(".")[0]
        return "." in absolute and modules.path_of(top, path) is not None
    try:
        data = world.data(found)
    except UnreadableError:
        return True
    return not asked.names or not all(surely_defines(data, name.encode()) for name in asked.names)
