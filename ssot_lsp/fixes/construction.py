"""What a factory's method builds, exactly, where its body does nothing but build.

The model of a factory (`index.factory`) says what a product may have; a fix that claims to be safe has to know all of
it. So this reader takes a small part of the language and refuses everything else, in words.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from ssot_lsp.fixes.built import CLASSES, DATA, Construction, Double, Plain, evaluated, fresh_class, items_of
from ssot_lsp.nodes import IMPORTS
from ssot_lsp.source import nodes_around

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ssot_lsp.facts import Facts, Unit
    from ssot_lsp.index.factory import Factory, FactoryMethod
    from ssot_lsp.mocks import Mocks
    from ssot_lsp.source import Node

_RESULTS = frozenset({"return_value", "side_effect"})
_LITERALS = frozenset({"string", "integer", "float", "true", "false", "none", "ellipsis", "unary_operator"})
_DISPLAYS = frozenset({"list", "tuple", "set", "dictionary", "pair", "expression_list", "slice"})
_TESTS = frozenset({"comparison_operator", "not_operator"})
_BUILT = frozenset({"str", "bool", "dict", "list", "set", "tuple"})
_DECORATORS = frozenset({"staticmethod", "classmethod"})
_CALLED_MODULES = frozenset({"uuid", "datetime", "time"})
_DEEPEST = 4
_MOST_ROUNDS = 200


class World(Protocol):
    """What is asked of the factory's file."""

    def facts(self, path: str) -> Facts:
        """What a file says."""

    def mocks(self, path: str) -> Mocks:
        """Its mocks."""


class OpaqueError(Exception):
    """The body does more than build; the message says what, as the end of a sentence."""


def construction(world: World, factory: Factory, method: FactoryMethod) -> Construction:
    """What calling `method` with literals and names gives; raises OpaqueError."""
    reader = _Reader(world, factory)
    given = {each.name: Plain(each.name) for each in method.parameters if each.kind not in {"args", "kwargs"}}
    result = reader.call(method, given)
    if not isinstance(result, Double):
        reason = "does not hand out a plain double"
        raise OpaqueError(reason)
    if result.cls not in CLASSES or not result.is_bare:
        reason = "hands out a double with a spec or a name"
        raise OpaqueError(reason)
    seen: set[int] = set()
    items = tuple(items_of(result, (), seen))
    if any(id(each) not in seen for each in result.owners):
        reason = "hands out a part of another double"
        raise OpaqueError(reason)
    return Construction(result.cls, items, frozenset(reader.calls), reader.opened == [result])


class _Reader:
    def __init__(self, world: World, factory: Factory) -> None:
        self.world = world
        self.factory = factory
        self.calls: set[str] = set()
        self.opened: list[Double | None] = []
        """What the keywords of the caller are given to, None where that is not told."""
        self.depth = 0
        self.rounds = 0

    def call(self, method: FactoryMethod, given: Mapping[str, Double | Plain]) -> Double | Plain:
        """What a call of a method gives; `given` lacks what was not given."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise OpaqueError("calls itself")  # noqa: EM101, TRY003 - said once
        body = _Body(self, method, dict(given))
        try:
            return body.read()
        finally:
            self.depth -= 1


class _Body:
    """One method that is being read."""

    def __init__(self, reader: _Reader, method: FactoryMethod, given: dict[str, Double | Plain]) -> None:
        self.reader = reader
        self.method = method
        self.facts = reader.world.facts(method.path)
        byte = self.facts.source.byte(method.span.start)
        unit = self.facts.unit_at(byte)
        if unit is None:
            raise OpaqueError("is not there any more")  # noqa: EM101, TRY003 - said once
        self.unit: Unit = unit
        chain = nodes_around(unit.node, byte)
        self.node = next(node for node in reversed(chain) if node.type == "function_definition")
        self.check_decorators(chain)
        self.names: dict[str, Double | Plain] = given
        for each in method.parameters:
            if each.kind == "kwargs":
                self.keywords = each.name
            elif each.kind != "args" and each.name not in self.names:
                self.names[each.name] = evaluated(each.value) if each.value is not None else DATA
        self.own = self.first_parameter()
        self.keywords = next((each.name for each in method.parameters if each.kind == "kwargs"), "")
        self.sites = {
            each.call.span: each
            for each in reader.world.mocks(method.path).sites
            if each.unit.start == unit.start
        }
        self.is_conditional = False
        self.is_condition = False

    def check_decorators(self, chain: Sequence[Node]) -> None:
        whole = next((node for node in chain if node.type == "decorated_definition"), None)
        for each in whole.named_children if whole is not None else ():
            if each.type == "decorator" and self.text(each).lstrip("@").strip() not in _DECORATORS:
                raise self.opaque(each)

    def first_parameter(self) -> str:
        if self.method.is_static or self.unit.container.name == "":
            return ""
        parameters = self.node.child_by_field_name("parameters")
        first = (
            parameters.named_children[0] if parameters is not None and parameters.named_child_count else None
        )
        return self.text(first) if first is not None and first.type == "identifier" else ""

    def read(self) -> Double | Plain:
        body = self.node.child_by_field_name("body")
        statements = (
            [each for each in body.named_children if each.type != "comment"] if body is not None else []
        )
        if self.node.has_error or not statements or statements[-1].type != "return_statement":
            raise self.opaque(self.node, "does not end in `return`")
        if self.method.is_async:
            raise self.opaque(self.node, "is `async`")
        for each in statements[:-1]:
            self.statement(each)
        last = statements[-1]
        if not last.named_child_count:
            raise self.opaque(last)
        return self.value(last.named_children[0])

    # --- statements

    def statement(self, node: Node) -> None:
        kind = node.type
        if kind == "expression_statement" and node.named_child_count == 1:
            self.expression_statement(node.named_children[0])
        elif kind == "if_statement":
            self.if_statement(node)
        elif kind == "for_statement":
            self.for_statement(node)
        elif kind == "function_definition":
            name = node.child_by_field_name("name")
            if name is None or node.has_error:
                raise self.opaque(node)
            self.names[self.text(name)] = DATA
        elif kind in IMPORTS:
            if any(part not in sys.stdlib_module_names for part in self.modules(node)):
                raise self.opaque(node)
        elif kind not in {"pass_statement", "comment"}:
            raise self.opaque(node)

    def modules(self, node: Node) -> Iterator[str]:
        module = node.child_by_field_name("module_name")
        for each in (module,) if module is not None else node.children_by_field_name("name"):
            yield self.text(each).split()[0].partition(".")[0]

    def expression_statement(self, node: Node) -> None:
        kind = node.type
        if kind == "string":
            return
        if kind == "assignment":
            targets: list[Node] = []
            value: Node | None = node
            while value is not None and value.type == "assignment":
                left = value.child_by_field_name("left")
                if left is None:
                    raise self.opaque(node)
                targets.append(left)
                value = value.child_by_field_name("right")
            if value is None:
                raise self.opaque(node)
            found = self.value(value)
            for each in targets:
                self.assign(each, found)
        elif kind == "call":
            self.configuring(node)
        else:
            raise self.opaque(node)

    def assign(self, target: Node, value: Double | Plain) -> None:
        if target.type == "identifier":
            name = self.text(target)
            if self.is_conditional and isinstance(self.names.get(name, DATA), Double):
                raise self.opaque(target)
            if self.is_conditional:
                value = DATA if isinstance(value, Plain) else value
            self.names[name] = value
        elif target.type == "attribute":
            owner, name_node = target.child_by_field_name("object"), target.child_by_field_name("attribute")
            found = self.value(owner) if owner is not None else None
            if not isinstance(found, Double) or name_node is None:
                raise self.opaque(target)
            self.set(found, self.text(name_node), value, target)
        else:
            raise self.opaque(target)

    def set(self, owner: Double, name: str, value: Double | Plain, node: Node) -> None:
        if name in _RECORDED or name.startswith(("_mock", "assert")) or name == "__class__":
            raise self.opaque(node)
        is_magic = name.startswith("__") and name.endswith("__")
        if isinstance(value, Double) and (self.is_conditional or is_magic):
            value.is_attached = False
        if self.is_conditional and isinstance(value, Plain):
            value = DATA
        if isinstance(value, Double):
            if value.owners:  # it belongs to where it was attached first
                value.is_attached = False
            value.owners.append(owner)
        owner.attributes[name] = value
        owner.was_set.add(name)

    def configuring(self, node: Node) -> None:
        """`setattr(m, "x", …)`, `m.configure_mock(…)`, or a helper of the factory that configures a double."""
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None:
            raise self.opaque(node)
        values = [each for each in arguments.named_children if each.type != "comment"]
        if function.type == "identifier" and self.text(function) == "setattr" and len(values) == 3:
            owner, key, value = (self.value(each) for each in values)
            if isinstance(owner, Double) and isinstance(key, Plain) and isinstance(key.value, str):
                self.set(owner, key.value, value, node)
                return
        elif function.type == "attribute":
            inner, name = function.child_by_field_name("object"), function.child_by_field_name("attribute")
            if inner is not None and name is not None and self.text(name) == "configure_mock":
                owner = self.value(inner)
                if isinstance(owner, Double):
                    self.configure(owner, values, node)
                    return
            if self.helper(function) is not None:
                self.value(node)
                return
        raise self.opaque(node)

    def if_statement(self, node: Node) -> None:
        condition = node.child_by_field_name("condition")
        if condition is None:
            raise self.opaque(node)
        self.is_condition = True
        self.value(condition)
        self.is_condition = False
        if self.is_default(node, condition):
            return
        outer, self.is_conditional = self.is_conditional, True
        for child in node.named_children:
            blocks = [child] if child.type == "block" else []
            if child.type in {"else_clause", "elif_clause"}:
                inner = child.child_by_field_name("condition")
                if inner is not None:
                    self.value(inner)
                blocks = [each for each in child.named_children if each.type == "block"]
            for block in blocks:
                for each in block.named_children:
                    self.statement(each)
        self.is_conditional = outer

    def is_default(self, node: Node, condition: Node) -> bool:
        """`if user_id is None: user_id = "u"`, and nothing else: the parameter is as before where it was given."""
        parameter, asked = self.asked(condition)
        body = node.child_by_field_name("consequence")
        if not parameter or asked not in {"is None", "not"} or body is None or node.named_child_count != 2:
            return False
        statements = body.named_children
        assignment = (
            statements[0].named_children[0] if len(statements) == 1 and statements[0].named_children else None
        )
        if assignment is None or assignment.type != "assignment":
            return False
        left, right = assignment.child_by_field_name("left"), assignment.child_by_field_name("right")
        if left is None or right is None or left.type != "identifier":
            return False
        before = self.names.get(self.text(left))
        if not isinstance(before, Plain) or before.parameter != parameter:
            return False
        if isinstance(self.value(right), Double):
            raise self.opaque(right)
        self.names[self.text(left)] = replace(before, needs="not None" if asked == "is None" else "true")
        return True

    def for_statement(self, node: Node) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        body = node.child_by_field_name("body")
        if right is not None and self.keywords and self.text(right) == f"{self.keywords}.items()":
            self.reader.opened.append(None)
            return
        if left is None or right is None or body is None or left.type != "identifier":
            raise self.opaque(node)
        items = self.value(right)
        if not isinstance(items, Plain) or not isinstance(items.value, (list, tuple)):
            raise self.opaque(node)
        for each in items.value:
            self.reader.rounds += 1
            if self.reader.rounds > _MOST_ROUNDS:
                raise self.opaque(node)
            self.names[self.text(left)] = Plain(value=each, is_known=True)
            for statement in body.named_children:
                self.statement(statement)

    # --- expressions

    def value(self, node: Node) -> Double | Plain:
        kind = node.type
        if kind == "parenthesized_expression" and node.named_child_count == 1:
            return self.value(node.named_children[0])
        if kind == "identifier":
            return self.name(node)
        if kind == "string":
            return self.string(node)
        if kind in _LITERALS:
            return evaluated(self.text(node))
        if kind == "concatenated_string":
            return evaluated(self.text(node))
        if kind in _DISPLAYS:
            for each in node.named_children:
                if each.type != "comment":
                    self.value(each)
            return evaluated(self.text(node))
        if kind in {"boolean_operator", "conditional_expression"} or kind in _TESTS:
            values = [self.value(each) for each in node.named_children if each.type != "comment"]
            if any(isinstance(each, Double) for each in values):
                raise self.opaque(node)
            return self.chosen(node, [each for each in values if isinstance(each, Plain)])
        if kind == "call":
            return self.called(node)
        if kind == "attribute":
            return self.attribute(node)
        if kind == "subscript":
            inner = node.child_by_field_name("value")
            found = self.value(inner) if inner is not None else None
            if (
                isinstance(found, Plain)
                and not found.parameter
                and inner is not None
                and inner.type in {"call", "attribute"}
            ):
                return DATA
        if kind == "lambda":
            return DATA
        raise self.opaque(node)

    def chosen(self, node: Node, values: Sequence[Plain]) -> Plain:
        """`user_id or "u"`, `"u" if user_id is None else user_id`: what was given, if it is something."""
        operator = node.child_by_field_name("operator")
        if node.type == "boolean_operator" and operator is not None and operator.type == "or":
            return replace(values[0], needs="true") if values[0].parameter and not values[0].needs else DATA
        if node.type == "conditional_expression" and len(values) == 3:
            asked = self.asked(node.named_children[1])
            first, _, last = values
            if asked[1] == "is not None" and asked[0] == first.parameter != "" and not first.needs:
                return replace(first, needs="not None")
            if asked[1] == "is None" and asked[0] == last.parameter != "" and not last.needs:
                return replace(last, needs="not None")
            if asked[1] == "" and asked[0] == first.parameter != "" and not first.needs:
                return replace(first, needs="true")
        return DATA

    def asked(self, condition: Node) -> tuple[str, str]:
        """The parameter, and what is asked of it: `is None`, `is not None`, `not`, or nothing but its truth."""
        text = " ".join(self.text(condition).split())
        for end in ("is not None", "is None"):
            if text.endswith(f" {end}"):
                return self.parameter_named(text.removesuffix(end).strip()), end
        if text.startswith("not "):
            return self.parameter_named(text.removeprefix("not ").strip()), "not"
        return self.parameter_named(text), ""

    def parameter_named(self, name: str) -> str:
        value = self.names.get(name)
        return value.parameter if isinstance(value, Plain) and not value.needs else ""

    def name(self, node: Node) -> Double | Plain:
        word = self.text(node)
        if word in self.names:
            return self.names[word]
        if word == self.keywords:
            self.reader.opened += [] if self.is_condition else [None]
            return DATA
        bindings = self.facts.module_lookup(word)
        if len(bindings) == 1 and word != self.own:
            return DATA
        raise self.opaque(node)

    def string(self, node: Node) -> Plain:
        pieces: list[str] = []
        is_known = True
        for child in node.named_children:
            if child.type == "interpolation":
                inner = child.child_by_field_name("expression")
                value = self.value(inner) if inner is not None else DATA
                if not isinstance(value, Plain):
                    raise self.opaque(node)
                is_known = is_known and isinstance(value.value, str) and child.named_child_count == 1
                pieces.append(str(value.value))
            elif child.type == "string_content":
                pieces.append(self.text(child))
        if any(child.type == "interpolation" for child in node.named_children):
            return Plain(value="".join(pieces), is_known=True) if is_known else DATA
        return evaluated(self.text(node))

    def attribute(self, node: Node) -> Double | Plain:
        inner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        if inner is None or name is None:
            raise self.opaque(node)
        found = self.value(inner)
        word = self.text(name)
        if isinstance(found, Plain):
            if found.parameter or inner.type in {"string", *_DISPLAYS}:
                raise self.opaque(node)
            return DATA
        if word in _RECORDED or word.startswith(("_mock", "assert")):
            raise self.opaque(node)
        return self.child(found, word, node)

    def called(self, node: Node) -> Double | Plain:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None or arguments.type != "argument_list":
            raise self.opaque(node)
        values = [each for each in arguments.named_children if each.type != "comment"]
        site = self.sites.get((node.start_byte - self.unit.start, node.end_byte - self.unit.start))
        if site is not None:
            return self.made(site.name, values, node)
        method = self.helper(function)
        if method is not None:
            return self.reader.call(method, self.passed(method, values, node))
        for each in values:
            self.value(each.child_by_field_name("value") or each if each.type == "keyword_argument" else each)
        text = self.text(function)
        if function.type == "identifier" and text in _BUILT and text not in self.names and len(values) <= 1:
            if text in {"str", "bool"} or not values:
                return DATA
        elif text.partition(".")[0] in _CALLED_MODULES and text.partition(".")[0] not in self.names:
            self.reader.calls.add(text.partition(".")[0])
            return DATA
        elif function.type == "identifier" and text in {"uuid4", "uuid1"} and text not in self.names:
            self.reader.calls.add("uuid")
            return DATA
        raise self.opaque(node)

    def made(self, name: str, values: Sequence[Node], node: Node) -> Double | Plain:
        """A call of a constructor of doubles."""
        if name not in CLASSES:
            if name in {"PropertyMock", "create_autospec", "mock_open"}:
                return Double("", is_bare=False, is_attached=False)
            raise self.opaque(node)
        double = Double(name)
        for each in values:
            keyword = each.child_by_field_name("name") if each.type == "keyword_argument" else None
            word = self.text(keyword) if keyword is not None else ""
            if word in {"name", "spec", "spec_set", "wraps", "unsafe", "parent"} or each.type not in {
                "keyword_argument",
                "dictionary_splat",
            }:
                double.is_bare = False
        self.configure(double, [each for each in values if not self.is_special(each)], node, is_made=True)
        return double

    def is_special(self, node: Node) -> bool:
        keyword = node.child_by_field_name("name") if node.type == "keyword_argument" else None
        if node.type not in {"keyword_argument", "dictionary_splat"}:
            return True
        return keyword is not None and self.text(keyword) in {"name", "spec", "spec_set", "wraps", "unsafe"}

    def configure(self, owner: Double, values: Sequence[Node], node: Node, *, is_made: bool = False) -> None:
        pairs: list[tuple[str, Node]] = []
        for each in values:
            if each.type == "keyword_argument":
                name, value = each.child_by_field_name("name"), each.child_by_field_name("value")
                if name is None or value is None:
                    raise self.opaque(node)
                pairs.append((self.text(name), value))
            elif each.type == "dictionary_splat" and self.text(each).strip("* ") == self.keywords:
                self.reader.opened.append(owner if self.reader.depth == 1 else None)
            elif each.type == "dictionary_splat" and each.named_children[0].type == "dictionary":
                for pair in each.named_children[0].named_children:
                    key, set_to = pair.child_by_field_name("key"), pair.child_by_field_name("value")
                    known = self.value(key) if key is not None else None
                    if set_to is None or not isinstance(known, Plain) or not isinstance(known.value, str):
                        raise self.opaque(node)
                    pairs.append((known.value, set_to))
            else:
                raise self.opaque(node)
        if len({name for name, _ in pairs}) < len(pairs):  # which raises TypeError
            raise self.opaque(node)
        for path, value_node in sorted(pairs, key=lambda pair: pair[0].count(".")):
            found = self.value(value_node)
            if is_made and path == "return_value" and isinstance(found, Double):
                found.is_attached = False  # given to the constructor, it is no child
            *above, last = path.split(".")
            inner: Double | Plain = owner
            for part in above:
                if not isinstance(inner, Double):
                    raise self.opaque(node)
                inner = self.child(inner, part, node)
            if not isinstance(inner, Double):
                raise self.opaque(node)
            self.set(inner, last, found, node)

    def child(self, owner: Double, name: str, node: Node) -> Double | Plain:
        """What stands at an attribute, made if it is not there yet."""
        if name not in owner.attributes:
            cls = fresh_class(owner.cls, name) if owner.cls in CLASSES else ""
            if not cls:
                raise self.opaque(node)
            owner.attributes[name] = Double(cls, owners=[owner])
        return owner.attributes[name]

    # --- other methods of the factory

    def helper(self, function: Node) -> FactoryMethod | None:
        """The method of the same factory that is called."""
        if function.type != "attribute":
            return None
        inner, name = function.child_by_field_name("object"), function.child_by_field_name("attribute")
        if inner is None or name is None or inner.type != "identifier":
            return None
        owner = self.text(inner)
        if owner in self.names or owner not in {self.own, self.reader.factory.name}:
            return None
        return self.reader.factory.methods.get(self.text(name))

    def passed(self, method: FactoryMethod, values: Sequence[Node], node: Node) -> dict[str, Double | Plain]:
        given: dict[str, Double | Plain] = {}
        free = iter([each.name for each in method.parameters if each.kind.startswith("positional")])
        known = {each.name for each in method.parameters if each.kind not in {"args", "kwargs"}}
        for each in values:
            if each.type == "keyword_argument":
                name, value = each.child_by_field_name("name"), each.child_by_field_name("value")
                word = self.text(name) if name is not None else ""
            elif each.type in {"list_splat", "dictionary_splat"}:
                raise self.opaque(node)
            else:
                word, value = next(free, ""), each
            if word not in known or value is None:
                raise self.opaque(node)
            given[word] = self.value(value)
        return given

    def text(self, node: Node) -> str:
        return self.unit.data[node.start_byte : node.end_byte].decode("utf-8", "surrogatepass")

    def opaque(self, node: Node, what: str = "") -> OpaqueError:
        line = " ".join(self.text(node).split())
        shown = line if len(line) <= 50 else f"{line[:49]}…"
        return OpaqueError(what or f"also does `{shown}`")


_RECORDED = frozenset(
    {
        *("called", "call_count", "call_args", "call_args_list", "mock_calls", "method_calls", "await_count"),
        *("await_args", "await_args_list", "reset_mock", "configure_mock", "attach_mock", "mock_add_spec"),
    }
)
