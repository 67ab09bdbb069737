"""Which function a fixture's name means: of the class, its bases, the module, a star import, a conftest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ssot_lsp.definitions import CLASS, FUNCTION, Kind
from ssot_lsp.files import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssot_lsp.definitions import Path, Scope
    from ssot_lsp.facts import Container, Facts, Unit
    from ssot_lsp.index.origins import Origin, Origins

_DEEPEST = 8
_NAME = re.compile(rb"""\bname\s*=\s*["'](\w+)["']""")


class Fixture(NamedTuple):
    """The function that a fixture is: the number of its scope in a unit of the file at `path`."""

    path: str
    unit: Unit
    scope: int


class Elsewhere(Protocol):
    """What is asked of other files."""

    def fixtures(self, path: str) -> Fixtures:
        """The fixtures of another workspace file; raises UnreadableError."""

    def conftests(self, path: str) -> Iterable[str]:
        """The conftest files that apply to the file at `path`, nearest first."""


class Fixtures:
    """The fixtures that one version of one file can ask for. What it looks into goes to `origins.dependencies`."""

    def __init__(self, origins: Origins, elsewhere: Elsewhere) -> None:
        self.path = origins.path
        self.facts = origins.facts
        self.origins = origins
        self._elsewhere = elsewhere

    def find(self, name: str, container: Container, asking: Unit | None) -> Fixture | None:
        """The fixture that a function in `container` gets for its parameter `name`.

        A fixture that asks for one of its own name (`asking`) gets the next one out.
        """
        found = self._of_class(container, name, asking, 0) if container.kind == CLASS else None
        return found or self._of_module(name, asking, 0) or self._of_conftests(name)

    def _of_class(self, container: Container, name: str, asking: Unit | None, depth: int) -> Fixture | None:
        found = self._own(name, container, asking)
        if found is not None or depth > _DEEPEST:
            return found
        for origin in base_origins(container, self.facts, self.origins):
            if origin.path == self.path:
                inner = class_named(self.facts, origin.name)
                found = self._of_class(inner, name, asking, depth + 1) if inner is not None else None
            elif origin.path:
                found = self._foreign(origin.path, origin.name, name, depth + 1)
            if found is not None:
                return found
        return None

    def _of_module(self, name: str, asking: Unit | None, depth: int) -> Fixture | None:
        found = self._own(name, self.facts.module, asking)
        if found is not None or depth > _DEEPEST:
            return found
        origins = [
            origin
            for _, binding in self.facts.module.names.get(name, ())
            if binding.kind is Kind.IMPORT and binding.target is not None
            for origin in self.origins.of_import(binding.target)
        ]
        for origin in (*origins, *self.origins.of_star(name)):
            if origin.path and origin.path != self.path and origin.name:
                found = self._foreign(origin.path, "", origin.name, depth + 1)
                if found is not None:
                    return found
        return None

    def _of_conftests(self, name: str) -> Fixture | None:
        for conftest in self._elsewhere.conftests(self.path):
            if conftest != self.path:
                found = self._foreign(conftest, "", name, 1)
                if found is not None:
                    return found
        return None

    def _foreign(self, path: str, class_name: str, name: str, depth: int) -> Fixture | None:
        """A fixture of another file: of a class there, or of the module."""
        self.origins.dependencies.add(path)
        try:
            other = self._elsewhere.fixtures(path)
        except UnreadableError:
            return None
        found = other.of(class_name, name, depth)
        self.origins.dependencies |= other.origins.dependencies
        return found

    def of(self, class_name: str, name: str, depth: int) -> Fixture | None:
        """The fixture of a class of this file or of its bases, or with an empty `class_name` of the module."""
        if not class_name:
            return self._of_module(name, None, depth)
        container = class_named(self.facts, class_name)
        return self._of_class(container, name, None, depth) if container is not None else None

    def _own(self, name: str, container: Container, asking: Unit | None) -> Fixture | None:
        word = name.encode("utf-8", "surrogatepass")
        for unit in self.facts.holding(b"fixture"):
            if unit.container is not container or unit is asking or not unit.holds(word):
                continue
            for number, scope in enumerate(unit.scopes):
                if scope.kind == FUNCTION and scope.parent == 0 and fixture_name(scope, unit) == name:
                    return Fixture(self.path, unit, number)
        return None


def fixture_name(scope: Scope, unit: Unit) -> str | None:
    """The name under which a function is a fixture; None where it is none."""
    for decorator in scope.decorators:
        if decorator.path[-1:] == ("fixture",):
            if decorator.arguments is not None:
                start, end = decorator.arguments
                match = _NAME.search(unit.data, unit.start + start, unit.start + end)
                if match is not None:
                    return match.group(1).decode()
            return scope.name
    return None


def class_named(facts: Facts, name: str) -> Container | None:
    """The class of that name at module level."""
    return next((each for each in facts.classes if each.name == name), None)


def base_origins(container: Container, facts: Facts, origins: Origins) -> list[Origin]:
    """Where the bases of a class lead, in their order."""
    bases: tuple[Path, ...] = container.scope.bases if container.scope is not None else ()
    unit = next(iter(facts.module.units), None)
    if unit is None:
        return []
    return [
        origin
        for base in bases
        if base and "()" not in base
        for origin in origins.of_path(tuple(name for name in base if name != "[]"), unit, 0)
    ]
