"""What a function that builds a double returns, read from its text: the product and what it configures on it.

A small interpreter of values that are known or not: branches are all taken, loops over literals are unrolled, helpers
are gone into. Nothing is run. Here are the statements; what stands in them: `expressions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import proxy

from ssot_lsp.index.behaviour import Arguments, Behaviour, loop_items, set_item
from ssot_lsp.index.expressions import DEEPEST, Expressions, Frame
from ssot_lsp.index.members import is_async_code, parameters_of
from ssot_lsp.index.outline import Code
from ssot_lsp.index.values import DATA, NONE, UNKNOWN, Display, Function, Given, Itself, either, summary
from ssot_lsp.nodes import assigned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lsp.index.outline import Outline
    from ssot_lsp.index.values import Class, Reading, Value
    from ssot_lsp.source import Node

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
                name, interpreter.expressions.default_text(default, code) if default is not None else None
            )
    result = interpreter.run(code, dict(given))
    defaults = {
        name: value.text
        for name, value in given.items()
        if isinstance(value, Given) and value.text is not None
    }
    return summary(outline, result)._replace(defaults=defaults), interpreter.expressions.helpers


def read_class(outline: Outline, found: Class) -> Reading:
    """What calling a class of the workspace gives."""
    return summary(outline, Behaviour(outline).instance(found, Arguments()))


class _Interpreter:
    """Reads functions, statement by statement."""

    def __init__(self, outline: Outline, factory: tuple[str, str] | None) -> None:
        self.expressions = Expressions(outline, factory, proxy(self))
        self.branches = 0

    def run(self, code: Code, names: dict[str, Value], outer: Frame | None = None) -> Value:
        """What a call of `code` with these names gives."""
        stack = self.expressions.stack
        if len(stack) >= DEEPEST or any(each.node == code.node for each in stack):
            return UNKNOWN
        body = code.node.child_by_field_name("body")
        if body is None:
            return UNKNOWN
        frame = Frame(code, {**outer.names, **names} if outer is not None else names)
        stack.append(code)
        try:
            falls_through = self.block(body, frame)
        finally:
            stack.pop()
        if falls_through and not frame.results:
            return NONE
        return either(frame.results) if frame.results else UNKNOWN

    def block(self, node: Node, frame: Frame) -> bool:
        """Read statements; whether what comes behind them is reached."""
        return all(self.statement(child, frame) for child in node.named_children)

    def statement(self, node: Node, frame: Frame) -> bool:
        if self.expressions.has_had_enough():
            frame.results.append(UNKNOWN)
            return False
        kind = node.type
        if kind == "expression_statement":
            for child in node.named_children:
                self.expression_statement(child, frame)
        elif kind == "return_statement":
            value = node.named_children[0] if node.named_child_count else None
            frame.results.append(self.expressions.value(value, frame) if value is not None else NONE)
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
                frame.names[self.expressions.text(name, frame)] = UNKNOWN
        elif kind == "ERROR":
            frame.results.append(UNKNOWN)
        return True

    def nested_function(self, whole: Node, node: Node, frame: Frame) -> None:
        name = node.child_by_field_name("name")
        if name is not None:
            unit = frame.code.unit
            code = Code(frame.code.path, unit, node, whole, frame.code.owner)
            frame.names[self.expressions.text(name, frame)] = Function(is_async_code(code), code)

    def expression_statement(self, node: Node, frame: Frame) -> None:
        kind = node.type
        if kind == "assignment":
            lefts, value = assigned(node)
            if value is not None:
                found = self.expressions.value(value, frame)
                for target in lefts:
                    self.assign(target, found, frame)
        elif kind == "augmented_assignment":
            left = node.child_by_field_name("left")
            if left is not None:
                self.assign(left, DATA, frame)
        elif kind == "yield" and node.named_child_count:
            frame.results.append(self.expressions.value(node.named_children[0], frame))
        else:
            self.expressions.value(node, frame)

    def branched(
        self, branches: Sequence[tuple[Node | None, dict[str, Value]]], frame: Frame, *, may_skip: bool
    ) -> bool:
        """Read alternatives, each from the same names, and put together what they leave."""
        before = dict(frame.names)
        outer = self.expressions.behaviour.branch
        left: list[dict[str, Value]] = [before] if may_skip else []
        for node, extra in branches:
            self.branches += 1
            self.expressions.behaviour.branch = (*outer, self.branches)
            frame.names = {**before, **extra}
            if node is None or self.block(node, frame):
                left.append(frame.names)
        self.expressions.behaviour.branch = outer
        names = dict.fromkeys(name for each in left for name in each)
        frame.names = {name: either(each[name] for each in left if name in each) for name in names}
        if not left:
            frame.names = before
        return bool(left)

    def if_statement(self, node: Node, frame: Frame) -> bool:
        condition = node.child_by_field_name("condition")
        if condition is not None:
            self.expressions.value(condition, frame)
        branches: list[tuple[Node | None, dict[str, Value]]] = [(node.child_by_field_name("consequence"), {})]
        has_else = False
        for child in node.children_by_field_name("alternative"):
            if child.type == "else_clause":
                has_else = True
                branches.append((child.child_by_field_name("body"), {}))
            else:
                branches.append((child.child_by_field_name("consequence"), {}))
        return self.branched(branches, frame, may_skip=not has_else)

    def match_statement(self, node: Node, frame: Frame) -> bool:
        body = node.child_by_field_name("body")
        cases = [
            each for each in (body.named_children if body is not None else ()) if each.type == "case_clause"
        ]
        branches: list[tuple[Node | None, dict[str, Value]]] = []
        has_default = False
        for case in cases:
            pattern = next((each for each in case.named_children if each.type == "case_pattern"), None)
            has_default = has_default or (
                pattern is not None and self.expressions.text(pattern, frame) == "_"
            )
            branches.append((case.child_by_field_name("consequence"), {}))
        return self.branched(branches, frame, may_skip=not has_default)

    def try_statement(self, node: Node, frame: Frame) -> bool:
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

    def with_statement(self, node: Node, frame: Frame) -> bool:
        clause = next((each for each in node.named_children if each.type == "with_clause"), None)
        for item in clause.named_children if clause is not None else ():
            value = item.child_by_field_name("value")
            if value is not None and value.type == "as_pattern":
                alias = value.child_by_field_name("alias")
                self.expressions.value(value.named_children[0], frame)
                for target in alias.named_children if alias is not None else ():
                    self.assign(target, UNKNOWN, frame)
            elif value is not None:
                self.expressions.value(value, frame)
        body = node.child_by_field_name("body")
        return body is None or self.block(body, frame)

    def for_statement(self, node: Node, frame: Frame) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        body = node.child_by_field_name("body")
        if left is None or right is None or body is None:
            return
        items, is_whole = loop_items(self.expressions.value(right, frame))
        for item in items[:_MOST_ITEMS]:
            self.assign(left, item, frame)
            self.block(body, frame)
        if not is_whole or len(items) > _MOST_ITEMS:
            self.assign(left, UNKNOWN, frame)
            self.branched([(body, {})], frame, may_skip=True)

    def assign(self, target: Node, value: Value, frame: Frame) -> None:
        kind = target.type
        if kind == "identifier":
            frame.names[self.expressions.text(target, frame)] = value
        elif kind == "attribute":
            owner, name = target.child_by_field_name("object"), target.child_by_field_name("attribute")
            if owner is not None and name is not None:
                self.expressions.behaviour.set_attribute(
                    self.expressions.value(owner, frame), self.expressions.text(name, frame), value
                )
        elif kind == "subscript":
            owner, key = target.child_by_field_name("value"), target.child_by_field_name("subscript")
            if owner is not None and key is not None:
                set_item(self.expressions.value(owner, frame), self.expressions.value(key, frame), value)
        elif kind in {"pattern_list", "tuple_pattern", "list_pattern"}:
            targets = target.named_children
            items = (
                value.items if isinstance(value, Display) and value.keys is None and value.is_whole else []
            )
            for index, each in enumerate(targets):
                self.assign(each, items[index] if len(items) == len(targets) else UNKNOWN, frame)
