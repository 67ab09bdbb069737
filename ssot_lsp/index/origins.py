"""Where a name comes from, across files: imports, aliases, re-exports and stars, followed to their end.

An *origin* is a dotted name outside of the workspace (`unittest.mock.Mock`), or a place in a workspace file. What
cannot be known has no origin; nothing is guessed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ssot_lsp.definitions import Kind
from ssot_lsp.files import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.definitions import Binding, Import, Path
    from ssot_lsp.facts import Facts, Unit
    from ssot_lsp.index.modules import ModuleMap

# Names are followed through at most so many files and aliases; real chains have three.
_LONGEST_CHAIN = 12
_STRING = re.compile(rb"""["']([^"'\\\n]+)["']""")
# Modules of the library and of what is installed that are never looked for in the workspace.
_LIBRARY = ("unittest.", "pytest_mock.")


class Origin(NamedTuple):
    """`path` is the workspace file, empty outside; `name` what it is there, empty for the module itself.

    Outside of the workspace `name` is the whole dotted name.
    """

    path: str
    name: str


class Texts(Protocol):
    """What the resolver needs to know about other files."""

    def facts(self, path: str) -> Facts:
        """The facts of a workspace file; raises UnreadableError."""

    def data(self, path: str) -> bytes:
        """The bytes of a workspace file, in whatever encoding; raises UnreadableError."""


class Origins:
    """Follows names out of one file; remembers nothing that another version of a file could make wrong.

    `dependencies` are the files that answers came from, `lookups` the modules that were asked for, for caches.
    """

    def __init__(self, path: str, facts: Facts, modules: ModuleMap, texts: Texts) -> None:
        self.path = path
        self.facts = facts
        self.dependencies: set[str] = set()
        self.lookups: dict[str, str | None] = {}
        self._modules = modules
        self._texts = texts
        self._imports: dict[Import, tuple[Origin, ...]] = {}
        self._stars: tuple[Import, ...] | None = None

    def of_import(self, target: Import) -> tuple[Origin, ...]:
        """Where an import of this file leads."""
        known = self._imports.get(target)
        if known is None:
            known = self._imports[target] = tuple(dict.fromkeys(self._import(self.path, target, 0)))
        return known

    def of_path(self, path: Path, unit: Unit, scope: int) -> tuple[Origin, ...]:
        """Where an attribute path leads as seen from a scope of this file; empty where it is unknown or shadowed."""
        bindings, _ = self.facts.lookup(path[0], unit, scope)
        return tuple(dict.fromkeys(self._from_bindings(self.path, self.facts, bindings, path, 0)))

    def of_star(self, name: str) -> tuple[Origin, ...]:
        """Where a name that nothing binds would come from by the star imports of this file."""
        return tuple(
            dict.fromkeys(
                origin for star in self._own_stars() for origin in self._star(self.path, star, name, 0)
            )
        )

    def member(self, origin: Origin, name: str) -> tuple[Origin, ...]:
        """The attribute `name` of what `origin` is."""
        return tuple(dict.fromkeys(self._member(origin, name, 0)))

    def data(self, path: str) -> bytes:
        """The bytes of a workspace file, empty where it cannot be read."""
        try:
            return self._texts.data(path)
        except UnreadableError:
            return b""

    def _from_bindings(
        self,
        path: str,
        facts: Facts,
        bindings: Iterable[tuple[Unit, int, Binding]],
        names: Path,
        depth: int,
    ) -> list[Origin]:
        found = list(bindings)
        if any(each.kind in {Kind.DEFINITION, Kind.CLASS} for _, _, each in found):
            # A definition of that name shadows imports, wherever in its scope it stands.
            return [Origin(path, ".".join(names))]
        results: list[Origin] = []
        for unit, scope, binding in found:
            if binding.kind is Kind.IMPORT and binding.target is not None:
                heads = self._import(path, binding.target, depth + 1)
            elif binding.alias and depth < _LONGEST_CHAIN and binding.alias[0] != binding.name:
                inner, _ = facts.lookup(binding.alias[0], unit, scope)
                heads = self._from_bindings(path, facts, inner, binding.alias, depth + 1)
            elif path != self.path:
                heads = [Origin(path, binding.name)]
            else:
                continue
            for head in heads:
                results += self._descend(head, names[1:], depth)
        return results

    def _descend(self, origin: Origin, names: Path, depth: int) -> list[Origin]:
        origins = [origin]
        for name in names:
            origins = [each for one in origins for each in self._member(one, name, depth + 1)]
        return origins

    def _import(self, importer: str, target: Import, depth: int) -> list[Origin]:
        if depth > _LONGEST_CHAIN:
            return []
        module = self._absolute(importer, target)
        if module is None:
            return []
        name = target.name
        if name is None:
            found = self._path_of(module, importer)
            return [Origin(found, "") if found else Origin("", module)]
        found = self._path_of(module, importer)
        if found is not None:
            return self._module_member(found, name, depth)
        below = self._path_of(f"{module}.{name}", importer)
        return [Origin(below, "")] if below is not None else [Origin("", f"{module}.{name}")]

    def _member(self, origin: Origin, name: str, depth: int) -> list[Origin]:
        if not origin.path:
            whole = f"{origin.name}.{name}"
            # A folder without `__init__.py` is a package all the same.
            below = self._path_of(whole, self.path) if "." not in origin.name else None
            return [Origin(below, "") if below is not None else Origin("", whole)]
        if origin.name:
            return [Origin(origin.path, f"{origin.name}.{name}")]
        return self._module_member(origin.path, name, depth)

    def _module_member(self, path: str, name: str, depth: int) -> list[Origin]:
        """What the workspace module at `path` calls `name`."""
        if depth > _LONGEST_CHAIN:
            return []
        self.dependencies.add(path)
        try:
            data = self._texts.data(path)
        except UnreadableError:
            return []
        word = name.encode("utf-8", "surrogatepass")
        has_star = b"*" in data and re.search(rb"import\s*\(?\s*\*", data) is not None
        if word in data or has_star:
            if _defines(data, word):
                return [Origin(path, name)]
            found = self._exported(path, name, depth)
            if found:
                return found
        below = self._path_of(f"{self._modules.name_of(path)}.{name}", path)
        return [Origin(below, "")] if below is not None and below != path else []

    def _exported(self, path: str, name: str, depth: int) -> list[Origin]:
        facts = self._facts(path)
        if facts is None:
            return []
        bindings = facts.module.names.get(name)
        if bindings:
            triples = [(unit, 0, binding) for unit, binding in bindings]
            return self._from_bindings(path, facts, triples, (name,), depth + 1)
        return [origin for star in facts.stars() for origin in self._star(path, star, name, depth + 1)]

    def star_names(self) -> Iterator[str]:
        """The names that star imports of workspace modules bring in and that lead out of these modules again."""
        for star in self._own_stars():
            module = self._absolute(self.path, star)
            found = self._path_of(module, self.path) if module is not None else None
            if found is None or found == self.path:
                continue
            self.dependencies.add(found)
            if b"mock" in self.data(found):
                facts = self._facts(found)
                names = facts.module.names if facts is not None else {}
                yield from (
                    name
                    for name, bindings in names.items()
                    if any(each.kind is Kind.IMPORT or each.alias for _, each in bindings)
                )

    def _own_stars(self) -> tuple[Import, ...]:
        if self._stars is None:
            self._stars = tuple(self.facts.stars())
        return self._stars

    def _facts(self, path: str) -> Facts | None:
        try:
            return self._texts.facts(path)
        except UnreadableError:
            return None

    def _absolute(self, importer: str, target: Import) -> str | None:
        if not target.level:
            return target.module
        return self._modules.absolute(importer, target.level, target.module)

    def _star(self, importer: str, star: Import, name: str, depth: int) -> list[Origin]:
        module = self._absolute(importer, star)
        if depth > _LONGEST_CHAIN or module is None:
            return []
        found = self._path_of(module, importer)
        if found is None:
            return [] if name.startswith("_") else [Origin("", f"{module}.{name}")]
        if found == importer or not self._exports(found, name):
            return []
        return self._module_member(found, name, depth)

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
            if binding.value is None or (not unit.holds(b"[") and not unit.holds(b"(")):
                return not name.startswith("_")  # put together in a way that is not looked into
            start, end = binding.value
            listed.update(_STRING.findall(unit.data, unit.start + start, unit.start + end))
        return name.encode("utf-8", "surrogatepass") in listed

    def _path_of(self, module: str, importer: str) -> str | None:
        if module.startswith(_LIBRARY) or module in {"unittest", "pytest", "pytest_mock"}:
            return None
        found = self._modules.path_of(module, importer)
        if importer == self.path:
            self.lookups[module] = found
        return found


def _defines(data: bytes, word: bytes) -> bool:
    """Whether the bytes surely define `word` once, at module level, and bind it in no other way."""
    pattern = rb"^(?:class|def|async[ \t]+def)[ \t]+" + re.escape(word) + rb"\b"
    match = re.search(pattern, data, re.MULTILINE)
    if match is None:
        return False
    # Any import or assignment of the same name asks for a closer look.
    other = (
        rb"^[^\n#]*\b(?:import|as)\b[^\n]*\b"
        + re.escape(word)
        + rb"\b|^[ \t]*"
        + re.escape(word)
        + rb"[ \t]*="
    )
    return re.search(other, data, re.MULTILINE) is None
