"""How a factory is called at a place: by a name that is there, through `self`, or by a new import."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.definitions import Import, Kind
from ssot_lsp.files import UnreadableError
from ssot_lsp.fixes.base import Withdrawn
from ssot_lsp.identities import names_in_scope
from ssot_lsp.index.receivers import factory_of_receiver
from ssot_lsp.source import nodes_around

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.definitions import Path
    from ssot_lsp.facts import Facts, Unit
    from ssot_lsp.fixes.base import Snapshot
    from ssot_lsp.index.factory import Factory, FactoryMethod

_TYPE_CHECKING = b"TYPE_CHECKING"
# A cycle of imports through more files than this is not looked for.
_MOST_FILES = 400


class Place(NamedTuple):
    """Where a factory is called: `byte` is absolute."""

    path: str
    unit: Unit
    scope: int
    byte: int


class Reach(NamedTuple):
    """What stands before the method's name and its dot, which is empty for a function; the import that it needs.

    `doubt` says in words why it may not work there, empty where it surely does.
    """

    text: str
    module: str = ""
    name: str = ""
    doubt: str = ""

    def call(self, method: str) -> str:
        """The text of the callee."""
        return f"{self.text}.{method}" if self.text else method


def reach(analysis: Snapshot, place: Place, factory: Factory, method: FactoryMethod) -> Reach:
    """How `method` is reached at a place; raises Withdrawn."""
    if factory.is_module:
        return _function(analysis, place, factory, method)
    needs_instance = not (method.is_static or method.is_class)
    offset = analysis.facts(place.path).source.offset(place.byte)
    bound = names_in_scope(analysis, place.path, place.unit, place.scope, offset)
    local = [each for each in bound if "." not in each]
    attributes = [each for each in bound if "." in each]
    for name in local:
        if _is(analysis, place, factory, (name,)):
            return Reach(name)
    by_import = next((each for each in _imported(analysis, place, factory)), None)
    if by_import is not None and not needs_instance:
        return Reach(by_import)
    for name in attributes:
        if "factory" in name.lower() and _is(analysis, place, factory, tuple(name.split("."))):
            return Reach(name)
    doubt = "nothing tells how its factory is made" if needs_instance else ""
    if by_import is not None:
        return Reach(f"{by_import}()", doubt=doubt)
    new = _new(analysis, place, factory, factory.name)
    return new._replace(
        text=f"{factory.name}()" if needs_instance else factory.name, doubt=doubt or new.doubt
    )


def _function(analysis: Snapshot, place: Place, factory: Factory, method: FactoryMethod) -> Reach:
    """A function of a factory that is a module: by its name, or by that of its module."""
    facts = analysis.facts(place.path)
    for binding in facts.imports():
        if not _is_in_sight(facts, place, binding.name):
            continue
        found = factory_of_receiver(analysis, place.path, place.unit, place.scope, (binding.name,))
        if found is not None and _is_same(found[0], factory):
            if found[1] == ():
                return Reach(binding.name)
            if found[1] == (method.name,) and binding.name == method.name:
                return Reach("")
    return _new(analysis, place, factory, method.name)._replace(text="")


def _imported(analysis: Snapshot, place: Place, factory: Factory) -> Iterator[str]:
    """The names that imports, or aliases of the module, give the class at the place."""
    facts = analysis.facts(place.path)
    names = dict.fromkeys(each.name for each in facts.imports() if each.target is not None)
    if factory.name in names or facts.is_bound(factory.name):
        names = {factory.name: None, **names}
    for name in names:
        if _is(analysis, place, factory, (name,)) and _is_in_sight(facts, place, name):
            yield name


def _is(analysis: Snapshot, place: Place, factory: Factory, names: Path) -> bool:
    found = factory_of_receiver(analysis, place.path, place.unit, place.scope, names)
    if found is None or found[1] != () or not _is_same(found[0], factory):
        return False
    receiver = analysis.receivers(place.path).find(names, place.unit, place.scope)
    return receiver is not None and bool(receiver.origins)  # without any it is known by its name alone


def _is_same(one: Factory, other: Factory) -> bool:
    """Whether two models are of one factory; one that is known by its name alone has methods that nobody knows."""
    places = (one.path, one.name) == (other.path, other.name)
    return places and one.has_unknown_methods == other.has_unknown_methods


def _is_in_sight(facts: Facts, place: Place, name: str) -> bool:
    """Whether a name is bound, in each of its scopes, before the place and for more than the type checker."""
    bindings, _ = facts.lookup(name, place.unit, place.scope)
    for owner, _, binding in bindings:
        at = owner.start + binding.at
        if binding.kind in {Kind.PARAMETER, Kind.LOOP, Kind.OTHER, Kind.WITH}:
            return False
        if owner is place.unit and at > place.byte:
            return False
        if any(
            node.type == "if_statement"
            and _TYPE_CHECKING in owner.data[node.start_byte : node.start_byte + 60]
            for node in nodes_around(owner.node, at)
        ):
            return False
    return bool(bindings)


def _new(analysis: Snapshot, place: Place, factory: Factory, name: str) -> Reach:
    """By an import that is not there yet; raises Withdrawn where it would do harm."""
    facts = analysis.facts(place.path)
    if facts.lookup(name, place.unit, place.scope)[0] or facts.module_lookup(name):
        reason = f"`{name}` means something else here"
        raise Withdrawn(reason)
    module = factory.module
    if not module or analysis.module_path(module, place.path) != factory.path:
        # a folder without `__init__.py` is a package all the same; a file that is not saved yet goes by its own name
        module = analysis.importable(factory.path, place.path) or module
    if not module:
        reason = f"nothing tells from where to import `{factory.name}`"
        raise Withdrawn(reason)
    if place.path == factory.path or place.path in imported_by(analysis, factory.path):
        reason = f"`{factory.name}` imports this file itself"
        raise Withdrawn(reason)
    return Reach(name, module, name, _need(analysis, place.path, module))


def _need(analysis: Snapshot, path: str, module: str) -> str:
    """That a package which is no test's would come to need what only tests have, in a file without tests."""
    name = analysis.origins(path).module_name
    top = name.partition(".")[0]
    depth = name.count(".") + (os.path.basename(path) == "__init__.py")
    if not depth or top == module.partition(".")[0] or os.path.basename(path) == "conftest.py":
        return ""
    folder = path
    for _ in range(depth):
        folder = os.path.dirname(folder)
    config, facts = analysis.config(path), analysis.facts(path)
    if config.is_test_file(os.path.join(folder, "__init__.py")):
        return ""
    if any(map(config.pytest.collects_function, facts.module.names)):
        return ""
    if any(each.startswith("test") for info in analysis.classes(path).all() for each in info.names):
        return ""
    return f"`{name}` holds no tests, and `{top}` would need `{module}`"


def imported_by(analysis: Snapshot, path: str) -> frozenset[str]:
    """The workspace files that importing the file at `path` loads, as far as tests or its neighbours do it."""
    seen: set[str] = set()
    pending = [path]
    while pending and len(seen) < _MOST_FILES:
        each = pending.pop()
        if each in seen:
            continue
        seen.add(each)
        try:
            facts, origins = analysis.facts(each), analysis.origins(each)
        except UnreadableError:
            continue
        targets = [binding.target for binding in facts.imports() if binding.target is not None]
        for target in (*targets, *facts.stars()):
            # the module itself too: what it has from elsewhere, or makes as it runs, leads past it
            module = Import(target.loads) if target.loads else target
            loaded = {origins.file_of(module), *(origin.path for origin in origins.of_import(target))}
            pending += (
                found
                for found in sorted(filter(None, loaded))
                if found not in seen and (each == path or _may_be_of_tests(analysis, found))
            )
    return frozenset(seen - {path})


def _may_be_of_tests(analysis: Snapshot, path: str) -> bool:
    return analysis.config(path).is_test_file(path)
