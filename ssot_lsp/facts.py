"""What one file says: its units, scopes and names, and which statement stands where.

Facts hold no configuration and know no other file. A unit (a statement of the module or of a class body) that an
edit did not touch keeps what was read of it; what is put together here per version is cheap. Numbers are bytes of
`Source.data`, absolute where nothing else is said; `Source.offset` leads to code points.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import ref

from ssot_lsp.calls import calls_in, heads_of, mentions
from ssot_lsp.definition_reading import class_scope, imported, scopes_of
from ssot_lsp.definitions import CLASS, FUNCTION, MODULE, Binding, Kind, Scope
from ssot_lsp.nodes import CLAUSES, IMPORTS, path_of
from ssot_lsp.references import NOTHING, references_in
from ssot_lsp.source import nodes_around
from ssot_lsp.words import encoded, word_starts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.calls import Call
    from ssot_lsp.definitions import Import, Parameter, Path, PathBinding
    from ssot_lsp.references import References
    from ssot_lsp.source import Node, Source

_IMPORT = re.compile(rb"import(?!\w)(?<!\wimport)")
# Behind a name: the attributes taken of it, and no call.
_MOST_HEADS = 8
_REST_OF_REFERENCE = re.compile(rb"(?:\s*\.\s*\w+)*\b(?!\s*[.(])")
_KEYWORD_BEFORE = re.compile(rb"\b(?:def|class)\s+\Z")
_STAR_IMPORT = re.compile(rb"import[\s\\(]*\*")
_SPARED = frozenset({"comment", "pass_statement"})
# A block statement's own suites; what comes before the first one is the header.
_COMPOUND = CLAUSES | {
    "if_statement",
    "for_statement",
    "while_statement",
    "with_statement",
    "try_statement",
    "match_statement",
}
_DEFINITIONS = frozenset({"function_definition", "class_definition", "decorated_definition"})


class _Memo:
    """What a unit's text says, whatever stands around it. Functions are read when they are first asked about."""

    __slots__ = (
        "aliases",
        "calls",
        "function",
        "matches",
        "may_bind",
        "names",
        "outline",
        "paths",
        "references",
        "refers",
        "scope_at",
        "scopes",
        "self_paths",
        "words",
    )

    def __init__(self, outline: tuple[Binding, ...], scopes: tuple[Scope, ...] | None) -> None:
        self.outline = outline
        self.scopes = scopes
        self.names: frozenset[str] = frozenset()
        self.calls: tuple[Call, ...] = ()
        self.words: frozenset[str] = frozenset()
        self.references: References = NOTHING
        self.aliases: tuple[tuple[str, str], ...] | None = None
        self.matches: dict[re.Pattern[bytes], bool] = {}
        self.may_bind: dict[str, bool] = {}
        self.refers: dict[frozenset[str], bool] = {}
        self.paths: dict[tuple[int, int], Path] = {}
        self.scope_at: dict[int, int] = {}
        self.self_paths: dict[str, list[tuple[int, PathBinding]]] | None = None
        self.function: object = None  # what `index.shape_functions` reads of a method


class Unit:
    """A unit in its place: `start` is its first byte, `container` what it is a statement of."""

    __slots__ = ("_container", "data", "end", "memo", "node", "start")

    def __init__(self, node: Node, end: int, container: Container, data: bytes, memo: _Memo) -> None:
        self.node = node
        self.start = node.start_byte
        self.end = end
        # Weak, so that facts hold no cycle and are freed as soon as nobody needs them, without a collector.
        self._container = ref(container)
        self.data = data
        self.memo = memo

    @property
    def container(self) -> Container:
        """The module or class that the unit is a statement of; lives as long as the facts do."""
        container = self._container()
        assert container is not None, "the facts of this unit are gone"  # noqa: S101 - a fault of the caller
        return container

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The scopes of this unit, number 0 being its container's level."""
        scopes = self.memo.scopes
        if scopes is None:
            scopes = scopes_of(self.node, self.data, is_class_member=self.container.kind == CLASS)
            self.memo.scopes = scopes
        return scopes

    def calls(self, names: frozenset[str]) -> tuple[Call, ...]:
        """The calls that start with one of `names` (dotted or not); remembered for the last set of names."""
        memo = self.memo
        if memo.names != names:
            memo.calls = calls_in(self.node, self.data, names, self.end)
            memo.names = names
        return memo.calls

    def references(self, words: frozenset[str]) -> References:
        """What is taken from `words`, names or attributes; remembered for the last set of words."""
        memo = self.memo
        if memo.words != words:
            memo.references = references_in(self.node, self.data, words, self.scopes, self.end)
            memo.words = words
        return memo.references

    def holds(self, word: bytes) -> bool:
        """Whether the bytes of the unit hold `word`: the cheap question before the real one."""
        return self.data.find(word, self.start, self.end) >= 0

    def matches(self, pattern: re.Pattern[bytes]) -> bool:
        """Whether `pattern` is found in the bytes of the unit; remembered."""
        known = self.memo.matches.get(pattern)
        if known is None:
            known = self.memo.matches[pattern] = pattern.search(self.data, self.start, self.end) is not None
        return known

    def refers(self, heads: frozenset[str], places: Iterable[re.Match[bytes]] | None = None) -> bool:
        """Whether one of the names `heads`, or an attribute of one, may be assigned to another name; remembered.

        `places` are where they stand in the unit, for who knows that.
        """
        remembered = self.memo.refers
        known = remembered.get(heads)
        if known is None:
            if len(remembered) > _MOST_HEADS:  # somebody types imports: each letter makes other names
                remembered.clear()
            if places is None:
                places = mentions(self.data, self.start, self.end, heads)
            known = remembered[heads] = any(self._references(places))
        return known

    def _references(self, places: Iterable[re.Match[bytes]]) -> Iterator[bool]:
        data = self.data
        for match in places:
            if _REST_OF_REFERENCE.match(data, match.end(1), self.end) is not None:
                before = data[max(self.start, data.rfind(b"\n", 0, match.start()) + 1) : match.start()]
                # `M = mock.Mock`, `a, b = x, Mock`, `(m := Mock)`, but no keyword argument.
                yield (b"=" in before and b"(" not in before) or before.rstrip()[-2:] == b":="

    def may_bind(self, name: str) -> bool:
        """Whether some scope inside of the unit may bind `name`, by its bytes: no is sure, and spares reading them."""
        if self.memo.scopes is not None:
            return True
        known = self.memo.may_bind.get(name)
        if known is None:
            found = next(_bindings_in(self.data, self.start, self.end, name), None)
            known = self.memo.may_bind[name] = found is not None
        return known

    @property
    def name(self) -> str:
        """What the unit defines, where it is a function or the like; empty for most statements."""
        return self.memo.outline[0].name if len(self.memo.outline) == 1 else ""

    def bindings(self) -> Iterator[Binding]:
        """All bindings of all scopes of the unit."""
        for scope in self.scopes:
            for found in scope.names.values():
                yield from found

    def aliases(self) -> tuple[tuple[str, str], ...]:
        """The names that are assigned nothing but a name or an attribute of one, with that one, dotted."""
        found = self.memo.aliases
        if found is None:
            found = tuple((each.name, ".".join(each.alias)) for each in self.bindings() if each.alias)
            self.memo.aliases = found
        return found

    def self_paths(self) -> dict[str, list[tuple[int, PathBinding]]]:
        """What methods in the unit assign on their first parameter, by attribute, with the number of the scope."""
        found = self.memo.self_paths
        if found is None:
            found = self.memo.self_paths = {}
            for number, scope in enumerate(self.scopes):
                for each in scope.paths:
                    if len(each.path) > 1 and each.path[0] == self_name(self, number):
                        found.setdefault(each.path[1], []).append((number, each))
        return found

    def scope_at(self, byte: int) -> int:
        """The number of the innermost scope whose *inside* holds `byte`, relative to the unit.

        Decorators, defaults and bases belong to the scope around.
        """
        found = self.memo.scope_at.get(byte)
        if found is None:
            found = self.memo.scope_at[byte] = self._scope_at(byte)
        return found

    def _scope_at(self, byte: int) -> int:
        found = 0
        for number, scope in enumerate(self.scopes):
            if scope.span[0] > byte:
                break
            if number and scope.body <= byte < scope.span[1]:
                found = number
        return found

    def path(self, span: tuple[int, int]) -> Path:
        """The attribute path that the expression at `span` (relative) is; empty where it is anything else."""
        known = self.memo.paths.get(span)
        if known is None:
            known = self.memo.paths[span] = self._path(self.start + span[0], self.start + span[1])
        return known

    def _path(self, start: int, end: int) -> Path:
        for node in nodes_around(self.node, start):
            if node.start_byte == start and node.end_byte == end:
                return path_of(node, self.data)
        return ()


class Container:
    """The module or a class at module level: the names that its units bind. `scope` is the header of a class."""

    __slots__ = ("__weakref__", "end", "kind", "names", "scope", "self_paths", "start", "units")

    def __init__(self, kind: str, start: int, end: int, scope: Scope | None = None) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.scope = scope
        self.units: list[Unit] = []
        self.names: dict[str, list[tuple[Unit, Binding]]] = {}
        self.self_paths: dict[str, list[tuple[Unit, int, PathBinding]]] = {}

    @property
    def name(self) -> str:
        """The name of the class, empty for the module."""
        return self.scope.name if self.scope is not None else ""


class Facts:
    """What one version of one file says. Immutable to its readers."""

    __slots__ = (
        "_bound",
        "_globals",
        "_held",
        "_imports",
        "_is_first",
        "_is_last",
        "_matching",
        "_mentioning",
        "_of_module",
        "_old",
        "_starts",
        "classes",
        "memos",
        "module",
        "source",
        "units",
    )

    def __init__(self, source: Source, previous: Facts | None = None, *, is_last: bool = False) -> None:
        """Read `source`; what `previous` read of units that are still there is taken over.

        `is_last` says that nothing will be taken over from here, which spares remembering it.
        """
        self.source = source
        self.memos: dict[tuple[bool, bytes], _Memo] = {}
        self._is_first = previous is None
        self._is_last = is_last
        self._old = previous.memos if previous is not None else {}
        self._globals: dict[str, list[tuple[Unit, int, Binding]]] | None = None
        self._bound: dict[str, bool] = {}
        self._held: dict[bytes, bool] = {}
        self._imports: tuple[Binding, ...] | None = None
        self._of_module: dict[str, list[tuple[Unit, int, Binding]]] = {}
        self._matching: dict[re.Pattern[bytes], tuple[Unit, ...]] = {}
        self._mentioning: tuple[frozenset[str], dict[Unit, list[re.Match[bytes]]]] = frozenset(), {}
        self.module = Container(MODULE, 0, source.root.end_byte)
        self.classes: list[Container] = []
        self.units: list[Unit] = []
        for node in source.root.named_children:
            if node.type not in _SPARED:
                self._add_statement(node)
        self._old = {}
        self._starts = [unit.start for unit in self.units]

    def _add_statement(self, node: Node) -> None:
        definition = node
        if node.type == "decorated_definition":
            definition = node.child_by_field_name("definition") or node
        body = definition.child_by_field_name("body") if definition.type == "class_definition" else None
        if body is None:
            self._add_unit(node, self.module)
            return
        data = self.source.data
        header = class_scope(node, definition, data)
        container = Container(CLASS, node.start_byte, node.end_byte, header)
        self.classes.append(container)
        # The header is a unit for the calls in its decorators and bases; the members are units of their own.
        scope = Scope(MODULE, "", -1, (0, header.body))
        at = definition.start_byte - node.start_byte
        outline = (Binding(header.name, Kind.CLASS, at),) if header.name else ()
        self._place(Unit(node, body.start_byte, self.module, data, _Memo(outline, (scope,))), self.module)
        for child in body.named_children:
            if child.type not in _SPARED:
                self._add_unit(child, container)

    def _add_unit(self, node: Node, container: Container) -> None:
        data = self.source.data
        if self._is_last:
            read = _read(node, data, is_class_member=container.kind == CLASS)
            self._place(Unit(node, node.end_byte, container, data, read), container)
            return
        key = (container.kind == CLASS, data[node.start_byte : node.end_byte])
        has_error = node.has_error
        memo = None if has_error else self._old.get(key) or self.memos.get(key)
        if memo is None:
            memo = _read(node, data, is_class_member=key[0])
        if not has_error:
            self.memos[key] = memo
        self._place(Unit(node, node.end_byte, container, data, memo), container)

    def _place(self, unit: Unit, container: Container) -> None:
        self.units.append(unit)
        container.units.append(unit)
        for binding in unit.memo.outline:
            container.names.setdefault(binding.name, []).append((unit, binding))

    def unit_at(self, byte: int) -> Unit | None:
        """The unit that holds `byte`."""
        index = self.number_at(byte)
        return self.units[index] if index >= 0 else None

    def number_at(self, byte: int) -> int:
        """The index of the unit that holds `byte`, -1 where none does."""
        index = bisect_right(self._starts, byte) - 1
        return index if index >= 0 and byte < self.units[index].end else -1

    def calling(self, names: frozenset[str]) -> Iterator[tuple[Unit, tuple[Call, ...]]]:
        """The units that call one of `names` (dotted or not), with these calls, in the order of the text."""
        # Where nothing is remembered yet, one look over the whole text finds the few units that are worth one.
        for unit in self._units_mentioning(heads_of(names)) if self._is_first else self.units:
            calls = unit.calls(names)
            if calls:
                yield unit, calls

    def lookup(self, name: str, unit: Unit, scope: int) -> tuple[list[tuple[Unit, int, Binding]], str]:
        """The bindings of `name` as seen from a scope of `unit`, and the kind of scope that binds it.

        Each binding comes with its unit and the number of its scope there. Nothing is found for a name that no scope
        in sight binds; star imports are not looked into.
        """
        scopes = unit.scopes
        number = scope
        is_first = True
        while number > 0:
            each = scopes[number]
            declared = each.outer.get(name)
            if declared == "global_statement":
                return self.module_lookup(name), MODULE
            if declared is None and (is_first or each.kind != CLASS) and name in each.names:
                return [(unit, number, binding) for binding in each.names[name]], each.kind
            if name in each.type_names:
                return [(unit, number, Binding(name, Kind.OTHER, 0))], each.kind
            is_first = False
            number = each.parent
        container = unit.container
        if container.kind == CLASS:
            if is_first and name in container.names:
                return [(owner, 0, binding) for owner, binding in container.names[name]], CLASS
            if container.scope is not None and name in container.scope.type_names:
                return [(unit, 0, Binding(name, Kind.OTHER, 0))], CLASS
        return self.module_lookup(name), MODULE

    def module_lookup(self, name: str) -> list[tuple[Unit, int, Binding]]:
        """The bindings of `name` in the module, as `lookup` has them."""
        found = self._of_module.get(name)
        if found is None:
            found = [(owner, 0, binding) for owner, binding in self.module.names.get(name, ())]
            found = self._of_module[name] = found + self._find_globals().get(name, [])
        return found

    def _find_globals(self) -> dict[str, list[tuple[Unit, int, Binding]]]:
        """Names that functions bind for the module by declaring them global."""
        if self._globals is None:
            found: dict[str, list[tuple[Unit, int, Binding]]] = {}
            self._globals = found
            for unit in self.holding(b"global"):
                for number, scope in enumerate(unit.scopes):
                    for name, kind in scope.outer.items():
                        if kind == "global_statement":
                            bindings = scope.names.get(name, ())
                            found.setdefault(name, []).extend((unit, number, each) for each in bindings)
        return self._globals

    def holds(self, word: bytes) -> bool:
        """Whether the bytes of the file hold `word`; remembered, because a long text takes milliseconds."""
        known = self._held.get(word)
        if known is None:
            known = self._held[word] = word in self.source.data
        return known

    def holding(self, word: bytes) -> Iterator[Unit]:
        """The units whose bytes hold `word`."""
        if self.holds(word):
            for unit in self.units:
                if unit.holds(word):
                    yield unit

    def places_of(self, name: str) -> Iterator[int]:
        """The bytes where a name starts that stands alone, in order."""
        return word_starts(self.source.data, encoded(name))

    def stars(self) -> Iterator[Import]:
        """All star imports of the file."""
        for unit in self.matching(_STAR_IMPORT):
            for scope in unit.scopes:
                yield from scope.stars

    def imports(self) -> tuple[Binding, ...]:
        """All names that imports bind, in whatever scope."""
        if self._imports is None:
            self._imports = tuple(
                binding
                for unit in self.importing()
                for binding in (unit.memo.outline if unit.node.type in IMPORTS else unit.bindings())
                if binding.kind is Kind.IMPORT
            )
        return self._imports

    def importing(self) -> Iterator[Unit]:
        """The units in which names may be imported."""
        return self.matching(_IMPORT)

    def matching(self, pattern: re.Pattern[bytes]) -> Iterator[Unit]:
        """The units in whose bytes `pattern` is found, from its start."""
        if not self._is_first:  # units that an edit left alone remember the answer
            yield from (unit for unit in self.units if unit.matches(pattern))
            return
        known = self._matching.get(pattern)
        if known is None:
            known = self._matching[pattern] = tuple(self._matching_anew(pattern))
        yield from known

    def referring(self, heads: frozenset[str]) -> Iterator[Unit]:
        """The units that may assign one of the names `heads`, or an attribute of one, to another name."""
        if self._is_first:
            for unit, places in self._units_mentioning(heads).items():
                if unit.refers(heads, places):
                    yield unit
        else:  # units that an edit left alone remember the answer
            yield from (unit for unit in self.units if unit.refers(heads))

    def _units_mentioning(self, heads: frozenset[str]) -> dict[Unit, list[re.Match[bytes]]]:
        """The units in which one of the names `heads` stands, with where; remembered for the last names."""
        if self._mentioning[0] != heads:
            data = self.source.data
            found: dict[Unit, list[re.Match[bytes]]] = {}
            for match in mentions(data, 0, len(data), heads):
                unit = self.unit_at(match.start())
                if unit is not None:
                    found.setdefault(unit, []).append(match)
            self._mentioning = heads, found
        return self._mentioning[1]

    def _matching_anew(self, pattern: re.Pattern[bytes]) -> Iterator[Unit]:
        data, at = self.source.data, 0
        while (match := pattern.search(data, at)) is not None:
            unit = self.unit_at(match.start())
            if unit is None:
                at = match.end()
            else:
                yield unit
                at = unit.end

    def parameters(self, word: bytes) -> Iterator[Parameter]:
        """All parameters in the units that hold `word`."""
        for unit in self.holding(word):
            for scope in unit.scopes:
                yield from scope.parameters

    def is_bound(self, name: str) -> bool:
        """Whether any scope of the file binds `name`."""
        known = self._bound.get(name)
        if known is None:
            data = self.source.data
            places = _bindings_in(data, 0, len(data), name)
            units = dict.fromkeys(filter(None, map(self.unit_at, places)))
            inside = (scope.names for unit in units for scope in unit.scopes)
            known = self._bound[name] = name in self.module.names or any(name in names for names in inside)
        return known

    def class_of(self, unit: Unit, scope: int) -> tuple[Container | None, int]:
        """The class whose method the scope stands in: a container, or a class scope inside of `unit` (else None, -1)."""
        number = scope
        while number > 0:
            parent = unit.scopes[number].parent
            if unit.scopes[number].kind == FUNCTION and parent > 0 and unit.scopes[parent].kind == CLASS:
                return None, parent
            if unit.scopes[number].kind == FUNCTION and parent == 0 and unit.container.kind == CLASS:
                return unit.container, 0
            number = parent
        return None, -1

    def self_paths(self, container: Container, attribute: str) -> list[tuple[Unit, int, PathBinding]]:
        """What the methods of a class assign to `attribute` of their first parameter, or below it."""
        found = container.self_paths.get(attribute)
        if found is None:
            found = container.self_paths[attribute] = [
                (unit, number, each)
                for unit in container.units
                if unit.holds(attribute.encode("utf-8", "surrogatepass"))
                for number, each in unit.self_paths().get(attribute, ())
            ]
        return found

    def statement_at(self, byte: int) -> Statement | None:
        """The innermost statement that holds `byte`; a decorator belongs to what it decorates."""
        return _innermost(self.source.root, byte, with_decorators=False)

    def header_at(self, byte: int) -> Statement | None:
        """The innermost statement that holds `byte`, a decorator being one of its own."""
        return _innermost(self.source.root, byte, with_decorators=True)

    def is_broken_at(self, byte: int) -> bool:
        """Whether the tree around `byte` is made of what is left of broken code."""
        return self.source.root.has_error and any(
            node.is_error for node in nodes_around(self.source.root, byte)
        )

    def statement_from(self, byte: int) -> Statement | None:
        """The outermost statement that starts at `byte`; the `def` below decorators stands for them too."""
        return _outermost(self.source.root, byte)


def _bindings_in(data: bytes, start: int, end: int, name: str) -> Iterator[int]:
    """Where `name` stands between two bytes and may be bound there: not just called or an attribute of it taken."""
    for match in mentions(data, start, end, frozenset({name})):
        at = match.start()
        if data[match.end(1) : min(match.end(1) + 8, end)].lstrip()[:1] not in {b".", b"("} or (
            _KEYWORD_BEFORE.search(data, max(0, at - 12), at)
            or b"import" in data[data.rfind(b"\n", 0, at) + 1 : at]
        ):
            yield at


def _read(node: Node, data: bytes, *, is_class_member: bool) -> _Memo:
    kind = node.type
    if kind in IMPORTS:
        return _Memo(tuple(imported(node, data, node.start_byte)[0]), None)
    definition = node
    if kind == "decorated_definition":
        definition = node.child_by_field_name("definition") or node
        kind = definition.type
    if kind == "function_definition" and not node.has_error:
        name = definition.child_by_field_name("name")
        # A decorator may bind a name by `:=`; nobody else's outline needs the inside of a function.
        if name is not None and (
            definition is node or data.find(b":=", node.start_byte, definition.start_byte) < 0
        ):
            text = data[name.start_byte : name.end_byte].decode("utf-8", "surrogatepass")
            return _Memo((Binding(text, Kind.DEFINITION, definition.start_byte - node.start_byte),), None)
    scopes = scopes_of(node, data, is_class_member=is_class_member)
    return _Memo(tuple(each for found in scopes[0].names.values() for each in found), scopes)


def self_name(unit: Unit, scope: int) -> str:
    """The first parameter of the method around, `self` by habit; empty outside of methods."""
    number = scope
    while number > 0:
        each = unit.scopes[number]
        if each.kind == FUNCTION and is_method(unit, number):
            return each.parameters[0].name if each.parameters else ""
        number = each.parent
    return ""


def is_method(unit: Unit, scope: int) -> bool:
    """Whether a function scope is that of a method that is given its instance or class."""
    each = unit.scopes[scope]
    is_inside = unit.container.kind == CLASS if each.parent == 0 else unit.scopes[each.parent].kind == CLASS
    return is_inside and not any(decorator.path[-1:] == ("staticmethod",) for decorator in each.decorators)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement: `start` with its decorators, `header_end` behind the colon of a block statement, else its `end`."""

    kind: str
    start: int
    header_end: int
    end: int

    @property
    def is_definition(self) -> bool:
        """Whether it is a function or a class, decorated or not."""
        return self.kind in _DEFINITIONS

    @property
    def covers_end(self) -> int:
        """Where what is said of the statement ends: all of a definition, the header of any other block."""
        return self.end if self.is_definition else self.header_end


def _as_statement(node: Node) -> Statement | None:
    kind = node.type
    definition = node
    if kind == "decorated_definition":
        definition = node.child_by_field_name("definition") or node
    if kind in _DEFINITIONS or kind in _COMPOUND:
        return Statement(kind, node.start_byte, _header_end(definition), node.end_byte)
    if kind.endswith("_statement"):
        return Statement(kind, node.start_byte, node.end_byte, node.end_byte)
    return None


def _header_end(node: Node) -> int:
    for child in node.children:
        if child.type in {"block", *CLAUSES}:
            return child.start_byte
    return node.end_byte


def _innermost(root: Node, byte: int, *, with_decorators: bool) -> Statement | None:
    found: Statement | None = None
    for node in nodes_around(root, byte):
        statement = _as_statement(node)
        if statement is None and with_decorators and node.type == "decorator":
            statement = Statement("decorator", node.start_byte, node.end_byte, node.end_byte)
        # Inside a decorated definition the plain definition is the same statement.
        if statement is not None and not (
            found is not None
            and found.kind == "decorated_definition"
            and found.end == statement.end
            and statement.is_definition
        ):
            found = statement
    return found


def _outermost(root: Node, byte: int) -> Statement | None:
    above: Statement | None = None
    for node in nodes_around(root, byte):
        statement = _as_statement(node)
        if statement is None:
            continue
        if node.start_byte == byte:
            if above is not None and above.kind == "decorated_definition" and above.end == statement.end:
                return above
            return statement
        above = statement
    return None
