"""What the expressions of a function give, as values that are known or not.

What values do when they are called or asked for an attribute: `behaviour`.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from weakref import proxy

from ssot_lsp.index.behaviour import (
    Arguments,
    Behaviour,
    attribute,
    attribute_of,
    call_library,
    item_of,
    or_default,
)
from ssot_lsp.index.members import LITERALS, is_literal, parameters_of
from ssot_lsp.index.outer_names import OuterNames
from ssot_lsp.index.outline import Code
from ssot_lsp.index.values import (
    DATA,
    UNKNOWN,
    Display,
    Double,
    Function,
    Itself,
    Plain,
    Reference,
    each_of,
    either,
)
from ssot_lsp.nodes import path_of, text_of

if TYPE_CHECKING:
    from ssot_lsp.facts import Unit
    from ssot_lsp.index.outline import Outline
    from ssot_lsp.index.values import Value
    from ssot_lsp.source import Node

DEEPEST = 8
"""How many functions are gone into, one inside of the other."""

_MOST_STEPS = 20_000


@dataclass(slots=True)
class Frame:
    """A function that is being read."""

    code: Code
    names: dict[str, Value]
    results: list[Value] = field(default_factory=list)


class Runner(Protocol):
    """Who reads functions."""

    def run(self, code: Code, names: dict[str, Value], outer: Frame | None) -> Value:
        """What a call of `code` with these names gives; `outer` is the function that it is written in, if it is read."""


class Expressions:
    """The values of expressions. `runner` owns this, and is given as a weak proxy: no cycle keeps a tree alive.

    `helpers` are the functions that were gone into, `stack` what is being read, the innermost last.
    """

    def __init__(self, outline: Outline, factory: tuple[str, str] | None, runner: Runner) -> None:
        self.behaviour = Behaviour(outline)
        self.helpers: list[Code] = []
        self.stack: list[Code] = []
        self._runner = runner
        self._outer = OuterNames(outline, factory, proxy(self))
        self._steps = 0

    def has_had_enough(self) -> bool:
        """Count a step; whether there have been too many of them."""
        self._steps += 1
        return self._steps > _MOST_STEPS

    def default_text(self, node: Node, code: Code) -> str | None:
        """The literal that a parameter's default is, also through constants; None where it is none."""
        value = self.value(node, Frame(code, {}))
        return value.text if isinstance(value, (Plain, Display)) else None

    def text(self, node: Node, frame: Frame) -> str:
        """The text of a node."""
        return text_of(frame.code.unit.data, node)

    def value(self, node: Node, frame: Frame) -> Value:
        """What an expression gives; what it binds and yields goes into `frame`."""
        if self.has_had_enough():
            return UNKNOWN
        kind = node.type
        if kind == "identifier":
            return self._name(self.text(node, frame), frame)
        if kind == "string":
            return self._string(node, frame)
        if kind in LITERALS:
            return self._literal(node, frame)
        if kind == "call":
            return self._call(node, frame)
        if kind == "attribute":
            return self._attribute_expression(node, frame)
        if kind in {"list", "tuple", "set", "expression_list"}:
            items = [each for each in node.named_children if each.type != "comment"]
            is_whole = all(each.type != "list_splat" for each in items)
            values = [self.value(each, frame) for each in items if each.type != "list_splat"]
            return Display(values, None, self.text(node, frame) if is_literal(node) else None, is_whole)
        if kind == "dictionary":
            return self._dictionary(node, frame)
        if kind in {"parenthesized_expression", "await"} and node.named_child_count:
            return self.value(node.named_children[0], frame)
        if kind == "boolean_operator":
            return self._boolean(node, frame)
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
            return self._subscript(node, frame)
        if kind == "dictionary_comprehension":
            return Display([], [], is_whole=False)
        if kind.endswith("_comprehension"):
            return Display([], is_whole=False)
        if kind == "binary_operator":
            return self._sum(node, frame)
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
            return self._literal(node, frame) if is_literal(node) else DATA
        return UNKNOWN

    def _literal(self, node: Node, frame: Frame) -> Value:
        text = self.text(node, frame)
        return Plain(text, _evaluated(text))

    def _string(self, node: Node, frame: Frame) -> Value:
        parts = [each for each in node.named_children if each.type == "interpolation"]
        if not parts:
            return self._literal(node, frame)
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

    def _sum(self, node: Node, frame: Frame) -> Value:
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

    def _dictionary(self, node: Node, frame: Frame) -> Value:
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

    def _boolean(self, node: Node, frame: Frame) -> Value:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return UNKNOWN
        first, second = self.value(left, frame), self.value(right, frame)
        operator = node.child_by_field_name("operator")
        if operator is not None and operator.type == "or":
            return or_default(first, second)
        return either((first, second))

    def _subscript(self, node: Node, frame: Frame) -> Value:
        owner, key = node.child_by_field_name("value"), node.child_by_field_name("subscript")
        if owner is None or key is None:
            return UNKNOWN
        return item_of(self.value(owner, frame), self.value(key, frame))

    # --- names

    def _name(self, name: str, frame: Frame) -> Value:
        if name in frame.names:
            return frame.names[name]
        return self._outer.constant((name,), frame.code)

    def foreign_value(self, node: Node, unit: Unit, path: str) -> Value:
        """The value of an expression at module or class level."""
        code = Code(path, unit, node, node, "")
        if len(self.stack) >= DEEPEST:
            return UNKNOWN
        self.stack.append(code)
        try:
            return self.value(node, Frame(code, {}))
        finally:
            self.stack.pop()

    def _attribute_expression(self, node: Node, frame: Frame) -> Value:
        owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        if owner is None or name is None:
            return UNKNOWN
        names = path_of(node, frame.code.unit.data)
        if names and names[0] not in frame.names and "()" not in names and "[]" not in names:
            if self._is_factory(UNKNOWN, owner, frame):
                return self._outer.factory_member(self.text(name, frame))
            return self._outer.constant(names, frame.code)
        value = self.value(owner, frame)
        word = self.text(name, frame)
        if self._is_factory(value, owner, frame):
            return self._outer.factory_member(word)
        return attribute_of(value, word)

    def _is_factory(self, value: Value, node: Node, frame: Frame) -> bool:
        if isinstance(value, Itself):
            return True
        if isinstance(value, Double):
            return False
        names = path_of(node, frame.code.unit.data)
        return bool(names) and names[0] not in frame.names and self._outer.is_factory(names, frame.code)

    # --- calls

    def _call(self, node: Node, frame: Frame) -> Value:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None:
            return UNKNOWN
        names = path_of(function, frame.code.unit.data)
        if names in {("super",), ("type",)} and any(
            isinstance(each, Itself) for each in frame.names.values()
        ):
            return Itself()
        given = self._arguments(arguments, frame)
        if names and "()" not in names and "[]" not in names:
            creator = self._outer.creator(names, frame.code) if names[0] not in frame.names else None
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
                if not self._is_factory(value, owner, frame):
                    found = self.behaviour.method(value, self.text(name, frame), given)
                    if found is not None:
                        return found
        return either(self._called(each, given, frame) for each in each_of(self.value(function, frame)))

    def _arguments(self, node: Node | None, frame: Frame) -> Arguments:
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

    def _called(self, value: Value, given: Arguments, frame: Frame) -> Value:
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
                return self._call_code(value.code, given, value.receiver, outer)
            return (
                self.value(value.body, frame)
                if value.body is not None and len(self.stack) < DEEPEST
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

    def _call_code(
        self, code: Code, arguments: Arguments, receiver: Value | None, outer: Frame | None = None
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
                names[name] = self.value(default, Frame(code, {}))
            else:
                names[name] = UNKNOWN
        return self._runner.run(code, names, outer)


def _is_inside(inner: Node, outer: Node) -> bool:
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def _evaluated(text: str) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
