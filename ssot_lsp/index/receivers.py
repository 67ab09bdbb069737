"""What in a file is a factory: its class, an alias or instance of it, `self.mock_factory`, a fixture, a parameter.

Followed through the file's real bindings and across files, like the doubles of `mocks`; binding is flow-insensitive.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ssot_lsp.definitions import CLASS, FUNCTION, Import, Kind
from ssot_lsp.facts import self_name
from ssot_lsp.files import UnreadableError
from ssot_lsp.index.fixtures import base_origins, class_named, fixture_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.definitions import Binding, Path, PathBinding
    from ssot_lsp.facts import Container, Unit
    from ssot_lsp.index.factories import Factories
    from ssot_lsp.index.factory import Factory
    from ssot_lsp.index.fixtures import Fixtures
    from ssot_lsp.index.origins import Origin, Origins

_DEEPEST = 8
_ANNOTATION = re.compile(rb"\w+\s*:\s*([^=\n#]+)")
_WORD = re.compile(r"[\w.]+")
# Decorators behind which a function still returns what it says.
_TRANSPARENT = frozenset(
    (name,) for name in ("staticmethod", "classmethod", "property", "cached_property", "cache", "lru_cache")
)


class Receiver(NamedTuple):
    """A factory that an attribute path starts with: its places in the workspace, what it is called, and the `rest`.

    No `origins`: known by its name alone. `is_foreign`: the name comes from outside of the workspace.
    """

    name: str
    origins: tuple[Origin, ...]
    rest: Path
    is_foreign: bool = False

    def then(self, path: Path) -> Receiver:
        """The same with more behind it."""
        return replace_rest(self, (*self.rest, *path))


def replace_rest(receiver: Receiver, rest: Path) -> Receiver:
    """`receiver` with another rest; a call of the factory itself is an instance of it."""
    return receiver._replace(rest=rest[1:] if rest[:1] == ("()",) else rest)


class Elsewhere(Protocol):
    """What is asked of other files."""

    def receivers(self, path: str) -> Receivers:
        """The receivers of another workspace file; raises UnreadableError."""

    def data(self, path: str) -> bytes:
        """The bytes of a file's text; raises UnreadableError."""

    def module_path(self, module: str, importer: str) -> str | None:
        """The file of a dotted module as seen from the file `importer`."""


class World(Elsewhere, Protocol):
    """What leads from a receiver to the model of its factory."""

    def factories_of(self, path: str) -> Factories:
        """The factories of the configuration of the file at `path`."""


def factory_of_receiver(
    world: World, path: str, unit: Unit, scope: int, names: Path
) -> tuple[Factory, Path] | None:
    """The factory that the attribute path `names` of the file at `path` starts with, and what is taken from it.

    An instance counts as its class: `SSotMockFactory().create_x()` has the rest `("create_x", "()")`. Raises
    UnreadableError.
    """
    found = world.receivers(path).find(names, unit, scope)
    if found is None:
        return None
    factories = world.factories_of(path)
    for origin in found.origins:
        factory = factories.at(origin)
        if factory is not None:
            known = next((each for each in factories.all() if (each.path, each.name) == origin), None)
            return known or factory, found.rest
    for factory in factories.all():
        if factory.known_as.rpartition(".")[2] == found.name:
            return (replace(factory, has_unknown_methods=True) if found.is_foreign else factory), found.rest
    return None


class Receivers:
    """The receivers of one version of one file, under one configuration."""

    def __init__(
        self, origins: Origins, fixtures: Fixtures, config: ProjectConfig, elsewhere: Elsewhere
    ) -> None:
        self.path = path = origins.path
        self.facts = origins.facts
        self.origins = origins
        self.modules = {
            found: name for name in config.factory if (found := elsewhere.module_path(name, path)) is not None
        }
        # Not those of modules: `fixtures` may be anything, a class that is called `SSotMockFactory` is one.
        self.names = frozenset(
            name.rpartition(".")[2] for name in config.factory if name not in self.modules.values()
        )
        self._last_names = self.names | {name.rpartition(".")[2] for name in self.modules.values()}
        self.fixtures = fixtures
        self.pytest = config.pytest
        self._elsewhere = elsewhere
        self._known: dict[tuple[int, int, Path], Receiver | None] = {}
        self._of_fixtures: dict[tuple[str, int, int], Receiver | None] = {}

    def find(self, path: Path, unit: Unit, scope: int, depth: int = 0) -> Receiver | None:
        """The factory that an attribute path starts with, as seen from a scope; None where it is none or unknown."""
        if not path or depth > _DEEPEST:
            return None
        key = (unit.start, scope, path)
        if key not in self._known:
            self._known[key] = None  # what leads back to itself is none
            self._known[key] = self._find(path, unit, scope, depth)
        return self._known[key]

    def _find(self, path: Path, unit: Unit, scope: int, depth: int) -> Receiver | None:
        for index, part in enumerate(path):
            if part in self.names and "()" not in path[:index]:
                return self._named(path, index, unit, scope)
        if len(path) > 1 and path[0] == self_name(unit, scope):
            return self._of_self(path, unit, scope, depth)
        bindings, _ = self.facts.lookup(path[0], unit, scope)
        imported: set[Import | None] = set()
        for owner, number, binding in bindings:
            if binding.kind is Kind.IMPORT:
                if binding.target in imported:
                    continue  # a long file imports the same time and again
                imported.add(binding.target)
            found = self._of_binding(binding, owner, number, path, depth)
            if found is not None:
                return found
        if not bindings:
            return self._of_origins(self.origins.of_star(path[0]), path[1:])
        return None

    def _named(self, path: Path, index: int, unit: Unit, scope: int) -> Receiver:
        """A path in which the name of a factory stands: it is one, wherever it comes from."""
        head = path[: index + 1]
        bindings, _ = self.facts.lookup(path[0], unit, scope)
        origins = self.origins.of_path(head, unit, scope) if bindings else self.origins.of_star(path[0])
        places = tuple(each for each in origins if each.path and each.name)
        receiver = Receiver(path[index], places, (), not places and any(not each.path for each in origins))
        return replace_rest(receiver, path[index + 1 :])

    def _of_binding(
        self, binding: Binding, unit: Unit, scope: int, path: Path, depth: int
    ) -> Receiver | None:
        kind, rest = binding.kind, path[1:]
        if kind is Kind.IMPORT and binding.target is not None:
            return self._imported(binding, path, unit, scope, depth)
        if kind is Kind.ASSIGNMENT:
            found = self._of_value(binding, unit, scope, depth) or self._annotated(
                binding, unit, scope, depth
            )
            return found.then(rest) if found is not None else None
        if kind is Kind.PARAMETER:
            return self._of_parameter(binding.name, unit, scope, rest, depth)
        if kind is Kind.DEFINITION and rest[:1] == ("()",):
            found = self._of_function(binding.name, unit, depth)
            return found.then(rest[1:]) if found is not None else None
        return None

    def _imported(self, binding: Binding, path: Path, unit: Unit, scope: int, depth: int) -> Receiver | None:
        assert binding.target is not None  # noqa: S101 - for the types: an import has a target
        name = binding.target.name or ""
        if name in self.names:  # `from … import SSotMockFactory as F`, or a module's alias of another class
            origins = self.origins.of_import(binding.target)
            places = tuple(each for each in origins if each.path and each.name)
            receiver = Receiver(name, places, (), not places and any(not each.path for each in origins))
            return replace_rest(receiver, path[1:])
        if name and self.modules:  # a member of a module that is a factory, wherever the module has it from
            module = Import(binding.target.module, None, binding.target.level)
            for origin in self.origins.of_import(module):
                if origin.path in self.modules:
                    short = self.modules[origin.path].rpartition(".")[2]
                    return Receiver(short, (origin,), (name, *path[1:]))
        plain = path[: path.index("()")] if "()" in path else path
        for length in range(1, len(plain) + 1):
            origins = self.origins.of_path(plain[:length], unit, scope)
            found = self._of_origins(origins, path[length:])
            if found is not None:
                return found
            if not self.modules and not any(each.path and not each.name for each in origins):
                break  # nothing but a module of the workspace can have a factory by another name
        return self._of_helper(plain, path[len(plain) + 1 :], unit, scope, depth) if plain != path else None

    def _of_helper(self, callee: Path, rest: Path, unit: Unit, scope: int, depth: int) -> Receiver | None:
        """What a function of another file returns, where that file names a factory."""
        for origin in self.origins.of_path(callee, unit, scope):
            if not origin.path or not origin.name or "." in origin.name or origin.path == self.path:
                continue
            self.origins.dependencies.add(origin.path)
            try:
                data = self._elsewhere.data(origin.path)
            except UnreadableError:
                continue
            if any(name.encode("utf-8", "surrogatepass") in data for name in self._last_names):
                found = self._foreign_call(origin, depth)
                if found is not None:
                    return found.then(rest)
        return None

    def _foreign_call(self, origin: Origin, depth: int) -> Receiver | None:
        return self._foreign(origin.path, lambda other: other.of_call(origin.name, depth + 1))

    def of_call(self, name: str, depth: int) -> Receiver | None:
        """What a call of the function `name` of this module returns."""
        bindings = self.facts.module.names.get(name, ())
        if len(bindings) != 1 or bindings[0][1].kind is not Kind.DEFINITION:
            return None
        return self._of_function(name, bindings[0][0], depth)

    def _of_origins(self, origins: Iterable[Origin], rest: Path) -> Receiver | None:
        """A factory that is known by where it stands: a class of a configured name, or a configured module."""
        for origin in origins:
            short = origin.name.rpartition(".")[2]
            if short in self.names and origin.path:
                return replace_rest(Receiver(short, (origin,), ()), rest)
            if origin.path in self.modules and not origin.name:
                return Receiver(self.modules[origin.path].rpartition(".")[2], (origin,), rest)
        return None

    def _of_value(self, bound: Binding | PathBinding, unit: Unit, scope: int, depth: int) -> Receiver | None:
        if bound.value is None:
            return None
        path = bound.alias or unit.path(bound.value)
        if not path:
            return None
        return self.find(path, unit, scope, depth + 1)

    def _annotated(self, binding: Binding, unit: Unit, scope: int, depth: int) -> Receiver | None:
        """`factory: SSotMockFactory`, with or without a value that leads nowhere."""
        match = _ANNOTATION.match(unit.data, unit.start + binding.at, unit.end)
        if match is None:
            return None
        return self._of_annotation(match.group(1).decode("utf-8", "surrogatepass"), unit, scope, depth)

    def _of_annotation(self, annotation: str, unit: Unit, scope: int, depth: int) -> Receiver | None:
        for word in _WORD.findall(annotation):
            path = tuple(part for part in word.split(".") if part)
            found = self.find(path, unit, scope, depth + 1) if path else None
            if found is not None and not found.rest:
                return found
        return None

    # --- parameters

    def _of_parameter(self, name: str, unit: Unit, scope: int, rest: Path, depth: int) -> Receiver | None:
        function = unit.scopes[scope]
        annotation = next((each.annotation for each in function.parameters if each.name == name), "")
        if annotation:
            found = self._of_annotation(annotation, unit, max(0, function.parent), depth)
            if found is not None:
                return found.then(rest)
        is_fixture = fixture_name(function, unit) is not None
        if function.parent != 0 or not (is_fixture or self.pytest.collects_function(function.name)):
            return None
        key = (name, unit.container.start, unit.start if is_fixture else -1)
        if key not in self._of_fixtures:
            self._of_fixtures[key] = self._of_fixture(name, unit, depth, is_fixture=is_fixture)
        found = self._of_fixtures[key]
        return found.then(rest) if found is not None else None

    def _of_fixture(self, name: str, unit: Unit, depth: int, *, is_fixture: bool) -> Receiver | None:
        fixture = self.fixtures.find(name, unit.container, unit if is_fixture else None)
        if fixture is None:
            return None
        if fixture.path == self.path:
            return self.of_results(fixture.unit, fixture.scope, depth + 1)
        return self._foreign(
            fixture.path, lambda other: other.of_results(fixture.unit, fixture.scope, depth + 1)
        )

    def of_results(self, unit: Unit, scope: int, depth: int) -> Receiver | None:
        """What a function of this file returns or yields; None where it may be several things, `None` aside."""
        answer: Receiver | None = None
        for each in unit.scopes[scope].results:
            if each.value is not None and _is_none(unit, each.value):
                continue
            path = each.alias or (unit.path(each.value) if each.value is not None else ())
            found = self.find(path, unit, scope, depth + 1)
            if found is None or (answer is not None and found.origins != answer.origins):
                return None
            answer = answer or found
        return answer

    def _of_function(self, name: str, unit: Unit, depth: int) -> Receiver | None:
        for number, scope in enumerate(unit.scopes):
            if scope.kind == FUNCTION and scope.name == name:
                body = unit.data[unit.start + scope.body : unit.start + scope.span[1]]
                is_plain = not scope.is_async and b"yield" not in body
                if is_plain and all(each.path[-1:] in _TRANSPARENT for each in scope.decorators):
                    return self.of_results(unit, number, depth + 1)
                return None
        return None

    def _foreign(self, path: str, ask: Callable[[Receivers], Receiver | None]) -> Receiver | None:
        self.origins.dependencies.add(path)
        try:
            other = self._elsewhere.receivers(path)
        except UnreadableError:
            return None
        found = ask(other)
        self.origins.dependencies |= other.origins.dependencies
        return found

    # --- attributes of `self`

    def _of_self(self, path: Path, unit: Unit, scope: int, depth: int) -> Receiver | None:
        container, nested = self.facts.class_of(unit, scope)
        if container is not None:
            found = self.of_class(container, path[1:], depth)
        else:
            found = self._of_nested(path, unit, nested, depth) if nested >= 0 else None
        return found

    def _of_nested(self, path: Path, unit: Unit, nested: int, depth: int) -> Receiver | None:
        for number, each in enumerate(unit.scopes):
            if each.kind == FUNCTION and each.parent == nested and each.parameters:
                for bound in each.paths:
                    if bound.path == (each.parameters[0].name, path[1]):
                        found = self._of_value(bound, unit, number, depth)
                        if found is not None:
                            return found.then(path[2:])
        return None

    def of_class(self, container: Container, path: Path, depth: int) -> Receiver | None:
        """The factory at an attribute of an instance of a class: set by its methods, in its body, or by a base."""
        if depth > _DEEPEST:
            return None
        for found in self._attributes(container, path, depth):
            if found is not None:
                return found
        for origin in base_origins(container, self.facts, self.origins):
            found = None
            if origin.path == self.path:
                inner = class_named(self.facts, origin.name)
                found = self.of_class(inner, path, depth + 1) if inner is not None else None
            elif origin.path:
                found = self._foreign_class(origin, path, depth)
            if found is not None:
                return found
        return None

    def _foreign_class(self, origin: Origin, path: Path, depth: int) -> Receiver | None:
        return self._foreign(origin.path, lambda other: other.of_class_named(origin.name, path, depth + 1))

    def of_class_named(self, name: str, path: Path, depth: int) -> Receiver | None:
        """The factory at an attribute of an instance of the class `name` of this file."""
        container = class_named(self.facts, name)
        return self.of_class(container, path, depth) if container is not None else None

    def _attributes(self, container: Container, path: Path, depth: int) -> Iterator[Receiver | None]:
        for unit, number, each in self.facts.self_paths(container, path[0]):
            if len(each.path) == 2:
                found = self._of_value(each, unit, number, depth)
                yield found.then(path[1:]) if found is not None else None
        for unit, binding in container.names.get(path[0], ()):
            if binding.kind is Kind.ASSIGNMENT:
                found = self._of_value(binding, unit, 0, depth) or self._annotated(binding, unit, 0, depth)
                yield found.then(path[1:]) if found is not None else None
            elif binding.kind is Kind.DEFINITION:
                yield self._of_method(binding.name, unit, path[1:], depth)

    def _of_method(self, name: str, unit: Unit, rest: Path, depth: int) -> Receiver | None:
        """`self.factory` that is a property, or `self.make_factory()`."""
        scope = next((each for each in unit.scopes if each.kind == FUNCTION and each.name == name), None)
        if scope is None or unit.container.kind != CLASS:
            return None
        is_property = any(
            each.path[-1:] in {("property",), ("cached_property",)} for each in scope.decorators
        )
        if not is_property and rest[:1] != ("()",):
            return None
        found = self._of_function(name, unit, depth)
        return found.then(rest if is_property else rest[1:]) if found is not None else None


def _is_none(unit: Unit, value: tuple[int, int]) -> bool:
    return unit.data[unit.start + value[0] : unit.start + value[1]] == b"None"
