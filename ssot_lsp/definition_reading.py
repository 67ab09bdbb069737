"""Scopes and bindings, read off the tree, statement by statement.

Expressions are looked at no deeper than binding needs; calls are found by name later (`calls.py`), because a full walk
costs more than the parse. All numbers are bytes relative to the start of the unit that is read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lsp.definitions import (
    CLASS,
    FUNCTION,
    MODULE,
    Binding,
    Decorator,
    Import,
    Kind,
    Parameter,
    PathBinding,
    Scope,
)
from ssot_lsp.nodes import CLAUSES, IMPORTS, assigned, path_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.definitions import Path
    from ssot_lsp.source import Node

# Statements nested deeper than this are not looked into; Python's own compiler stops at 100 blocks.
_DEEPEST = 120

_ONE_NAME = re.compile(rb"(?:from ([.\w]+) )?import ([.\w]+)(?: as (\w+))?")
_DEFINITIONS = frozenset({Kind.DEFINITION, Kind.CLASS})
_PATTERNS = frozenset({"pattern_list", "tuple_pattern", "list_pattern", "tuple", "list"})
_DISPLAYS = frozenset({"expression_list", "tuple", "list"})
_OF_EXPRESSIONS = frozenset({"assert_statement", "raise_statement", "delete_statement"})
_BLOCKS = CLAUSES | {"block", "ERROR"}


def scopes_of(node: Node, data: bytes, *, is_class_member: bool = False) -> tuple[Scope, ...]:
    """The scopes of one unit, its own level first; scopes come in the order of their text, outer before inner."""
    start, end = node.start_byte, node.end_byte
    reader = _Reader(data, start, end)
    reader.scopes.append(Scope(CLASS if is_class_member else MODULE, "", -1, (0, end - start)))
    reader.statement(node, 0, 0)
    return tuple(reader.scopes)


def class_scope(node: Node, definition: Node, data: bytes) -> Scope:
    """The header of the class `definition`, `node` being the whole with its decorators."""
    reader = _Reader(data, node.start_byte, node.end_byte)
    return reader.class_header(node, definition, -1)


def imported(node: Node, data: bytes, base: int) -> tuple[list[Binding], Import | None]:
    """The names that an import statement of the unit at byte `base` binds, and what it imports all of.

    While it is typed, as in `from company import , Clock`, a name may be missing: then nothing is bound there.
    """
    simple = _ONE_NAME.fullmatch(data, node.start_byte, node.end_byte)
    if simple is not None and not node.has_error:
        return [_one_import(simple, base)], None
    if node.type == "import_statement":
        return [each for each in _imports(node, data, base) if each.name], None
    source = node.child_by_field_name("module_name")
    if source is None:
        return [], None
    written = _squeeze(text_of(data, source))
    module = written.lstrip(".")
    everything = Import(module, "*", len(written) - len(module))
    # In `from company import` with nothing behind it, names of the next statement pass for imported ones.
    line_end = data.find(b"\n", source.end_byte) if node.has_error else -1
    names = [
        child
        for child in node.children_by_field_name("name")
        if not (0 <= line_end < child.start_byte and _precedes_call(data, child.end_byte))
    ]
    is_star = data.find(b"*", source.end_byte, node.end_byte) >= 0 and any(
        child.type == "wildcard_import" for child in node.named_children
    )
    found = [each for each in _from_imports(names, everything, data, base) if each.name]
    return found, everything if is_star else None


def _one_import(match: re.Match[bytes], base: int) -> Binding:
    """What an import of one name on one line binds: most are like that, and need no look at the tree."""
    source, name, alias = (each.decode() if each is not None else "" for each in match.groups())
    at = match.start(2) - base
    if source:
        module = source.lstrip(".")
        return Binding(alias or name, Kind.IMPORT, at, target=Import(module, name, len(source) - len(module)))
    head = name.partition(".")[0]
    target = Import(name) if alias else Import(head, loads=name)
    return Binding(alias or head, Kind.IMPORT, at, target=target)


def _imports(node: Node, data: bytes, base: int) -> Iterator[Binding]:
    for child in node.named_children:
        at = child.start_byte - base
        if child.type == "aliased_import":
            name, alias = child.child_by_field_name("name"), child.child_by_field_name("alias")
            if name is not None and alias is not None:
                target = Import(_squeeze(text_of(data, name)))
                yield Binding(text_of(data, alias), Kind.IMPORT, at, target=target)
        elif child.type == "dotted_name":
            whole = _squeeze(text_of(data, child))
            head = whole.split(".")[0]
            yield Binding(head, Kind.IMPORT, at, target=Import(head, loads=whole))


def _from_imports(names: list[Node], source: Import, data: bytes, base: int) -> Iterator[Binding]:
    for child in names:
        name, alias = child, child
        if child.type == "aliased_import":
            inner, outer = child.child_by_field_name("name"), child.child_by_field_name("alias")
            if inner is None or outer is None:
                continue
            name, alias = inner, outer
        target = Import(source.module, text_of(data, name), source.level)
        yield Binding(text_of(data, alias), Kind.IMPORT, child.start_byte - base, target=target)


def _precedes_call(data: bytes, end: int) -> bool:
    return data[end : end + 8].lstrip(b" \t")[:1] in {b"(", b".", b"="}


def _squeeze(text: str) -> str:
    return "".join(text.replace("\\", "").split())


class _Reader:
    """Reads statements into scopes."""

    def __init__(self, data: bytes, base: int, end: int) -> None:
        self.data = data
        self.base = base
        # Most units hold neither, which spares asking each statement.
        self.may_yield = data.find(b"yield", base, end) >= 0
        self.has_walrus = data.find(b":=", base, end) >= 0
        self.scopes: list[Scope] = []

    def text(self, node: Node) -> str:
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "surrogatepass")

    def span(self, node: Node) -> tuple[int, int]:
        return node.start_byte - self.base, node.end_byte - self.base

    def block(self, node: Node, scope: int, depth: int) -> None:
        if depth < _DEEPEST:
            for child in node.named_children:
                self.statement(child, scope, depth + 1)

    def statement(self, node: Node, scope: int, depth: int) -> None:
        kind = node.type
        if kind == "expression_statement":
            self.expression_statement(node, scope)
        elif kind in {"comment", "pass_statement", "future_import_statement", "break_statement"}:
            return
        elif kind == "function_definition":
            self.function(node, node, scope, depth)
        elif kind == "class_definition":
            self.nested_class(node, node, scope, depth)
        elif kind == "decorated_definition":
            self.walrus(node, scope, until=node.child_by_field_name("definition"))
            inner = node.child_by_field_name("definition")
            if inner is not None and inner.type == "function_definition":
                self.function(node, inner, scope, depth)
            elif inner is not None:
                self.nested_class(node, inner, scope, depth)
        elif kind in IMPORTS:
            self.imports(node, scope)
        elif kind == "return_statement":
            if node.named_child_count:
                self.result(node.named_children[0], scope)
            self.walrus(node, scope)
        elif kind in {"global_statement", "nonlocal_statement"}:
            for name in node.named_children:
                self.scopes[scope].outer[self.text(name)] = kind
        elif kind == "type_alias_statement":
            self.type_alias(node, scope)
        elif kind in _OF_EXPRESSIONS and not node.has_error:
            self.walrus(node, scope)
        else:
            self.compound(node, scope, depth)

    def compound(self, node: Node, scope: int, depth: int) -> None:
        """Read `if`, `for`, `with`, `try`, `match`, their clauses, and what is left of broken code."""
        kind = node.type
        if kind == "for_statement":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is not None:
                self.targets(left, right, Kind.LOOP, scope)
        elif kind == "with_statement":
            for item in _with_items(node):
                self.as_pattern(item, Kind.WITH, scope)
        elif kind == "except_clause":
            value = node.child_by_field_name("value")
            if value is not None:
                self.as_pattern(value, Kind.OTHER, scope)
        elif kind == "case_clause":
            for child in node.named_children:
                if child.type == "case_pattern":
                    self.captures(child, scope)
        simple: Node | None = None
        for child in node.named_children:
            name = child.type
            if name in _BLOCKS or name.endswith(("_statement", "_definition")):
                simple = simple or child
                if name in _BLOCKS:
                    self.nested(child, scope, depth)
                else:
                    self.statement(child, scope, depth + 1)
        if kind == "try_statement":
            self.forget_stand_ins(node, scope)
        self.walrus(node, scope, until=simple)

    def forget_stand_ins(self, node: Node, scope: int) -> None:
        """Let a handler's definitions hide nothing that the body imports by that name and that all Pythons have."""
        body = node.child_by_field_name("body")
        handlers = [self.span(child) for child in node.named_children if child.type == "except_clause"]
        if body is None or not handlers:
            return
        start, end = self.span(body)
        for bindings in self.scopes[scope].names.values():
            if any(start <= each.at < end and _never_fails(each.target) for each in bindings):
                bindings[:] = [
                    each._replace(kind=Kind.OTHER)
                    if each.kind in _DEFINITIONS and any(low <= each.at < high for low, high in handlers)
                    else each
                    for each in bindings
                ]

    def nested(self, node: Node, scope: int, depth: int) -> None:
        if depth >= _DEEPEST:
            return
        if node.type == "block":
            self.block(node, scope, depth)
        else:
            self.compound(node, scope, depth + 1)

    def expression_statement(self, node: Node, scope: int) -> None:
        start, end = node.start_byte, node.end_byte
        if (
            not self.may_yield
            and self.data.find(b"=", start, end) < 0
            and self.data.find(b":", start, end) < 0
        ):
            return  # most are calls, which bind nothing
        for child in node.named_children:
            kind = child.type
            if kind == "assignment":
                self.assignment(child, scope)
            elif kind == "augmented_assignment":
                left = child.child_by_field_name("left")
                if left is not None and left.type == "identifier":
                    self.scopes[scope].bind(Binding(self.text(left), Kind.OTHER, left.start_byte - self.base))
            elif kind == "yield" and child.named_child_count:
                self.result(child.named_children[0], scope)
        self.walrus(node, scope)

    def assignment(self, node: Node, scope: int) -> None:
        lefts, value = assigned(node)
        for left in lefts:
            self.targets(left, value, Kind.ASSIGNMENT, scope)
        if value is not None and value.type == "yield" and value.named_child_count:
            self.result(value.named_children[0], scope)

    def targets(self, left: Node, value: Node | None, kind: Kind, scope: int) -> None:
        """Bind `left`, which may be a pattern, to `value`, element by element where both have the same form."""
        name = left.type
        if name == "identifier":
            span, alias = self.value(value)
            self.scopes[scope].bind(Binding(self.text(left), kind, left.start_byte - self.base, span, alias))
        elif name in {"attribute", "subscript"}:
            if path := path_of(left, self.data):
                self.scopes[scope].paths.append(PathBinding(path, *self.value(value)))
        elif name in _PATTERNS:
            targets = left.named_children
            values: list[Node] = []
            if kind is not Kind.LOOP and value is not None and value.type in _DISPLAYS:
                values = [each for each in value.named_children if each.type != "comment"]
            is_even = len(values) == len(targets) and not any(
                each.type in {"list_splat_pattern", "list_splat"} for each in (*targets, *values)
            )
            for index, target in enumerate(targets):
                self.targets(target, values[index] if is_even else None, kind, scope)
        elif name in {"list_splat_pattern", "parenthesized_expression", "list_splat"}:
            for child in left.named_children:
                self.targets(child, None, kind, scope)

    def value(self, node: Node | None) -> tuple[tuple[int, int] | None, Path]:
        if node is None:
            return None, ()
        alias = path_of(node, self.data) if node.type in {"identifier", "attribute"} else ()
        return self.span(node), alias

    def result(self, node: Node, scope: int) -> None:
        """What a function returns or yields."""
        self.scopes[scope].results.append(PathBinding((), *self.value(node)))

    def as_pattern(self, node: Node, kind: Kind, scope: int) -> None:
        if node.type != "as_pattern":
            return
        alias = node.child_by_field_name("alias")
        value = node.named_children[0] if node.named_child_count else None
        if alias is not None:
            for target in alias.named_children:
                self.targets(target, value, kind, scope)

    def captures(self, pattern: Node, scope: int) -> None:
        """Bind what a `case` pattern captures."""
        pending = [(pattern, False)]
        while pending:
            node, binds = pending.pop()
            if node.type == "dotted_name":
                if node.named_child_count == 1:
                    self.other(node, scope)
            elif node.type == "identifier":
                if binds:
                    self.other(node, scope)
            elif node.type == "class_pattern":
                pending.extend((each, False) for each in node.named_children if each.type != "dotted_name")
            elif node.type == "keyword_pattern":
                pending.extend((each, True) for each in node.named_children[1:])
            else:
                pending.extend((each, True) for each in node.named_children)

    def other(self, node: Node, scope: int) -> None:
        self.scopes[scope].bind(Binding(self.text(node), Kind.OTHER, node.start_byte - self.base))

    def walrus(self, node: Node, scope: int, until: Node | None = None) -> None:
        """Bind the names of `:=` inside of `node`, but not past the start of `until`."""
        if not self.has_walrus:
            return
        end = node.end_byte if until is None else until.start_byte
        if self.data.find(b":=", node.start_byte, end) < 0:
            return
        pending = [node]
        while pending:
            inner = pending.pop()
            if inner.start_byte >= end:
                continue
            if inner.type == "named_expression":
                name, value = inner.child_by_field_name("name"), inner.child_by_field_name("value")
                if name is not None:
                    self.targets(name, value, Kind.ASSIGNMENT, scope)
            pending.extend(reversed(inner.named_children))

    def type_alias(self, node: Node, scope: int) -> None:
        pending = node.child_by_field_name("left")
        if pending is not None and pending.named_child_count:
            target = pending.named_children[0]
            if target.type in {"attribute", "subscript"}:  # `type(m).x = …` is read as an alias
                right = node.child_by_field_name("right")
                value = right.named_children[0] if right is not None and right.named_child_count else None
                self.targets(target, value, Kind.ASSIGNMENT, scope)
                return
        while pending is not None and pending.type != "identifier":
            pending = pending.named_children[0] if pending.named_child_count else None
        if pending is not None:
            self.other(pending, scope)

    def imports(self, node: Node, scope: int) -> None:
        found, star = imported(node, self.data, self.base)
        for binding in found:
            self.scopes[scope].bind(binding)
        if star is not None:
            self.scopes[scope].stars.append(star)

    def function(self, node: Node, definition: Node, scope: int, depth: int) -> None:
        name = definition.child_by_field_name("name")
        body = definition.child_by_field_name("body")
        parameters = definition.child_by_field_name("parameters")
        inner = Scope(FUNCTION, self.text(name) if name is not None else "", scope, self.span(node))
        if name is not None:
            at = definition.start_byte - self.base
            self.scopes[scope].bind(Binding(inner.name, Kind.DEFINITION, at))
        inner.body = (body.start_byte if body is not None else definition.end_byte) - self.base
        # What is left of broken statements may stand between the colon and the body.
        debris = [each for each in definition.named_children if each.is_error] if definition.has_error else []
        if debris:
            colon = next((each for each in definition.children if each.type == ":"), None)
            inner.body = colon.end_byte - self.base if colon is not None else inner.body
        inner.is_async = self.data.startswith(b"async", definition.start_byte)
        inner.decorators = self.decorators(node)
        number = len(self.scopes)
        self.scopes.append(inner)
        inner.type_names = self.type_parameters(definition)
        if parameters is not None:
            inner.parameters = tuple(self.parameters(parameters, number))
            self.walrus(parameters, scope)
        for each in debris:
            self.compound(each, number, depth + 1)
        if body is not None:
            self.block(body, number, depth)

    def parameters(self, node: Node, scope: int) -> list[Parameter]:
        found: list[Parameter] = []
        is_positional = True
        for child in node.named_children:
            kind = child.type
            if kind == "keyword_separator":
                is_positional = False
                continue
            holder = child
            if kind == "typed_parameter":
                holder = child.named_children[0] if child.named_child_count else child
            name = holder if holder.type == "identifier" else holder.child_by_field_name("name")
            if name is None and holder.type in {"list_splat_pattern", "dictionary_splat_pattern"}:
                name = holder.named_children[0] if holder.named_child_count else None
                is_positional = False
            if name is None or name.type != "identifier":
                continue
            annotation = child.child_by_field_name("type")
            text = _squeeze(self.text(annotation)) if annotation is not None else ""
            found.append(Parameter(self.text(name), text, is_positional))
            span, alias = self.value(child.child_by_field_name("value"))
            at = name.start_byte - self.base
            self.scopes[scope].bind(Binding(self.text(name), Kind.PARAMETER, at, span, alias))
        return found

    def type_parameters(self, definition: Node) -> frozenset[str]:
        parameters = definition.child_by_field_name("type_parameters")
        # By text: the grammar does not know the defaults of PEP 696.
        return _listed_names(self.text(parameters)) if parameters is not None else frozenset()

    def nested_class(self, node: Node, definition: Node, scope: int, depth: int) -> None:
        inner = self.class_header(node, definition, scope)
        if inner.name:
            at = definition.start_byte - self.base
            self.scopes[scope].bind(Binding(inner.name, Kind.CLASS, at))
        number = len(self.scopes)
        self.scopes.append(inner)
        body = definition.child_by_field_name("body")
        if body is not None:
            self.block(body, number, depth)

    def class_header(self, node: Node, definition: Node, scope: int) -> Scope:
        name = definition.child_by_field_name("name")
        body = definition.child_by_field_name("body")
        inner = Scope(CLASS, self.text(name) if name is not None else "", scope, self.span(node))
        inner.body = (body.start_byte if body is not None else definition.end_byte) - self.base
        inner.decorators = self.decorators(node)
        inner.type_names = self.type_parameters(definition)
        superclasses = definition.child_by_field_name("superclasses")
        if superclasses is not None:
            inner.bases = tuple(
                path_of(child, self.data)
                for child in superclasses.named_children
                if child.type not in {"keyword_argument", "comment"}
            )
        return inner

    def decorators(self, node: Node) -> tuple[Decorator, ...]:
        if node.type != "decorated_definition":
            return ()
        found: list[Decorator] = []
        for child in node.named_children:
            if child.type != "decorator" or not child.named_child_count:
                continue
            expression = child.named_children[0]
            arguments = None
            callee = expression
            if expression.type == "call":
                inner, function = (
                    expression.child_by_field_name("arguments"),
                    expression.child_by_field_name("function"),
                )
                arguments = self.span(inner) if inner is not None else None
                callee = function if function is not None else expression
            found.append(Decorator(self.span(expression), path_of(callee, self.data), arguments))
        return tuple(found)


def _with_items(node: Node) -> list[Node]:
    found: list[Node] = []
    for clause in node.named_children:
        if clause.type == "with_clause":
            for item in clause.named_children:
                value = item.child_by_field_name("value")
                if value is not None:
                    found.append(value)
    return found


def _never_fails(target: Import | None) -> bool:
    """Whether every Python that is still about has what is imported: nearly all of `unittest.mock`."""
    if target is None or target.level:
        return False
    return (target.module == "unittest.mock" and target.name not in {None, "ThreadingMock"}) or (
        target.module == "unittest" and target.name == "mock"
    )


def _listed_names(text: str) -> frozenset[str]:
    """The names at the start of each item of a bracketed list: `[T: int, *Ts, **P]`."""
    depth = 0
    items = [""]
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 1:
            items.append("")
        else:
            items[-1] += character
    found = (re.match(r"[\s\[*]*([^\W\d]\w*)", item) for item in items)
    return frozenset(match.group(1) for match in found if match is not None)
