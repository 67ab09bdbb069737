"""Products of a factory that tests get from fixtures, and what they write on them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ssot_lsp.definitions import FUNCTION, Kind
from ssot_lsp.index.factory_uses import World as Using
from ssot_lsp.index.factory_uses import uses_in
from ssot_lsp.index.fixtures import fixture_name
from ssot_lsp.index.ways import units_holding
from ssot_lsp.index.writes import product_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.definitions import Decorator
    from ssot_lsp.facts import Unit
    from ssot_lsp.index.factory_uses import FactoryUse
    from ssot_lsp.index.fixtures import Fixture, Fixtures
    from ssot_lsp.references import Reference

_ASSIGNED = re.compile(rb"\s*(?:[-+*/%@&|^]|//|\*\*|<<|>>)?=(?!=)")


class World(Using, Protocol):
    """What is asked of the workspace."""

    def fixtures(self, path: str) -> Fixtures:
        """The fixtures that a file can ask for; raises UnreadableError."""


class Written(NamedTuple):
    """An attribute that a function writes on the product that a fixture at `path` hands it; `use` is what made that."""

    name: str
    reference: Reference
    unit: Unit
    path: str
    use: FactoryUse


def written(world: World, path: str) -> Iterator[Written]:
    """What tests of the file at `path` write on products that they get from fixtures; raises UnreadableError."""
    words = world.ways(path).words
    if not words:
        return
    receivers = world.receivers(path)
    for unit in units_holding(receivers.facts, words):
        for each in unit.references(words).taken:
            end = unit.start + each.span[1]
            if not each.is_stored or len(each.path) != 2 or _ASSIGNED.match(unit.data, end) is None:
                continue
            fixture = _fixture(world, path, unit, each)
            use = _made(world, fixture) if fixture is not None else None
            if fixture is not None and use is not None:
                yield Written(each.path[1], each, unit, fixture.path, use)


def _fixture(world: World, path: str, unit: Unit, reference: Reference) -> Fixture | None:
    """The fixture that the name before the attribute is, if it can be nothing else."""
    name = reference.path[0]
    bindings, _ = world.receivers(path).facts.lookup(name, unit, unit.scope_at(reference.span[0]))
    if len(bindings) != 1 or bindings[0][2].kind is not Kind.PARAMETER or bindings[0][0] is not unit:
        return None
    function = unit.scopes[bindings[0][1]]
    is_fixture = fixture_name(function, unit) is not None
    if function.kind != FUNCTION or function.parent != 0:
        return None
    is_test = world.receivers(path).pytest.collects_function(function.name)
    if not (is_fixture or (is_test and _is_left_alone(function.decorators, name, unit))):
        return None
    return world.fixtures(path).find(name, unit.container, unit if is_fixture else None)


def _is_left_alone(decorators: tuple[Decorator, ...], name: str, unit: Unit) -> bool:
    """Whether no decorator gives the parameter `name` another value, as `parametrize` and `patch` may."""
    for each in decorators:
        if each.path[:2] != ("pytest", "mark") or each.path[-1] in {"parametrize", "usefixtures"}:
            start, end = each.arguments if each.arguments is not None else (0, 0)
            written_out = unit.data[unit.start + start : unit.start + end]
            if each.path[-1:] != ("parametrize",) or name.encode() in written_out:
                return False
    return True


def _made(world: World, fixture: Fixture) -> FactoryUse | None:
    """The call of a factory that a fixture returns or yields the product of, and nothing else."""
    unit, scope = fixture.unit, fixture.unit.scopes[fixture.scope]
    if len(scope.results) != 1:
        return None
    (result,) = scope.results
    for use in uses_in(world, fixture.path, [unit]):
        if use.call is None or use.scope != fixture.scope:
            continue
        if use.call.span == result.value or (result.alias and product_target(use) == result.alias):
            return use
    return None
