"""By which words a factory can be reached from a file: the cheap question before the real one.

A file uses a factory by the name of its class, by what it imports it as, by a fixture of a conftest or one that it
imports, by an attribute that a base class sets, or by names that it gives these itself. Whoever holds none of the
words uses none. Looked into are the conftests above a file, the bases of its classes and the fixtures that it
imports, never all that it imports: what no word leads to is not found, with or without a prefilter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ssot_lsp.definitions import FUNCTION, Import, Kind
from ssot_lsp.files import UnreadableError
from ssot_lsp.index.fixtures import base_origins, class_named, fixture_name
from ssot_lsp.index.headers import headers
from ssot_lsp.index.receivers import Elsewhere as Receiving

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.facts import Container, Facts, Unit
    from ssot_lsp.index.origins import Origin, Origins
    from ssot_lsp.index.receivers import Receivers

_MOST_ROUNDS = 4
_DEEPEST = 8
_BASE = re.compile(r"(?<![\w.=])([^\W\d]\w*)((?:\.\w+)*)(?![\w.]*=)")


class World(Receiving, Protocol):
    """What is asked of the workspace."""

    def facts(self, path: str) -> Facts:
        """What a file says; raises UnreadableError."""

    def data(self, path: str) -> bytes:
        """The bytes of a file's text; raises UnreadableError."""

    def origins(self, path: str) -> Origins:
        """Where the names of a file come from; raises UnreadableError."""

    def config(self, path: str) -> ProjectConfig:
        """The configuration of a file."""

    def conftests(self, path: str) -> Iterable[str]:
        """The conftest files that apply to the file at `path`, nearest first."""


class Offered(NamedTuple):
    """Words that a file gives to others, and the files that this depends on."""

    words: frozenset[str]
    files: frozenset[str]


_NONE = Offered(frozenset(), frozenset())


class Ways:
    """What files offer each other, as long as none of those that were looked into changes."""

    def __init__(self) -> None:
        self.fixtures: dict[str, Offered] = {}
        self.classes: dict[tuple[str, str], Offered] = {}
        self._around: dict[str, tuple[object, Offered]] = {}
        self._asked: set[tuple[str, str]] = set()

    def words(self, world: World, path: str) -> Offered:
        """The words by which a factory can be reached in the file at `path`; raises UnreadableError."""
        receivers = world.receivers(path)
        facts = receivers.facts
        key = tuple(_what_matters(facts))
        known = self._around.get(path)
        if known is None or known[0] != key:
            known = self._around[path] = key, self._around_file(world, path, receivers)
        words, files = known[1]
        return Offered(_with_given(facts, words), files)

    def _around_file(self, world: World, path: str, receivers: Receivers) -> Offered:
        """What imports, conftests and base classes give to a file."""
        origins = receivers.origins.anew()
        found = self._from_outside(world, path, receivers, origins)
        facts = receivers.facts
        words, files = set(found.words), set(found.files)
        for container in facts.classes:
            for origin in base_origins(container, facts, origins):
                if origin.path and origin.path != path:
                    offered = self.of_class(world, origin)
                    words |= offered.words
                    files |= offered.files
        receivers.origins.lookups.update(origins.lookups)
        return Offered(frozenset(words), frozenset({*files, *origins.dependencies} - {path}))

    def may_reach(
        self, world: World, path: str, data: bytes, imports: Iterable[tuple[str, Import]], origins: Origins
    ) -> bool:
        """Whether a file that is not parsed, of these bytes and `written_imports`, may use a factory.

        `origins` take what that depends on.
        """
        factories = world.config(path).factory
        modules = {found: name for name in factories if (found := world.module_path(name, path)) is not None}
        names = {_last(name) for name in factories if name not in modules.values()}
        if _holds_any(data, names):
            return True
        offered = self._of_conftests(world, path)
        origins.dependencies |= offered.files
        if _holds_any(data, offered.words):
            return True
        bases = _bases(data)
        for local, target in imports:
            if target.name is None and _holds_any(data, _below(target.module, modules.values())):
                return True
            for origin in origins.of_import(target):
                if _last(origin.name) in names or origin.path in modules:
                    return True
                if not origin.path or origin.path == path:
                    continue
                if local == "*" or not origin.name or local in bases:
                    offered = self._offered(world, origin, bases.get(local, ()), is_star=local == "*")
                else:
                    offered = self.of_file(world, origin.path)
                    offered = Offered(offered.words & {origin.name}, offered.files)
                origins.dependencies |= offered.files
                if _holds_any(data, offered.words):
                    return True
        return False

    def _offered(self, world: World, origin: Origin, tails: Iterable[str], *, is_star: bool) -> Offered:
        """What an import of a module, of all that is in it, or of a base class offers."""
        if origin.name:
            return self.of_class(world, origin)
        found = self.of_file(world, origin.path) if is_star else _NONE
        if is_star:  # any base may come from there
            try:
                tails = [each.name for each in world.facts(origin.path).classes]
            except UnreadableError:
                return found
        for tail in tails:
            of_class = self.of_class(world, origin._replace(name=tail))
            found = Offered(found.words | of_class.words, found.files | of_class.files)
        return found

    # --- what others give to a file

    def _from_outside(self, world: World, path: str, receivers: Receivers, origins: Origins) -> Offered:
        """The names of the factories, fixtures of conftests, and imports that lead to a factory or to such a fixture."""
        words = set(receivers.names)
        offered = self._of_conftests(world, path)
        words |= offered.words
        files = set(offered.files)
        for binding in receivers.facts.imports():
            if binding.target is None:
                continue
            if binding.target.name in receivers.names:
                words.add(binding.name)
                continue
            if binding.target.loads:  # `import a.b.c`: the last word leads to it
                words |= _below(binding.target.loads, receivers.modules.values())
            for origin in origins.of_import(binding.target):
                if origin.path in receivers.modules or _last(origin.name) in receivers.names:
                    words.add(binding.name)
                elif origin.path and origin.name and origin.path != path:
                    offered = self.of_file(world, origin.path)
                    files |= offered.files
                    if origin.name in offered.words:
                        words.add(binding.name)
        for star in receivers.facts.stars():
            for origin in origins.of_import(Import(star.module, None, star.level)):
                if origin.path and origin.path != path:
                    offered = self.of_file(world, origin.path)
                    files |= offered.files
                    words |= offered.words
                if origin.path in receivers.modules:
                    words |= {name for name in world.facts(origin.path).module.names if name[0] != "_"}
        return Offered(frozenset(words), frozenset(files))

    def _of_conftests(self, world: World, path: str) -> Offered:
        words: set[str] = set()
        files: set[str] = set()
        for conftest in world.conftests(path):
            if conftest != path:
                offered = self.of_file(world, conftest)
                words |= offered.words
                files |= offered.files
        return Offered(frozenset(words), frozenset(files))

    # --- what a file gives to others

    def of_file(self, world: World, path: str) -> Offered:
        """The names at module level of the file at `path` that are a factory, or a fixture or function that gives one."""
        known = self.fixtures.get(path)
        if known is not None:
            return known
        key = (path, "")
        if key in self._asked:  # what leads back to itself gives nothing
            return _NONE
        self._asked.add(key)
        try:
            found = self._of_file(world, path)
        except UnreadableError:
            found = Offered(frozenset(), frozenset({path}))
        finally:
            self._asked.discard(key)
        self.fixtures[path] = found
        return found

    def _of_file(self, world: World, path: str) -> Offered:
        data = world.data(path)
        if b"fixture" not in data and not any(
            _last(name).encode("utf-8", "surrogatepass") in data for name in world.config(path).factory
        ):
            return Offered(frozenset(), frozenset({path}))
        receivers = world.receivers(path)
        origins = receivers.origins.anew()
        outside = self._from_outside(world, path, receivers, origins)
        words: set[str] = set()
        inside = outside.words
        for _ in range(_MOST_ROUNDS):  # a fixture may ask for another one of the file
            known = _with_given(receivers.facts, inside | words)
            found = {
                name
                for unit in receivers.facts.module.units
                for name in (*_fixtures_of(unit, receivers, known), *_helpers_of(unit, receivers, known))
            }
            if found <= words:
                break
            words |= found
        for name, bindings in receivers.facts.module.names.items():
            if any(each.kind is Kind.ASSIGNMENT and each.alias for _, each in bindings):
                receiver = receivers.find((name,), bindings[0][0], 0)
                if receiver is not None and not receiver.rest:
                    words.add(name)
        imported = {each.name for each in receivers.facts.imports()}
        words |= (outside.words & imported) - receivers.names
        for star in receivers.facts.stars():
            for origin in origins.of_import(Import(star.module, None, star.level)):
                if origin.path and origin.path != path:
                    words |= self.of_file(world, origin.path).words
        files = {path, *outside.files, *origins.dependencies}
        return Offered(
            frozenset(words), frozenset(files.union(receivers.origins.dependencies if words else ()))
        )

    def of_class(self, world: World, origin: Origin) -> Offered:
        """The attributes of a class of the workspace, own or inherited, that are a factory or give one."""
        key = (origin.path, origin.name)
        known = self.classes.get(key)
        if known is not None:
            return known
        if key in self._asked or len(self._asked) > _DEEPEST or not origin.path:
            return _NONE
        self._asked.add(key)
        try:
            found = self._of_class(world, origin)
        except UnreadableError:
            found = Offered(frozenset(), frozenset({origin.path}))
        finally:
            self._asked.discard(key)
        self.classes[key] = found
        return found

    def _of_class(self, world: World, origin: Origin) -> Offered:
        path, name = origin
        data = world.data(path)
        if b"class " + name.encode("utf-8", "surrogatepass") not in data:
            return Offered(frozenset(), frozenset({path}))
        receivers = world.receivers(path)
        container = class_named(receivers.facts, name)
        if container is None:
            return Offered(frozenset(), frozenset({path}))
        origins = receivers.origins.anew()
        outside = self._from_outside(world, path, receivers, origins)
        words: set[str] = set()
        files = {path, *outside.files}
        for base in base_origins(container, receivers.facts, origins):
            offered = self.of_class(world, base)
            words |= offered.words
            files |= offered.files
        known = _with_given(receivers.facts, outside.words | words)
        words |= set(_attributes_of(container, receivers, known))
        files |= origins.dependencies
        return Offered(
            frozenset(words), frozenset(files.union(receivers.origins.dependencies if words else ()))
        )


def _what_matters(facts: Facts) -> Iterator[object]:
    """What an edit has to change for other words to lead to a factory: imports, and what classes derive from."""
    for unit in facts.importing():
        yield unit.memo
    data = facts.source.data
    for container in facts.classes:
        scope = container.scope
        if scope is not None and scope.bases:
            yield data[container.start : container.start + scope.body]
            for base in scope.bases:
                for unit, binding in facts.module.names.get(base[0], ()) if base else ():
                    yield unit.memo if binding.kind is not Kind.CLASS else binding.name


def units_holding(facts: Facts, words: Iterable[str]) -> list[Unit]:
    """The units in whose bytes one of `words` stands, in their order."""
    data = facts.source.data
    found: dict[int, Unit] = {}
    for word in words:
        needle = word.encode("utf-8", "surrogatepass")
        at = data.find(needle) if needle else -1
        while at >= 0:
            unit = facts.unit_at(at)
            if unit is not None:
                found[unit.start] = unit
            at = data.find(needle, unit.end if unit is not None else at + 1)
    return [found[start] for start in sorted(found)]


def _with_given(facts: Facts, words: Iterable[str]) -> frozenset[str]:
    """Those of `words` that a file holds, and the names that it gives to what they stand for."""
    data = facts.source.data
    known = frozenset(word for word in words if word.encode("utf-8", "surrogatepass") in data)
    for _ in range(_MOST_ROUNDS):
        given = frozenset().union(*(unit.references(known).given for unit in units_holding(facts, known)))
        if given <= known:
            break
        known |= given
    return known


def _fixtures_of(unit: Unit, receivers: Receivers, words: frozenset[str]) -> Iterator[str]:
    if not unit.holds(b"fixture") or not _holds_any(unit.data[unit.start : unit.end], words):
        return
    for number, scope in enumerate(unit.scopes):
        if scope.kind == FUNCTION and scope.parent == 0:
            name = fixture_name(scope, unit)
            found = receivers.of_results(unit, number, 0) if name else None
            # The product of a method counts too: tests may write on it.
            if name and found is not None and (not found.rest or found.rest[1:] == ("()",)):
                yield name


def _helpers_of(unit: Unit, receivers: Receivers, words: frozenset[str]) -> Iterator[str]:
    """The function that a unit is, if it returns a factory."""
    if unit.name and unit.holds(b"return") and _holds_any(unit.data[unit.start : unit.end], words):
        found = receivers.of_call(unit.name, 0)
        if found is not None and not found.rest:
            yield unit.name


def _attributes_of(container: Container, receivers: Receivers, words: frozenset[str]) -> Iterator[str]:
    """Of `words`, which hold what the class itself gives them to."""
    for name in words:
        found = receivers.of_class(container, (name,), 0) or receivers.of_class(container, (name, "()"), 0)
        if found is not None and not found.rest:
            yield name


def _holds_any(data: bytes, words: Iterable[str]) -> bool:
    return any(word.encode("utf-8", "surrogatepass") in data for word in words)


def _below(loaded: str, modules: Iterable[str]) -> set[str]:
    """The last words of those modules that may be reached through the package that `import loaded` binds."""
    head = loaded.partition(".")[0]
    return {_last(name) for name in modules if name.partition(".")[0] == head}


def _last(dotted: str) -> str:
    return dotted.rpartition(".")[2]


def _bases(data: bytes) -> dict[str, set[str]]:
    """What classes are derived from, read off the bytes: the first names, each with what is taken from it."""
    found: dict[str, set[str]] = {}
    for header in headers(data):
        for head, tail in _BASE.findall(header.bases.decode("utf-8", "replace")):
            found.setdefault(head, set()).add(_last(tail))
    return found
