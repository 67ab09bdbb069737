"""All that a file takes from factories, whatever it is called: calls and plain references.

Cheap where a file holds no word by which a factory is reached (`index.ways`); the model of a factory is asked for
only where one is used.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ssot_lsp.definitions import Kind
from ssot_lsp.facts import self_name
from ssot_lsp.index.ways import World as Ways
from ssot_lsp.index.ways import units_holding
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.calls import Call
    from ssot_lsp.facts import Unit
    from ssot_lsp.index.factories import Factories
    from ssot_lsp.index.factory import Factory, FactoryMethod
    from ssot_lsp.index.receivers import Receiver, Receivers
    from ssot_lsp.index.ways import Offered
    from ssot_lsp.references import Reference


class World(Ways, Protocol):
    """What is asked of the workspace."""

    def factories_of(self, path: str) -> Factories:
        """The factories of the configuration of the file at `path`."""

    def ways(self, path: str) -> Offered:
        """The words by which a factory is reached in the file at `path`; raises UnreadableError."""


class FactoryUse(NamedTuple):
    """A name that is taken from a factory; `span` is that of the name, in code points.

    `is_member`: it is written as an attribute of the factory, and not imported from a module that is one. `call` is
    the call of it, None where it is not called; its numbers are relative to `unit`. `on_class` says whether it is
    taken from the class itself, None where it may be an instance.
    """

    factory: Factory
    name: str
    span: Span
    unit: Unit
    scope: int
    reference: Reference
    is_member: bool
    on_class: bool | None

    @property
    def call(self) -> Call | None:
        """The call of it."""
        return self.reference.call

    @property
    def method(self) -> FactoryMethod | None:
        """The method that it is, if the factory is known to have one of that name."""
        return self.factory.methods.get(self.name)


def factory_uses(world: World, path: str) -> Iterator[FactoryUse]:
    """What the file at `path` takes from factories, in the order of the text; raises UnreadableError."""
    words = world.ways(path).words
    if words:
        yield from uses_in(world, path, units_holding(world.receivers(path).facts, words))


def uses_in(world: World, path: str, units: Iterable[Unit]) -> Iterator[FactoryUse]:
    """The same of some of the units of that file."""
    words = world.ways(path).words
    receivers = world.receivers(path)
    source = receivers.facts.source
    factories: Factories | None = None
    for unit in units:
        for each in unit.references(words).taken:
            if each.is_stored or (each.call is not None and each.path[0] in _hidden(each.call)):
                continue
            scope = unit.scope_at(each.span[0])
            found = receivers.find(each.path, unit, scope)
            if found is None or len(found.rest) != 1 or found.rest[0] in {"()", "[]"}:
                continue
            if not _is_sure(receivers, each, unit, scope):
                continue
            if factories is None:
                factories = world.factories_of(path)
            factory = _model(factories, found, receivers)
            if factory is not None and not _is_module_of(world, factory, found.rest[0]):
                start, end = unit.start + each.name[0], unit.start + each.name[1]
                span = Span(source.offset(start), source.offset(end))
                is_member = len(each.path) > 1 and each.path[-1] == found.rest[0]
                on_class = _is_on_class(each, receivers, found)
                yield FactoryUse(factory, found.rest[0], span, unit, scope, each, is_member, on_class)


def _hidden(call: Call) -> frozenset[str]:
    return call.hidden | call.lambda_names


def _is_sure(receivers: Receivers, reference: Reference, unit: Unit, scope: int) -> bool:
    """Whether a name or an attribute of `self` stands for nothing but a factory, or None, wherever it is bound."""
    facts, path = receivers.facts, reference.path

    def leads_there(owner: Unit, number: int, value: tuple[int, int] | None) -> bool:
        if value is None:
            return True
        if owner.data[owner.start + value[0] : owner.start + value[1]] == b"None":
            return True
        names = owner.path(value)
        found = receivers.find(names, owner, number) if names else None
        return found is not None and not found.rest

    if len(path) > 2 and path[0] == self_name(unit, scope):
        container, _ = facts.class_of(unit, scope)
        written = facts.self_paths(container, path[1]) if container is not None else []
        return all(
            leads_there(owner, number, each.value) for owner, number, each in written if len(each.path) == 2
        )
    bindings, _ = facts.lookup(path[0], unit, scope)
    return len(bindings) < 2 or all(
        each.kind is Kind.IMPORT or (each.kind is Kind.ASSIGNMENT and leads_there(owner, number, each.value))
        for owner, number, each in bindings
    )


def _model(factories: Factories, receiver: Receiver, receivers: Receivers) -> Factory | None:
    """The model of a receiver. The workspace is searched only where no place is known."""
    models = [factory for origin in receiver.origins if (factory := factories.at(origin)) is not None]
    if models:
        name = receiver.rest[0]
        having = [each for each in models if each.has(name)]
        factory = having[0] if having else models[0]
        if len(having) > 1 and name in factory.methods:  # which of them is called is not known
            doubted = replace(factory.methods[name], is_signature_known=False)
            return replace(factory, methods={**factory.methods, name: doubted})
        known_as = receivers.modules.get(factory.path, "") if factory.is_module else ""
        return replace(factory, name=known_as, module=known_as) if known_as else factory
    for factory in factories.all():
        if factory.known_as.rpartition(".")[2] == receiver.name:
            return replace(factory, has_unknown_methods=True) if receiver.is_foreign else factory
    return None


def _is_module_of(world: World, factory: Factory, name: str) -> bool:
    """Whether a name is no member of a package, but a module of it."""
    if not factory.is_module or name in factory.methods:
        return False
    return world.module_path(f"{factory.module}.{name}", factory.path) is not None


def _is_on_class(reference: Reference, receivers: Receivers, receiver: Receiver) -> bool | None:
    before = reference.path[:-1]
    if before[-1:] == ("()",):
        return False
    if before and (before[-1] in receivers.names or before[-1] == receiver.name):
        return True
    return None
