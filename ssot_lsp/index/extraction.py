"""Reads the model of a factory from the text of its class or module.

Nothing is imported or run. How one method is read: `method_reading`; when it is read again: `method_memory`.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ssot_lsp.definitions import Import, Kind
from ssot_lsp.files import UnreadableError
from ssot_lsp.index.doubles import read_class
from ssot_lsp.index.factory import Factory, FactoryMethod
from ssot_lsp.index.method_memory import Methods
from ssot_lsp.index.method_reading import docstring_of, signature_of
from ssot_lsp.index.values import Class
from ssot_lsp.nodes import path_of
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.definitions import Binding
    from ssot_lsp.facts import Facts, Unit
    from ssot_lsp.index.factory import Parameter
    from ssot_lsp.index.method_memory import Recollection
    from ssot_lsp.index.origins import Origin
    from ssot_lsp.index.outline import ClassBody, Lineage, Outline

_DEFINED = re.compile(rb"\bdef[ \t]+(\w+)")
_DEEPEST = 4


# --- classes


def class_factory(outline: Outline, memory: Recollection, path: str, name: str) -> Factory | None:
    """The factory that the class `name` of the file at `path` is; None where there is no such class.

    While the file does not parse, what was last known of it stays.
    """
    methods = Methods(outline, memory.memory, (path, name))
    facts = outline.facts(path)
    last = memory.whole((path, name))
    if facts is None:
        return last and _doubted(last, f"`{name}`: the file cannot be read any more")
    is_broken = facts.source.root.has_error
    lineage = outline.lineage(path, name)
    if lineage is None:
        if last is None or not is_broken:
            memory.note((path, name), None)
            return None
        return _doubted(last, f"`{name}`: the file does not parse, what was last known of it holds")
    body = lineage.bodies[0]
    name_node = body.definition.child_by_field_name("name") or body.definition
    made, notes, is_open = _made_elsewhere(facts, name)
    factory = Factory(
        name=name,
        path=path,
        span=facts.source.span(name_node),
        methods=_methods(methods, lineage),
        module=methods.module,
        known_as=name,
        attributes=frozenset(_attributes(outline, lineage) | made),
        notes=(*lineage.doubts, *notes, *methods.notes, *_repeated(outline.classes(path, name))),
        has_unknown_methods=bool(lineage.doubts) or is_open,
    )
    if not is_broken:
        memory.note((path, name), factory)
        return factory
    return _mended(factory, last, facts)


def _doubted(factory: Factory, note: str) -> Factory:
    return replace(factory, notes=(*factory.notes, note))


def _mended(factory: Factory, last: Factory | None, facts: Facts) -> Factory:
    """What is known of a factory whose file does not parse: what is whole of it, and what was known before."""
    note = f"`{factory.name}`: the file does not parse"
    if last is None:
        return replace(factory, notes=(*factory.notes, note), has_unknown_methods=True)
    mentioned = {each.decode("utf-8", "surrogatepass") for each in _DEFINED.findall(facts.source.data)}
    return replace(
        factory,
        methods={**last.methods, **factory.methods},
        attributes=factory.attributes | last.attributes | mentioned,
        notes=(*factory.notes, f"{note}, what was last known of it holds"),
        has_unknown_methods=last.has_unknown_methods,
    )


def _repeated(bodies: list[ClassBody]) -> Iterator[str]:
    if len(bodies) > 1:
        how = "one of them" if any(body.is_conditional for body in bodies) else "the last one"
        yield f"`{bodies[0].name}` is defined {len(bodies)} times, {how} counts"


def _made_elsewhere(facts: Facts, name: str) -> tuple[set[str], list[str], bool]:
    """What the module adds to a class from outside: `Name.x = …`, `setattr(Name, "x", …)`; names, notes, whether open."""
    made: set[str] = set()
    notes: list[str] = []
    is_open = False
    word = name.encode("utf-8", "surrogatepass")
    data = facts.source.data
    added = re.compile(rb"(?<![\w.])" + re.escape(word) + rb"\s*\.\s*(\w+)\s*(?::[^=\n]+)?=(?!=)")
    called = re.compile(rb"\bsetattr\s*\(\s*" + re.escape(word) + rb"\s*,\s*(?:[\"'](\w+)[\"']\s*,)?")
    for unit in facts.module.units:
        if not unit.holds(word):
            continue
        made.update(
            each.decode("utf-8", "surrogatepass") for each in added.findall(data, unit.start, unit.end)
        )
        for each in called.findall(data, unit.start, unit.end):
            if each:
                made.add(each.decode())
            else:
                is_open = True
                notes.append(f"`setattr` adds methods to `{name}` under names that are not written down")
    return made, notes, is_open


def _methods(methods: Methods, lineage: Lineage) -> dict[str, FactoryMethod]:
    """The methods of a class, its own before those of its bases."""
    found: dict[str, FactoryMethod] = {}
    others: set[str] = set()
    own = [body for body in lineage.bodies if (body.path, body.name) == (methods.path, methods.name)]
    for body in lineage.bodies:
        for name, codes in body.functions.items():
            rivals = own if body in own else [body]
            if not name.startswith("_") and name not in found and name not in others:
                all_codes = [each for one in rivals for each in one.functions.get(name, ())]
                method = methods.method(name, all_codes if body in own else codes, lineage)
                if method is not None:
                    found[name] = method
        others |= body.values.keys() | body.others
        for name, (unit, value) in body.values.items():
            target = path_of(value, unit.data) if value is not None else ()
            if target and target[-1] in found and name not in found and not name.startswith("_"):
                found[name] = replace(found[target[-1]], name=name)
    return found


def _attributes(outline: Outline, lineage: Lineage) -> set[str]:
    """All that a class has, as far as can be seen."""
    found: set[str] = set()
    for body in lineage.bodies:
        found |= body.others | body.values.keys() | body.functions.keys()
        facts = outline.facts(body.path)
        for container in facts.classes if facts is not None else ():
            if container.name == body.name:
                for unit in container.units:
                    for scope in unit.scopes:
                        first = scope.parameters[0].name if scope.parameters else ""
                        found |= {p.path[1] for p in scope.paths if len(p.path) == 2 and p.path[0] == first}
    return found


# --- modules


def module_factory(outline: Outline, memory: Recollection, path: str, name: str) -> Factory | None:
    """The factory that a whole module is: its functions and classes, and those that it re-exports."""
    facts = outline.facts(path)
    last = memory.whole((path, ""))
    if facts is None:
        return last and _doubted(last, f"`{name}`: the file cannot be read any more")
    members = _Members(outline, memory)
    members.add(path, 0)
    factory = Factory(
        name=name,
        path=path,
        span=Span(0, 0),
        methods=members.methods,
        is_module=True,
        module=name,
        known_as=name,
        attributes=frozenset(members.attributes),
        notes=tuple(dict.fromkeys(members.notes)),
        has_unknown_methods=members.is_open,
    )
    if facts.source.root.has_error:
        return _mended(factory, last, facts)
    memory.note((path, ""), factory)
    return factory


class _Members:
    """What a module has; `is_open` where there may be more than can be seen."""

    def __init__(self, outline: Outline, memory: Recollection) -> None:
        self.outline = outline
        self.memory = memory
        self.methods: dict[str, FactoryMethod] = {}
        self.attributes: set[str] = set()
        self.notes: list[str] = []
        self.is_open = False

    def add(self, path: str, depth: int) -> None:
        """Add what the module at `path` binds, and what its star imports bring along."""
        facts = self.outline.facts(path)
        if facts is None:
            self.is_open = True
            return
        methods = Methods(self.outline, self.memory.memory, (path, ""))
        if "__getattr__" in facts.module.names:
            self.is_open = True
            self.notes.append(f"`{methods.module}` has `__getattr__`")
        for name, bindings in facts.module.names.items():
            self.attributes.add(name)
            if not name.startswith("_") and name not in self.methods:
                found = self.method(methods, name, *bindings[-1])
                if found is not None:
                    self.methods[name] = found if found.name == name else replace(found, name=name)
        self.notes += methods.notes
        for star in facts.stars():
            self.add_star(path, star, depth)

    def method(self, methods: Methods, name: str, unit: Unit, binding: Binding) -> FactoryMethod | None:
        """The function or class that a name of a module is, there or in the module that it is imported from."""
        if binding.kind in {Kind.DEFINITION, Kind.CLASS}:
            return _member(methods, methods.path, name)
        if binding.kind is Kind.IMPORT or binding.alias:
            for origin in self.outline.origin(methods.path, (name,), unit, 0):
                if origin.path and origin.name and origin.path != methods.path:
                    if self.is_just_used(methods.path, name, binding, origin):
                        return None
                    other = Methods(self.outline, self.memory.memory, (origin.path, ""))
                    found = _member(other, origin.path, origin.name)
                    self.notes += other.notes
                    return found
        return None

    def is_just_used(self, path: str, name: str, binding: Binding, origin: Origin) -> bool:
        """Whether a module imports a class for its own use: what a package imports, or lists, it hands out."""
        if binding.kind is not Kind.IMPORT or os.path.basename(path) == "__init__.py":
            return False
        facts = self.outline.facts(path)
        listed = facts.module.names.get("__all__", ()) if facts is not None else ()
        quoted = re.compile(rb"[\"']" + re.escape(name.encode("utf-8", "surrogatepass")) + rb"[\"']")
        if any(quoted.search(unit.data, unit.start, unit.end) for unit, _ in listed):
            return False
        return bool(self.outline.classes(origin.path, origin.name))

    def add_star(self, path: str, star: Import, depth: int) -> None:
        """Add what a star import brings along."""
        try:
            origins = self.outline.reader.origins(path)
        except UnreadableError:
            self.is_open = True
            return
        module = next(iter(origins.of_import(Import(star.module, None, star.level))), None)
        if module is None or not module.path or depth > _DEEPEST:
            self.notes.append(f"`from {'.' * star.level}{star.module} import *` is not looked into")
            self.is_open = True
            return
        if module.path == path:
            return
        inner = _Members(self.outline, self.memory)
        inner.add(module.path, depth + 1)
        self.notes += inner.notes
        self.is_open = self.is_open or inner.is_open
        brought = {name for name in inner.attributes - self.attributes if origins.of_star(name)}
        self.attributes |= brought
        self.methods.update((name, each) for name, each in inner.methods.items() if name in brought)


def _member(methods: Methods, path: str, name: str) -> FactoryMethod | None:
    codes = methods.outline.functions(path, name)
    if codes:
        return methods.method(name, codes, None)
    lineage = methods.outline.lineage(path, name)
    return _constructor(methods, lineage, path, name) if lineage is not None else None


def _constructor(methods: Methods, lineage: Lineage, path: str, name: str) -> FactoryMethod:
    """A class of a factory module: calling it is what its `__init__` takes."""
    body = lineage.bodies[0]
    outline = methods.outline
    facts = outline.facts(path)
    name_node = body.definition.child_by_field_name("name") or body.definition
    block = body.definition.child_by_field_name("body")
    codes = lineage.functions("__init__")
    is_known = not lineage.functions("__new__") and not any("metaclass" in doubt for doubt in lineage.doubts)
    reads: tuple[str, ...] | None = ()
    parameters: tuple[Parameter, ...] = ()
    if codes:
        parameters = signature_of(codes[-1], is_bound=True)
        reads = methods.reader.keywords(codes[-1], lineage, 0)
        is_known = is_known and len(codes) == 1
    elif any(each.type == "decorator" for each in body.node.named_children):
        is_known = False  # a dataclass, or what a decorator makes of it
    elif lineage.doubts or lineage.foreign:
        is_known = False
    reading = read_class(outline, Class(f"{methods.module}.{name}", path, name))
    return FactoryMethod(
        name=name,
        factory=methods.name,
        path=path,
        span=facts.source.span(name_node) if facts is not None else Span(0, 0),
        parameters=parameters,
        docstring=docstring_of(block, body.unit.data) if block is not None else "",
        is_static=True,
        is_signature_known=is_known,
        products=reading.products,
        surface=reading.surface,
        inherited=reading.inherited,
        specs=(f"{methods.module}.{name}",),
        reads_keywords=reads,
        is_open=reading.is_open,
    )
