"""Reads the model of a factory from the text of its class or module.

Nothing is imported or run. A method is read anew only where its text, what stands around the methods of its file, its
helpers or the classes that it follows have changed.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ssot_lsp.definitions import Import, Kind, own_nodes, path_of
from ssot_lsp.files import UnreadableError
from ssot_lsp.index.doubles import read, read_class
from ssot_lsp.index.factory import Factory, FactoryMethod, Parameter, Product
from ssot_lsp.index.literals import closed_strings, keywords_read, names_read
from ssot_lsp.index.outline import decorator_paths, node_at, text_of
from ssot_lsp.index.values import NOTHING, Class
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.definitions import Binding
    from ssot_lsp.facts import Facts, Unit
    from ssot_lsp.index.factory import ParameterKind
    from ssot_lsp.index.origins import Origin
    from ssot_lsp.index.outline import ClassBody, Code, Lineage, Outline
    from ssot_lsp.source import Node

# Decorators that leave signature and result alone.
_TRANSPARENT = frozenset(
    {
        *("staticmethod", "classmethod", "abstractmethod", "cache", "lru_cache", "override", "final"),
        *("no_type_check", "deprecated", "fixture"),
    }
)
_PROPERTIES = frozenset({"property", "cached_property", "setter", "deleter", "getter"})
_OWN_RESULTS = frozenset({"contextmanager", "asynccontextmanager"})
_SELVES = frozenset({"self", "_self", "this", "me", "_"})
# Without any of these nothing is compared or looked up.
_COMPARES = re.compile(rb"==|\bin\b|\bmatch\b|\[|!=|\bget\b|\breturn\s+[\w.]+\(\s*\w+\s*[,)]")
_DEFINED = re.compile(rb"\bdef[ \t]+(\w+)")
_DEEPEST = 4


@dataclass(slots=True)
class _Entry:
    """A method with all that it was read from: its text, what stands around the methods, helpers, other files."""

    text: bytes
    around: bytes
    helpers: tuple[tuple[str, str, str, bytes], ...]
    foreign: tuple[tuple[str, bytes], ...]
    method: FactoryMethod


class Memory:
    """What was read of methods, kept from one moment to the next; `reads` counts what had to be read anew."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str, str, str], _Entry] = {}
        self.good: dict[tuple[str, str], Factory] = {}
        self.reads = 0

    def forget(self, path: str) -> None:
        """Note that there is no file at `path` any more."""
        for key in [key for key in self.good if key[0] == path]:
            del self.good[key]


# --- classes


def class_factory(outline: Outline, memory: Memory, path: str, name: str) -> Factory | None:
    """The factory that the class `name` of the file at `path` is; None where there is no such class.

    While the file does not parse, what was last known of it stays.
    """
    builder = _Builder(outline, memory, (path, name))
    facts = outline.facts(path)
    last = memory.good.get((path, name))
    if facts is None:
        return last and _doubted(last, f"`{name}`: the file cannot be read any more")
    is_broken = facts.source.root.has_error
    lineage = outline.lineage(path, name)
    if lineage is None:
        if last is None or not is_broken:
            memory.good.pop((path, name), None)
            return None
        return _doubted(last, f"`{name}`: the file does not parse, what was last known of it holds")
    body = lineage.bodies[0]
    name_node = body.definition.child_by_field_name("name") or body.definition
    made, notes, is_open = _made_elsewhere(facts, name)
    factory = Factory(
        name=name,
        path=path,
        span=facts.source.span(name_node),
        methods=builder.methods(lineage),
        module=builder.module,
        known_as=name,
        attributes=frozenset(builder.attributes(lineage) | made),
        notes=(*lineage.doubts, *notes, *builder.notes, *_repeated(outline.classes(path, name))),
        has_unknown_methods=bool(lineage.doubts) or is_open,
    )
    if not is_broken:
        memory.good[path, name] = factory
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


class _Builder:
    """Puts the methods of one factory together."""

    def __init__(self, outline: Outline, memory: Memory, key: tuple[str, str]) -> None:
        self.outline = outline
        self.memory = memory
        self.path, self.name = key
        self.notes: list[str] = []
        self._around: dict[str, bytes] = {}
        try:
            self.origins = outline.reader.origins(self.path)
            self.module = self.origins.module_name
        except UnreadableError:
            self.module = ""

    def methods(self, lineage: Lineage) -> dict[str, FactoryMethod]:
        found: dict[str, FactoryMethod] = {}
        others: set[str] = set()
        own = [body for body in lineage.bodies if (body.path, body.name) == (self.path, self.name)]
        for body in lineage.bodies:
            for name, codes in body.functions.items():
                rivals = own if body in own else [body]
                if not name.startswith("_") and name not in found and name not in others:
                    all_codes = [each for one in rivals for each in one.functions.get(name, ())]
                    method = self.method(name, all_codes if body in own else codes, lineage)
                    if method is not None:
                        found[name] = method
            others |= body.values.keys() | body.others
            for name, (unit, value) in body.values.items():
                target = path_of(value, unit.data) if value is not None else ()
                if target and target[-1] in found and name not in found and not name.startswith("_"):
                    found[name] = replace(found[target[-1]], name=name)
        return found

    def attributes(self, lineage: Lineage) -> set[str]:
        found: set[str] = set()
        for body in lineage.bodies:
            found |= body.others | body.values.keys() | body.functions.keys()
            facts = self.outline.facts(body.path)
            for container in facts.classes if facts is not None else ():
                if container.name == body.name:
                    for unit in container.units:
                        for scope in unit.scopes:
                            first = scope.parameters[0].name if scope.parameters else ""
                            found |= {
                                p.path[1] for p in scope.paths if len(p.path) == 2 and p.path[0] == first
                            }
        return found

    def method(self, name: str, codes: list[Code], lineage: Lineage | None) -> FactoryMethod | None:
        """A method as its definitions say; None where it is none (a property)."""
        codes = [code for code in codes if not _is_decorated(code, {"overload"})] or codes
        if not codes or _is_decorated(codes[-1], _PROPERTIES):
            return None
        code = codes[-1]
        if lineage is None:  # in a module, a later definition replaces what stands before it
            first = max((index for index, each in enumerate(codes) if not each.is_conditional), default=0)
            codes = codes[first:]
        is_uncertain = len({each.text for each in codes}) > 1
        method = self.remembered(name, code, lineage)
        if is_uncertain:
            self.notes.append(f"`{name}` is defined in several ways, its signature is not known")
            method = replace(method, is_signature_known=False, products=method.products | {Product.UNKNOWN})
        return method

    def remembered(self, name: str, code: Code, lineage: Lineage | None) -> FactoryMethod:
        key = (code.path, code.owner, name, f"{self.path}:{self.name}")
        span = _name_span(self.outline, code)
        around = self.around(code.path) + (b"" if self.path == code.path else self.around(self.path))
        entry = self.memory.entries.get(key)
        if entry is not None and entry.text == code.text and entry.around == around and self._holds(entry):
            if entry.method.span != span:
                entry.method = replace(entry.method, span=span)
            for path, _ in entry.foreign:
                self.outline.touched.add(path)
            return entry.method
        before, self.outline.touched = self.outline.touched, set()
        self.memory.reads += 1
        method, helpers = self.read(name, code, lineage, span)
        touched, self.outline.touched = self.outline.touched, before | self.outline.touched
        foreign = tuple((path, self._data(path)) for path in sorted(touched - {code.path, self.path}))
        texts = tuple((each.path, each.owner, each.name, each.text) for each in helpers)
        self.memory.entries[key] = _Entry(code.text, around, texts, foreign, method)
        return method

    def _holds(self, entry: _Entry) -> bool:
        return all(
            self._text(path, owner, name) == text for path, owner, name, text in entry.helpers
        ) and all(self._data(path) == data for path, data in entry.foreign)

    def _text(self, path: str, owner: str, name: str) -> bytes | None:
        if not owner:
            codes = self.outline.functions(path, name)
        else:
            bodies = self.outline.classes(path, owner)
            codes = bodies[-1].functions.get(name, []) if bodies else []
        return codes[-1].text if codes else None

    def _data(self, path: str) -> bytes:
        try:
            return self.outline.reader.data(path)
        except UnreadableError:
            return b""

    def around(self, path: str) -> bytes:
        """What stands around the functions of a file, and where its imports lead: what any of them may depend on."""
        known = self._around.get(path)
        if known is not None:
            return known
        facts = self.outline.facts(path)
        if facts is None:
            return b""
        pieces: list[bytes] = []
        for unit in facts.units:
            kind = unit.node.type
            if kind == "decorated_definition":
                inner = unit.node.child_by_field_name("definition")
                kind = inner.type if inner is not None else kind
            if kind == "function_definition":
                pieces += (
                    unit.container.name.encode("utf-8", "surrogatepass"),
                    *_outlined(unit.memo.outline),
                )
            else:
                pieces.append(unit.data[unit.start : unit.end])
        try:
            origins = self.outline.reader.origins(path)
        except UnreadableError:
            return b""
        for binding in facts.imports():
            if binding.target is not None:
                for origin in origins.of_import(binding.target):
                    pieces.append(
                        f"{binding.name}={origin.path}:{origin.name}".encode("utf-8", "surrogatepass")
                    )
        found = self._around[path] = b"\0".join(pieces)
        return found

    # --- one method

    def read(
        self, name: str, code: Code, lineage: Lineage | None, span: Span
    ) -> tuple[FactoryMethod, list[Code]]:
        data = code.unit.data
        decorators = [
            (names[-1] if names else "", names, text) for names, text in decorator_paths(code.whole, data)
        ]
        words = {word for word, _, _ in decorators}
        is_static, is_class = "staticmethod" in words, "classmethod" in words
        is_bound = bool(code.owner) and not is_static
        parameters = _parameters(code, is_bound=is_bound)
        is_known, is_product_known = self._sees_through(code, decorators)
        if is_bound and not is_class and _lacks_self(code):
            is_known = False
            self.notes.append(f"`{name}` takes no `self`: whether it is called on the class is not known")
        key = (self.path, self.name) if lineage is not None else None
        reading, helpers = read(self.outline, code, key, is_bound=is_bound)
        parameters = tuple(replace(each, value=reading.defaults.get(each.name)) for each in parameters)
        if not is_product_known or (
            b"yield" in code.text and any(each.type == "yield" for each in own_nodes(code.node))
        ):
            reading = NOTHING
        body = code.node.child_by_field_name("body")
        literals, lists, mentioned, targets = self._strings(code, parameters, lineage)
        helpers = [*helpers, *targets]
        returns = code.node.child_by_field_name("return_type")
        method = FactoryMethod(
            name=name,
            factory=self.name,
            path=code.path,
            span=span,
            parameters=parameters,
            returns=_squeezed(text_of(data, returns)) if returns is not None else "",
            docstring=_docstring(body, data) if body is not None else "",
            is_static=is_static,
            is_class=is_class,
            is_async=data.startswith(b"async", code.node.start_byte),
            is_signature_known=is_known,
            products=reading.products,
            surface=reading.surface,
            inherited=reading.inherited,
            specs=tuple(each.dotted for each in reading.specs),
            literals=literals,
            lists=lists,
            mentioned=mentioned,
            reads_keywords=self.keywords(code, lineage, 0),
            is_open=reading.is_open,
            alternatives=reading.alternatives,
        )
        return method, helpers

    def _sees_through(
        self, code: Code, decorators: list[tuple[str, tuple[str, ...], str]]
    ) -> tuple[bool, bool]:
        """Whether the decorators leave the signature, and the result, as they are written."""
        is_known = is_product_known = True
        for word, names, text in decorators:
            if word in _TRANSPARENT:
                continue
            is_product_known = False
            if word in _OWN_RESULTS:
                continue
            if not self._wraps(code, names):
                is_known = False
                self.notes.append(f"the decorator `{text}` may change the signature of `{code.name}`")
        return is_known, is_product_known

    def _wraps(self, code: Code, names: tuple[str, ...]) -> bool:
        """Whether a decorator is a function of the workspace that keeps the signature by `functools.wraps`."""
        scope = 0
        for origin in self.outline.origin(code.path, names, code.unit, scope):
            codes = self.outline.functions(origin.path, origin.name) if origin.path else []
            if codes and b"wraps(" in codes[-1].text:
                return True
        return False

    def _strings(
        self, code: Code, parameters: tuple[Parameter, ...], lineage: Lineage | None, depth: int = 0
    ) -> tuple[dict[str, tuple[str, ...]], frozenset[str], dict[str, tuple[str, ...]], tuple[Code, ...]]:
        """The strings per parameter, those that are lists of them, others that are mentioned, and who else was asked."""
        body = code.node.child_by_field_name("body")
        names = [each.name for each in parameters if each.kind not in {"args", "kwargs"}]
        names += [each.name for each in parameters if each.kind == "args"]
        if body is None or not names or not _COMPARES.search(code.text):
            return {}, frozenset(), {}, ()

        def constant(name: str) -> tuple[Node, bytes] | None:
            head, _, last = name.rpartition(".")
            if head and lineage is not None:
                found = lineage.value(last)
                return (found[2], found[1].data) if found is not None and found[2] is not None else None
            facts = self.outline.facts(code.path)
            bindings = facts.module.names.get(name, []) if facts is not None and not head else []
            if len(bindings) != 1 or bindings[0][1].value is None:
                return None
            node = node_at(bindings[0][0], bindings[0][1].value)
            return (node, bindings[0][0].data) if node is not None else None

        found, handed = closed_strings(body, code.unit.data, names, constant)
        lists = {name for name, each in found.items() if each.of_items}
        mentioned = {name: each.strings for name, each in found.items() if not each.is_closed}
        known = {name: each.strings for name, each in found.items() if each.is_closed}
        targets: list[Code] = []
        for each in handed if depth == 0 else ():
            function = each.call.child_by_field_name("function")
            path = path_of(function, code.unit.data) if function is not None else ()
            target = self._target(path, code, lineage) if each.parameter not in found else None
            if target is None:
                continue
            # What another method knows is worth offering; it is all there is where nothing comes before its call.
            inner = _parameters(
                target, is_bound=bool(target.owner) and not _is_decorated(target, {"staticmethod"})
            )
            closed, inner_lists, others, _ = self._strings(target, inner, lineage, depth=1)
            targets.append(target)
            first = inner[0].name if inner else ""
            strings = (*closed.get(first, ()), *others.get(first, ()))
            if strings and first not in inner_lists:
                is_closed = each.is_sure and first in closed
                (known if is_closed else mentioned)[each.parameter] = closed[first] if is_closed else strings
                if each.of_items:
                    lists.add(each.parameter)
        return (
            known,
            frozenset(lists),
            mentioned,
            tuple(targets),
        )

    def keywords(self, code: Code, lineage: Lineage | None, depth: int) -> tuple[str, ...] | None:
        """The keywords that the `**kwargs` of a function is read for, there and in what they are handed on to."""
        body = code.node.child_by_field_name("body")
        name = next((name for name, kind in _kinds(code) if kind == "kwargs"), None)
        if name is None or body is None:
            return ()
        found = keywords_read(body, code.unit.data, name)
        if found.is_open or depth > _DEEPEST:
            return None
        read = list(found.read)
        for call in found.handed_to:
            function = call.child_by_field_name("function")
            target = (
                self._target(path_of(function, code.unit.data), code, lineage)
                if function is not None
                else None
            )
            if target is None:
                return None
            read += [name for name, kind in _kinds(target) if kind in {"positional", "keyword"}]
            further = self.keywords(target, lineage, depth + 1)
            if further is None:
                return None
            read += further
        return tuple(dict.fromkeys(read))

    def _target(self, names: tuple[str, ...], code: Code, lineage: Lineage | None) -> Code | None:
        """The function that a call of a path runs."""
        if not names:
            return None
        first = next((name for name, _ in _kinds(code, is_bound=False)), "") if code.owner else ""
        is_own = names[:-1] in {(first,), (self.name,), ("super", "()"), (first, "__class__")}
        codes: list[Code] = []
        if is_own and lineage is not None:
            codes = lineage.functions(names[-1])
        else:
            for origin in self.outline.origin(code.path, names, code.unit, 0):
                codes = self.outline.functions(origin.path, origin.name) if origin.path else []
                if not codes and origin.path:
                    inner = self.outline.lineage(origin.path, origin.name)
                    codes = inner.functions("__init__") if inner is not None and not inner.doubts else []
        return codes[-1] if codes and codes[-1].node != code.node else None


# --- modules


def module_factory(outline: Outline, memory: Memory, path: str, name: str) -> Factory | None:
    """The factory that a whole module is: its functions and classes, and those that it re-exports."""
    facts = outline.facts(path)
    last = memory.good.get((path, ""))
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
    memory.good[path, ""] = factory
    return factory


class _Members:
    """What a module has; `is_open` where there may be more than can be seen."""

    def __init__(self, outline: Outline, memory: Memory) -> None:
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
        builder = _Builder(self.outline, self.memory, (path, ""))
        if "__getattr__" in facts.module.names:
            self.is_open = True
            self.notes.append(f"`{builder.module}` has `__getattr__`")
        for name, bindings in facts.module.names.items():
            self.attributes.add(name)
            if not name.startswith("_") and name not in self.methods:
                found = self.method(builder, name, *bindings[-1])
                if found is not None:
                    self.methods[name] = found if found.name == name else replace(found, name=name)
        self.notes += builder.notes
        for star in facts.stars():
            self.add_star(path, star, depth)

    def method(self, builder: _Builder, name: str, unit: Unit, binding: Binding) -> FactoryMethod | None:
        """The function or class that a name of a module is, there or in the module that it is imported from."""
        if binding.kind in {Kind.DEFINITION, Kind.CLASS}:
            return _member(builder, builder.path, name)
        if binding.kind is Kind.IMPORT or binding.alias:
            for origin in self.outline.origin(builder.path, (name,), unit, 0):
                if origin.path and origin.name and origin.path != builder.path:
                    if self.is_just_used(builder.path, name, binding, origin):
                        return None
                    other = _Builder(self.outline, self.memory, (origin.path, ""))
                    return _member(other, origin.path, origin.name)
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


def _member(builder: _Builder, path: str, name: str) -> FactoryMethod | None:
    codes = builder.outline.functions(path, name)
    if codes:
        return builder.method(name, codes, None)
    lineage = builder.outline.lineage(path, name)
    return _constructor(builder, lineage, path, name) if lineage is not None else None


def _constructor(builder: _Builder, lineage: Lineage, path: str, name: str) -> FactoryMethod:
    """A class of a factory module: calling it is what its `__init__` takes."""
    body = lineage.bodies[0]
    outline = builder.outline
    facts = outline.facts(path)
    name_node = body.definition.child_by_field_name("name") or body.definition
    block = body.definition.child_by_field_name("body")
    codes = lineage.functions("__init__")
    is_known = not lineage.functions("__new__") and not any("metaclass" in doubt for doubt in lineage.doubts)
    reads: tuple[str, ...] | None = ()
    parameters: tuple[Parameter, ...] = ()
    if codes:
        parameters = _parameters(codes[-1], is_bound=True)
        reads = builder.keywords(codes[-1], lineage, 0)
        is_known = is_known and len(codes) == 1
    elif any(each.type == "decorator" for each in body.node.named_children):
        is_known = False  # a dataclass, or what a decorator makes of it
    elif lineage.doubts or lineage.foreign:
        is_known = False
    reading = read_class(outline, Class(f"{builder.module}.{name}", path, name))
    return FactoryMethod(
        name=name,
        factory=builder.name,
        path=path,
        span=facts.source.span(name_node) if facts is not None else Span(0, 0),
        parameters=parameters,
        docstring=_docstring(block, body.unit.data) if block is not None else "",
        is_static=True,
        is_signature_known=is_known,
        products=reading.products,
        surface=reading.surface,
        inherited=reading.inherited,
        specs=(f"{builder.module}.{name}",),
        reads_keywords=reads,
        is_open=reading.is_open,
    )


# --- text


def _outlined(outline: Iterable[Binding]) -> Iterator[bytes]:
    for binding in outline:
        yield binding.name.encode("utf-8", "surrogatepass")


def _is_decorated(code: Code, words: Iterable[str]) -> bool:
    wanted = set(words)
    return any(names[-1:] and names[-1] in wanted for names, _ in decorator_paths(code.whole, code.unit.data))


def _name_span(outline: Outline, code: Code) -> Span:
    facts = outline.facts(code.path)
    node = code.node.child_by_field_name("name") or code.node
    return facts.source.span(node) if facts is not None else Span(0, 0)


def _docstring(block: Node, data: bytes) -> str:
    first = next((child for child in block.named_children if child.type != "comment"), None)
    if first is None or first.type != "expression_statement" or not first.named_child_count:
        return ""
    node = first.named_children[0]
    if node.type != "string":
        return ""
    try:
        value = ast.literal_eval(text_of(data, node))
    except (ValueError, SyntaxError):
        return ""
    return inspect.cleandoc(value) if isinstance(value, str) else ""


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _kinds(code: Code, *, is_bound: bool = True) -> Iterator[tuple[str, ParameterKind]]:
    is_static = _is_decorated(code, {"staticmethod"})
    is_bound = is_bound and bool(code.owner) and not is_static
    for each in _parameters(code, is_bound=is_bound, with_reads=False):
        yield each.name, each.kind


def _parameters(code: Code, *, is_bound: bool, with_reads: bool = True) -> tuple[Parameter, ...]:
    node, body = code.node.child_by_field_name("parameters"), code.node.child_by_field_name("body")
    if node is None:
        return ()
    data = code.unit.data
    read_names = names_read(body, data) if body is not None and with_reads else set()
    found: list[Parameter] = []
    kind: ParameterKind = "positional"
    for child in node.named_children:
        if child.type == "keyword_separator":
            kind = "keyword"
            continue
        if child.type == "positional_separator":
            found = [replace(each, kind="positional-only") for each in found]
            continue
        holder = (
            child.named_children[0] if child.type == "typed_parameter" and child.named_child_count else child
        )
        own: ParameterKind = kind
        name: Node | None = holder if holder.type == "identifier" else holder.child_by_field_name("name")
        if holder.type in {"list_splat_pattern", "dictionary_splat_pattern"} and holder.named_child_count:
            name = holder.named_children[0]
            own = "args" if holder.type == "list_splat_pattern" else "kwargs"
            kind = "keyword"
        if name is None:
            continue
        annotation, default = child.child_by_field_name("type"), child.child_by_field_name("value")
        word = text_of(data, name)
        found.append(
            Parameter(
                word,
                _squeezed(text_of(data, annotation)) if annotation is not None else "",
                _squeezed(text_of(data, default)) if default is not None else None,
                own,
                word in read_names,
            )
        )
    is_first_bound = is_bound and bool(found) and found[0].kind in {"positional", "positional-only"}
    return tuple(found[1:] if is_first_bound else found)


def _lacks_self(code: Code) -> bool:
    """Whether a method that nothing decorates is written like a static one: people forget the decorator."""
    first = next(iter(_parameters(code, is_bound=False, with_reads=False)), None)
    return first is None or first.name not in _SELVES
