"""What a function that builds a double returns, read from its text: the product and what it configures on it.

A small interpreter of values that are known or not: branches are all taken, loops over literals are unrolled, helpers
are gone into. Nothing is run. What a double's child is follows the documentation of `unittest.mock`: children of an
AsyncMock are async, of a MagicMock sync (but for `__aenter__` and the like), `spec=C` follows `C`.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from ssot_lsp.definitions import MODULE, Kind, path_of
from ssot_lsp.index.outline import Code, decorator_paths, node_at, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ssot_lsp.definitions import Binding, Path
    from ssot_lsp.facts import Unit
    from ssot_lsp.index.outline import Lineage, Outline
    from ssot_lsp.source import Node

ItemKind = Literal["async", "sync", "value", "unknown"]

_MOCK_MODULES = ("unittest.mock.", "mock.mock.", "mock.")
_BARE_NAMES = frozenset({"Mock", "MagicMock", "AsyncMock", "PropertyMock"})
_ASYNC_MAGICS = frozenset({"__aenter__", "__aexit__", "__anext__"})
_MOCK_ARGUMENTS = frozenset({"name", "wraps", "unsafe", "new", "new_callable", "_spec_asyncs"})
_SPEC_ARGUMENTS = frozenset({"spec", "spec_set"})
_RESULTS = frozenset({"return_value", "side_effect"})
# Methods of every mock: calling them is no call of the double.
_MOCK_METHODS = frozenset({"reset_mock", "mock_add_spec"})
_LITERALS = frozenset({"integer", "float", "true", "false", "none", "ellipsis"})
_DEEPEST = 8
_MOST_STEPS = 20_000
_MOST_ITEMS = 400


class Product(Enum):
    """What a method hands out; a spec'd, sealed or frozen product is that besides what it is."""

    ASYNC_MOCK = "AsyncMock"
    MAGIC_MOCK = "MagicMock"
    MOCK = "Mock"
    REAL = "real"
    FROZEN = "frozen"
    SPECCED = "spec'd"
    SEALED = "sealed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SurfaceItem:
    """An attribute path that a method sets, `return_value` for a call: what it is there, its literal source, and
    the parameter that it comes from; `value` is then what it is when that is not given."""

    path: tuple[str, ...]
    kind: ItemKind
    value: str | None = None
    parameter: str | None = None


class Class(NamedTuple):
    """A class by its dotted name; `path` and `name` where it is one of the workspace."""

    dotted: str
    path: str = ""
    name: str = ""


# --- values


class _Value:
    """What an expression is known to be."""

    __slots__ = ()


class _Unknown(_Value):
    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _Plain(_Value):
    """Data; `text` and `value` where it is a literal."""

    text: str | None = None
    value: object = None


@dataclass(frozen=True, slots=True)
class _Given(_Value):
    """A parameter of the method, as it was given; `text` is what it is when it was not."""

    parameter: str
    text: str | None


@dataclass(eq=False, slots=True)
class _Display(_Value):
    """A list, tuple, set or dictionary: of a dictionary both keys and values."""

    items: list[_Value]
    keys: list[_Value] | None = None
    text: str | None = None
    is_whole: bool = True
    is_given: bool = False
    """Whether it is the keywords that the method was called with."""


@dataclass(eq=False, slots=True)
class _Function(_Value):
    """A function that is written inside of the method, or a reference to one; `node` is what calling it runs."""

    is_async: bool
    code: Code | None = None
    body: Node | None = None
    receiver: _Value | None = None


@dataclass(frozen=True, slots=True)
class _Self(_Value):
    """The factory itself, or an instance of it."""


@dataclass(frozen=True, slots=True)
class _Reference(_Value):
    """A class, or something else outside of the workspace, itself."""

    of: Class


@dataclass(eq=False, slots=True)
class _Object(_Value):
    """An instance of a class that is no mock, with the attributes that are known of it."""

    of: Class | None
    is_frozen: bool = False
    attributes: dict[str, _Value] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class _Double(_Value):
    """A mock. `branch` is where it was made: what a deeper branch sets may not be set."""

    product: Product
    branch: tuple[int, ...]
    attributes: dict[str, _Value] = field(default_factory=dict)
    was_set: set[str] = field(default_factory=set)
    spec: tuple[Class, ...] | None = None
    spec_kinds: Mapping[str, ItemKind] | None = None
    is_sealed: bool = False
    is_called: bool = False
    is_open: bool = False


@dataclass(eq=False, slots=True)
class _Either(_Value):
    """One of several."""

    values: tuple[_Value, ...]


_COMPARED = (_Plain, _Given, _Reference)
_UNKNOWN = _Unknown()
_DATA = _Plain()
_NONE = _Plain("None", None)


def _either(values: Iterable[_Value]) -> _Value:
    flat: list[_Value] = []
    for value in values:
        for each in value.values if isinstance(value, _Either) else (value,):
            if not any(each is other or (isinstance(each, _COMPARED) and each == other) for other in flat):
                flat.append(each)
    return flat[0] if len(flat) == 1 else _Either(tuple(flat[:32]))


def _each(value: _Value) -> tuple[_Value, ...]:
    return value.values if isinstance(value, _Either) else (value,)


class Reading(NamedTuple):
    """What was read of a function. `is_called`: the body calls the double itself, which the double records.

    `is_open`: keywords of the caller become attributes of the double, whatever they are called. `alternatives`: how
    many different things it may return. `defaults`: the literals that the defaults of its parameters are.
    """

    products: frozenset[Product]
    surface: tuple[SurfaceItem, ...]
    specs: tuple[Class, ...]
    inherited: tuple[SurfaceItem, ...]
    is_called: bool
    is_open: bool
    alternatives: int = 1
    defaults: Mapping[str, str] = MappingProxyType({})


NOTHING = Reading(frozenset({Product.UNKNOWN}), (), (), (), is_called=False, is_open=False)
"""What is read of a function about which nothing can be known."""


def read(
    outline: Outline, code: Code, factory: tuple[str, str] | None, *, is_bound: bool
) -> tuple[Reading, list[Code]]:
    """What the function `code` returns, and the helpers that were gone into.

    `factory` is the path and name of the class that it is asked of; with `is_bound` its first parameter is that.
    """
    interpreter = _Interpreter(outline, factory)
    names = _parameters(code)
    given: dict[str, _Value] = {}
    for index, (name, default, kind) in enumerate(names):
        if index == 0 and is_bound:
            given[name] = _Self()
        elif kind == "**":
            given[name] = _Display([], [], is_whole=False, is_given=True)
        elif kind == "*":
            given[name] = _Display([], is_whole=False)
        else:
            given[name] = _Given(
                name, interpreter.default_text(default, code) if default is not None else None
            )
    result = interpreter.run(code, dict(given))
    defaults = {
        name: value.text
        for name, value in given.items()
        if isinstance(value, _Given) and value.text is not None
    }
    return _summary(outline, result)._replace(defaults=defaults), interpreter.helpers


def _summary(outline: Outline, result: _Value) -> Reading:
    products: set[Product] = set()
    specs: list[Class] = []
    inherited: dict[str, ItemKind] = {}
    items: dict[tuple[str, ...], list[SurfaceItem]] = {}
    doubles: list[_Double] = []
    for value in _each(result):
        products |= _products(value)
        if isinstance(value, _Double) and value.spec is not None:
            specs += value.spec
            inherited.update(value.spec_kinds or {})
        elif isinstance(value, _Object) and value.of is not None and value.of.path:
            specs.append(value.of)
            lineage = outline.lineage(value.of.path, value.of.name)
            inherited.update(members(outline, lineage, of_instances=True) if lineage is not None else {})
        for item in _surface(value, (), frozenset(), doubles):
            items.setdefault(item.path, []).append(item)
    return Reading(
        frozenset(products),
        tuple(_merged(each) for each in items.values()),
        tuple(dict.fromkeys(specs)),
        tuple(SurfaceItem((name,), kind) for name, kind in inherited.items() if not name.startswith("_")),
        any(double.is_called for double in doubles),
        any(double.is_open for double in doubles[:1]),
        sum(value != _NONE for value in _each(result)),
    )


def _products(value: _Value) -> set[Product]:
    if isinstance(value, _Double):
        found = {value.product}
        if value.spec is not None:
            found.add(Product.SPECCED)
        return found | {Product.SEALED} if value.is_sealed else found
    if isinstance(value, _Object):
        return {Product.REAL, Product.FROZEN} if value.is_frozen else {Product.REAL}
    if isinstance(value, (_Display, _Function, _Reference)) or (isinstance(value, _Plain) and value != _NONE):
        return {Product.REAL}
    return {Product.UNKNOWN}


def _surface(
    value: _Value, path: tuple[str, ...], seen: frozenset[int], doubles: list[_Double]
) -> Iterator[SurfaceItem]:
    """What was set on a value, and below it."""
    if not isinstance(value, (_Double, _Object)) or id(value) in seen or len(path) > _DEEPEST:
        return
    if isinstance(value, _Double):
        doubles.append(value)
    for name, child in value.attributes.items():
        below = (*path, name)
        if isinstance(value, _Object) or name in value.was_set:
            yield _merged([_item(each, below) for each in _each(child)])
        for each in _each(child):
            yield from _surface(each, below, seen | {id(value)}, doubles)


def _item(value: _Value, path: tuple[str, ...]) -> SurfaceItem:
    if isinstance(value, _Double):
        kind: ItemKind = "async" if value.product is Product.ASYNC_MOCK else "sync"
        return SurfaceItem(path, "unknown" if value.product is Product.UNKNOWN else kind)
    if isinstance(value, _Function):
        return SurfaceItem(path, "async" if value.is_async else "sync")
    if isinstance(value, _Given):
        return SurfaceItem(path, "value", value.text, value.parameter)
    if isinstance(value, (_Plain, _Display)):
        return SurfaceItem(path, "value", value.text)
    return SurfaceItem(path, "value" if isinstance(value, (_Object, _Reference)) else "unknown")


def _merged(items: Sequence[SurfaceItem]) -> SurfaceItem:
    """One item for several that may hold."""
    first = items[0]
    kinds = {each.kind for each in items}
    values = {each.value for each in items}
    parameters = {each.parameter for each in items if each.parameter is not None}
    return SurfaceItem(
        first.path,
        first.kind if len(kinds) == 1 else "unknown",
        first.value if len(values) == 1 else None,
        next(iter(parameters)) if len(parameters) == 1 else None,
    )


def read_class(outline: Outline, found: Class) -> Reading:
    """What calling a class of the workspace gives."""
    interpreter = _Interpreter(outline, None)
    return _summary(outline, interpreter.instance(found, _Arguments()))


def is_frozen(outline: Outline, lineage: Lineage) -> bool:
    """Whether instances of a class refuse to be written to: frozen dataclasses, named tuples and the like."""
    for body in lineage.bodies:
        data = body.unit.data
        for names, text in decorator_paths(body.node, data):
            if names[-1:] == ("frozen",) or (
                names[-1:] in {("dataclass",), ("define",), ("attrs",), ("s",)}
                and "frozen=True" in "".join(text.split())
            ):
                return True
        if any(base[-1:] == ("NamedTuple",) for base in body.bases):
            return True
        config = body.values.get("model_config")
        if config is not None and config[1] is not None:
            return "frozen=True" in "".join(text_of(config[0].data, config[1]).split())
    return False


def members(outline: Outline, lineage: Lineage, *, of_instances: bool) -> dict[str, ItemKind]:
    """The members of a class and what they are; with `of_instances` also what its methods set on `self`."""
    found: dict[str, ItemKind] = {}
    for body in reversed(lineage.bodies):
        for name in body.values:
            found[name] = "value"
        for name, codes in body.functions.items():
            found[name] = _function_kind(codes[-1])
        facts = outline.facts(body.path)
        if of_instances and facts is not None:
            for codes in body.functions.values():
                for code in codes:
                    for scope in code.unit.scopes:
                        first = scope.parameters[0].name if scope.parameters else ""
                        for each in scope.paths:
                            if len(each.path) == 2 and each.path[0] == first and first in {"self", "cls"}:
                                found.setdefault(each.path[1], "value")
    return found


def _function_kind(code: Code) -> ItemKind:
    for names, _ in decorator_paths(code.whole, code.unit.data):
        if names[-1:] in {("property",), ("cached_property",), ("setter",), ("getter",)}:
            return "value"
    is_generator = any(node.type == "yield" for node in _own_nodes(code.node))
    return "async" if _is_async(code) and not is_generator else "sync"


def _is_async(code: Code) -> bool:
    return code.unit.data.startswith(b"async", code.node.start_byte)


def _own_nodes(function: Node) -> Iterator[Node]:
    """The nodes of a function without those of functions inside of it."""
    pending = list(function.named_children)
    while pending:
        node = pending.pop()
        yield node
        if node.type not in {"function_definition", "class_definition", "lambda"}:
            pending.extend(node.named_children)


def _parameters(code: Code) -> list[tuple[str, Node | None, str]]:
    """The parameters of a function: name, default and `*`, `**` or nothing."""
    parameters = code.node.child_by_field_name("parameters")
    return [] if parameters is None else list(_parameters_in(parameters, code.unit.data))


def _parameters_in(node: Node, data: bytes) -> Iterator[tuple[str, Node | None, str]]:
    for child in node.named_children:
        holder = child
        if child.type == "typed_parameter" and child.named_child_count:
            holder = child.named_children[0]
        default = child.child_by_field_name("value")
        if holder.type == "identifier":
            yield text_of(data, holder), default, ""
        elif holder.type in {"list_splat_pattern", "dictionary_splat_pattern"} and holder.named_child_count:
            kind = "*" if holder.type == "list_splat_pattern" else "**"
            yield text_of(data, holder.named_children[0]), None, kind
        elif (name := holder.child_by_field_name("name")) is not None:
            yield text_of(data, name), default, ""


def _is_literal(node: Node) -> bool:
    kind = node.type
    if kind in _LITERALS:
        return True
    if kind == "string":
        return all(child.type != "interpolation" for child in node.named_children)
    if kind in {"list", "tuple", "set", "dictionary", "pair", "unary_operator", "concatenated_string"}:
        return all(_is_literal(child) for child in node.named_children if child.type != "comment")
    return False


@dataclass(slots=True)
class _Arguments:
    positional: list[_Value] = field(default_factory=list)
    keywords: dict[str, _Value] = field(default_factory=dict)
    is_whole: bool = True
    is_open: bool = False


@dataclass(slots=True)
class _Frame:
    """A function that is being read."""

    code: Code
    names: dict[str, _Value]
    results: list[_Value] = field(default_factory=list)


class _Interpreter:
    def __init__(self, outline: Outline, factory: tuple[str, str] | None) -> None:
        self.outline = outline
        self.factory = factory
        self.helpers: list[Code] = []
        self.steps = 0
        self.stack: list[Code] = []
        self.branch: tuple[int, ...] = ()
        self.branches = 0

    # --- functions

    def default_text(self, node: Node, code: Code) -> str | None:
        """The literal that a parameter's default is, also through constants; None where it is none."""
        value = self.value(node, _Frame(code, {}))
        return value.text if isinstance(value, (_Plain, _Display)) else None

    def run(self, code: Code, names: dict[str, _Value], outer: _Frame | None = None) -> _Value:
        """What a call of `code` with these names gives."""
        if len(self.stack) >= _DEEPEST or any(each.node == code.node for each in self.stack):
            return _UNKNOWN
        body = code.node.child_by_field_name("body")
        if body is None:
            return _UNKNOWN
        frame = _Frame(code, {**outer.names, **names} if outer is not None else names)
        self.stack.append(code)
        try:
            falls_through = self.block(body, frame)
        finally:
            self.stack.pop()
        if falls_through and not frame.results:
            return _NONE
        return _either(frame.results) if frame.results else _UNKNOWN

    def call_code(
        self, code: Code, arguments: _Arguments, receiver: _Value | None, outer: _Frame | None = None
    ) -> _Value:
        """A call of a function of the workspace."""
        if outer is None:
            self.helpers.append(code)
        positional = list(arguments.positional)
        if receiver is not None:
            positional.insert(0, receiver)
        names: dict[str, _Value] = {}
        keywords = dict(arguments.keywords)
        for name, default, kind in _parameters(code):
            if kind == "**":
                keys: list[_Value] = [_Plain(repr(each), each) for each in keywords]
                names[name] = _Display(
                    list(keywords.values()), keys, is_whole=arguments.is_whole, is_given=arguments.is_open
                )
            elif kind == "*":
                names[name] = _Display(list(positional), is_whole=arguments.is_whole)
                positional = []
            elif positional:
                names[name] = positional.pop(0)
            elif name in keywords:
                names[name] = keywords.pop(name)
            elif not arguments.is_whole:
                names[name] = _UNKNOWN
            elif default is not None:
                names[name] = self.value(default, _Frame(code, {}))
            else:
                names[name] = _UNKNOWN
        result = self.run(code, names, outer)
        return result

    # --- statements

    def block(self, node: Node, frame: _Frame) -> bool:
        """Read statements; whether what comes behind them is reached."""
        return all(self.statement(child, frame) for child in node.named_children)

    def statement(self, node: Node, frame: _Frame) -> bool:
        self.steps += 1
        if self.steps > _MOST_STEPS:
            frame.results.append(_UNKNOWN)
            return False
        kind = node.type
        if kind == "expression_statement":
            for child in node.named_children:
                self.expression_statement(child, frame)
        elif kind == "return_statement":
            value = node.named_children[0] if node.named_child_count else None
            frame.results.append(self.value(value, frame) if value is not None else _NONE)
            return False
        elif kind in {"raise_statement", "continue_statement", "break_statement"}:
            return False
        elif kind == "if_statement":
            return self.if_statement(node, frame)
        elif kind == "match_statement":
            return self.match_statement(node, frame)
        elif kind == "for_statement":
            self.for_statement(node, frame)
        elif kind == "while_statement":
            body = node.child_by_field_name("body")
            if body is not None:
                self.branched([(body, frame.names)], frame, may_skip=True)
        elif kind == "try_statement":
            return self.try_statement(node, frame)
        elif kind == "with_statement":
            return self.with_statement(node, frame)
        elif kind == "function_definition":
            self.nested_function(node, node, frame)
        elif kind == "decorated_definition":
            definition = node.child_by_field_name("definition")
            if definition is not None and definition.type == "function_definition":
                self.nested_function(node, definition, frame)
        elif kind == "class_definition":
            name = node.child_by_field_name("name")
            if name is not None:
                frame.names[self.text(name, frame)] = _UNKNOWN
        elif kind == "ERROR":
            frame.results.append(_UNKNOWN)
        return True

    def nested_function(self, whole: Node, node: Node, frame: _Frame) -> None:
        name = node.child_by_field_name("name")
        if name is not None:
            unit = frame.code.unit
            code = Code(frame.code.path, unit, node, whole, frame.code.owner)
            frame.names[self.text(name, frame)] = _Function(_is_async(code), code)

    def expression_statement(self, node: Node, frame: _Frame) -> None:
        kind = node.type
        if kind == "assignment":
            lefts: list[Node] = []
            value: Node | None = node
            while value is not None and value.type == "assignment":
                left = value.child_by_field_name("left")
                if left is not None:
                    lefts.append(left)
                value = value.child_by_field_name("right")
            if value is not None:
                found = self.value(value, frame)
                for left in lefts:
                    self.assign(left, found, frame)
        elif kind == "augmented_assignment":
            left = node.child_by_field_name("left")
            if left is not None:
                self.assign(left, _DATA, frame)
        elif kind == "yield" and node.named_child_count:
            frame.results.append(self.value(node.named_children[0], frame))
        else:
            self.value(node, frame)

    def branched(
        self, branches: Sequence[tuple[Node | None, dict[str, _Value]]], frame: _Frame, *, may_skip: bool
    ) -> bool:
        """Read alternatives, each from the same names, and put together what they leave."""
        before = dict(frame.names)
        outer = self.branch
        left: list[dict[str, _Value]] = [before] if may_skip else []
        for node, extra in branches:
            self.branches += 1
            self.branch = (*outer, self.branches)
            frame.names = {**before, **extra}
            if node is None or self.block(node, frame):
                left.append(frame.names)
        self.branch = outer
        names = dict.fromkeys(name for each in left for name in each)
        frame.names = {name: _either(each[name] for each in left if name in each) for name in names}
        if not left:
            frame.names = before
        return bool(left)

    def if_statement(self, node: Node, frame: _Frame) -> bool:
        condition = node.child_by_field_name("condition")
        if condition is not None:
            self.value(condition, frame)
        branches: list[tuple[Node | None, dict[str, _Value]]] = [
            (node.child_by_field_name("consequence"), {})
        ]
        has_else = False
        for child in node.children_by_field_name("alternative"):
            if child.type == "else_clause":
                has_else = True
                branches.append((child.child_by_field_name("body"), {}))
            else:
                branches.append((child.child_by_field_name("consequence"), {}))
        return self.branched(branches, frame, may_skip=not has_else)

    def match_statement(self, node: Node, frame: _Frame) -> bool:
        body = node.child_by_field_name("body")
        cases = [
            each for each in (body.named_children if body is not None else ()) if each.type == "case_clause"
        ]
        branches: list[tuple[Node | None, dict[str, _Value]]] = []
        has_default = False
        for case in cases:
            pattern = next((each for each in case.named_children if each.type == "case_pattern"), None)
            has_default = has_default or (pattern is not None and self.text(pattern, frame) == "_")
            branches.append((case.child_by_field_name("consequence"), {}))
        return self.branched(branches, frame, may_skip=not has_default)

    def try_statement(self, node: Node, frame: _Frame) -> bool:
        body = node.child_by_field_name("body")
        handlers = [each for each in node.named_children if each.type.startswith("except")]
        before = dict(frame.names)
        goes_on = body is None or self.block(body, frame)
        for child in node.named_children:
            if child.type == "else_clause" and goes_on:
                inner = child.child_by_field_name("body")
                goes_on = inner is None or self.block(inner, frame)
        after = dict(frame.names)
        blocks = [
            next((each for each in handler.named_children if each.type == "block"), None)
            for handler in handlers
        ]
        frame.names = {**before, **after}
        handled = (
            self.branched([(block, {}) for block in blocks], frame, may_skip=goes_on) if blocks else goes_on
        )
        for child in node.named_children:
            if child.type == "finally_clause":
                inner = next((each for each in child.named_children if each.type == "block"), None)
                if inner is not None:
                    handled = self.block(inner, frame) and handled
        return handled

    def with_statement(self, node: Node, frame: _Frame) -> bool:
        clause = next((each for each in node.named_children if each.type == "with_clause"), None)
        for item in clause.named_children if clause is not None else ():
            value = item.child_by_field_name("value")
            if value is not None and value.type == "as_pattern":
                alias = value.child_by_field_name("alias")
                self.value(value.named_children[0], frame)
                for target in alias.named_children if alias is not None else ():
                    self.assign(target, _UNKNOWN, frame)
            elif value is not None:
                self.value(value, frame)
        body = node.child_by_field_name("body")
        return body is None or self.block(body, frame)

    def for_statement(self, node: Node, frame: _Frame) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        body = node.child_by_field_name("body")
        if left is None or right is None or body is None:
            return
        items, is_whole = self.items(self.value(right, frame))
        for item in items[:_MOST_ITEMS]:
            self.assign(left, item, frame)
            self.block(body, frame)
        if not is_whole or len(items) > _MOST_ITEMS:
            self.assign(left, _UNKNOWN, frame)
            self.branched([(body, {})], frame, may_skip=True)

    def items(self, value: _Value) -> tuple[list[_Value], bool]:
        """What is known of what a loop over a value goes through, and whether that is all."""
        if isinstance(value, _Display):
            return list(value.keys if value.keys is not None else value.items), value.is_whole
        return [], False

    def assign(self, target: Node, value: _Value, frame: _Frame) -> None:
        kind = target.type
        if kind == "identifier":
            frame.names[self.text(target, frame)] = value
        elif kind == "attribute":
            owner, name = target.child_by_field_name("object"), target.child_by_field_name("attribute")
            if owner is not None and name is not None:
                self.set_attribute(self.value(owner, frame), self.text(name, frame), value)
        elif kind == "subscript":
            owner, key = target.child_by_field_name("value"), target.child_by_field_name("subscript")
            if owner is not None and key is not None:
                self.set_item(self.value(owner, frame), self.value(key, frame), value)
        elif kind in {"pattern_list", "tuple_pattern", "list_pattern"}:
            targets = target.named_children
            items = (
                value.items if isinstance(value, _Display) and value.keys is None and value.is_whole else []
            )
            for index, each in enumerate(targets):
                self.assign(each, items[index] if len(items) == len(targets) else _UNKNOWN, frame)

    def set_item(self, owner: _Value, key: _Value, value: _Value) -> None:
        for each in _each(owner):
            if isinstance(each, _Display):
                each.text = None
                if each.keys is not None:
                    each.keys.append(key)
                    each.items.append(value)

    def set_attribute(self, owner: _Value, name: str, value: _Value) -> None:
        for each in _each(owner):
            if isinstance(each, _Object):
                each.attributes[name] = value
            elif isinstance(each, _Double):
                if each.branch[: len(self.branch)] == self.branch:
                    each.attributes[name] = value
                else:
                    each.attributes[name] = _either((self.attribute(each, name), value))
                each.was_set.add(name)

    def set_path(self, owner: _Value, names: Sequence[str], value: _Value) -> None:
        for name in names[:-1]:
            owner = self.attribute_of(owner, name)
        self.set_attribute(owner, names[-1], value)

    # --- children

    def attribute_of(self, value: _Value, name: str) -> _Value:
        return _either(self.attribute(each, name) for each in _each(value))

    def attribute(self, value: _Value, name: str) -> _Value:
        """What `value.name` is."""
        if isinstance(value, _Double):
            found = value.attributes.get(name)
            if found is None:
                found = value.attributes[name] = self.child(value, name)
            return found
        if isinstance(value, _Object):
            return value.attributes.get(name, _UNKNOWN)
        return _DATA if isinstance(value, (_Plain, _Given)) else _UNKNOWN

    def child(self, owner: _Double, name: str) -> _Value:
        """The child that a mock makes when it is first asked for."""
        if name == "side_effect":
            return _NONE
        if owner.product is Product.UNKNOWN or (owner.spec is not None and owner.spec_kinds is None):
            return _Double(Product.UNKNOWN, owner.branch)
        if owner.spec_kinds is not None and name not in _RESULTS:
            kind = owner.spec_kinds.get(name, "unknown")
            if kind == "async" or (name in _ASYNC_MAGICS and owner.product is not Product.MOCK):
                return _Double(Product.ASYNC_MOCK, owner.branch)
            if kind == "unknown":
                return _Double(Product.UNKNOWN, owner.branch)
            product = Product.MOCK if owner.product is Product.MOCK else Product.MAGIC_MOCK
            return _Double(product, owner.branch)
        if owner.product is Product.MAGIC_MOCK and name in _ASYNC_MAGICS:
            return _Double(Product.ASYNC_MOCK, owner.branch)
        is_magic = name.startswith("__") and name.endswith("__")
        if owner.product is Product.ASYNC_MOCK and is_magic and name not in _ASYNC_MAGICS:
            return _Double(Product.MAGIC_MOCK, owner.branch)
        return _Double(owner.product, owner.branch)

    # --- expressions

    def text(self, node: Node, frame: _Frame) -> str:
        return text_of(frame.code.unit.data, node)

    def value(self, node: Node, frame: _Frame) -> _Value:
        self.steps += 1
        kind = node.type
        if self.steps > _MOST_STEPS:
            return _UNKNOWN
        if kind == "identifier":
            return self.name(self.text(node, frame), frame)
        if kind == "string":
            return self.string(node, frame)
        if kind in _LITERALS:
            return self.literal(node, frame)
        if kind == "call":
            return self.call(node, frame)
        if kind == "attribute":
            return self.attribute_expression(node, frame)
        if kind in {"list", "tuple", "set", "expression_list"}:
            items = [each for each in node.named_children if each.type != "comment"]
            is_whole = all(each.type != "list_splat" for each in items)
            values = [self.value(each, frame) for each in items if each.type != "list_splat"]
            return _Display(values, None, self.text(node, frame) if _is_literal(node) else None, is_whole)
        if kind == "dictionary":
            return self.dictionary(node, frame)
        if kind in {"parenthesized_expression", "await"} and node.named_child_count:
            return self.value(node.named_children[0], frame)
        if kind == "boolean_operator":
            return self.boolean(node, frame)
        if kind == "conditional_expression" and node.named_child_count == 3:
            first, condition, second = node.named_children
            self.value(condition, frame)
            return self.default(self.value(first, frame), self.value(second, frame))
        if kind == "named_expression":
            name, inner = node.child_by_field_name("name"), node.child_by_field_name("value")
            found = self.value(inner, frame) if inner is not None else _UNKNOWN
            if name is not None:
                frame.names[self.text(name, frame)] = found
            return found
        if kind == "lambda":
            return _Function(is_async=False, body=node.child_by_field_name("body"))
        if kind == "subscript":
            return self.subscript(node, frame)
        if kind == "dictionary_comprehension":
            return _Display([], [], is_whole=False)
        if kind.endswith("_comprehension"):
            return _Display([], is_whole=False)
        if kind == "yield":
            if node.named_child_count:
                frame.results.append(self.value(node.named_children[0], frame))
            return _UNKNOWN
        if kind in {
            "binary_operator",
            "comparison_operator",
            "not_operator",
            "unary_operator",
            "concatenated_string",
        }:
            return self.literal(node, frame) if _is_literal(node) else _DATA
        return _UNKNOWN

    def literal(self, node: Node, frame: _Frame) -> _Value:
        text = self.text(node, frame)
        return _Plain(text, _evaluated(text))

    def string(self, node: Node, frame: _Frame) -> _Value:
        parts = [each for each in node.named_children if each.type == "interpolation"]
        if not parts:
            return self.literal(node, frame)
        # `f"notify_{event}"` in a loop over literals is a literal each time round.
        pieces: list[str] = []
        for child in node.named_children:
            if child.type == "string_content":
                pieces.append(self.text(child, frame))
            elif child.type == "interpolation":
                inner = child.child_by_field_name("expression")
                value = self.value(inner, frame) if inner is not None else _UNKNOWN
                if (
                    not isinstance(value, _Plain)
                    or not isinstance(value.value, str)
                    or child.named_child_count != 1
                ):
                    return _DATA
                pieces.append(value.value)
        whole = "".join(pieces)
        return _Plain(repr(whole), whole)

    def dictionary(self, node: Node, frame: _Frame) -> _Value:
        keys: list[_Value] = []
        values: list[_Value] = []
        is_whole = True
        for child in node.named_children:
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if child.type == "pair" and key is not None and value is not None:
                keys.append(self.value(key, frame))
                values.append(self.value(value, frame))
            elif child.type == "dictionary_splat" and child.named_child_count:
                inner = self.value(child.named_children[0], frame)
                if isinstance(inner, _Display) and inner.keys is not None:
                    keys += inner.keys
                    values += inner.items
                    is_whole = is_whole and inner.is_whole
                else:
                    is_whole = False
        return _Display(values, keys, self.text(node, frame) if _is_literal(node) else None, is_whole)

    def boolean(self, node: Node, frame: _Frame) -> _Value:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return _UNKNOWN
        first, second = self.value(left, frame), self.value(right, frame)
        operator = node.child_by_field_name("operator")
        if operator is not None and operator.type == "or":
            return self.default(first, second)
        return _either((first, second))

    def default(self, first: _Value, second: _Value) -> _Value:
        """A value, or another one where it was not given."""
        if isinstance(second, _Given) and not isinstance(first, _Given):
            first, second = second, first
        if isinstance(first, _Given) and isinstance(second, (_Plain, _Display)):
            return _Given(first.parameter, second.text)
        return _either((first, second))

    def subscript(self, node: Node, frame: _Frame) -> _Value:
        owner, key = node.child_by_field_name("value"), node.child_by_field_name("subscript")
        if owner is None or key is None:
            return _UNKNOWN
        return self.item(self.value(owner, frame), self.value(key, frame))

    def item(self, owner: _Value, key: _Value) -> _Value:
        if (
            isinstance(owner, _Display)
            and owner.is_given
            and isinstance(key, _Plain)
            and isinstance(key.value, str)
        ):
            return _Given(key.value, None)
        if isinstance(owner, _Display) and owner.keys is not None:
            if isinstance(key, _Plain) and key.text is not None and owner.is_whole:
                found = [
                    value
                    for each, value in zip(owner.keys, owner.items, strict=True)
                    if isinstance(each, _Plain) and each.value == key.value
                ]
                return found[-1] if found else _UNKNOWN
            return _either((*owner.items, _UNKNOWN) if not owner.is_whole else owner.items or [_UNKNOWN])
        if isinstance(owner, (_Plain, _Given)):
            return _DATA
        return _UNKNOWN

    # --- names

    def name(self, name: str, frame: _Frame) -> _Value:
        if name in frame.names:
            return frame.names[name]
        return self.constant((name,), frame)

    def constant(self, names: Path, frame: _Frame) -> _Value:
        """What a name of the module or of another one is, or what a path from a module leads to."""
        code = frame.code
        facts = self.outline.facts(code.path)
        if facts is None:
            return _UNKNOWN
        bindings, kind = facts.lookup(names[0], code.unit, self.scope(frame))
        if kind == MODULE and len(names) == len(bindings) == 1 and bindings[0][2].kind is Kind.ASSIGNMENT:
            return self.bound(code.path, bindings[0][0], bindings[0][2])
        return _either(self.referred(each) for each in self.origin(names, frame)) if bindings else _UNKNOWN

    def bound(self, path: str, unit: Unit, binding: Binding) -> _Value:
        node = node_at(unit, binding.value) if binding.value is not None else None
        return self.foreign_value(node, unit, path) if node is not None else _UNKNOWN

    def referred(self, found: Class) -> _Value:
        """What a place in the workspace, or a name outside of it, is."""
        if not found.path:
            return _Reference(found)
        facts = self.outline.facts(found.path)
        bindings = facts.module.names.get(found.name, []) if facts is not None else []
        kinds = {binding.kind for _, binding in bindings}
        if kinds == {Kind.CLASS} or "." in found.name:
            return _Reference(found)
        if kinds == {Kind.DEFINITION}:
            codes = self.outline.functions(found.path, found.name)
            return _Function(_is_async(codes[-1]), codes[-1]) if codes else _UNKNOWN
        if len(bindings) == 1 and kinds == {Kind.ASSIGNMENT}:
            return self.bound(found.path, *bindings[0])
        return _Reference(found) if Kind.CLASS in kinds else _UNKNOWN

    def foreign_value(self, node: Node, unit: Unit, path: str) -> _Value:
        """The value of an expression at module or class level."""
        code = Code(path, unit, node, node, "")
        if len(self.stack) >= _DEEPEST:
            return _UNKNOWN
        self.stack.append(code)
        try:
            return self.value(node, _Frame(code, {}))
        finally:
            self.stack.pop()

    def attribute_expression(self, node: Node, frame: _Frame) -> _Value:
        owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        if owner is None or name is None:
            return _UNKNOWN
        names = path_of(node, frame.code.unit.data)
        if names and names[0] not in frame.names and "()" not in names and "[]" not in names:
            if self.is_factory(_UNKNOWN, owner, frame):
                return self.factory_member(self.text(name, frame))
            return self.constant(names, frame)
        value = self.value(owner, frame)
        word = self.text(name, frame)
        if self.is_factory(value, owner, frame):
            return self.factory_member(word)
        return self.attribute_of(value, word)

    def is_factory(self, value: _Value, node: Node, frame: _Frame) -> bool:
        if isinstance(value, _Self):
            return True
        if self.factory is None or isinstance(value, _Double):
            return False
        names = path_of(node, frame.code.unit.data)
        if not names or names[0] in frame.names:
            return False
        if names[-1] != self.factory[1]:
            return False
        return any((each.path, each.name) == self.factory for each in self.origin(names, frame))

    def factory_member(self, name: str) -> _Value:
        if self.factory is None:
            return _UNKNOWN
        lineage = self.outline.lineage(*self.factory)
        if lineage is None:
            return _UNKNOWN
        codes = lineage.functions(name)
        if codes:
            code = codes[-1]
            decorators = {names[-1:] for names, _ in decorator_paths(code.whole, code.unit.data)}
            if ("property",) in decorators or ("cached_property",) in decorators:
                return _UNKNOWN
            return _Function(
                _is_async(code), code, receiver=None if ("staticmethod",) in decorators else _Self()
            )
        found = lineage.value(name)
        if found is not None and found[2] is not None:
            return self.foreign_value(found[2], found[1], found[0].path)
        return _UNKNOWN

    def origin(self, names: Path, frame: _Frame) -> list[Class]:
        """The dotted names that a path may lead to."""
        code = frame.code
        return [
            Class(self.outline.dotted(each), each.path, each.name) if each.path else Class(each.name)
            for each in self.outline.origin(code.path, names, code.unit, self.scope(frame))
        ]

    def scope(self, frame: _Frame) -> int:
        """The number of the scope that a function's body is, in its unit."""
        code = frame.code
        body = code.node.child_by_field_name("body") if code.node.type == "function_definition" else None
        return code.unit.scope_at((body or code.node).start_byte - code.unit.start)

    def creator(self, names: Path, frame: _Frame) -> str | None:
        """The constructor of `unittest.mock` that a path leads to."""
        if names[0] in frame.names:
            return None
        found = self.origin(names, frame)
        for each in found:
            if not each.path:
                for module in _MOCK_MODULES:
                    if each.dotted.startswith(module):
                        return each.dotted[len(module) :]
        facts = self.outline.facts(frame.code.path)
        if (
            not found
            and names[-1] in _BARE_NAMES
            and len(names) == 1
            and facts is not None
            and not facts.is_bound(names[0])
        ):
            return names[0]
        return None

    # --- calls

    def call(self, node: Node, frame: _Frame) -> _Value:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None:
            return _UNKNOWN
        names = path_of(function, frame.code.unit.data)
        if names in {("super",), ("type",)} and any(isinstance(each, _Self) for each in frame.names.values()):
            return _Self()
        given = self.arguments(arguments, frame)
        if names and "()" not in names and "[]" not in names:
            creator = self.creator(names, frame)
            if creator is not None:
                return self.construct(creator, given)
            if len(names) == 1 and names[0] not in frame.names:
                found = self.builtin(names[0], given)
                if found is not None:
                    return found
        if function.type == "attribute":
            owner, name = function.child_by_field_name("object"), function.child_by_field_name("attribute")
            if owner is not None and name is not None:
                value = self.value(owner, frame)
                if not self.is_factory(value, owner, frame):
                    found = self.method(value, self.text(name, frame), given)
                    if found is not None:
                        return found
        return _either(self.called(each, given, frame) for each in _each(self.value(function, frame)))

    def arguments(self, node: Node | None, frame: _Frame) -> _Arguments:
        found = _Arguments()
        for child in node.named_children if node is not None else ():
            kind = child.type
            if kind == "comment":
                continue
            if kind == "keyword_argument":
                name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
                if name is not None and value is not None:
                    found.keywords[self.text(name, frame)] = self.value(value, frame)
            elif kind == "dictionary_splat" and child.named_child_count:
                inner = self.value(child.named_children[0], frame)
                if isinstance(inner, _Display) and inner.keys is not None:
                    for key, value in zip(inner.keys, inner.items, strict=True):
                        if isinstance(key, _Plain) and isinstance(key.value, str):
                            found.keywords.setdefault(key.value, value)
                        else:
                            found.is_whole = False
                    found.is_whole = found.is_whole and inner.is_whole
                else:
                    found.is_whole = False
                found.is_open = found.is_open or not found.is_whole
            elif kind == "list_splat":
                found.is_whole = False
            else:
                found.positional.append(self.value(child, frame))
        return found

    def construct(self, name: str, given: _Arguments) -> _Value:
        """A call of something of `unittest.mock`."""
        if name == "seal":
            for value in given.positional:
                for each in _each(value):
                    if isinstance(each, _Double):
                        each.is_sealed = True
            return _NONE
        if name == "create_autospec":
            return self.autospec(given)
        if name == "mock_open":
            return _Double(Product.MAGIC_MOCK, self.branch)
        product = {
            "Mock": Product.MOCK,
            "MagicMock": Product.MAGIC_MOCK,
            "AsyncMock": Product.ASYNC_MOCK,
            "NonCallableMock": Product.MOCK,
            "NonCallableMagicMock": Product.MAGIC_MOCK,
            "ThreadingMock": Product.MOCK,
        }.get(name)
        if product is None:
            return _DATA if name in {"PropertyMock", "sentinel", "ANY", "DEFAULT"} else _UNKNOWN
        double = _Double(product, self.branch)
        self.give_spec(double, given)
        self.configure(
            double, {key: value for key, value in given.keywords.items() if key not in _MOCK_ARGUMENTS}
        )
        double.is_open = given.is_open
        return double

    def autospec(self, given: _Arguments) -> _Value:
        """`create_autospec(C)` is the class, whose result is the instance; functions become functions."""
        double = _Double(Product.MAGIC_MOCK, self.branch)
        self.give_spec(double, given)
        is_instance = given.keywords.get("instance")
        if (
            double.spec
            and double.spec_kinds is not None
            and not (isinstance(is_instance, _Plain) and is_instance.value)
        ):
            instance = _Double(
                Product.MAGIC_MOCK, self.branch, spec=double.spec, spec_kinds=double.spec_kinds
            )
            double.attributes["return_value"] = instance
        self.configure(
            double,
            {
                key: value
                for key, value in given.keywords.items()
                if key not in {"instance", *_MOCK_ARGUMENTS}
            },
        )
        return double

    def give_spec(self, double: _Double, given: _Arguments) -> None:
        spec = given.keywords.get("spec", given.keywords.get("spec_set"))
        if spec is None and given.positional:
            spec = given.positional[0]
        if spec is None or (isinstance(spec, _Plain) and spec.text == "None"):
            return
        classes = tuple(each.of for each in _each(spec) if isinstance(each, _Reference))
        double.spec = classes
        if isinstance(spec, _Display) and spec.text is not None:
            double.spec_kinds = {
                each.value: "sync"
                for each in spec.items
                if isinstance(each, _Plain) and isinstance(each.value, str)
            }
        elif classes:
            double.spec_kinds = self.spec_kinds(classes)

    def spec_kinds(self, classes: Sequence[Class]) -> Mapping[str, ItemKind] | None:
        found: dict[str, ItemKind] = {}
        for each in classes:
            lineage = self.outline.lineage(each.path, each.name) if each.path else None
            if lineage is None or lineage.doubts:
                return None
            found.update(members(self.outline, lineage, of_instances=False))
        return found

    def configure(self, double: _Value, keywords: Mapping[str, _Value]) -> None:
        for name, value in keywords.items():
            if name not in _SPEC_ARGUMENTS:
                self.set_path(double, name.split("."), value)

    def builtin(self, name: str, given: _Arguments) -> _Value | None:
        """The result of a builtin that matters here; None for any other name."""
        positional = given.positional
        if name == "setattr" and len(positional) == 3:
            key = positional[1]
            if isinstance(key, _Plain) and isinstance(key.value, str):
                self.set_attribute(positional[0], key.value, positional[2])
            else:
                for each in _each(positional[0]):
                    if isinstance(each, _Double):
                        each.is_open = True
            return _NONE
        if name == "getattr" and len(positional) >= 2:
            key = positional[1]
            if isinstance(key, _Plain) and isinstance(key.value, str):
                return self.attribute_of(positional[0], key.value)
            return _UNKNOWN
        if name == "dict":
            keys: list[_Value] = [_Plain(repr(each), each) for each in given.keywords]
            return _Display(list(given.keywords.values()), keys, None, given.is_whole and not positional)
        if name in {"list", "tuple", "set", "sorted", "reversed", "frozenset"} and len(positional) == 1:
            items, is_whole = self.items(positional[0])
            return _Display(items, None, None, is_whole)
        if name == "enumerate" and positional:
            items, is_whole = self.items(positional[0])
            return _Display([_Display([_DATA, each]) for each in items], None, None, is_whole)
        if name in {
            "str",
            "int",
            "float",
            "bool",
            "len",
            "bytes",
            "isinstance",
            "hasattr",
            "id",
            "repr",
            "print",
        }:
            return _DATA
        return None

    def method(self, value: _Value, name: str, given: _Arguments) -> _Value | None:
        """A call of a method of a double, dictionary or list; None where it is none of these."""
        if isinstance(value, _Either):
            found = [self.method(each, name, given) for each in value.values]
            return _either(each or _UNKNOWN for each in found) if any(found) else None
        if isinstance(value, _Double):
            if name == "configure_mock":
                self.configure(value, given.keywords)
                value.is_open = value.is_open or given.is_open
                return _NONE
            if name == "attach_mock" and len(given.positional) == 2:
                key = given.positional[1]
                if isinstance(key, _Plain) and isinstance(key.value, str):
                    self.set_attribute(value, key.value, given.positional[0])
                return _NONE
            if name in _MOCK_METHODS or name.startswith("assert_"):
                return _NONE
            child = self.attribute(value, name)
            if isinstance(child, _Double):
                child.is_called = value.is_called = True
                return self.attribute(child, "return_value")
            return None
        if isinstance(value, _Display):
            return self.display_method(value, name, given)
        if isinstance(value, (_Plain, _Given)):
            return _DATA
        return None

    def display_method(self, value: _Display, name: str, given: _Arguments) -> _Value:
        positional = given.positional
        if value.keys is not None:
            if name == "items":
                pairs: list[_Value] = [
                    _Display([key, each]) for key, each in zip(value.keys, value.items, strict=True)
                ]
                return _Display(pairs, None, None, value.is_whole)
            if name in {"keys", "values"}:
                return _Display(
                    list(value.keys if name == "keys" else value.items), None, None, value.is_whole
                )
            if name in {"get", "pop", "setdefault"} and positional:
                found = self.item(value, positional[0])
                key = positional[0]
                if value.is_given and isinstance(key, _Plain) and isinstance(key.value, str):
                    fallback = positional[1] if len(positional) > 1 else _NONE
                    return (
                        _Given(key.value, fallback.text)
                        if isinstance(fallback, _Plain)
                        else _either((_DATA, fallback))
                    )
                return found
            if name == "update":
                value.text = None
                value.keys += [_Plain(repr(each), each) for each in given.keywords]
                value.items += given.keywords.values()
                for each in positional:
                    if isinstance(each, _Display) and each.keys is not None:
                        value.keys += each.keys
                        value.items += each.items
                        value.is_whole = value.is_whole and each.is_whole
                    else:
                        value.is_whole = False
                return _NONE
            if name == "copy":
                return _Display(list(value.items), list(value.keys), value.text, value.is_whole)
        elif name == "append" and positional:
            value.items.append(positional[0])
            value.text = None
            return _NONE
        return _DATA if name in {"copy", "index", "count"} else _UNKNOWN

    def called(self, value: _Value, given: _Arguments, frame: _Frame) -> _Value:
        if isinstance(value, _Function):
            if value.code is not None:
                is_inner = (
                    value.code.unit is frame.code.unit
                    and value.receiver is None
                    and value.code.owner == frame.code.owner
                )
                outer = (
                    frame
                    if is_inner
                    and value.code.node != frame.code.whole
                    and _is_inside(value.code.node, frame.code.node)
                    else None
                )
                return self.call_code(value.code, given, value.receiver, outer)
            return (
                self.value(value.body, frame)
                if value.body is not None and len(self.stack) < _DEEPEST
                else _UNKNOWN
            )
        if isinstance(value, _Double):
            value.is_called = True
            return self.attribute(value, "return_value")
        if isinstance(value, _Reference):
            return self.instance(value.of, given) if value.of.path else self.library(value.of, given)
        if isinstance(value, _Self):
            return value
        return _UNKNOWN

    def library(self, found: Class, given: _Arguments) -> _Value:
        if found.dotted == "types.SimpleNamespace":
            return _Object(found, is_frozen=False, attributes=dict(given.keywords))
        if found.dotted in {"typing.cast"} and len(given.positional) == 2:
            return given.positional[1]
        if found.dotted in {"copy.copy", "copy.deepcopy"} and given.positional:
            return given.positional[0]
        module = found.dotted.partition(".")[0]
        return _DATA if module in {"uuid", "datetime", "time", "random", "json", "os"} else _UNKNOWN

    def instance(self, found: Class, given: _Arguments) -> _Value:
        """A call of a class of the workspace."""
        lineage = self.outline.lineage(found.path, found.name) if found.path else None
        if lineage is None:
            return _UNKNOWN
        for dotted in lineage.foreign:
            for module in _MOCK_MODULES:
                if dotted.startswith(module):
                    double = self.construct(dotted[len(module) :], given)
                    if isinstance(double, _Double):
                        double.is_open = True
                    return double
        known = members(self.outline, lineage, of_instances=True)
        attributes = {name: value for name, value in given.keywords.items() if name in known}
        return _Object(found, is_frozen(self.outline, lineage), attributes)


def _is_inside(inner: Node, outer: Node) -> bool:
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def _evaluated(text: str) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
