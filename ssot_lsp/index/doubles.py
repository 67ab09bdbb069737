"""What a function that builds a double returns, read from its text: the product and what it configures on it.

A small interpreter of values that are known or not: branches are all taken, loops over literals are unrolled, helpers
are gone into. Nothing is run. What a double's child is follows the documentation of `unittest.mock`: children of an
AsyncMock are async, of a MagicMock sync (but for `__aenter__` and the like), `spec=C` follows `C`.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssot_lsp.definitions import MODULE, Kind, assigned, path_of
from ssot_lsp.index.members import LITERALS, is_async_code, is_frozen, is_literal, members, parameters_of
from ssot_lsp.index.outline import Code, decorator_paths, node_at, text_of
from ssot_lsp.index.values import (
    DATA,
    NONE,
    UNKNOWN,
    Class,
    Display,
    Double,
    Either,
    Function,
    Given,
    Instance,
    Itself,
    Plain,
    Product,
    Reference,
    each_of,
    either,
    summary,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ssot_lsp.definitions import Binding, Path
    from ssot_lsp.facts import Unit
    from ssot_lsp.index.outline import Outline
    from ssot_lsp.index.values import ItemKind, Reading, Value
    from ssot_lsp.source import Node

_MOCK_MODULES = ("unittest.mock.", "mock.mock.", "mock.")
_BARE_NAMES = frozenset({"Mock", "MagicMock", "AsyncMock", "PropertyMock"})
_ASYNC_MAGICS = frozenset({"__aenter__", "__aexit__", "__anext__"})
_MOCK_ARGUMENTS = frozenset({"name", "wraps", "unsafe", "new", "new_callable", "_spec_asyncs"})
_SPEC_ARGUMENTS = frozenset({"spec", "spec_set"})
_RESULTS = frozenset({"return_value", "side_effect"})
# Methods of every mock: calling them is no call of the double.
_MOCK_METHODS = frozenset({"reset_mock", "mock_add_spec"})
_DEEPEST = 8
_MOST_STEPS = 20_000
_MOST_ITEMS = 400


def read(
    outline: Outline, code: Code, factory: tuple[str, str] | None, *, is_bound: bool
) -> tuple[Reading, list[Code]]:
    """What the function `code` returns, and the helpers that were gone into.

    `factory` is the path and name of the class that it is asked of; with `is_bound` its first parameter is that.
    """
    interpreter = _Interpreter(outline, factory)
    names = parameters_of(code)
    given: dict[str, Value] = {}
    for index, (name, default, kind) in enumerate(names):
        if index == 0 and is_bound:
            given[name] = Itself()
        elif kind == "**":
            given[name] = Display([], [], is_whole=False, is_given=True)
        elif kind == "*":
            given[name] = Display([], is_whole=False)
        else:
            given[name] = Given(
                name, interpreter.default_text(default, code) if default is not None else None
            )
    result = interpreter.run(code, dict(given))
    defaults = {
        name: value.text
        for name, value in given.items()
        if isinstance(value, Given) and value.text is not None
    }
    return summary(outline, result)._replace(defaults=defaults), interpreter.helpers


def read_class(outline: Outline, found: Class) -> Reading:
    """What calling a class of the workspace gives."""
    interpreter = _Interpreter(outline, None)
    return summary(outline, interpreter.instance(found, _Arguments()))


@dataclass(slots=True)
class _Arguments:
    positional: list[Value] = field(default_factory=list)
    keywords: dict[str, Value] = field(default_factory=dict)
    is_whole: bool = True
    is_open: bool = False


@dataclass(slots=True)
class _Frame:
    """A function that is being read."""

    code: Code
    names: dict[str, Value]
    results: list[Value] = field(default_factory=list)


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
        return value.text if isinstance(value, (Plain, Display)) else None

    def run(self, code: Code, names: dict[str, Value], outer: _Frame | None = None) -> Value:
        """What a call of `code` with these names gives."""
        if len(self.stack) >= _DEEPEST or any(each.node == code.node for each in self.stack):
            return UNKNOWN
        body = code.node.child_by_field_name("body")
        if body is None:
            return UNKNOWN
        frame = _Frame(code, {**outer.names, **names} if outer is not None else names)
        self.stack.append(code)
        try:
            falls_through = self.block(body, frame)
        finally:
            self.stack.pop()
        if falls_through and not frame.results:
            return NONE
        return either(frame.results) if frame.results else UNKNOWN

    def call_code(
        self, code: Code, arguments: _Arguments, receiver: Value | None, outer: _Frame | None = None
    ) -> Value:
        """A call of a function of the workspace."""
        if outer is None:
            self.helpers.append(code)
        positional = list(arguments.positional)
        if receiver is not None:
            positional.insert(0, receiver)
        names: dict[str, Value] = {}
        keywords = dict(arguments.keywords)
        for name, default, kind in parameters_of(code):
            if kind == "**":
                keys: list[Value] = [Plain(repr(each), each) for each in keywords]
                names[name] = Display(
                    list(keywords.values()), keys, is_whole=arguments.is_whole, is_given=arguments.is_open
                )
            elif kind == "*":
                names[name] = Display(list(positional), is_whole=arguments.is_whole)
                positional = []
            elif positional:
                names[name] = positional.pop(0)
            elif name in keywords:
                names[name] = keywords.pop(name)
            elif not arguments.is_whole:
                names[name] = UNKNOWN
            elif default is not None:
                names[name] = self.value(default, _Frame(code, {}))
            else:
                names[name] = UNKNOWN
        return self.run(code, names, outer)

    # --- statements

    def block(self, node: Node, frame: _Frame) -> bool:
        """Read statements; whether what comes behind them is reached."""
        return all(self.statement(child, frame) for child in node.named_children)

    def statement(self, node: Node, frame: _Frame) -> bool:
        self.steps += 1
        if self.steps > _MOST_STEPS:
            frame.results.append(UNKNOWN)
            return False
        kind = node.type
        if kind == "expression_statement":
            for child in node.named_children:
                self.expression_statement(child, frame)
        elif kind == "return_statement":
            value = node.named_children[0] if node.named_child_count else None
            frame.results.append(self.value(value, frame) if value is not None else NONE)
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
                frame.names[self.text(name, frame)] = UNKNOWN
        elif kind == "ERROR":
            frame.results.append(UNKNOWN)
        return True

    def nested_function(self, whole: Node, node: Node, frame: _Frame) -> None:
        name = node.child_by_field_name("name")
        if name is not None:
            unit = frame.code.unit
            code = Code(frame.code.path, unit, node, whole, frame.code.owner)
            frame.names[self.text(name, frame)] = Function(is_async_code(code), code)

    def expression_statement(self, node: Node, frame: _Frame) -> None:
        kind = node.type
        if kind == "assignment":
            lefts, value = assigned(node)
            if value is not None:
                found = self.value(value, frame)
                for target in lefts:
                    self.assign(target, found, frame)
        elif kind == "augmented_assignment":
            left = node.child_by_field_name("left")
            if left is not None:
                self.assign(left, DATA, frame)
        elif kind == "yield" and node.named_child_count:
            frame.results.append(self.value(node.named_children[0], frame))
        else:
            self.value(node, frame)

    def branched(
        self, branches: Sequence[tuple[Node | None, dict[str, Value]]], frame: _Frame, *, may_skip: bool
    ) -> bool:
        """Read alternatives, each from the same names, and put together what they leave."""
        before = dict(frame.names)
        outer = self.branch
        left: list[dict[str, Value]] = [before] if may_skip else []
        for node, extra in branches:
            self.branches += 1
            self.branch = (*outer, self.branches)
            frame.names = {**before, **extra}
            if node is None or self.block(node, frame):
                left.append(frame.names)
        self.branch = outer
        names = dict.fromkeys(name for each in left for name in each)
        frame.names = {name: either(each[name] for each in left if name in each) for name in names}
        if not left:
            frame.names = before
        return bool(left)

    def if_statement(self, node: Node, frame: _Frame) -> bool:
        condition = node.child_by_field_name("condition")
        if condition is not None:
            self.value(condition, frame)
        branches: list[tuple[Node | None, dict[str, Value]]] = [(node.child_by_field_name("consequence"), {})]
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
        branches: list[tuple[Node | None, dict[str, Value]]] = []
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
                    self.assign(target, UNKNOWN, frame)
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
            self.assign(left, UNKNOWN, frame)
            self.branched([(body, {})], frame, may_skip=True)

    def items(self, value: Value) -> tuple[list[Value], bool]:
        """What is known of what a loop over a value goes through, and whether that is all."""
        if isinstance(value, Display):
            return list(value.keys if value.keys is not None else value.items), value.is_whole
        return [], False

    def assign(self, target: Node, value: Value, frame: _Frame) -> None:
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
                value.items if isinstance(value, Display) and value.keys is None and value.is_whole else []
            )
            for index, each in enumerate(targets):
                self.assign(each, items[index] if len(items) == len(targets) else UNKNOWN, frame)

    def set_item(self, owner: Value, key: Value, value: Value) -> None:
        for each in each_of(owner):
            if isinstance(each, Display):
                each.text = None
                if each.keys is not None:
                    each.keys.append(key)
                    each.items.append(value)

    def set_attribute(self, owner: Value, name: str, value: Value) -> None:
        for each in each_of(owner):
            if isinstance(each, Instance):
                each.attributes[name] = value
            elif isinstance(each, Double):
                if each.branch[: len(self.branch)] == self.branch:
                    each.attributes[name] = value
                else:
                    each.attributes[name] = either((self.attribute(each, name), value))
                each.was_set.add(name)

    def set_path(self, owner: Value, names: Sequence[str], value: Value) -> None:
        for name in names[:-1]:
            owner = self.attribute_of(owner, name)
        self.set_attribute(owner, names[-1], value)

    # --- children

    def attribute_of(self, value: Value, name: str) -> Value:
        return either(self.attribute(each, name) for each in each_of(value))

    def attribute(self, value: Value, name: str) -> Value:
        """What `value.name` is."""
        if isinstance(value, Double):
            found = value.attributes.get(name)
            if found is None:
                found = value.attributes[name] = self.child(value, name)
            return found
        if isinstance(value, Instance):
            return value.attributes.get(name, UNKNOWN)
        return DATA if isinstance(value, (Plain, Given)) else UNKNOWN

    def child(self, owner: Double, name: str) -> Value:
        """The child that a mock makes when it is first asked for."""
        if name == "side_effect":
            return NONE
        if owner.product is Product.UNKNOWN or (owner.spec is not None and owner.spec_kinds is None):
            return Double(Product.UNKNOWN, owner.branch)
        if owner.spec_kinds is not None and name not in _RESULTS:
            kind = owner.spec_kinds.get(name, "unknown")
            if kind == "async" or (name in _ASYNC_MAGICS and owner.product is not Product.MOCK):
                return Double(Product.ASYNC_MOCK, owner.branch)
            if kind == "unknown":
                return Double(Product.UNKNOWN, owner.branch)
            product = Product.MOCK if owner.product is Product.MOCK else Product.MAGIC_MOCK
            return Double(product, owner.branch)
        if owner.product is Product.MAGIC_MOCK and name in _ASYNC_MAGICS:
            return Double(Product.ASYNC_MOCK, owner.branch)
        is_magic = name.startswith("__") and name.endswith("__")
        if owner.product is Product.ASYNC_MOCK and is_magic and name not in _ASYNC_MAGICS:
            return Double(Product.MAGIC_MOCK, owner.branch)
        return Double(owner.product, owner.branch)

    # --- expressions

    def text(self, node: Node, frame: _Frame) -> str:
        return text_of(frame.code.unit.data, node)

    def value(self, node: Node, frame: _Frame) -> Value:
        self.steps += 1
        kind = node.type
        if self.steps > _MOST_STEPS:
            return UNKNOWN
        if kind == "identifier":
            return self.name(self.text(node, frame), frame)
        if kind == "string":
            return self.string(node, frame)
        if kind in LITERALS:
            return self.literal(node, frame)
        if kind == "call":
            return self.call(node, frame)
        if kind == "attribute":
            return self.attribute_expression(node, frame)
        if kind in {"list", "tuple", "set", "expression_list"}:
            items = [each for each in node.named_children if each.type != "comment"]
            is_whole = all(each.type != "list_splat" for each in items)
            values = [self.value(each, frame) for each in items if each.type != "list_splat"]
            return Display(values, None, self.text(node, frame) if is_literal(node) else None, is_whole)
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
            found = self.value(inner, frame) if inner is not None else UNKNOWN
            if name is not None:
                frame.names[self.text(name, frame)] = found
            return found
        if kind == "lambda":
            return Function(is_async=False, body=node.child_by_field_name("body"))
        if kind == "subscript":
            return self.subscript(node, frame)
        if kind == "dictionary_comprehension":
            return Display([], [], is_whole=False)
        if kind.endswith("_comprehension"):
            return Display([], is_whole=False)
        if kind == "binary_operator":
            return self.sum(node, frame)
        if kind == "yield":
            if node.named_child_count:
                frame.results.append(self.value(node.named_children[0], frame))
            return UNKNOWN
        if kind in {
            "comparison_operator",
            "not_operator",
            "unary_operator",
            "concatenated_string",
        }:
            return self.literal(node, frame) if is_literal(node) else DATA
        return UNKNOWN

    def literal(self, node: Node, frame: _Frame) -> Value:
        text = self.text(node, frame)
        return Plain(text, _evaluated(text))

    def string(self, node: Node, frame: _Frame) -> Value:
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
                value = self.value(inner, frame) if inner is not None else UNKNOWN
                if (
                    not isinstance(value, Plain)
                    or not isinstance(value.value, str)
                    or child.named_child_count != 1
                ):
                    return DATA
                pieces.append(value.value)
        whole = "".join(pieces)
        return Plain(repr(whole), whole)

    def sum(self, node: Node, frame: _Frame) -> Value:
        """`prefix + "started"` of two known strings; any other operation gives data."""
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return DATA
        first, second = self.value(left, frame), self.value(right, frame)
        operator = node.child_by_field_name("operator")
        if operator is None or operator.type != "+":
            return DATA
        if not isinstance(first, Plain) or not isinstance(second, Plain):
            return DATA
        if not isinstance(first.value, str) or not isinstance(second.value, str):
            return DATA
        whole = first.value + second.value
        return Plain(repr(whole), whole)

    def dictionary(self, node: Node, frame: _Frame) -> Value:
        keys: list[Value] = []
        values: list[Value] = []
        is_whole = True
        for child in node.named_children:
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if child.type == "pair" and key is not None and value is not None:
                keys.append(self.value(key, frame))
                values.append(self.value(value, frame))
            elif child.type == "dictionary_splat" and child.named_child_count:
                inner = self.value(child.named_children[0], frame)
                if isinstance(inner, Display) and inner.keys is not None:
                    keys += inner.keys
                    values += inner.items
                    is_whole = is_whole and inner.is_whole
                else:
                    is_whole = False
        return Display(values, keys, self.text(node, frame) if is_literal(node) else None, is_whole)

    def boolean(self, node: Node, frame: _Frame) -> Value:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return UNKNOWN
        first, second = self.value(left, frame), self.value(right, frame)
        operator = node.child_by_field_name("operator")
        if operator is not None and operator.type == "or":
            return self.default(first, second)
        return either((first, second))

    def default(self, first: Value, second: Value) -> Value:
        """A value, or another one where it was not given."""
        if isinstance(second, Given) and not isinstance(first, Given):
            first, second = second, first
        if isinstance(first, Given) and isinstance(second, (Plain, Display)):
            return Given(first.parameter, second.text)
        return either((first, second))

    def subscript(self, node: Node, frame: _Frame) -> Value:
        owner, key = node.child_by_field_name("value"), node.child_by_field_name("subscript")
        if owner is None or key is None:
            return UNKNOWN
        return self.item(self.value(owner, frame), self.value(key, frame))

    def item(self, owner: Value, key: Value) -> Value:
        if (
            isinstance(owner, Display)
            and owner.is_given
            and isinstance(key, Plain)
            and isinstance(key.value, str)
        ):
            return Given(key.value, None)
        if isinstance(owner, Display) and owner.keys is not None:
            if isinstance(key, Plain) and key.text is not None and owner.is_whole:
                found = [
                    value
                    for each, value in zip(owner.keys, owner.items, strict=True)
                    if isinstance(each, Plain) and each.value == key.value
                ]
                return found[-1] if found else UNKNOWN
            return either((*owner.items, UNKNOWN) if not owner.is_whole else owner.items or [UNKNOWN])
        if isinstance(owner, (Plain, Given)):
            return DATA
        return UNKNOWN

    # --- names

    def name(self, name: str, frame: _Frame) -> Value:
        if name in frame.names:
            return frame.names[name]
        return self.constant((name,), frame)

    def constant(self, names: Path, frame: _Frame) -> Value:
        """What a name of the module or of another one is, or what a path from a module leads to."""
        code = frame.code
        facts = self.outline.facts(code.path)
        if facts is None:
            return UNKNOWN
        bindings, kind = facts.lookup(names[0], code.unit, self.scope(frame))
        if kind == MODULE and len(names) == len(bindings) == 1 and bindings[0][2].kind is Kind.ASSIGNMENT:
            return self.bound(code.path, bindings[0][0], bindings[0][2])
        return either(self.referred(each) for each in self.origin(names, frame)) if bindings else UNKNOWN

    def bound(self, path: str, unit: Unit, binding: Binding) -> Value:
        node = node_at(unit, binding.value) if binding.value is not None else None
        return self.foreign_value(node, unit, path) if node is not None else UNKNOWN

    def referred(self, found: Class) -> Value:
        """What a place in the workspace, or a name outside of it, is."""
        if not found.path:
            return Reference(found)
        facts = self.outline.facts(found.path)
        bindings = facts.module.names.get(found.name, []) if facts is not None else []
        kinds = {binding.kind for _, binding in bindings}
        if kinds == {Kind.CLASS} or "." in found.name:
            return Reference(found)
        if kinds == {Kind.DEFINITION}:
            codes = self.outline.functions(found.path, found.name)
            return Function(is_async_code(codes[-1]), codes[-1]) if codes else UNKNOWN
        if len(bindings) == 1 and kinds == {Kind.ASSIGNMENT}:
            return self.bound(found.path, *bindings[0])
        return Reference(found) if Kind.CLASS in kinds else UNKNOWN

    def foreign_value(self, node: Node, unit: Unit, path: str) -> Value:
        """The value of an expression at module or class level."""
        code = Code(path, unit, node, node, "")
        if len(self.stack) >= _DEEPEST:
            return UNKNOWN
        self.stack.append(code)
        try:
            return self.value(node, _Frame(code, {}))
        finally:
            self.stack.pop()

    def attribute_expression(self, node: Node, frame: _Frame) -> Value:
        owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        if owner is None or name is None:
            return UNKNOWN
        names = path_of(node, frame.code.unit.data)
        if names and names[0] not in frame.names and "()" not in names and "[]" not in names:
            if self.is_factory(UNKNOWN, owner, frame):
                return self.factory_member(self.text(name, frame))
            return self.constant(names, frame)
        value = self.value(owner, frame)
        word = self.text(name, frame)
        if self.is_factory(value, owner, frame):
            return self.factory_member(word)
        return self.attribute_of(value, word)

    def is_factory(self, value: Value, node: Node, frame: _Frame) -> bool:
        if isinstance(value, Itself):
            return True
        if self.factory is None or isinstance(value, Double):
            return False
        names = path_of(node, frame.code.unit.data)
        if not names or names[0] in frame.names:
            return False
        if names[-1] != self.factory[1]:
            return False
        return any((each.path, each.name) == self.factory for each in self.origin(names, frame))

    def factory_member(self, name: str) -> Value:
        if self.factory is None:
            return UNKNOWN
        lineage = self.outline.lineage(*self.factory)
        if lineage is None:
            return UNKNOWN
        codes = lineage.functions(name)
        if codes:
            code = codes[-1]
            decorators = {names[-1:] for names, _ in decorator_paths(code.whole, code.unit.data)}
            if ("property",) in decorators or ("cached_property",) in decorators:
                return UNKNOWN
            return Function(
                is_async_code(code), code, receiver=None if ("staticmethod",) in decorators else Itself()
            )
        found = lineage.value(name)
        if found is not None and found[2] is not None:
            return self.foreign_value(found[2], found[1], found[0].path)
        return UNKNOWN

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

    def call(self, node: Node, frame: _Frame) -> Value:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None:
            return UNKNOWN
        names = path_of(function, frame.code.unit.data)
        if names in {("super",), ("type",)} and any(
            isinstance(each, Itself) for each in frame.names.values()
        ):
            return Itself()
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
        return either(self.called(each, given, frame) for each in each_of(self.value(function, frame)))

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
                if isinstance(inner, Display) and inner.keys is not None:
                    for key, item in zip(inner.keys, inner.items, strict=True):
                        if isinstance(key, Plain) and isinstance(key.value, str):
                            found.keywords.setdefault(key.value, item)
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

    def construct(self, name: str, given: _Arguments) -> Value:
        """A call of something of `unittest.mock`."""
        if name == "seal":
            for value in given.positional:
                for each in each_of(value):
                    if isinstance(each, Double):
                        each.is_sealed = True
            return NONE
        if name == "create_autospec":
            return self.autospec(given)
        if name == "mock_open":
            return Double(Product.MAGIC_MOCK, self.branch)
        product = {
            "Mock": Product.MOCK,
            "MagicMock": Product.MAGIC_MOCK,
            "AsyncMock": Product.ASYNC_MOCK,
            "NonCallableMock": Product.MOCK,
            "NonCallableMagicMock": Product.MAGIC_MOCK,
            "ThreadingMock": Product.MOCK,
        }.get(name)
        if product is None:
            return DATA if name in {"PropertyMock", "sentinel", "ANY", "DEFAULT"} else UNKNOWN
        double = Double(product, self.branch)
        self.give_spec(double, given)
        self.configure(
            double, {key: value for key, value in given.keywords.items() if key not in _MOCK_ARGUMENTS}
        )
        double.is_open = given.is_open
        return double

    def autospec(self, given: _Arguments) -> Value:
        """`create_autospec(C)` is the class, whose result is the instance; functions become functions."""
        double = Double(Product.MAGIC_MOCK, self.branch)
        self.give_spec(double, given)
        is_instance = given.keywords.get("instance")
        if (
            double.spec
            and double.spec_kinds is not None
            and not (isinstance(is_instance, Plain) and is_instance.value)
        ):
            instance = Double(Product.MAGIC_MOCK, self.branch, spec=double.spec, spec_kinds=double.spec_kinds)
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

    def give_spec(self, double: Double, given: _Arguments) -> None:
        spec = given.keywords.get("spec", given.keywords.get("spec_set"))
        if spec is None and given.positional:
            spec = given.positional[0]
        if spec is None or (isinstance(spec, Plain) and spec.text == "None"):
            return
        classes = tuple(each.of for each in each_of(spec) if isinstance(each, Reference))
        double.spec = classes
        if isinstance(spec, Display) and spec.text is not None:
            double.spec_kinds = {
                each.value: "sync"
                for each in spec.items
                if isinstance(each, Plain) and isinstance(each.value, str)
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

    def configure(self, double: Value, keywords: Mapping[str, Value]) -> None:
        for name, value in keywords.items():
            if name not in _SPEC_ARGUMENTS:
                self.set_path(double, name.split("."), value)

    def builtin(self, name: str, given: _Arguments) -> Value | None:
        """The result of a builtin that matters here; None for any other name."""
        positional = given.positional
        if name == "setattr" and len(positional) == 3:
            key = positional[1]
            if isinstance(key, Plain) and isinstance(key.value, str):
                self.set_attribute(positional[0], key.value, positional[2])
            else:
                for each in each_of(positional[0]):
                    if isinstance(each, Double):
                        each.is_open = True
            return NONE
        if name == "getattr" and len(positional) >= 2:
            key = positional[1]
            if isinstance(key, Plain) and isinstance(key.value, str):
                return self.attribute_of(positional[0], key.value)
            return UNKNOWN
        if name == "dict":
            keys: list[Value] = [Plain(repr(each), each) for each in given.keywords]
            return Display(list(given.keywords.values()), keys, None, given.is_whole and not positional)
        if name in {"list", "tuple", "set", "sorted", "reversed", "frozenset"} and len(positional) == 1:
            items, is_whole = self.items(positional[0])
            return Display(items, None, None, is_whole)
        if name == "enumerate" and positional:
            items, is_whole = self.items(positional[0])
            return Display([Display([DATA, each]) for each in items], None, None, is_whole)
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
            return DATA
        return None

    def method(self, value: Value, name: str, given: _Arguments) -> Value | None:
        """A call of a method of a double, dictionary or list; None where it is none of these."""
        if isinstance(value, Either):
            found = [self.method(each, name, given) for each in value.values]
            return either(each or UNKNOWN for each in found) if any(found) else None
        if isinstance(value, Double):
            if name == "configure_mock":
                self.configure(value, given.keywords)
                value.is_open = value.is_open or given.is_open
                return NONE
            if name == "attach_mock" and len(given.positional) == 2:
                key = given.positional[1]
                if isinstance(key, Plain) and isinstance(key.value, str):
                    self.set_attribute(value, key.value, given.positional[0])
                return NONE
            if name in _MOCK_METHODS or name.startswith("assert_"):
                return NONE
            child = self.attribute(value, name)
            if isinstance(child, Double):
                return self.attribute(child, "return_value")
            return None
        if isinstance(value, Display):
            return self.display_method(value, name, given)
        if isinstance(value, (Plain, Given)):
            return DATA
        return None

    def display_method(self, value: Display, name: str, given: _Arguments) -> Value:
        positional = given.positional
        if value.keys is not None:
            if name == "items":
                pairs: list[Value] = [
                    Display([key, each]) for key, each in zip(value.keys, value.items, strict=True)
                ]
                return Display(pairs, None, None, value.is_whole)
            if name in {"keys", "values"}:
                return Display(
                    list(value.keys if name == "keys" else value.items), None, None, value.is_whole
                )
            if name in {"get", "pop", "setdefault"} and positional:
                found = self.item(value, positional[0])
                key = positional[0]
                if value.is_given and isinstance(key, Plain) and isinstance(key.value, str):
                    fallback = positional[1] if len(positional) > 1 else NONE
                    return (
                        Given(key.value, fallback.text)
                        if isinstance(fallback, Plain)
                        else either((DATA, fallback))
                    )
                return found
            if name == "update":
                value.text = None
                value.keys += [Plain(repr(each), each) for each in given.keywords]
                value.items += given.keywords.values()
                for each in positional:
                    if isinstance(each, Display) and each.keys is not None:
                        value.keys += each.keys
                        value.items += each.items
                        value.is_whole = value.is_whole and each.is_whole
                    else:
                        value.is_whole = False
                return NONE
            if name == "copy":
                return Display(list(value.items), list(value.keys), value.text, value.is_whole)
        elif name == "append" and positional:
            value.items.append(positional[0])
            value.text = None
            return NONE
        return DATA if name in {"copy", "index", "count"} else UNKNOWN

    def called(self, value: Value, given: _Arguments, frame: _Frame) -> Value:
        if isinstance(value, Function):
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
                else UNKNOWN
            )
        if isinstance(value, Double):
            return self.attribute(value, "return_value")
        if isinstance(value, Reference):
            return self.instance(value.of, given) if value.of.path else self.library(value.of, given)
        if isinstance(value, Itself):
            return value
        return UNKNOWN

    def library(self, found: Class, given: _Arguments) -> Value:
        if found.dotted == "types.SimpleNamespace":
            return Instance(found, is_frozen=False, attributes=dict(given.keywords))
        if found.dotted == "typing.cast" and len(given.positional) == 2:
            return given.positional[1]
        if found.dotted in {"copy.copy", "copy.deepcopy"} and given.positional:
            return given.positional[0]
        module = found.dotted.partition(".")[0]
        return DATA if module in {"uuid", "datetime", "time", "random", "json", "os"} else UNKNOWN

    def instance(self, found: Class, given: _Arguments) -> Value:
        """A call of a class of the workspace."""
        lineage = self.outline.lineage(found.path, found.name) if found.path else None
        if lineage is None:
            return UNKNOWN
        for dotted in lineage.foreign:
            for module in _MOCK_MODULES:
                if dotted.startswith(module):
                    double = self.construct(dotted[len(module) :], given)
                    if isinstance(double, Double):
                        double.is_open = True
                    return double
        known = members(self.outline, lineage, of_instances=True)
        attributes = {name: value for name, value in given.keywords.items() if name in known}
        return Instance(found, is_frozen(lineage), attributes)


def _is_inside(inner: Node, outer: Node) -> bool:
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def _evaluated(text: str) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
