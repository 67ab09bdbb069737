"""Which factories a configuration means, and their models.

A dotted name is looked up as a module or as a class of one; a bare one is searched for in the whole workspace, open
documents included. `Name = Other` in a module of its own makes another definition, which is told apart.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from fnmatch import fnmatch
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ssot_lsp.files import UnreadableError
from ssot_lsp.index.extraction import class_factory, module_factory
from ssot_lsp.index.outline import Outline, Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.index.factory import Factory
    from ssot_lsp.index.method_memory import Recollection
    from ssot_lsp.index.origins import Origin


class World(Reader, Protocol):
    """What is asked of the workspace."""

    def definers(self, root: str, needles: Iterable[bytes]) -> Iterable[str]:
        """The Python files below `root` of which the text holds one of `needles`, as far as they are known."""


class Found(NamedTuple):
    """The models that were asked for, and the files that they came from; `all` is None where nobody searched."""

    all: tuple[Factory, ...] | None
    by_origin: dict[tuple[str, str], Factory | None]
    touched: frozenset[str]


class Factories:
    """The factories of one configuration at one moment."""

    def __init__(
        self,
        world: World,
        memory: Recollection,
        config: ProjectConfig,
        previous: Found | None = None,
        keep: Callable[[Found], None] = lambda _: None,
    ) -> None:
        """Start anew, or from what was found before, all of which must still be true; `keep` is told what is new."""
        self.world = world
        self.config = config
        self.memory = memory
        self.outline = Outline(world)
        self._by_origin: dict[tuple[str, str], Factory | None] = {}
        self._all: tuple[Factory, ...] | None = None
        self._keep = keep
        if previous is not None:
            self.outline.touched |= previous.touched
            self._by_origin.update(previous.by_origin)
            self._all = previous.all

    @property
    def found(self) -> Found:
        """What was found so far, to be handed on."""
        return Found(self._all, dict(self._by_origin), frozenset(self.outline.touched))

    def all(self) -> tuple[Factory, ...]:
        """The factories that the configuration names, in its order, the likeliest definition of each name first."""
        if self._all is None:
            found = [each for name in self.config.factory for each in self._named(name)]
            self._all = tuple({(each.path, each.name, each.known_as): each for each in found}.values())
            self._keep(self.found)
        return self._all

    def at(self, origin: Origin) -> Factory | None:
        """The model of the class or module at a place of the workspace, configured or not."""
        key = (origin.path, origin.name)
        if key not in self._by_origin:
            if not origin.path:
                found = None
            elif origin.name:
                found = class_factory(self.outline, self.memory, *key)
            else:
                found = module_factory(self.outline, self.memory, origin.path, self._module_name(origin.path))
            self._by_origin[key] = found
            self._keep(self.found)
        return self._by_origin[key]

    def _module_name(self, path: str) -> str:
        try:
            return self.world.origins(path).module_name
        except UnreadableError:
            return ""

    def _named(self, name: str) -> Iterator[Factory]:
        importer = os.path.join(self.config.root, "conftest.py")
        if "." in name:
            found = self._dotted(name, importer)
        elif path := self.world.module_path(name, importer):
            found = [module_factory(self.outline, self.memory, path, name)]
        else:
            found = self._searched(name)
        yield from (replace(each, known_as=name) if each.known_as != name else each for each in found if each)

    def _dotted(self, name: str, importer: str) -> list[Factory | None]:
        path = self.world.module_path(name, importer)
        if path is not None:
            return [module_factory(self.outline, self.memory, path, name)]
        module, _, short = name.rpartition(".")
        path = self.world.module_path(module, importer)
        return self._member(path, short) if path is not None else []

    def _member(self, path: str, name: str) -> list[Factory | None]:
        """What the module at `path` calls `name`, directly or by re-export."""
        key = (path, name)
        own = self._by_origin[key] = class_factory(self.outline, self.memory, path, name)
        if own is not None:
            return [own]
        facts = self.outline.facts(path)
        units = facts.module.units if facts is not None else []
        if not units:
            return []
        origins = self.outline.origin(path, (name,), units[0], 0)
        return [self.at(each) for each in origins if each.path and each.name and each != key]

    def _searched(self, name: str) -> list[Factory | None]:
        word = name.encode("utf-8", "surrogatepass")
        defined: list[Factory] = []
        aliased: list[Factory | None] = []
        defines = re.compile(rb"^[ \t]*class[ \t]+" + re.escape(word) + rb"\b", re.MULTILINE)
        assigns = re.compile(rb"^" + re.escape(word) + rb"[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)
        below = self.config.root.rstrip(os.sep) + os.sep
        kept = {path for path, known in self.memory.places() if known == name and path.startswith(below)}
        for path in sorted({*self.world.definers(self.config.root, _needles(name)), *kept}):
            try:
                data = self.world.data(path)
            except UnreadableError:
                data = b""
            found = None
            if defines.search(data) or path in kept:
                found = self._by_origin[path, name] = class_factory(self.outline, self.memory, path, name)
            if found is not None:
                defined.append(found)
            elif assigns.search(data):
                aliased += self._member(path, name)
        defined.sort(key=lambda each: (self._is_collected(each.path), -len(each.methods), each.path))
        return [*defined, *aliased]

    def _is_collected(self, path: str) -> bool:
        """Whether pytest takes the file for tests: nobody keeps there what others import."""
        name = os.path.basename(path)
        return any(fnmatch(name, pattern) for pattern in self.config.pytest.python_files)


def needles_of(config: ProjectConfig) -> tuple[bytes, ...]:
    """The bytes of which a file that defines a factory of a bare name holds one."""
    return tuple(each for name in config.factory if "." not in name for each in _needles(name))


def _needles(name: str) -> tuple[bytes, ...]:
    word = name.encode("utf-8", "surrogatepass")
    return b"class " + word, b"\n" + word + b" =", b"\n" + word + b":"
