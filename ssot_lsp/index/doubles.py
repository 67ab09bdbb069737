"""What a function that builds a double returns, read from its text: the product and what it configures on it.

A small interpreter of values that are known or not: branches are all taken, loops over literals are unrolled, helpers
are gone into. Nothing is run. What the values do when they are called or asked for an attribute: `behaviour`.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssot_lsp.definitions import MODULE, Kind
from ssot_lsp.index.behaviour import (
    Arguments,
    Behaviour,
    attribute,
    attribute_of,
    call_library,
    item_of,
    loop_items,
    or_default,
    set_item,
)
from ssot_lsp.index.members import LITERALS, is_async_code, is_literal, parameters_of
from ssot_lsp.index.mock_library import short_name
from ssot_lsp.index.outline import Code, decorator_paths, node_at
from ssot_lsp.index.values import (
    DATA,
    NONE,
    UNKNOWN,
    Class,
    Display,
    Double,
    Function,
    Given,
    Itself,
    Plain,
    Reference,
    each_of,
    either,
    summary,
)
from ssot_lsp.nodes import assigned, path_of, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lsp.definitions import Binding, Path
    from ssot_lsp.facts import Unit
    from ssot_lsp.index.outline import Outline
    from ssot_lsp.index.values import Reading, Value
    from ssot_lsp.source import Node

_BARE_NAMES = frozenset({"Mock", "MagicMock", "AsyncMock", "PropertyMock"})
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
    return summary(outline, interpreter.behaviour.instance(found, Arguments()))


@dataclass(slots=True)
class _Frame:
    """A function that is being read."""

    code: Code
    names: dict[str, Value]
    results: list[Value] = field(default_factory=list)


class _Interpreter:
    def __init__(self, outline: Outline, factory: tuple[str, str] | None) -> None:
        self.outline = outline
        self.behaviour = Behaviour(outline)
        self.factory = factory
        self.helpers: list[Code] = []
        self.steps = 0
        self.stack: list[Code] = []
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
        self, code: Code, arguments: Arguments, receiver: Value | None, outer: _Frame | None = None
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
        outer = self.behaviour.branch
        left: list[dict[str, Value]] = [before] if may_skip else []
        for node, extra in branches:
            self.branches += 1
            self.behaviour.branch = (*outer, self.branches)
            frame.names = {**before, **extra}
            if node is None or self.block(node, frame):
                left.append(frame.names)
        self.behaviour.branch = outer
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
        items, is_whole = loop_items(self.value(right, frame))
        for item in items[:_MOST_ITEMS]:
            self.assign(left, item, frame)
            self.block(body, frame)
        if not is_whole or len(items) > _MOST_ITEMS:
            self.assign(left, UNKNOWN, frame)
            self.branched([(body, {})], frame, may_skip=True)

    def assign(self, target: Node, value: Value, frame: _Frame) -> None:
        kind = target.type
        if kind == "identifier":
            frame.names[self.text(target, frame)] = value
        elif kind == "attribute":
            owner, name = target.child_by_field_name("object"), target.child_by_field_name("attribute")
            if owner is not None and name is not None:
                self.behaviour.set_attribute(self.value(owner, frame), self.text(name, frame), value)
        elif kind == "subscript":
            owner, key = target.child_by_field_name("value"), target.child_by_field_name("subscript")
            if owner is not None and key is not None:
                set_item(self.value(owner, frame), self.value(key, frame), value)
        elif kind in {"pattern_list", "tuple_pattern", "list_pattern"}:
            targets = target.named_children
            items = (
                value.items if isinstance(value, Display) and value.keys is None and value.is_whole else []
            )
            for index, each in enumerate(targets):
                self.assign(each, items[index] if len(items) == len(targets) else UNKNOWN, frame)

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
            return or_default(self.value(first, frame), self.value(second, frame))
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
            return or_default(first, second)
        return either((first, second))

    def subscript(self, node: Node, frame: _Frame) -> Value:
        owner, key = node.child_by_field_name("value"), node.child_by_field_name("subscript")
        if owner is None or key is None:
            return UNKNOWN
        return item_of(self.value(owner, frame), self.value(key, frame))

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
        return attribute_of(value, word)

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
            creator = short_name(each.dotted) if not each.path else None
            if creator is not None:
                return creator
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
                return self.behaviour.construct(creator, given)
            if len(names) == 1 and names[0] not in frame.names:
                found = self.behaviour.builtin(names[0], given)
                if found is not None:
                    return found
        if function.type == "attribute":
            owner, name = function.child_by_field_name("object"), function.child_by_field_name("attribute")
            if owner is not None and name is not None:
                value = self.value(owner, frame)
                if not self.is_factory(value, owner, frame):
                    found = self.behaviour.method(value, self.text(name, frame), given)
                    if found is not None:
                        return found
        return either(self.called(each, given, frame) for each in each_of(self.value(function, frame)))

    def arguments(self, node: Node | None, frame: _Frame) -> Arguments:
        found = Arguments()
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

    def called(self, value: Value, given: Arguments, frame: _Frame) -> Value:
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
            return attribute(value, "return_value")
        if isinstance(value, Reference):
            return (
                self.behaviour.instance(value.of, given) if value.of.path else call_library(value.of, given)
            )
        if isinstance(value, Itself):
            return value
        return UNKNOWN


def _is_inside(inner: Node, outer: Node) -> bool:
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def _evaluated(text: str) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
