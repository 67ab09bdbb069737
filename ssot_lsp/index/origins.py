"""Where a name comes from, across files: imports, aliases, re-exports and stars, followed to their end.

An *origin* is a dotted name outside of the workspace (`unittest.mock.Mock`), or a place in a workspace file. What
cannot be known has no origin; nothing is guessed.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ssot_lsp.definitions import Kind
from ssot_lsp.files import UnreadableError
from ssot_lsp.index.written_imports import written_imports
from ssot_lsp.words import word_starts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.definitions import Binding, Import, Path
    from ssot_lsp.facts import Facts, Unit
    from ssot_lsp.index.modules import ModuleMap
    from ssot_lsp.index.ways import Ways

# Names are followed through at most so many files and aliases; real chains have three.
_LONGEST_CHAIN = 12
_STRING = re.compile(rb"""["']([^"'\\\n]+)["']""")
_DEFINES = (b"class ", b"def ", b"async def ")
_STAR = re.compile(rb"import[\s\\(]*\*")
# Through so many modules below each other that are attributes of packages: `helpers.inner.deeper.Double`.
_MOST_MODULES = 2
# Modules of the library and of what is installed that are never looked for in the workspace.
_LIBRARY = ("unittest.", "pytest_mock.")
_LIBRARY_MODULES = frozenset({"unittest", "pytest", "pytest_mock"})


class Origin(NamedTuple):
    """`path` is the workspace file, empty outside; `name` what it is there, empty for the module itself.

    Outside of the workspace `name` is the whole dotted name.
    """

    path: str
    name: str


class Texts(Protocol):
    """What is asked of other files."""

    def facts(self, path: str) -> Facts:
        """The facts of a workspace file; raises UnreadableError."""

    def data(self, path: str) -> bytes:
        """The bytes of a workspace file's text; raises UnreadableError."""


class Known:
    """What modules are known to hold, shared by all who ask as long as none of `files` changes."""

    def __init__(self) -> None:
        self.members: dict[tuple[str, str], tuple[tuple[Origin, ...], frozenset[str]]] = {}
        self.reexports: dict[tuple[str, int], tuple[tuple[tuple[str, Origin], ...], frozenset[str]]] = {}
        self.imports: dict[
            tuple[str, Import], tuple[tuple[Origin, ...], frozenset[str], dict[str, str | None]]
        ] = {}
        self.files: set[str] = set()
        self.ways: dict[tuple[str, tuple[str, ...]], Ways] = {}


class Origins:
    """Follows names out of one file.

    `dependencies` are the files that answers came from, `lookups` the modules that were asked for, for caches.
    """

    def __init__(self, path: str, facts: Facts, modules: ModuleMap, texts: Texts, known: Known) -> None:
        self.path = path
        self.facts = facts
        self.dependencies: set[str] = set()
        self.lookups: dict[str, str | None] = {}
        self._folder = os.path.dirname(path)
        self._modules = modules
        self._texts = texts
        self._known = known
        self._imports: dict[Import, tuple[Origin, ...]] = {}
        self._stars: tuple[Import, ...] | None = None

    def anew(self) -> Origins:
        """The same without dependencies, for whoever wants to know what his own questions depend on."""
        return Origins(self.path, self.facts, self._modules, self._texts, self._known)

    # --- questions

    @property
    def module_name(self) -> str:
        """The dotted name of this file."""
        return self.module_of(self.path)

    def module_of(self, path: str) -> str:
        """The dotted name of the file at `path`."""
        return self._modules.name_of(path)

    def of_import(self, target: Import) -> tuple[Origin, ...]:
        """Where an import of this file leads."""
        known = self._imports.get(target)
        if known is None:
            known = self._imports[target] = self._shared_import(target)
        return known

    def _shared_import(self, target: Import) -> tuple[Origin, ...]:
        """The same import leads to the same place from all files of a folder."""
        key = self._folder, target
        known = self._known.imports.get(key)
        if known is None:
            trail: set[str] = set()
            lookups, self.lookups = self.lookups, {}
            found = tuple(dict.fromkeys(self._import(self.path, target, trail, 0)))
            known = self._known.imports[key] = found, frozenset(trail), self.lookups
            self._known.files |= trail
            self.lookups = lookups
        found, files, asked = known
        self.dependencies |= files
        self.lookups.update(asked)
        return found

    def file_of(self, target: Import) -> str | None:
        """The workspace file of the module that an import of this file names."""
        module = self._absolute(self.path, target)
        return self._path_of(module, self.path) if module is not None else None

    def of_module_path(self, path: Path) -> tuple[Origin, ...]:
        """Where an attribute path leads whose first name is bound by the module."""
        file = _File(self.path, self.facts)
        bindings = self.facts.module_lookup(path[0])
        return tuple(dict.fromkeys(self._from_bindings(file, bindings, path, self.dependencies, 0)))

    def of_path(self, path: Path, unit: Unit, scope: int) -> tuple[Origin, ...]:
        """Where an attribute path leads as seen from a scope of this file; empty where it is unknown or shadowed."""
        bindings, _ = self.facts.lookup(path[0], unit, scope)
        found = self._from_bindings(_File(self.path, self.facts), bindings, path, self.dependencies, 0)
        return tuple(dict.fromkeys(found))

    def of_star(self, name: str) -> tuple[Origin, ...]:
        """Where a name that nothing binds would come from by the star imports of this file."""
        if self._stars is None:
            self._stars = tuple(self.facts.stars())
        trail = self.dependencies
        return tuple(
            dict.fromkeys(
                each for star in self._stars for each in self._star(self.path, star, name, trail, 0)
            )
        )

    def reexports(self, path: str) -> tuple[tuple[str, Origin], ...]:
        """The names of the workspace module at `path` that lead out of the workspace, with where to.

        Of a package also the dotted ones by which the modules lead there that it has for attributes.
        """
        found, files = self._shared_reexports(path, _MOST_MODULES)
        self.dependencies |= files
        return found

    def _shared_reexports(
        self, path: str, modules: int
    ) -> tuple[tuple[tuple[str, Origin], ...], frozenset[str]]:
        known = self._known.reexports.get((path, modules))
        if known is None:
            trail = {path}
            found = dict.fromkeys(self._reexports(path, trail, 0, modules))
            known = self._known.reexports[path, modules] = tuple(found), frozenset(trail)
            self._known.files |= trail
        return known

    def star_names(self) -> Iterator[str]:
        """The names that star imports of workspace modules bring in and that lead out of the workspace."""
        for star in self.facts.stars():
            module = self._absolute(self.path, star)
            found = self._path_of(module, self.path) if module is not None else None
            if found is not None and found != self.path:
                yield from (name for name, _ in self.reexports(found) if "." not in name)

    # --- the way

    def _reexports(
        self, path: str, trail: set[str], depth: int, modules: int
    ) -> Iterator[tuple[str, Origin]]:
        if depth > _LONGEST_CHAIN or not self._may_reexport(path, trail, {path}):
            return
        facts = self._facts(path)
        if facts is None:
            return
        has_modules = bool(modules) and _is_package(path)
        for name, bindings in facts.module.names.items():
            if any(each.kind is Kind.IMPORT or each.alias for _, each in bindings):
                for origin in self._module_member(path, name, trail, depth):
                    if not origin.path:
                        yield name, origin
                    elif has_modules and not origin.name and origin.path != path:
                        yield from self._through_module(name, origin.path, trail, modules - 1)
        for name, below in self._loaded_modules(path, facts) if has_modules else ():
            yield from self._through_module(name, below, trail, modules - 1)
        for star in facts.stars():
            module = self._absolute(path, star)
            found = self._path_of(module, path) if module is not None else None
            if found is not None and found not in trail:
                trail.add(found)
                yield from self._reexports(found, trail, depth + 1, modules)
            elif found is None and module is not None:
                yield "*", Origin("", f"{module}.*")

    def _through_module(
        self, name: str, path: str, trail: set[str], modules: int
    ) -> Iterator[tuple[str, Origin]]:
        """What can be taken of the module at `path`, which is an attribute of that name."""
        found, files = self._shared_reexports(path, modules)
        trail |= files
        yield from ((f"{name}.{each}", origin) for each, origin in found if each != "*")

    def _loaded_modules(self, path: str, facts: Facts) -> Iterator[tuple[str, str]]:
        """The modules below the package at `path` that it imports something from, and so has for attributes."""
        package = f"{self._modules.name_of(path)}."
        for binding in facts.imports():
            target = binding.target
            whole = (target.loads or self._absolute(path, target) or "") if target is not None else ""
            if whole.startswith(package):
                found = self._path_of(whole, path)
                if found is not None:
                    yield whole[len(package) :], found

    def _may_reexport(self, path: str, trail: set[str], seen: set[str]) -> bool:
        """Whether a module mentions mocks, or stands for a package and imports from one that does.

        Nobody asks about anything else that is re-exported. The files that the answer came from are added to `trail`,
        those that were looked into to `seen`.
        """
        try:
            data = self._texts.data(path)
        except UnreadableError:
            return False
        if b"mock" in data or b"Mock" in data or _STAR.search(data) is not None:
            return True
        if not _is_package(path):
            return False
        for _, target in written_imports(data):
            module = self._absolute(path, target)
            for each in (module, f"{module}.{target.name}") if target.name is not None else (module,):
                found = self._path_of(each, path) if each else None
                if found is not None and found not in seen:
                    seen.add(found)
                    trail.add(found)
                    if self._may_reexport(found, trail, seen):
                        return True
        return False

    def _from_bindings(
        self,
        file: _File,
        bindings: Iterable[tuple[Unit, int, Binding]],
        names: Path,
        trail: set[str],
        depth: int,
    ) -> list[Origin]:
        found = list(bindings)
        if any(each.kind in {Kind.DEFINITION, Kind.CLASS} for _, _, each in found):
            # A definition of that name shadows imports, wherever in its scope it stands.
            return [Origin(file.path, ".".join(names))]
        results: list[Origin] = []
        imported: set[Import] = set()
        for unit, scope, binding in found:
            heads: Iterable[Origin]
            if binding.kind is Kind.IMPORT and binding.target is not None:
                if binding.target in imported:
                    continue
                imported.add(binding.target)
                if file.path == self.path and depth == 0:
                    heads = self.of_import(binding.target)
                else:
                    heads = self._import(file.path, binding.target, trail, depth + 1)
            elif binding.alias and depth < _LONGEST_CHAIN and binding.alias[0] != binding.name:
                inner, _ = file.facts.lookup(binding.alias[0], unit, scope)
                heads = self._from_bindings(file, inner, binding.alias, trail, depth + 1)
            elif file.path != self.path:
                heads = [Origin(file.path, binding.name)]
            else:
                continue
            for head in heads:
                results += self._descend(head, names[1:], trail, depth)
        return results

    def _descend(self, origin: Origin, names: Path, trail: set[str], depth: int) -> list[Origin]:
        origins = [origin]
        for name in names:
            origins = [each for one in origins for each in self._attribute(one, name, trail, depth + 1)]
        return origins

    def _import(self, importer: str, target: Import, trail: set[str], depth: int) -> list[Origin]:
        module = self._absolute(importer, target)
        name = target.name
        if module is None or depth > _LONGEST_CHAIN:
            return []
        found = self._path_of(module, importer)
        if name is None:
            return [Origin(found, "") if found else Origin("", module)]
        if found is not None and found != importer:
            return self._module_member(found, name, trail, depth)
        below = self._path_of(f"{module}.{name}", importer)
        if below is not None:
            return [Origin(below, "")]
        # A package that takes from itself what it does not have by then.
        return [Origin("", f"{module}.{name}")] if found is None else []

    def _attribute(self, origin: Origin, name: str, trail: set[str], depth: int) -> list[Origin]:
        if not origin.path:
            whole = f"{origin.name}.{name}"
            # A folder without `__init__.py` is a package all the same.
            below = self._path_of(whole, self.path)
            return [Origin(below, "") if below is not None else Origin("", whole)]
        if origin.name:
            return [Origin(origin.path, f"{origin.name}.{name}")]
        return self._module_member(origin.path, name, trail, depth)

    def _module_member(self, path: str, name: str, trail: set[str], depth: int) -> list[Origin]:
        """What the workspace module at `path` calls `name`."""
        known = self._known.members.get((path, name))
        if known is None:
            if depth > _LONGEST_CHAIN:
                return []
            own = {path}
            known = tuple(self._find_member(path, name, own, depth)), frozenset(own)
            self._known.members[path, name] = known
            self._known.files |= own
        found, files = known
        trail |= files
        return list(found)

    def _find_member(self, path: str, name: str, trail: set[str], depth: int) -> list[Origin]:
        try:
            data = self._texts.data(path)
        except UnreadableError:
            return []
        word = name.encode("utf-8", "surrogatepass")
        if word in data or _STAR.search(data) is not None:
            if surely_defines(data, word):
                return [Origin(path, name)]
            found = self._exported(path, name, trail, depth)
            if found:
                return found
        below = self._path_of(f"{self._modules.name_of(path)}.{name}", path)
        return [Origin(below, "")] if below is not None and below != path else []

    def _exported(self, path: str, name: str, trail: set[str], depth: int) -> list[Origin]:
        facts = self._facts(path)
        if facts is None:
            return []
        bindings = facts.module.names.get(name)
        if bindings:
            triples = [(unit, 0, binding) for unit, binding in bindings]
            return self._from_bindings(_File(path, facts), triples, (name,), trail, depth + 1)
        return [each for star in facts.stars() for each in self._star(path, star, name, trail, depth + 1)]

    def _star(self, importer: str, star: Import, name: str, trail: set[str], depth: int) -> list[Origin]:
        module = self._absolute(importer, star)
        if depth > _LONGEST_CHAIN or module is None:
            return []
        found = self._path_of(module, importer)
        if found is None:
            return [] if name.startswith("_") else [Origin("", f"{module}.{name}")]
        if found == importer or not self._exports(found, name):
            return []
        return self._module_member(found, name, trail, depth)

    def _exports(self, path: str, name: str) -> bool:
        """Whether a star import of the module at `path` brings `name` along."""
        try:
            has_all = b"__all__" in self._texts.data(path)
        except UnreadableError:
            return False
        facts = self._facts(path) if has_all else None
        bindings = facts.module.names.get("__all__", ()) if facts is not None else ()
        if not bindings:
            return not name.startswith("_")
        listed: set[bytes] = set()
        for unit, binding in bindings:
            if binding.value is None or not (unit.holds(b"[") or unit.holds(b"(")):
                return not name.startswith("_")  # put together in a way that is not looked into
            start, end = binding.value
            listed.update(_STRING.findall(unit.data, unit.start + start, unit.start + end))
        return name.encode("utf-8", "surrogatepass") in listed

    def _facts(self, path: str) -> Facts | None:
        try:
            return self._texts.facts(path)
        except UnreadableError:
            return None

    def _absolute(self, importer: str, target: Import) -> str | None:
        if not target.level:
            return target.module
        return self._modules.absolute(importer, target.level, target.module)

    def _path_of(self, module: str, importer: str) -> str | None:
        if module.startswith(_LIBRARY) or module in _LIBRARY_MODULES:
            return None
        if importer != self.path:
            return self._modules.path_of(module, importer)
        found = self.lookups[module] = self._modules.path_from(self._folder, module)
        return found


def _is_package(path: str) -> bool:
    return os.path.basename(path).startswith("__init__.")


class _File(NamedTuple):
    path: str
    facts: Facts


def surely_defines(data: bytes, word: bytes) -> bool:
    """Whether the bytes surely define `word` at module level, whatever else may bind it in a deeper place.

    Spares parsing most modules that are imported from; errs on the side of no. A definition counts before imports and
    assignments, so that only those are looked at which leave a doubt that it is one: on lines without an indent.
    """
    is_defined = False
    for at in word_starts(data, word):
        start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
        line = data[start : end if end >= 0 else len(data)]
        before, after = line[: at - start], line[at - start + len(word) :]
        if before in _DEFINES:
            is_defined = True
        elif _may_bind(before, after):
            return False
    return is_defined


def _may_bind(before: bytes, after: bytes) -> bool:
    """Whether a word with this before and behind it on its line may be imported, or assigned to, by the module itself."""
    if before[:1].isspace() or before.startswith(_DEFINES):
        return False
    if b"import" in before or before.rstrip().endswith((b" as", b",", b"(")) or not before:
        return True
    return b"=" in after
