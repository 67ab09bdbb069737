"""Classes and functions of workspace files by name: what stands in a class, what it inherits, and from where.

What cannot be known (a base outside of the workspace, members made at run time) is said in words, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ssot_lsp.definitions import Kind
from ssot_lsp.files import UnreadableError
from ssot_lsp.nodes import path_of, text_of
from ssot_lsp.source import nodes_around

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.definitions import Path
    from ssot_lsp.facts import Facts, Unit
    from ssot_lsp.index.origins import Origin, Origins
    from ssot_lsp.source import Node

# Bases that bring nothing that could be called, or nothing that matters here.
_PLAIN_BASES = frozenset({"object", "Generic", "Protocol", "ABC", "NamedTuple", "TypedDict"})
_PLAIN_CLASS_DECORATORS = frozenset(
    {"dataclass", "final", "runtime_checkable", "total_ordering", "define", "frozen", "mutable", "attrs", "s"}
)
_PLAIN_METACLASSES = frozenset({"ABCMeta", "type"})
# Statements of a class body that may make members under names that are not written down.
_MAKES_MEMBERS = re.compile(rb"\b(?:locals|vars|globals|exec|eval|setattr)\s*\(")
_STATEMENTS_AROUND = frozenset(
    {
        *("if_statement", "try_statement", "with_statement", "block", "ERROR"),
        *("elif_clause", "else_clause", "except_clause", "finally_clause"),
    }
)
_DEFINITIONS = frozenset({"function_definition", "class_definition"})


class Reader(Protocol):
    """What is asked of the workspace."""

    def facts(self, path: str) -> Facts:
        """What a file says; raises UnreadableError."""

    def data(self, path: str) -> bytes:
        """The bytes of a file's text as it is read for names; raises UnreadableError."""

    def origins(self, path: str) -> Origins:
        """Where the names of a file come from; raises UnreadableError."""

    def module_path(self, module: str, importer: str) -> str | None:
        """The file of a dotted module as seen from the file `importer`."""


class Code(NamedTuple):
    """A function in its place: `whole` is the node with its decorators, `owner` the class that it is written in."""

    path: str
    unit: Unit
    node: Node
    whole: Node
    owner: str
    is_conditional: bool = False

    @property
    def text(self) -> bytes:
        """The bytes of the function with its decorators."""
        return self.unit.data[self.whole.start_byte : self.whole.end_byte]

    @property
    def name(self) -> str:
        """The name of the function, empty where it has none yet."""
        name = self.node.child_by_field_name("name")
        return text_of(self.unit.data, name) if name is not None else ""


@dataclass(slots=True)
class ClassBody:
    """A class as it is written: its functions, what else it binds, and what makes it hard to know.

    `functions` holds every definition of a name, the last one last. `values` are the nodes of class-level
    assignments, None where there is no value. `doubts` say why there may be more members than are written down.
    """

    path: str
    name: str
    unit: Unit
    node: Node
    definition: Node
    is_conditional: bool
    bases: tuple[Path, ...] = ()
    functions: dict[str, list[Code]] = field(default_factory=dict)
    values: dict[str, tuple[Unit, Node | None]] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    doubts: list[str] = field(default_factory=list)

    @property
    def text(self) -> bytes:
        """The bytes of the whole class."""
        return self.unit.data[self.node.start_byte : self.node.end_byte]

    @property
    def header(self) -> bytes:
        """The bytes of its decorators, name and bases."""
        body = self.definition.child_by_field_name("body")
        end = body.start_byte if body is not None else self.definition.end_byte
        return self.unit.data[self.node.start_byte : end]


class Lineage(NamedTuple):
    """A class and what it inherits, in the order of look-up; `doubts` where something of it is out of sight."""

    bodies: tuple[ClassBody, ...]
    doubts: tuple[str, ...]
    foreign: tuple[str, ...]  # the dotted names of bases outside of the workspace

    def functions(self, name: str) -> list[Code]:
        """The definitions of a method in the first class that has it."""
        return next((body.functions[name] for body in self.bodies if name in body.functions), [])

    def value(self, name: str) -> tuple[ClassBody, Unit, Node | None] | None:
        """What the first class that binds `name` at class level binds it to."""
        for body in self.bodies:
            if name in body.values:
                return (body, *body.values[name])
            if name in body.functions:
                return None
        return None


class Outline:
    """Looks classes and functions up; `touched` are the files that it looked into."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.touched: set[str] = set()
        self._facts: dict[str, Facts] = {}
        self._origins: dict[tuple[str, Path, int, int], tuple[Origin, ...]] = {}
        self._classes: dict[tuple[str, str], list[ClassBody]] = {}
        self._lineages: dict[tuple[str, str], Lineage] = {}

    def facts(self, path: str) -> Facts | None:
        """What a file says; None where it cannot be read."""
        self.touched.add(path)
        if path not in self._facts:
            try:
                self._facts[path] = self.reader.facts(path)
            except UnreadableError:
                return None
        return self._facts[path]

    def origin(self, path: str, names: Path, unit: Unit, scope: int) -> tuple[Origin, ...]:
        """Where an attribute path leads as seen from a place in the file at `path`."""
        if not names or "()" in names or "[]" in names:
            return ()
        key = (path, names, unit.start, scope)
        if key not in self._origins:
            try:
                self._origins[key] = self.reader.origins(path).of_path(names, unit, scope)
            except UnreadableError:
                return ()
        return self._origins[key]

    def dotted(self, origin: Origin) -> str:
        """The dotted name of a place."""
        try:
            return (
                f"{self.reader.origins(origin.path).module_name}.{origin.name}"
                if origin.path
                else origin.name
            )
        except UnreadableError:
            return origin.name

    def classes(self, path: str, name: str) -> list[ClassBody]:
        """The definitions of a class at module level, under `if` and `try` too, in the order of the text."""
        key = (path, name)
        if key not in self._classes:
            facts = self.facts(path)
            word = name.encode("utf-8", "surrogatepass")
            self._classes[key] = [] if facts is None else list(_classes(facts, path, name, word))
        self.touched.add(path)
        return self._classes[key]

    def functions(self, path: str, name: str) -> list[Code]:
        """The definitions of a function at module level."""
        facts = self.facts(path)
        if facts is None:
            return []
        return [
            Code(path, unit, definition, whole, "", is_conditional)
            for unit, _ in facts.module.names.get(name, ())
            for whole, definition, is_conditional in statements(unit.node)
            if definition.type == "function_definition" and _name_of(definition, unit.data) == name
        ]

    def lineage(self, path: str, name: str, seen: frozenset[tuple[str, str]] = frozenset()) -> Lineage | None:
        """A class with all that it inherits; None where there is no such class."""
        key = (path, name)
        if key in self._lineages:
            known = self._lineages[key]
            self.touched.update(body.path for body in known.bodies)
            return known
        if not (bodies := self.classes(path, name)) or key in seen:
            return None
        own = bodies if any(body.is_conditional for body in bodies) else bodies[-1:]
        doubts = [doubt for body in own for doubt in body.doubts]
        inherited: list[ClassBody] = []
        foreign: list[str] = []
        for body in own:
            for base in body.bases:
                short = base[-1] if base else ""
                if short in _PLAIN_BASES or (short == "[]" and base[:1] and base[-2] in _PLAIN_BASES):
                    continue
                found = self._base(body, base, seen | {key})
                if isinstance(found, Lineage):
                    inherited += found.bodies
                    doubts += found.doubts
                    foreign += found.foreign
                else:
                    foreign.append(found)
                    doubts.append(f"the base `{found}` of `{body.name}` is not in the workspace")
        # A class that is reached twice is looked into where it stands last, as Python does.
        last = {id(body): index for index, body in enumerate(inherited)}
        inherited = [body for index, body in enumerate(inherited) if last[id(body)] == index]
        lineage = Lineage(
            (*reversed(own), *inherited), tuple(dict.fromkeys(doubts)), tuple(dict.fromkeys(foreign))
        )
        if not seen:
            self._lineages[key] = lineage
        return lineage

    def _base(self, body: ClassBody, base: Path, seen: frozenset[tuple[str, str]]) -> Lineage | str:
        names = tuple(name for name in base if name != "[]")
        for origin in self.origin(body.path, names, body.unit, 0):
            if origin.path and origin.name:
                found = self.lineage(origin.path, origin.name, seen)
                if found is not None:
                    return found
            return origin.name or ".".join(names)
        return ".".join(names) or "(an expression)"


def statements(node: Node, *, is_conditional: bool = False) -> Iterator[tuple[Node, Node, bool]]:
    """The definitions that a statement is or holds outside of functions: whole, without decorators, whether under `if`."""
    if node.type == "decorated_definition":
        definition = node.child_by_field_name("definition")
        if definition is not None:
            yield node, definition, is_conditional
    elif node.type in _DEFINITIONS:
        yield node, node, is_conditional
    elif node.type in _STATEMENTS_AROUND:
        for child in node.named_children:
            yield from statements(child, is_conditional=is_conditional or node.type != "with_statement")


def decorator_paths(whole: Node, data: bytes) -> Iterator[tuple[Path, str]]:
    """The path and the text of each decorator."""
    if whole.type != "decorated_definition":
        return
    for child in whole.named_children:
        if child.type == "decorator" and child.named_child_count:
            expression = child.named_children[0]
            callee = expression
            if expression.type == "call":
                callee = expression.child_by_field_name("function") or expression
            yield path_of(callee, data), text_of(data, expression)


def _name_of(definition: Node, data: bytes) -> str:
    name = definition.child_by_field_name("name")
    return text_of(data, name) if name is not None else ""


def _classes(facts: Facts, path: str, name: str, word: bytes) -> Iterator[ClassBody]:
    for unit in facts.module.units:
        if not unit.holds(word):
            continue
        for whole, definition, is_conditional in statements(unit.node):
            if definition.type == "class_definition" and _name_of(definition, unit.data) == name:
                body = ClassBody(path, name, unit, whole, definition, is_conditional)
                _fill(body, facts)
                yield body


def _fill(body: ClassBody, facts: Facts) -> None:
    data = body.unit.data
    superclasses = body.definition.child_by_field_name("superclasses")
    bases: list[Path] = []
    for child in superclasses.named_children if superclasses is not None else ():
        if child.type == "keyword_argument":
            value = child.child_by_field_name("value")
            name = child.child_by_field_name("name")
            is_metaclass = name is not None and text_of(data, name) == "metaclass"
            if is_metaclass and (value is None or path_of(value, data)[-1:] not in {("ABCMeta",), ("type",)}):
                body.doubts.append(f"`{body.name}` has a metaclass")
        elif child.type != "comment":
            bases.append(path_of(child, data))
    body.bases = tuple(bases)
    for names, text in decorator_paths(body.node, data):
        if names[-1:] and names[-1] not in _PLAIN_CLASS_DECORATORS:
            body.doubts.append(f"the decorator `{text}` of `{body.name}` may add to it")
    block = body.definition.child_by_field_name("body")
    for child in block.named_children if block is not None else ():
        _member(body, facts, child)
    if "__getattr__" in body.functions or "__getattribute__" in body.functions:
        body.doubts.append(f"`{body.name}` has `__getattr__`")


def _member(body: ClassBody, facts: Facts, node: Node) -> None:
    kind = node.type
    if kind in {"comment", "pass_statement"}:
        return
    unit = facts.unit_at(node.start_byte) or body.unit
    found = list(statements(node))
    for whole, definition, is_conditional in found:
        name = _name_of(definition, unit.data)
        if definition.type == "function_definition":
            code = Code(body.path, unit, definition, whole, body.name, is_conditional)
            if not is_conditional:
                body.functions.pop(name, None)
            body.functions.setdefault(name, []).append(code)
        elif name:
            body.others.add(name)
    if found and node.type in {*_DEFINITIONS, "decorated_definition"}:
        return
    if kind == "expression_statement":
        for name, value in assignments(node, unit.data):
            body.values[name] = (unit, value)
            body.functions.pop(name, None)
    elif body.unit is not unit:
        for binding in unit.scopes[0].names.values():
            body.others.update(each.name for each in binding if each.kind is not Kind.DEFINITION)
    if _MAKES_MEMBERS.search(unit.data, node.start_byte, node.end_byte) or node.is_error:
        body.doubts.append(f"`{body.name}` makes members while it is defined")


def assignments(statement: Node, data: bytes) -> Iterator[tuple[str, Node | None]]:
    """The names that a statement assigns to, with the expression, None where there is none or it is unpacked."""
    for child in statement.named_children:
        lefts: list[Node] = []
        value: Node | None = child if child.type == "assignment" else None
        while value is not None and value.type == "assignment":
            left = value.child_by_field_name("left")
            if left is not None:
                lefts.append(left)
            value = value.child_by_field_name("right")
        for left in lefts:
            if left.type == "identifier":
                yield text_of(data, left), value
            else:
                yield from ((text_of(data, each), None) for each in left.named_children)


def node_at(unit: Unit, span: tuple[int, int]) -> Node | None:
    """The outermost node of `unit` with these bytes, relative to its start."""
    start, end = unit.start + span[0], unit.start + span[1]
    for node in nodes_around(unit.node, start):
        if node.start_byte == start and node.end_byte == end:
            return node
    return None
