"""What a file defines, as plain data without a tree: the classes, their headers and methods, and who binds which name.

A *shape* leaves the bodies of functions out but for a few words, so that an edit in a body leaves it equal: places
take no part in comparison. It is what the class index works on, small enough to be kept for every file that others
derive from. Numbers are bytes of `Source.data`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.definitions import IMPORTS, assigned, imported, own_nodes, path_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ssot_lsp.definitions import Import, Path
    from ssot_lsp.facts import Container, Facts, Unit
    from ssot_lsp.source import Node

HOOKS = frozenset(
    {
        *("setUp", "tearDown", "setUpClass", "tearDownClass", "asyncSetUp", "asyncTearDown"),
        *("setup_method", "teardown_method", "setup_class", "teardown_class"),
        *("async_setup_method", "async_teardown_method", "async_setup", "async_teardown"),
        *("setup", "teardown", "setUpTestData", "asyncSetUpClass", "asyncTearDownClass"),
    }
)
"""The methods that runners and bases call before and after a test, by the names that they go by."""

_HOOK = re.compile(rb"(?<!\w)(?:" + b"|".join(sorted(map(str.encode, HOOKS))) + rb")(?!\w)")
_OWN_SUPER = re.compile(rb"super\([^()\n]*\)\s*\.\s*(\w+)")
_CALLS_OTHERS = re.compile(rb"(?<!\w)(?:getattr|methodcaller)\s*\(")
_DYNAMIC = re.compile(
    rb"(?<!\w)(?:globals|locals|vars|exec|eval)\s*\(|sys\s*\.\s*modules|(?<!\w)setattr\s*\("
    rb"|(?<!\w)__path__(?!\w)"  # a package of more folders than its own
)
_CALLING_WORDS = (b"getattr", b"methodcaller")
_HOOK_WORDS = (b"etUp", b"earDown", b"setup", b"teardown")
_ONE_STRING = re.compile(rb"""[rRuU]?["']([^"'\\\n]*)["']""")
_DEFINITIONS = frozenset({"function_definition", "decorated_definition", "class_definition"})
_WITH_METACLASS = "with_metaclass"
_MOST_ALTERNATIVES = 4
_DEEPEST = 40

ALWAYS: tuple[Guard, ...] = ()


class Guard(NamedTuple):
    """A block that may not run: of which statement, and which of its branches.

    `statement` is the byte where it starts, `branches` how many there are, 0 where none of them may run.
    """

    statement: int
    kind: str  # "if", "try", "type-checking", "maybe"
    branch: int
    branches: int


class Try(NamedTuple):
    """What decides whether the body of a `try` runs to its end: `imports` of it; `is_plain` when nothing else does."""

    imports: tuple[Import, ...]
    is_plain: bool
    gives_up: frozenset[int]
    """The branches that never get past the statement: they raise, or skip the module."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A name, bound: by an import, to one of several paths, or to a class; none of these is anything else."""

    at: int = field(compare=False)
    what: str  # "import", "alias", "class", "function", "true", "false", "other", "deleted"
    guards: tuple[Guard, ...] = field(compare=False, default=())
    target: Import | None = None
    aliases: tuple[Path, ...] = ()
    info: ClassInfo | None = None

    @property
    def branches(self) -> tuple[tuple[str, int], ...]:
        """Under which conditions it stands, without places."""
        return tuple((each.kind, each.branch) for each in self.guards)


@dataclass(frozen=True, slots=True)
class Base:
    """One entry of a class header: the attribute path that it is, without subscripts; empty for other expressions."""

    path: Path
    text: str
    span: tuple[int, int] = field(compare=False)
    is_subscripted: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function by what it says, wherever it stands. `name_at` is relative to the start of its statement."""

    name: str
    name_at: tuple[int, int] = field(compare=False)
    is_async: bool
    is_generator: bool
    decorators: tuple[Path, ...]
    mentions: frozenset[str]
    """The hooks that its body speaks of, but for `super().hook` in the hook itself."""
    supers: frozenset[str]
    """The hooks that it calls of `super()`."""
    is_trivial: bool
    """Whether it is a hook that does nothing: a docstring, `pass`, `...`, a call of `super()`."""
    is_dynamic: bool
    """Whether it calls what is named by a string."""
    parameters: tuple[str, ...] = ()
    """Of a hook: its parameters as they are written."""


class Method(NamedTuple):
    """A function of a class: `start` is the first byte of its statement, decorators included."""

    start: int
    end: int
    function: Function
    guards: tuple[Guard, ...] = ALWAYS

    @property
    def name(self) -> str:
        """Its name."""
        return self.function.name

    @property
    def name_span(self) -> tuple[int, int]:
        """The bytes of its name."""
        low, high = self.function.name_at
        return self.start + low, self.start + high


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """A class by its text. `name` is the qualified name, `number` tells definitions of one name in a file apart."""

    path: str
    name: str
    number: int
    start: int = field(compare=False)
    end: int = field(compare=False)
    name_span: tuple[int, int] = field(compare=False)
    body: int = field(compare=False)
    bases: tuple[Base, ...]
    keywords: tuple[tuple[str, Path], ...]
    decorators: tuple[Path, ...]
    methods: tuple[tuple[Function, tuple[tuple[str, int], ...]], ...]
    names: Mapping[str, tuple[Bound, ...]] = field(hash=False)
    places: tuple[Method, ...] = field(compare=False)
    is_guarded: bool = field(compare=False)
    is_fallback: bool
    """Whether it stands below `except`: what somebody makes do with."""
    has_error: bool

    @property
    def key(self) -> ClassKey:
        """What it goes by."""
        return ClassKey(self.path, self.name, self.number)

    @property
    def short_name(self) -> str:
        """Its name without those of the classes around it."""
        return self.name.rpartition(".")[2]

    def method(self, name: str) -> Method | None:
        """The method of that name that counts: the last one."""
        return next((each for each in reversed(self.places) if each.function.name == name), None)

    def defines(self, name: str) -> bool:
        """Whether its body binds `name`, in whatever way."""
        return name in self.names


class ClassKey(NamedTuple):
    """A class, wherever it stands by now. Without a path, `name` is the dotted name of one outside of all sources."""

    path: str
    name: str
    number: int = 0

    @property
    def short_name(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Shape:
    """A file. `exports` is what `__all__` lists, None where there is none or it is put together somehow."""

    path: str
    classes: tuple[ClassInfo, ...]
    names: Mapping[str, tuple[Bound, ...]]
    stars: tuple[Bound, ...]
    tries: Mapping[int, Try]
    exports: frozenset[str] | None
    has_all: bool
    is_dynamic: bool
    """Whether names may come to be in other ways than by being written down."""
    has_error: bool
    sequence: tuple[str, ...]
    """The names in the order in which the module binds them."""
    lost: tuple[ClassInfo, ...] = ()
    """Classes that an error swallows, as they were before."""

    def info(self, key: ClassKey) -> ClassInfo | None:
        """The class of that key."""
        for each in (*self.classes, *self.lost):
            if each.name == key.name and each.number == key.number:
                return each
        return None

    def token(self, name: str) -> object:
        """What has to be equal for `name` to mean the same here; places take no part."""
        found = self.names.get(name)
        if found is not None:
            tries = {
                guard.statement: self.tries.get(guard.statement) for each in found for guard in each.guards
            }
            order = self.sequence if len(found) > 1 else ()
            return found, tuple(each.branches for each in found), tuple(tries.values()), order
        return self.stars, self.exports, self.is_dynamic, self.has_error

    def exports_name(self, name: str) -> bool:
        """Whether `import *` brings `name` along."""
        return name in self.exports if self.exports is not None else not name.startswith("_")


def shape_of(path: str, facts: Facts) -> Shape:
    """Read the shape of a file."""
    return _Reader(path, facts).read()


def merged(shape: Shape, good: Shape) -> Shape:
    """The shape of a broken text, with what the same file said when it was last whole.

    Names that are bound nowhere now mean what they did, and so do classes of which the header is being typed.
    """
    mended: list[ClassInfo] = []
    for info in shape.classes:
        before = good.info(info.key) if info.has_error else None
        if before is not None:
            info = replace(  # noqa: PLW2901 - the same class, mended
                info,
                bases=before.bases,
                keywords=before.keywords,
                decorators=before.decorators,
                has_error=False,
            )
        mended.append(info)
    present = {info.key for info in mended}
    lost = tuple(info for info in (*good.classes, *good.lost) if info.key not in present)
    names = {name: found for name, found in good.names.items() if name not in shape.names}
    infos = {info.key: info for info in mended}
    kept = {
        name: tuple(
            replace(each, info=infos[each.info.key])
            if each.info is not None and each.info.key in infos
            else each
            for each in found
        )
        for name, found in shape.names.items()
    }
    # What is lost may count anywhere in the file.
    names = {name: tuple(replace(each, at=-1) for each in found) for name, found in names.items()}
    return replace(
        shape,
        classes=tuple(mended),
        lost=lost,
        names={**kept, **names},
        stars=shape.stars or good.stars,
        tries={**good.tries, **shape.tries},
    )


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
        # The words by which a function can be more than its name; of most files none at all stands in any.
        self.hook_words = tuple(word for word in _HOOK_WORDS if word in self.data)
        self.calling_words = tuple(word for word in _CALLING_WORDS if word in self.data)
        self.may_yield = b"yield" in self.data

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
            unit.node.type not in _DEFINITIONS and unit.matches(_DYNAMIC) for unit in self.facts.module.units
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
        function = self._read_function(node, definition)
        if unit is not None:
            unit.memo.function = function
        self._bind_method(node, function, scope, guards)

    def _bind_method(self, node: Node, function: Function, scope: _Scope, guards: tuple[Guard, ...]) -> None:
        scope.bind(function.name, Bound(node.start_byte, "function", guards))
        scope.methods.append(Method(node.start_byte, node.end_byte, function, guards))

    def _read_function(self, node: Node, definition: Node) -> Function:
        name = definition.child_by_field_name("name")
        body = definition.child_by_field_name("body")
        start = body.start_byte if body is not None else definition.end_byte
        data = self.data
        low, high = (name.start_byte, name.end_byte) if name is not None else (node.start_byte,) * 2
        text = self._text(name) if name is not None else ""
        end = node.end_byte
        supers: set[str] = set()
        mentions: set[str] = set()
        # Most functions hold no such word, which is found out much faster than by the patterns.
        if _is_in(self.hook_words, data, start, end):
            supers.update(self._supers(start, end))
            mentions.update(self._mentions(text, start, end))
        is_generator = (
            self.may_yield
            and data.find(b"yield", start, end) >= 0
            and any(each.type == "yield" for each in own_nodes(definition))
        )
        return Function(
            text,
            (low - node.start_byte, high - node.start_byte),
            data.startswith(b"async", definition.start_byte),
            is_generator,
            tuple(self._decorators(node)),
            frozenset(mentions),
            frozenset(supers),
            text in HOOKS and self._is_trivial(body),
            _is_in(self.calling_words, data, start, end)
            and _CALLS_OTHERS.search(data, start, end) is not None,
            self._parameters(definition) if text in HOOKS else (),
        )

    def _supers(self, start: int, end: int) -> Iterator[str]:
        data = self.data
        for match in _OWN_SUPER.finditer(data, start, end):
            word = match.group(1).decode("utf-8", "surrogatepass")
            if word in HOOKS and b"#" not in data[data.rfind(b"\n", 0, match.start()) + 1 : match.start()]:
                yield word

    def _mentions(self, name: str, start: int, end: int) -> Iterator[str]:
        data = self.data
        for match in _HOOK.finditer(data, start, end):
            word = match.group().decode()
            line = data[data.rfind(b"\n", 0, match.start()) + 1 : match.start()]
            is_own_super = word == name and (b"super(" in line or line.rstrip().endswith(b"."))
            if not is_own_super or b"self." in line:
                yield word

    def _parameters(self, definition: Node) -> tuple[str, ...]:
        parameters = definition.child_by_field_name("parameters")
        children = parameters.named_children if parameters is not None else []
        return tuple(self._text(each) for each in children if each.type != "comment")

    def _is_trivial(self, body: Node | None) -> bool:
        if body is None or body.named_child_count > 3:
            return False
        for child in body.named_children:
            if child.type in {"comment", "pass_statement"}:
                continue
            inner = child.named_children[0] if child.named_child_count else None
            if child.type == "expression_statement" and inner is not None:
                if inner.type in {"string", "ellipsis"}:
                    continue
                text = self._text(inner)
                if text.startswith(("super(", "await super(")) and inner.type in {"call", "await"}:
                    continue
            return False
        return True

    def _decorators(self, node: Node) -> Iterator[Path]:
        """The paths of decorators, a call's being that of its callee; empty for other expressions."""
        if node.type != "decorated_definition":
            return
        for child in node.named_children:
            if child.type == "decorator" and child.named_child_count:
                expression = child.named_children[0]
                if expression.type == "call":
                    expression = expression.child_by_field_name("function") or expression
                path = path_of(expression, self.data)
                yield () if "()" in path or "[]" in path else path

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
                if isinstance(unit.memo.function, Function):
                    self._bind_method(unit.node, unit.memo.function, inner, ALWAYS)
                else:
                    self._statement(unit.node, inner, whole, ALWAYS, unit)
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
            tuple(self._decorators(node)),
            tuple((each.function, tuple((g.kind, g.branch) for g in each.guards)) for each in inner.methods),
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


def _is_in(words: Iterable[bytes], data: bytes, start: int, end: int) -> bool:
    """Whether one of `words` stands between two bytes."""
    return any(data.find(word, start, end) >= 0 for word in words) if words else False


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
