"""Which double a path of names is bound to: through assignments, attributes, classes, parameters and other files.

Binding is flow-insensitive: whatever is assigned to a name anywhere in its scope is what it may be.
"""

from __future__ import annotations

import re
from operator import methodcaller
from typing import TYPE_CHECKING, Protocol, TypeVar

from ssot_lsp.definitions import CLASS, FUNCTION, Kind
from ssot_lsp.facts import is_method, self_name
from ssot_lsp.files import UnreadableError
from ssot_lsp.index.fixtures import base_origins, class_named, fixture_name
from ssot_lsp.mocks.creators import DEEPEST_ALIAS
from ssot_lsp.mocks.site import Double

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ssot_lsp.definitions import Binding, Decorator, Path, PathBinding, Scope
    from ssot_lsp.facts import Container, Unit
    from ssot_lsp.index.origins import Origins
    from ssot_lsp.index.receivers import Receivers
    from ssot_lsp.mocks.creators import Creators
    from ssot_lsp.mocks.site import Site

_TEST_PREFIX = "test"
_Bound = TypeVar("_Bound", "Binding", "PathBinding")


class OtherFile(Protocol):
    """What is asked of the mocks of another file."""

    @property
    def bound(self) -> BoundDoubles:
        """The doubles that its names are bound to."""


class Elsewhere(Protocol):
    """What is asked of other files."""

    def mocks(self, path: str) -> OtherFile:
        """The mocks of another workspace file; raises UnreadableError."""


class BoundDoubles:
    """What the names of one version of one file are bound to, its `sites` being known."""

    def __init__(
        self,
        sites: tuple[Site, ...],
        creators: Creators,
        receivers: Receivers,
        origins: Origins,
        elsewhere: Elsewhere,
    ) -> None:
        self.path = origins.path
        self.facts = origins.facts
        self.origins = origins
        self._sites = sites
        self._creators = creators
        self._receivers = receivers
        self._elsewhere = elsewhere
        self._results = {(site.unit.start, each): site for site in sites for each in site.call.results}
        self._parameters: dict[tuple[int, int], dict[str, Double]] = {}
        self._asked = 0, 0  # the byte of the site whose parent is looked for, and that of its unit

    def configured_by(self, site: Site) -> Double | None:
        """The double that a call configures: a factory's whose argument it is, or one that it is made an attribute of."""
        unit, call = site.unit, site.call
        if any(
            each.path and self._is_product((*each.path, "()"), unit, site.scope, 0) for each in call.enclosing
        ):
            return Double(None)
        self._asked = unit.start + call.span[0], unit.start
        for target in call.targets:
            if len(target) > 1:
                found = self._bound(target[:-1], unit, site.scope, 0)
                if found is not None and found.site is not site:
                    return found
        return None

    def _bound(self, path: Path, unit: Unit, scope: int, depth: int) -> Double | None:
        """The double that an attribute path is, or is a part of; None where it is none or unknown."""
        if depth > DEEPEST_ALIAS:
            return None
        if self._is_product(path, unit, scope, depth):
            return Double(None)
        if len(path) > 1 and path[0] == self_name(unit, scope):
            return self._self_attribute(path, unit, scope, depth)
        if path[0] == self_name(unit, scope):
            return None
        bindings, kind = self.facts.lookup(path[0], unit, scope)
        for owner, number, binding in self._nearest_first(bindings):
            found = self._of_binding(binding, owner, number, path[1:], depth)
            if found is not None:
                return found
        found = self._of_paths(path, self._scopes_around(unit, scope, kind), depth) if len(path) > 1 else None
        return found or self._in_debris(path[0], unit)

    def _nearest_first(self, bound: list[tuple[Unit, int, _Bound]]) -> list[tuple[Unit, int, _Bound]]:
        """Bindings in the order of their distance from the site that is asked about, the same function's before all.

        Any of them makes a double; but a child should be counted to the one that its reader sees.
        """
        if len(bound) < 2:
            return bound
        at, unit = self._asked

        def distance(each: tuple[Unit, int, _Bound]) -> tuple[bool, bool, int]:
            owner, _, binding = each
            start = owner.start + (binding.value[0] if binding.value is not None else 0)
            return owner.start != unit, start > at, abs(at - start)

        return sorted(bound, key=distance)

    def _in_debris(self, name: str, unit: Unit) -> Double | None:
        """The double that a broken statement assigns to `name`: the tree has the call, but not the assignment."""
        if not unit.node.has_error:
            return None
        sites = (site for site in self._sites if site.unit is unit and site.call.targets == ((name,),))
        return next((Double(site) for site in sites), None)

    def _scopes_around(self, unit: Unit, scope: int, kind: str) -> Iterator[tuple[Unit, int, Scope]]:
        """The scopes in which a path of a name may be assigned: those around, and the module's where it is global."""
        number = scope
        while number >= 0:
            yield unit, number, unit.scopes[number]
            number = unit.scopes[number].parent
        if kind not in {FUNCTION, CLASS}:
            for each in self.facts.module.units:
                if each is not unit and each.memo.scopes is not None:
                    yield each, 0, each.memo.scopes[0]

    def _of_paths(self, path: Path, scopes: Iterable[tuple[Unit, int, Scope]], depth: int) -> Double | None:
        """`svc.client = Mock()` makes `svc.client` a double wherever `svc` is the same name."""
        for unit, number, scope in scopes:
            for each in scope.paths:
                length = len(each.path)
                if each.value is not None and path[:length] == each.path:
                    found = self._of_value(each, unit, number, path[length:], depth + 1)
                    if found is not None:
                        return found
        return None

    def _of_binding(self, binding: Binding, unit: Unit, scope: int, rest: Path, depth: int) -> Double | None:
        if binding.kind is Kind.PARAMETER:
            found = self._of_parameter(binding.name, unit, scope, depth)
            if found is not None:
                return found
        if binding.kind is Kind.IMPORT and binding.target is not None and binding.target.name:
            for origin in self.origins.of_import(binding.target):
                if origin.path and origin.path != self.path and origin.name:
                    return self._foreign(origin.path, methodcaller("module_double", origin.name, depth + 1))
        if binding.kind is Kind.LOOP and binding.value is not None:
            site = self._results.get((unit.start, binding.value))
            return Double(site) if site is not None else None
        return self._of_value(binding, unit, scope, rest, depth)

    def _of_value(
        self, bound: Binding | PathBinding, unit: Unit, scope: int, rest: Path, depth: int
    ) -> Double | None:
        """The double that the value of a binding is; `rest` is what is taken from it."""
        if bound.value is None:
            return None
        site = self._results.get((unit.start, bound.value))
        if site is not None:
            # A list of doubles is none, but what is taken out of it is.
            return Double(site) if not site.call.in_display or rest[:1] == ("[]",) else None
        path = bound.alias or unit.path(bound.value)
        return self._bound(path, unit, scope, depth + 1) if path else None

    def _is_product(self, path: Path, unit: Unit, scope: int, depth: int) -> bool:
        """Whether a path is what a factory's method returns, or a part of it."""
        if "()" not in path:
            return False
        found = self._receivers.find(path, unit, scope, depth)
        return found is not None and "()" in found.rest[1:]

    def _self_attribute(self, path: Path, unit: Unit, scope: int, depth: int) -> Double | None:
        container, nested = self.facts.class_of(unit, scope)
        if container is not None:
            return self._of_class(container, path[1:], depth)
        if nested < 0:
            return None
        inside = (
            (unit, number, each)
            for number, each in enumerate(unit.scopes)
            if each.kind == FUNCTION and each.parent == nested and each.parameters
        )
        for owner, number, each in inside:
            own = (each.parameters[0].name, *path[1:])
            found = self._of_paths(own, ((owner, number, each),), depth)
            if found is not None:
                return found
        return None

    def _of_class(self, container: Container, path: Path, depth: int) -> Double | None:
        """The double behind `path` on an instance of a class: set by its methods, in its body, or by a base."""
        if depth > DEEPEST_ALIAS:
            return None
        for unit, number, each in self._nearest_first(self.facts.self_paths(container, path[0])):
            length = len(each.path) - 1
            if each.value is not None and path[:length] == each.path[1:]:
                found = self._of_value(each, unit, number, path[length:], depth + 1)
                if found is not None:
                    return found
        for unit, binding in container.names.get(path[0], ()):
            if binding.kind is Kind.ASSIGNMENT and binding.value is not None:
                found = self._of_value(binding, unit, 0, path[1:], depth + 1)
                if found is not None:
                    return found
        return self._of_bases(container, path, depth)

    def _of_bases(self, container: Container, path: Path, depth: int) -> Double | None:
        for origin in base_origins(container, self.facts, self.origins):
            found = None
            if origin.path == self.path:
                found = self.class_double(origin.name, path, depth + 1)
            elif origin.path:
                found = self._foreign(origin.path, methodcaller("class_double", origin.name, path, depth + 1))
            if found is not None:
                return found
        return None

    def class_double(self, name: str, path: Path, depth: int = 0) -> Double | None:
        """The double that instances of the class `name` of this file have at the attribute `path`."""
        container = class_named(self.facts, name)
        return self._of_class(container, path, depth) if container is not None else None

    def module_double(self, name: str, depth: int = 0) -> Double | None:
        """The double that the module binds to `name`."""
        for unit, binding in self.facts.module.names.get(name, ()):
            found = self._of_binding(binding, unit, 0, (), depth + 1) if depth <= DEEPEST_ALIAS else None
            if found is not None:
                return found
        return None

    def result_double(self, unit: Unit, scope: int, depth: int = 0) -> Double | None:
        """The double that a function of this file returns or yields."""
        if depth > DEEPEST_ALIAS:
            return None
        results = (self._of_value(each, unit, scope, (), depth + 1) for each in unit.scopes[scope].results)
        return next(filter(None, results), None)

    def _foreign(self, path: str, ask: Callable[[BoundDoubles], Double | None]) -> Double | None:
        """What another file answers; its sites are no sites here."""
        self.origins.dependencies.add(path)
        try:
            other = self._elsewhere.mocks(path).bound
        except UnreadableError:
            return None
        found = ask(other)
        self.origins.dependencies |= other.origins.dependencies
        return Double(None) if found is not None else None

    def _of_parameter(self, name: str, unit: Unit, scope: int, depth: int) -> Double | None:
        key = (unit.start, scope)
        patched = self._parameters.get(key)
        if patched is None:
            patched = self._parameters[key] = self._patched_parameters(unit, scope)
        found = patched.get(name)
        if found is not None:
            return found
        scope_ = unit.scopes[scope]
        is_fixture = fixture_name(scope_, unit) is not None
        if not is_fixture and not (scope_.name.startswith(_TEST_PREFIX) and scope_.parent == 0):
            return None
        return self._fixture(name, unit.container, unit if is_fixture else None, depth)

    def _patched_parameters(self, unit: Unit, number: int) -> dict[str, Double]:
        """Which parameters of a function get the doubles of its patch decorators, bottom-up, then of its class."""
        scope = unit.scopes[number]
        found: dict[str, Double] = {}
        for decorator in scope.decorators:
            if decorator.path[-1:] == ("parametrize",):
                found.update(self._parametrized(decorator, unit))
        own = [
            site
            for site in self._sites
            if site.unit.start == unit.start and site.call.decorates == scope.span[0]
        ]
        wrapping = []
        container = unit.container
        if scope.parent == 0 and container.kind == CLASS and scope.name.startswith(_TEST_PREFIX):
            wrapping = [
                site
                for site in self._sites
                if site.unit.start == container.start and site.call.decorates == 0
            ]
        positional = [each.name for each in scope.parameters if each.is_positional]
        free = iter(positional[1:] if is_method(unit, number) else positional)
        for site in (*reversed(own), *reversed(wrapping)):
            if site.name.endswith("multiple"):
                names = self._creators.defaults(site.call, site.unit)
                found.update({name: Double(site) for name in names})
            elif (name := next(free, None)) is not None:
                found[name] = Double(site)
        return found

    def _parametrized(self, decorator: Decorator, unit: Unit) -> dict[str, Double]:
        start, end = decorator.span
        sites = [site for site in self._sites if site.unit is unit and start <= site.call.span[0] < end]
        if not sites or decorator.arguments is None:
            return {}
        text = unit.data[unit.start + decorator.arguments[0] : unit.start + sites[0].call.span[0]]
        literal = re.search(rb"""["']([\w, ]+)["']""", text)
        names = literal.group(1).decode().replace(",", " ").split() if literal else []
        return {name: Double(sites[0]) for name in names}

    def _fixture(self, name: str, container: Container, asking: Unit | None, depth: int) -> Double | None:
        """The double that a fixture yields; one that asks for its own name (`asking`) gets the next one out."""
        if depth > DEEPEST_ALIAS:
            return None
        found = self._receivers.fixtures.find(name, container, asking)
        if found is None:
            return None
        if found.path == self.path:
            return self.result_double(found.unit, found.scope, depth)
        return self._foreign(found.path, methodcaller("result_double", found.unit, found.scope, depth + 1))
