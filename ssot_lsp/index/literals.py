"""Which strings a function takes for a parameter, and which keywords it reads out of `**kwargs`.

A set of strings is *closed* where the body has nothing to give for any other one: it raises, a literal dictionary
has no such key, or a chain of comparisons that all hand something out has no `else`.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.nodes import path_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ssot_lsp.source import Node

    Resolve = Callable[[str], tuple[Node, bytes] | None]

_OPENERS = frozenset({"function_definition", "class_definition", "lambda"})
_LEAVES = frozenset({"return_statement", "raise_statement", "continue_statement"})


_MAY_BE_LEFT_OUT = frozenset(
    {"conditional_expression", "boolean_operator", "if_clause", "lambda", "generator_expression"}
)


class Strings(NamedTuple):
    """The strings that a parameter, or each item of it, is compared with."""

    strings: tuple[str, ...]
    is_closed: bool
    of_items: bool


class Handed(NamedTuple):
    """A parameter, or each item of it, that is the first argument of a call; `is_sure`: the body does nothing else."""

    parameter: str
    call: Node
    of_items: bool
    is_sure: bool


def closed_strings(
    body: Node, data: bytes, parameters: Iterable[str], resolve: Resolve
) -> tuple[dict[str, Strings], tuple[Handed, ...]]:
    """What `body` compares its parameters with, and which of them it hands on.

    `resolve` gives the expression behind a name, dotted or not, that the body does not bind (a constant), and the
    bytes that it stands in.
    """
    reader = _Strings(data, frozenset(parameters), resolve)
    reader.block(body)
    found = {
        name: Strings(tuple(dict.fromkeys(strings)), name in reader.closed, name in reader.of_items)
        for name, strings in reader.found.items()
        if strings
    }
    is_sure = len(reader.handed) == 1 and _is_one_return(body)
    handed = (Handed(name, call, name in reader.of_items, is_sure) for name, call in reader.handed)
    return found, tuple(handed)


def _is_one_return(body: Node) -> bool:
    """Whether a body is one `return`, a docstring aside, of which no part may be left out."""
    statements = [each for each in body.named_children if each.type != "comment"]
    if len(statements) > 1 and statements[0].type == "expression_statement":
        first = statements[0].named_children
        statements = statements[1:] if [each.type for each in first] == ["string"] else statements
    if [each.type for each in statements] != ["return_statement"]:
        return False
    pending = list(statements)
    while pending:
        node = pending.pop()
        if node.type in _MAY_BE_LEFT_OUT:
            return False
        pending.extend(node.named_children)
    return True


class _Strings:
    def __init__(self, data: bytes, parameters: frozenset[str], resolve: Resolve) -> None:
        self.data = data
        self.resolve = resolve
        self.names = {
            name: name for name in parameters
        }  # what a name stands for: loop variables stand for parameters
        self.locals: dict[str, Node] = {}
        self.found: dict[str, list[str]] = {}
        self.closed: set[str] = set()
        self.of_items: set[str] = set()
        self.handed: list[tuple[str, Node]] = []

    def text(self, node: Node) -> str:
        return text_of(self.data, node)

    def block(self, node: Node) -> None:
        children = [child for child in node.named_children if child.type != "comment"]
        index = 0
        while index < len(children):
            child = children[index]
            if child.type == "if_statement":
                # `if x == "a": return …` in a row is one chain.
                run = [child]
                while (
                    index + 1 < len(children)
                    and children[index + 1].type == "if_statement"
                    and child.child_by_field_name("alternative") is None
                    and self.ends(run[-1].child_by_field_name("consequence"))
                ):
                    index += 1
                    child = children[index]
                    run.append(child)
                self.chain(run, children[index + 1 :])
            else:
                self.statement(child)
            index += 1

    def statement(self, node: Node) -> None:
        kind = node.type
        if kind in _OPENERS or kind == "decorated_definition":
            return
        if kind == "for_statement":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is not None and right is not None and left.type == "identifier":
                source = self.subject(right)
                if source is not None:
                    self.names[self.text(left)] = source
                    self.of_items.add(source)
        elif kind == "match_statement":
            self.match(node)
        elif kind == "expression_statement":
            for child in node.named_children:
                left, right = child.child_by_field_name("left"), child.child_by_field_name("right")
                if (
                    child.type == "assignment"
                    and left is not None
                    and right is not None
                    and left.type == "identifier"
                ):
                    self.locals[self.text(left)] = right
        for child in node.named_children:
            if child.type == "block":
                self.block(child)
            elif child.type.endswith(("_clause", "_statement")):
                self.statement(child)
            else:
                self.expression(child)

    def subject(self, node: Node) -> str | None:
        """The parameter that an expression is, or is a mere cleaning of: `x.lower()`, `x or "a"`."""
        if node.type == "identifier":
            name = self.text(node)
            return self.names.get(name)
        if node.type in {"parenthesized_expression", "await"} and node.named_child_count:
            return self.subject(node.named_children[0])
        return None

    def expression(self, node: Node) -> None:
        """Find look-ups and comparisons inside of an expression."""
        pending = [node]
        while pending:
            each = pending.pop()
            if each.type in _OPENERS:
                continue
            if each.type == "subscript":
                owner, key = each.child_by_field_name("value"), each.child_by_field_name("subscript")
                name = self.subject(key) if key is not None else None
                keys = self.keys(owner) if owner is not None and name is not None else None
                if name is not None and keys is not None:
                    self.add(name, keys, is_closed=True)
            elif each.type == "comparison_operator":
                self.condition(each)
            elif each.type == "call":
                self.get(each)
            elif each.type.endswith("_comprehension") or each.type == "generator_expression":
                self.comprehension(each)
            pending.extend(each.named_children)
        self.hand_on(node)

    def hand_on(self, node: Node) -> None:
        """Note the calls of which a parameter is the first argument, once all names of the expression are known."""
        pending = [node]
        while pending:
            each = pending.pop()
            if each.type in _OPENERS:
                continue
            arguments = each.child_by_field_name("arguments") if each.type == "call" else None
            if arguments is not None and arguments.named_child_count:
                name = self.subject(arguments.named_children[0])
                if name is not None:
                    self.handed.append((name, each))
            pending.extend(each.named_children)

    def comprehension(self, node: Node) -> None:
        for clause in node.named_children:
            if clause.type == "for_in_clause":
                left, right = clause.child_by_field_name("left"), clause.child_by_field_name("right")
                source = self.subject(right) if right is not None else None
                if left is not None and source is not None and left.type == "identifier":
                    self.names[self.text(left)] = source
                    self.of_items.add(source)

    def get(self, call: Node) -> None:
        """`TABLE.get(x)` mentions the keys; what happens to a missing one is not looked into."""
        function, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
        if (
            function is None
            or arguments is None
            or function.type != "attribute"
            or not arguments.named_child_count
        ):
            return
        method, owner = function.child_by_field_name("attribute"), function.child_by_field_name("object")
        name = self.subject(arguments.named_children[0])
        if method is not None and owner is not None and name is not None and self.text(method) == "get":
            self.add(name, self.keys(owner) or [], is_closed=False)

    def keys(self, node: Node) -> list[str] | None:
        """The strings that a literal dictionary, list, tuple or set holds; None where they are not all known."""
        if node.type in {"identifier", "attribute"}:
            names = path_of(node, self.data)
            if node.type == "identifier" and names[0] in self.locals:
                return self.keys(self.locals[names[0]])
            found = self.resolve(".".join(names)) if names else None
            return _strings_of(*found) if found is not None else None
        if node.type == "call":  # set(TABLE), TABLE.keys()
            function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
            if function is not None and function.type == "attribute":
                owner = function.child_by_field_name("object")
                return (
                    self.keys(owner) if owner is not None and self.text(function).endswith(".keys") else None
                )
            if arguments is not None and arguments.named_child_count == 1:
                return self.keys(arguments.named_children[0])
            return None
        return _strings_of(node, self.data)

    def condition(self, node: Node) -> tuple[str, list[str], bool] | None:
        """The parameter and strings of `x == "a"`, `x in (…)`, `x not in …`, joined by `or`; True for the negated."""
        if node.type == "parenthesized_expression" and node.named_child_count:
            return self.condition(node.named_children[0])
        if node.type == "not_operator":
            inner = node.child_by_field_name("argument")
            found = self.condition(inner) if inner is not None else None
            return (found[0], found[1], not found[2]) if found is not None else None
        if node.type == "boolean_operator":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            first = self.condition(left) if left is not None else None
            second = self.condition(right) if right is not None else None
            operator = node.child_by_field_name("operator")
            is_or = operator is not None and operator.type == "or"
            if (
                first is not None
                and second is not None
                and is_or
                and first[0] == second[0]
                and not first[2] | second[2]
            ):
                return first[0], first[1] + second[1], False
            return None
        if node.type != "comparison_operator" or node.named_child_count != 2:
            return None
        operator = node.child_by_field_name("operators")
        kind = operator.type if operator is not None else ""
        left, right = node.named_children
        if kind in {"==", "!="}:
            if self.subject(left) is None:
                left, right = right, left
            name, strings = (
                self.subject(left),
                _strings_of(right, self.data) if right.type == "string" else None,
            )
        elif kind in {"in", "not in"}:
            name, strings = self.subject(left), self.keys(right)
        else:
            return None
        if name is None or strings is None:
            return None
        self.add(name, strings, is_closed=False)
        return name, strings, kind in {"!=", "not in"}

    def chain(self, statements: list[Node], rest: list[Node]) -> None:
        """`if x == …` with its `elif`s, or several in a row; `rest` is what follows."""
        name: str | None = None
        is_chain = True
        count = 0
        gives = True
        otherwise: Node | None = None
        for statement in statements:
            clauses = [statement, *statement.children_by_field_name("alternative")]
            for clause in clauses:
                if clause.type == "else_clause":
                    otherwise = clause.child_by_field_name("body")
                    if otherwise is not None:
                        self.block(otherwise)
                    continue
                condition, block = (
                    clause.child_by_field_name("condition"),
                    clause.child_by_field_name("consequence"),
                )
                found = self.condition(condition) if condition is not None else None
                if condition is not None:
                    self.expression(condition)
                if block is not None:
                    self.block(block)
                if found is not None and found[2]:  # `if x not in (…): raise`
                    if self.raises(block):
                        self.closed.add(found[0])
                    is_chain = False
                elif found is None or (name is not None and found[0] != name):
                    is_chain = False
                else:
                    name = found[0]
                    count += 1
                    gives = gives and (self.ends(block) or name in self.of_items)
        if not is_chain or name is None:
            return
        if otherwise is not None:
            is_closed = self.raises(otherwise)
        elif rest:
            is_closed = gives and rest[0].type == "raise_statement"
        else:
            is_closed = gives and count > 1
        if is_closed:
            self.closed.add(name)

    def match(self, node: Node) -> None:
        subject, body = node.child_by_field_name("subject"), node.child_by_field_name("body")
        name = self.subject(subject) if subject is not None else None
        if name is None or body is None:
            return
        has_default, is_known = False, True
        for case in body.named_children:
            pattern = next((each for each in case.named_children if each.type == "case_pattern"), None)
            block = case.child_by_field_name("consequence")
            if pattern is None:
                continue
            if self.text(pattern) == "_" or not pattern.named_child_count:
                has_default = True
                if self.raises(block):
                    self.closed.add(name)
                continue
            strings = _pattern_strings(pattern, self.data)
            if strings is None:
                is_known = False
            else:
                self.add(name, strings, is_closed=False)
        if not is_known:
            self.closed.discard(name)
        elif not has_default and len(self.found.get(name, ())) > 1 and name in self.of_items:
            self.closed.add(name)

    def add(self, name: str, strings: list[str], *, is_closed: bool) -> None:
        self.found.setdefault(name, []).extend(strings)
        if is_closed:
            self.closed.add(name)

    def ends(self, block: Node | None) -> bool:
        children = (
            [each for each in block.named_children if each.type != "comment"] if block is not None else []
        )
        return bool(children) and children[-1].type in _LEAVES

    def raises(self, block: Node | None) -> bool:
        children = (
            [each for each in block.named_children if each.type != "comment"] if block is not None else []
        )
        return bool(children) and children[-1].type == "raise_statement"


def _pattern_strings(pattern: Node, data: bytes) -> list[str] | None:
    found: list[str] = []
    pending = list(pattern.named_children)
    while pending:
        each = pending.pop(0)
        if each.type == "string":
            value = _string(each, data)
            if value is None:
                return None
            found.append(value)
        elif each.type == "union_pattern":
            pending = [*each.named_children, *pending]
        else:
            return None
    return found


def _strings_of(node: Node, data: bytes) -> list[str] | None:
    """The strings of a literal, of a display of them, or the keys of a dictionary."""
    if node.type == "string":
        value = _string(node, data)
        return None if value is None else [value]
    if node.type == "parenthesized_expression" and node.named_child_count:
        return _strings_of(node.named_children[0], data)
    if node.type not in {"list", "tuple", "set", "dictionary"}:
        return None
    found: list[str] = []
    for child in node.named_children:
        if child.type == "comment":
            continue
        inner = child.child_by_field_name("key") if child.type == "pair" else child
        value = _string(inner, data) if inner is not None and inner.type == "string" else None
        if value is None:
            return None
        found.append(value)
    return found


def _string(node: Node, data: bytes) -> str | None:
    if any(child.type == "interpolation" for child in node.named_children):
        return None
    try:
        value = ast.literal_eval(text_of(data, node))
    except (ValueError, SyntaxError):
        return None
    return value if isinstance(value, str) else None


# --- what is read


def names_read(node: Node, data: bytes) -> set[str]:
    """The names that an expression or statements mention, but for attributes and keywords."""
    found: set[str] = set()
    pending = [node]
    while pending:
        each = pending.pop()
        if each.type == "identifier":
            found.add(text_of(data, each))
        elif each.type == "attribute":
            inner = each.child_by_field_name("object")
            pending.extend([inner] if inner is not None else [])
        elif each.type == "keyword_argument":
            inner = each.child_by_field_name("value")
            pending.extend([inner] if inner is not None else [])
        elif each.type == "assignment" and (left := each.child_by_field_name("left")) is not None:
            pending.extend(
                child for child in each.named_children if left.type != "identifier" or child != left
            )
        else:
            pending.extend(each.named_children)
    return found


class Keywords(NamedTuple):
    """What a body does with its `**kwargs`: the keywords that it reads itself, and the calls that it hands them on to.

    `is_open`: it does something else with them, so that any keyword may matter.
    """

    read: tuple[str, ...]
    handed_to: tuple[Node, ...]
    is_open: bool


def keywords_read(body: Node, data: bytes, name: str) -> Keywords:
    """What `body` reads of the dictionary `name` that holds the caller's keywords."""
    read: list[str] = []
    handed: list[Node] = []
    is_open = False
    pending: list[tuple[Node, ...]] = [(body,)]  # a node and those around it, the nearest first
    while pending:
        chain = pending.pop()
        node = chain[0]
        if node.type != "identifier" or text_of(data, node) != name:
            pending.extend((child, *chain[:3]) for child in reversed(node.named_children))
            continue
        parent = chain[1]
        key = _key(chain, data)
        if key is not None:
            read.append(key)
        elif parent.type == "dictionary_splat" and len(chain) > 3 and chain[2].type == "argument_list":
            handed.append(chain[3])
        elif (parent.type == "attribute" and node != parent.child_by_field_name("object")) or (
            parent.type == "keyword_argument" and node == parent.child_by_field_name("name")
        ):
            continue
        else:
            is_open = True
    return Keywords(tuple(dict.fromkeys(read)), tuple(handed), is_open)


def _key(chain: tuple[Node, ...], data: bytes) -> str | None:
    """The keyword that `kwargs["x"]`, `kwargs.get("x")`, `kwargs.pop("x")` or `"x" in kwargs` reads."""
    node, parent = chain[0], chain[1]
    key: Node | None = None
    if parent.type == "subscript":
        key = parent.child_by_field_name("subscript")
    elif parent.type == "comparison_operator" and parent.named_child_count == 2:
        key = parent.named_children[0] if parent.named_children[1] == node else None
    elif parent.type == "attribute" and len(chain) > 2 and chain[2].type == "call":
        method, arguments = parent.child_by_field_name("attribute"), chain[2].child_by_field_name("arguments")
        is_read = method is not None and text_of(data, method) in {"get", "pop", "setdefault"}
        if is_read and arguments is not None and arguments.named_child_count:
            key = arguments.named_children[0]
    return _string(key, data) if key is not None and key.type == "string" else None
