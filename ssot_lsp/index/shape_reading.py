"""Reads the shape of a file from its tree: who binds which name under which conditions, and the classes with their headers.

What a unit's memo holds of an earlier look is not read again: a keystroke costs the method that it falls into.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lsp.definition_reading import imported
from ssot_lsp.index.shape_functions import Functions, decorators
from ssot_lsp.index.shapes import ALWAYS, Base, Bound, ClassInfo, Function, Guard, Method, Shape, Try
from ssot_lsp.nodes import IMPORTS, assigned, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.definitions import Import, Path
    from ssot_lsp.facts import Container, Facts, Unit
    from ssot_lsp.source import Node

_DYNAMIC = re.compile(
    rb"(?<!\w)(?:globals|locals|vars|exec|eval)\s*\(|sys\s*\.\s*modules|(?<!\w)setattr\s*\("
    rb"|(?<!\w)__path__(?!\w)"  # a package of more folders than its own
)
_PATH = b"__path__"  # the only one of these that can be imported
_ONE_STRING = re.compile(rb"""[rRuU]?["']([^"'\\\n]*)["']""")
_DEFINITIONS = frozenset({"function_definition", "decorated_definition", "class_definition"})
_WITH_METACLASS = "with_metaclass"
_MOST_ALTERNATIVES = 4
_DEEPEST = 40


def shape_of(path: str, facts: Facts) -> Shape:
    """Read the shape of a file."""
    return _Reader(path, facts).read()


class _Scope:
    """The names of a module or a class body, while they are read."""

    def __init__(self) -> None:
        self.names: dict[str, list[Bound]] = {}
        self.methods: list[Method] = []

    def bind(self, name: str, bound: Bound) -> None:
        self.names.setdefault(name, []).append(bound)


class _Reader:
    def __init__(self, path: str, facts: Facts) -> None:
        self.path = path
        self.facts = facts
        self.data = facts.source.data
        self.classes: list[ClassInfo] = []
        self.numbers: dict[str, int] = {}
        self.stars: list[Bound] = []
        self.tries: dict[int, Try] = {}
        self.listed: set[str] = set()
        self.has_all = False
        self.is_all_known = True
        self.functions = Functions(self.data)

    def read(self) -> Shape:
        scope = _Scope()
        containers = {each.start: each for each in self.facts.classes}
        for unit in self.facts.module.units:
            container = containers.get(unit.start)
            if container is not None:
                self._class(unit.node, scope, "", ALWAYS, container)
            else:
                self._statement(unit.node, scope, "", ALWAYS, unit)
        names = {name: tuple(found) for name, found in scope.names.items()}
        is_dynamic = "__getattr__" in names or self._is_dynamic()
        return Shape(
            self.path,
            tuple(self.classes),
            names,
            tuple(self.stars),
            self.tries,
            frozenset(self.listed) if self.has_all and self.is_all_known else None,
            self.has_all,
            is_dynamic,
            self.facts.source.root.has_error,
            tuple(name for _, name in sorted((each.at, name) for name in names for each in names[name])),
        )

    def _is_dynamic(self) -> bool:
        """Whether a statement of the module itself makes names: `globals()[…] = …` and the like."""
        # Unit by unit, which remember the answer: a keystroke costs no look over the whole text.
        return b"globals()" in self.data or any(
            unit.matches(_DYNAMIC) if unit.node.type not in IMPORTS else unit.holds(_PATH)
            for unit in self.facts.module.units
            if unit.node.type not in _DEFINITIONS
        )

    def _text(self, node: Node) -> str:
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "surrogatepass")

    def _statement(
        self, node: Node, scope: _Scope, owner: str, guards: tuple[Guard, ...], unit: Unit | None = None
    ) -> None:
        kind = node.type
        if len(guards) > _DEEPEST:
            return
        if kind in {"function_definition", "decorated_definition"}:
            definition = node
            if kind == "decorated_definition":
                definition = node.child_by_field_name("definition") or node
            if definition.type == "class_definition":
                self._class(node, scope, owner, guards)
            elif definition.type == "function_definition":
                if owner:
                    self._method(node, definition, scope, guards, unit)
                elif (name := definition.child_by_field_name("name")) is not None:
                    scope.bind(self._text(name), Bound(node.start_byte, "function", guards))
        elif kind == "class_definition":
            self._class(node, scope, owner, guards)
        elif kind in IMPORTS:
            if unit is not None and b"*" not in self.data[node.start_byte : node.end_byte]:
                for each in unit.memo.outline:
                    at = unit.start + each.at
                    scope.bind(each.name, Bound(at, "import", guards, each.target))
                return
            found, star = imported(node, self.data, 0)
            for each in found:
                scope.bind(each.name, Bound(each.at, "import", guards, each.target))
            if star is not None and not owner:
                self.stars.append(Bound(node.start_byte, "import", guards, star))
        elif kind == "expression_statement":
            self._expression(node, scope, owner, guards)
        elif kind == "if_statement":
            self._if(node, scope, owner, guards)
        elif kind == "try_statement":
            self._try(node, scope, owner, guards)
        elif kind in {"with_statement", "for_statement", "while_statement", "match_statement", "ERROR"}:
            inner = (*guards, Guard(node.start_byte, "maybe", 0, 0))
            is_sure = kind == "with_statement" and b"suppress" not in self._header(node)
            self._blocks(node, scope, owner, guards if is_sure else inner)
            self._targets_of(node, scope, inner)
        elif kind == "delete_statement":
            for child in node.named_children:
                for gone in (child, *child.named_children):
                    if gone.type == "identifier":
                        scope.bind(self._text(gone), Bound(node.start_byte, "deleted", guards))
        elif kind == "type_alias_statement":
            left = node.child_by_field_name("left")
            if left is not None:
                alias = self._text(left).partition("[")[0].strip()
                scope.bind(alias, Bound(node.start_byte, "other", guards))

    def _header(self, node: Node) -> bytes:
        body = node.child_by_field_name("body")
        return self.data[node.start_byte : body.start_byte if body is not None else node.end_byte]

    def _blocks(self, node: Node, scope: _Scope, owner: str, guards: tuple[Guard, ...]) -> None:
        """The statements inside of a compound statement, one level down through its clauses."""
        for child in node.named_children:
            if child.type == "block" or child.type.endswith("_clause"):
                self._blocks(child, scope, owner, guards)
            elif child.type.endswith(("_statement", "_definition")):
                self._statement(child, scope, owner, guards)

    def _targets_of(self, node: Node, scope: _Scope, guards: tuple[Guard, ...]) -> None:
        if node.type == "for_statement":
            left = node.child_by_field_name("left")
            for each in [left, *left.named_children] if left is not None else []:
                if each.type == "identifier":
                    scope.bind(self._text(each), Bound(node.start_byte, "other", guards))
        elif node.type == "with_statement":
            for each in _descend(node, "as_pattern_target", 6):
                for name in each.named_children:
                    if name.type == "identifier":
                        scope.bind(self._text(name), Bound(node.start_byte, "other", guards))

    def _if(self, node: Node, scope: _Scope, owner: str, guards: tuple[Guard, ...]) -> None:
        clauses = node.children_by_field_name("alternative")
        has_else = any(child.type == "else_clause" for child in clauses)
        count = 1 + len(clauses) if has_else else 0
        condition = node.child_by_field_name("condition")
        text = self._text(condition) if condition is not None else ""
        is_typing = text in {"TYPE_CHECKING", "typing.TYPE_CHECKING", "False", "0"}
        body = node.child_by_field_name("consequence")
        kind = "never" if is_typing else "if"
        if body is not None:
            self._blocks(body, scope, owner, (*guards, Guard(node.start_byte, kind, 0, count)))
        for number, child in enumerate(clauses, 1):
            if is_typing and child.type == "else_clause" and len(clauses) == 1:
                self._blocks(child, scope, owner, guards)
            else:
                self._blocks(child, scope, owner, (*guards, Guard(node.start_byte, "if", number, count)))

    def _try(self, node: Node, scope: _Scope, owner: str, guards: tuple[Guard, ...]) -> None:
        handlers = [child for child in node.named_children if child.type.startswith("except")]
        start = node.start_byte
        count = 1 + len(handlers)
        imports: list[Import] = []
        is_plain = True
        gives_up: set[int] = set()
        body = node.child_by_field_name("body")
        for child in body.named_children if body is not None else ():
            if child.type in IMPORTS:
                found, star = imported(child, self.data, 0)
                imports += [each.target for each in found if each.target is not None]
                imports += [star] if star is not None else []
            elif child.type not in {"comment", "pass_statement", "class_definition", "function_definition"}:
                is_plain = is_plain and self._is_harmless(child)
        for number, handler in enumerate(handlers, 1):
            if any(
                each.type == "raise_statement" or self._text(each).startswith(("pytest.skip(", "sys.exit("))
                for block in handler.named_children
                if block.type == "block"
                for each in block.named_children
            ):
                gives_up.add(number)
        self.tries[start] = Try(tuple(imports), is_plain, frozenset(gives_up))
        number = 0
        for child in node.named_children:
            if child.type.startswith("except"):
                number += 1
                self._blocks(child, scope, owner, (*guards, Guard(start, "try", number, count)))
            elif child.type == "finally_clause":
                self._blocks(child, scope, owner, guards)
            elif child.type in {"block", "else_clause"}:
                self._blocks(child, scope, owner, (*guards, Guard(start, "try", 0, count)))

    def _is_harmless(self, node: Node) -> bool:
        """Whether a statement cannot fail, or only where the imports before it did: `x = True`, `Base = module.Base`."""
        return node.type == "expression_statement" and b"(" not in self.data[node.start_byte : node.end_byte]

    def _expression(self, node: Node, scope: _Scope, owner: str, guards: tuple[Guard, ...]) -> None:
        for child in node.named_children:
            if child.type == "assignment":
                lefts, value = assigned(child)
                for left in lefts:
                    self._assign(left, value, node, scope, guards)
                    if not owner and left.type == "identifier" and self._text(left) == "__all__":
                        self._all(value, is_more=False)
            elif child.type == "augmented_assignment":
                target = child.child_by_field_name("left")
                name = self._text(target) if target is not None else ""
                if name == "__all__" and not owner:
                    self._all(child.child_by_field_name("right"), is_more=True)
                elif name.isidentifier():
                    scope.bind(name, Bound(node.start_byte, "other", guards))
            elif child.type == "call" and not owner:
                function = child.child_by_field_name("function")
                if function is not None and self._text(function).startswith("__all__."):
                    self.is_all_known = False

    def _assign(
        self, left: Node, value: Node | None, node: Node, scope: _Scope, guards: tuple[Guard, ...]
    ) -> None:
        if left.type == "identifier":
            if value is None and node.named_child_count:  # `x: int` binds nothing
                return
            if value is not None and value.type in {"true", "false"}:
                scope.bind(self._text(left), Bound(node.start_byte, value.type, guards))
                return
            aliases = tuple(self._aliases(value)) if value is not None else ()
            what = "alias" if aliases and len(aliases) <= _MOST_ALTERNATIVES and all(aliases) else "other"
            scope.bind(
                self._text(left),
                Bound(node.start_byte, what, guards, aliases=aliases if what == "alias" else ()),
            )
            return
        if left.type in {"pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern"}:
            for each in left.named_children:
                if each.type == "identifier":
                    scope.bind(self._text(each), Bound(node.start_byte, "other", guards))
                else:
                    self._assign(each, value, node, scope, guards)
        elif left.type in {"attribute", "subscript"}:  # `Base.run = …`: who writes into a class changes it
            path = path_of(left, self.data)
            if path:
                scope.bind(path[0] + ".*", Bound(node.start_byte, "other", guards))

    def _aliases(self, value: Node) -> Iterator[Path]:
        """The attribute paths that an expression may be; an empty one for anything else."""
        pending: list[Node | None] = [value]
        while pending:  # brackets may be nested without end
            node = pending.pop()
            kind = node.type if node is not None else ""
            if node is None:
                yield ()
            elif kind in {"identifier", "attribute"}:
                path = path_of(node, self.data)
                yield () if "()" in path or "[]" in path else path
            elif kind == "parenthesized_expression" and node.named_child_count == 1:
                pending.append(node.named_children[0])
            elif kind == "conditional_expression" and node.named_child_count == 3:
                pending += (node.named_children[2], node.named_children[0])
            elif kind == "subscript":  # `Base = Generic[T]`
                pending.append(node.child_by_field_name("value"))
            else:
                yield ()

    def _all(self, value: Node | None, *, is_more: bool) -> None:
        self.has_all = True
        if not is_more:
            self.listed.clear()
            self.is_all_known = True
        if value is None or value.type not in {"list", "tuple"}:
            self.is_all_known = False
            return
        for each in value.named_children:
            match = _ONE_STRING.fullmatch(self.data, each.start_byte, each.end_byte)
            if match is not None:
                self.listed.add(match.group(1).decode("utf-8", "surrogatepass"))
            elif each.type != "comment":
                self.is_all_known = False

    def _method(
        self, node: Node, definition: Node, scope: _Scope, guards: tuple[Guard, ...], unit: Unit | None
    ) -> None:
        function = self.functions.read(node, definition)
        if unit is not None:
            unit.memo.function = function
        self._bind_method(node, function, scope, guards)

    def _bind_method(self, node: Node, function: Function, scope: _Scope, guards: tuple[Guard, ...]) -> None:
        scope.bind(function.name, Bound(node.start_byte, "function", guards))
        scope.methods.append(Method(node.start_byte, node.end_byte, function, guards))

    def _class(
        self,
        node: Node,
        scope: _Scope,
        owner: str,
        guards: tuple[Guard, ...],
        container: Container | None = None,
    ) -> None:
        definition = node
        if node.type == "decorated_definition":
            definition = node.child_by_field_name("definition") or node
        name = definition.child_by_field_name("name")
        body = definition.child_by_field_name("body")
        if name is None:
            return
        short = self._text(name)
        whole = f"{owner}.{short}" if owner else short
        number = self.numbers.get(whole, 0)
        self.numbers[whole] = number + 1
        inner = _Scope()
        index = len(self.classes)
        if container is not None:
            for unit in container.units:
                member = unit.node
                if isinstance(unit.memo.function, Function):
                    self._bind_method(member, unit.memo.function, inner, ALWAYS)
                elif member.type == "function_definition":
                    self._method(member, member, inner, ALWAYS, unit)
                else:
                    self._statement(member, inner, whole, ALWAYS, unit)
        elif body is not None and whole.count(".") < _DEEPEST:
            for child in body.named_children:
                self._statement(child, inner, whole, ALWAYS)
        bases, keywords = self._superclasses(definition)
        if definition.child_by_field_name("type_parameters") is not None:
            keywords = (*keywords, ("[]", ()))
        end = body.start_byte if body is not None else definition.end_byte
        info = ClassInfo(
            self.path,
            whole,
            number,
            node.start_byte,
            node.end_byte,
            (name.start_byte, name.end_byte),
            end,
            bases,
            keywords,
            tuple(decorators(node, self.data)),
            tuple((each.function, _branches(each.guards)) for each in inner.methods),
            {each: tuple(found) for each, found in inner.names.items()},
            tuple(inner.methods),
            bool(guards),
            any(each.kind == "try" and each.branch for each in guards),
            _has_error_before(definition, end),
        )
        self.classes.insert(index, info)
        scope.bind(short, Bound(node.start_byte, "class", guards, info=info))

    def _superclasses(self, definition: Node) -> tuple[tuple[Base, ...], tuple[tuple[str, Path], ...]]:
        bases: list[Base] = []
        keywords: list[tuple[str, Path]] = []
        arguments = definition.child_by_field_name("superclasses")
        for child in arguments.named_children if arguments is not None else ():
            if child.type == "keyword_argument":
                name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
                path = path_of(value, self.data) if value is not None else ()
                keywords.append((self._text(name) if name is not None else "", path))
            elif child.type == "dictionary_splat":
                keywords.append(("**", ()))
            elif child.type != "comment":
                bases += self._base(child, keywords)
        return tuple(bases), tuple(keywords)

    def _base(self, node: Node, keywords: list[tuple[str, Path]]) -> Iterator[Base]:
        span = node.start_byte, node.end_byte
        text = self._text(node)
        if node.type == "call":
            function = node.child_by_field_name("function")
            arguments = node.child_by_field_name("arguments")
            path = path_of(function, self.data) if function is not None else ()
            if path[-1:] == (_WITH_METACLASS,) and arguments is not None and arguments.named_child_count:
                metaclass, *rest = arguments.named_children
                keywords.append(("metaclass", path_of(metaclass, self.data)))
                for each in rest:
                    yield from self._base(each, keywords)
                return
        is_subscripted = node.type == "subscript"
        if is_subscripted:
            node = node.child_by_field_name("value") or node
        path = path_of(node, self.data)
        yield Base(() if "()" in path or "[]" in path else path, text, span, is_subscripted)


def _branches(guards: tuple[Guard, ...]) -> tuple[tuple[str, int], ...]:
    return tuple((each.kind, each.branch) for each in guards) if guards else ()


def _has_error_before(definition: Node, end: int) -> bool:
    """Whether the header of a class is broken."""
    return definition.has_error and any(
        child.is_missing or child.is_error or child.has_error
        for child in definition.children
        if child.start_byte < end
    )


def _descend(node: Node, kind: str, depth: int) -> Iterator[Node]:
    for child in node.named_children:
        if child.type == kind:
            yield child
        elif depth and child.type != "block":
            yield from _descend(child, kind, depth - 1)
