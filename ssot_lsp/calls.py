"""Calls of given names inside of one unit, each with what happens to its result.

Found by looking for the names in the bytes and asking the tree what they are: that costs a fraction of a walk over all
expressions. Like everything that is memoised by unit, all numbers are bytes relative to the unit's start.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.nodes import names_bound, path_of
from ssot_lsp.source import nodes_around
from ssot_lsp.words import ENDS_HERE, WORD_BYTES, any_of, encoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.definitions import Path
    from ssot_lsp.source import Node

# In broken code: a name or path with an open bracket behind it, what makes that a definition, what it is assigned to.
_OPEN_CALL = re.compile(rb"([^\W\d]\w*(?:[ \t]*\.[ \t]*\w+)*)[ \t]*\(")
_DEFINITION = re.compile(rb"\b(?:def|class)[ \t]+\Z")
_TARGET = re.compile(rb"(?:^|[;\t ])([^\W\d]\w*(?:\.\w+)*)[ \t]*(?::[^=\n]*)?=[ \t]*(?:await[ \t]+)?\Z")
# Before a name, what makes it a part of a longer one, or an attribute.
_CONTINUED = WORD_BYTES | {b"."}
_TEXT = frozenset({"comment", "string", "string_content", "string_start", "string_end"})

_TRANSPARENT = frozenset({"parenthesized_expression", "await", "boolean_operator", "expression_list"})
_DISPLAYS = frozenset(
    {"list", "tuple", "set", "dictionary", "pair", "expression_list", "list_splat", "dictionary_splat"}
)
_COMPREHENSIONS = frozenset(
    {"list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"}
)
_PATTERNS = frozenset({"pattern_list", "tuple_pattern", "list_pattern"})
_SEQUENCES = frozenset({"expression_list", "tuple", "list"})
_ENDS = frozenset({"block", "module", "with_item", "as_pattern"})
# Calls that yield their argument itself, or the double of the patcher that it is.
_HANDED_ON = frozenset(
    {"cast", "enter_context", "enter_async_context", "enterContext", "enterClassContext", "enterAsyncContext"}
)


class Argument(NamedTuple):
    """One argument of a call: its keyword, empty for positional ones, `*` or `**` for unpacking."""

    keyword: str
    span: tuple[int, int]


class Enclosing(NamedTuple):
    """A call that a call is an argument of, at any depth but not through a lambda: what it calls, and where."""

    path: Path
    span: tuple[int, int]


class Call(NamedTuple):
    """A call of a name.

    `path` is what is called (`("mock", "patch", "object")`), `callee` its bytes, `span` those of the whole call.
    `results` are expressions with the same value, the widest last: past parentheses, `.start()`, `enter_context(…)`.
    `targets` are the attribute paths that the result is assigned to, alone or inside of a display (`in_display`).
    `decorates` is the start of the decorated definition, -1 where the call is no decorator.
    `hidden` are the names that comprehensions around the call bind themselves, `lambda_names` those of lambdas.
    """

    path: Path
    callee: tuple[int, int]
    span: tuple[int, int]
    results: tuple[tuple[int, int], ...]
    arguments: tuple[Argument, ...]
    targets: tuple[Path, ...]
    in_display: bool
    enclosing: tuple[Enclosing, ...]
    decorates: int
    hidden: frozenset[str]
    lambda_names: frozenset[str]

    @property
    def head(self) -> str:
        """The name that the path starts with."""
        return self.path[0]


def calls_in(node: Node, data: bytes, names: frozenset[str], end: int) -> tuple[Call, ...]:
    """All calls inside the unit `node`, up to the byte `end`, whose path starts with one of `names`, in order.

    A name is an identifier, or two with a dot between.
    """
    if not names:
        return ()
    found: list[Call] = []
    open_calls: list[Call] = []
    heads = heads_of(names)
    for match in mentions(data, node.start_byte, end, heads):
        head, attribute = match.groups()
        word = head.decode("utf-8", "surrogatepass")
        # Where only dotted names are asked for, the attribute decides, which spares most look-ups.
        if word not in names and (attribute is None or f"{word}.{attribute.decode()}" not in names):
            continue
        call = _call_at(node, data, match.start(), match.end(1))
        if call is None and node.has_error:
            call = _half_typed(node, data, match.start(), open_calls)
            if call is not None:
                open_calls.append(call)
        if call is not None:
            found.append(call)
    return tuple(found)


def call_in(chain: list[Node], level: int, data: bytes, base: int) -> Call | None:
    """The call that `chain[level]` is, of an attribute path; `chain` leads there from the unit that starts at `base`."""
    callee = chain[level].child_by_field_name("function")
    path = path_of(callee, data) if callee is not None else ()
    return _Climb(chain, level, data, base).call(callee, path) if callee is not None and path else None


def mentions(data: bytes, start: int, end: int, heads: frozenset[str]) -> Iterator[re.Match[bytes]]:
    """Where one of the names `heads` stands between two bytes, and not as an attribute of something.

    The groups are the name and the attribute that is taken of it, if any.
    """
    match_at, behind = _pattern(heads).match, start
    for at in _places(data, start, end, heads):
        match = match_at(data, at, end) if at >= behind else None
        if match is not None:
            behind = match.end()
            # Asked afterwards: a pattern that starts with a look behind is several times slower.
            if data[at - 1 : at] not in _CONTINUED:
                yield match


def _places(data: bytes, start: int, end: int, heads: frozenset[str]) -> list[int]:
    """Where the bytes of one of `heads` stand: by one search for each, which is faster than a pattern for them all."""
    found: list[int] = []
    for head in heads:
        word = encoded(head)
        at = data.find(word, start, end)
        while at >= 0:
            found.append(at)
            at = data.find(word, at + 1, end)
    found.sort()
    return found


@lru_cache(maxsize=256)
def heads_of(names: frozenset[str]) -> frozenset[str]:
    """What dotted names start with."""
    return frozenset(name.partition(".")[0] for name in names)


@lru_cache(maxsize=256)
def _pattern(heads: frozenset[str]) -> re.Pattern[bytes]:
    return re.compile(rb"(" + any_of(heads) + rb")" + ENDS_HERE + rb"(?:\s*\.\s*(\w+))?")


def _call_at(unit: Node, data: bytes, start: int, end: int) -> Call | None:
    """The call whose callee starts with the identifier at these bytes."""
    if not _may_be_called(data, end):
        return None
    chain = nodes_around(unit, start)
    level = len(chain) - 1
    if chain[level].type != "identifier" or chain[level].start_byte != start or chain[level].end_byte != end:
        return None
    # From the identifier out to the whole callee: `mock` -> `mock.patch` -> `mock.patch.object`.
    while level > 0 and _is_part_of_callee(chain[level], chain[level - 1]):
        level -= 1
    callee = chain[level]
    if level == 0 or chain[level - 1].type != "call" or chain[level - 1].start_byte != callee.start_byte:
        return None
    if callee.type == "list_splat":  # `x[*f()]` is read as a call of `*f`
        callee = callee.named_children[0]
    path = path_of(callee, data)
    if not path:
        return None
    return _Climb(chain, level - 1, data, unit.start_byte).call(callee, path)


def _is_part_of_callee(node: Node, outer: Node) -> bool:
    kind = outer.type
    if kind == "attribute":
        return outer.start_byte == node.start_byte
    return kind in {"parenthesized_expression", "list_splat"}


def _half_typed(unit: Node, data: bytes, start: int, before: list[Call]) -> Call | None:
    """A call whose statement is broken, so that the tree has none: `x = Mock(` while people type."""
    match = _OPEN_CALL.match(data, start)
    if match is None or _DEFINITION.search(data, max(unit.start_byte, start - 40), start):
        return None
    chain = nodes_around(unit, start)
    if not any(node.has_error for node in chain[-3:]):
        return None
    last = chain[-1]
    # Behind `f"{a` the grammar takes the next lines for a format; nobody means them to be one.
    is_swallowed = last.type == "format_specifier" and data.find(b"\n", last.start_byte, start) >= 0
    if not is_swallowed and (last.type in _TEXT or last.start_byte != start):
        return None
    path = tuple(
        part.decode("utf-8", "surrogatepass") for part in b"".join(match.group(1).split()).split(b".")
    )
    base = unit.start_byte
    callee = (match.start(1) - base, match.end(1) - base)
    span = (callee[0], match.end() - base)
    enclosing = tuple(
        Enclosing(call.path, call.span)
        for call in reversed(before)
        if _is_open(data[base + call.span[1] : start])
    )
    targets = _target_before(data, start)
    return Call(
        path,
        callee,
        span,
        results=(span,),
        arguments=(),
        targets=targets,
        in_display=False,
        enclosing=enclosing,
        decorates=-1,
        hidden=frozenset(),
        lambda_names=frozenset(),
    )


def _is_open(between: bytes) -> bool:
    """Whether a bracket that opened before these bytes is still open behind them."""
    depth = 1
    for byte in between:
        depth += (byte in b"([{") - (byte in b")]}")
        if depth == 0:
            return False
    return True


def _target_before(data: bytes, start: int) -> tuple[Path, ...]:
    """The name or attribute path that the broken line assigns to what starts at `start`."""
    match = _TARGET.search(data, data.rfind(b"\n", 0, start) + 1, start)
    return (tuple(match.group(1).decode("utf-8", "surrogatepass").split(".")),) if match is not None else ()


def _may_be_called(data: bytes, end: int) -> bool:
    """Whether what follows an identifier can lead to a call; spares most look-ups."""
    return data[end : end + 1] in {b"(", b".", b" ", b")", b"\n", b"\r", b"\\", b"\t", b"\f", b"#"}


class _Climb:
    """The way from a call out to its statement, gathering what happens to its result."""

    def __init__(self, chain: list[Node], level: int, data: bytes, base: int) -> None:
        self.chain = chain
        self.level = level
        self.data = data
        self.base = base
        self.result = chain[level]
        self.results: list[tuple[int, int]] = []
        self.is_result = True
        self.is_argument = True
        self.in_display = False
        self.targets: list[Path] = []
        self.enclosing: list[Enclosing] = []
        self.decorates = -1
        self.hidden: set[str] = set()
        self.lambda_names: set[str] = set()

    def call(self, callee: Node, path: Path) -> Call | None:
        node = self.chain[self.level]
        level = self.level
        while level > 0:
            if self.chain[level - 1].type == "ERROR":
                if self.is_result and not self.targets:
                    self.targets += _target_before(self.data, self.result.start_byte)
                break
            stop = self.step(level)
            if stop is None:
                return None
            if stop < 0:
                break
            level = stop
        return Call(
            path,
            self.span(callee),
            self.span(node),
            (*self.results, self.span(self.result)),
            tuple(_arguments(node, self.base, self.data)),
            tuple(self.targets),
            self.in_display,
            tuple(self.enclosing),
            self.decorates,
            frozenset(self.hidden),
            frozenset(self.lambda_names),
        )

    def step(self, level: int) -> int | None:
        """One step out from `chain[level]`: the next level, -1 at the end of the expression, None: no call at all."""
        child, parent = self.chain[level], self.chain[level - 1]
        kind = parent.type
        if kind == "type":
            return self.misread_assignment(level)
        if kind == "comment":
            return None
        if kind == "attribute":
            return self.attribute(level, parent)
        if kind == "keyword_argument":
            return level - 1
        if kind == "argument_list":
            return self.argument(level, child)
        if kind == "assignment":
            return self.assignment(child, parent, level)
        if kind == "named_expression":
            if self.is_result:
                name = parent.child_by_field_name("name")
                if name is not None:
                    self.targets.append(path_of(name, self.data))
                    self.results.append(self.span(self.result))
                self.widen(parent)
            return level - 1
        if kind == "decorator":
            self.decorator(level)
            return -1
        if kind == "lambda":
            self.hide_parameters(parent)
            self.is_argument = self.is_result = False
            return level - 1
        if kind in _COMPREHENSIONS:
            self.hide_targets(parent, child)
            self.is_result = False
            return level - 1
        if kind == "conditional_expression":
            condition = parent.named_children[1] if parent.named_child_count > 1 else None
            if condition is not None and condition == child:
                self.is_result = False
        elif kind in _DISPLAYS and kind != "expression_list":
            self.in_display = True
            self.widen(parent)
            return level - 1
        elif kind in _TRANSPARENT:
            self.in_display = self.in_display or kind == "expression_list"
        elif kind in {"default_parameter", "typed_default_parameter", "for_in_clause"}:
            self.is_result = False
            return level - 1
        elif kind.endswith(("_statement", "_definition", "_clause")) or kind in _ENDS:
            return -1
        else:
            self.is_result = False
            return level - 1
        self.widen(parent)
        return level - 1

    def misread_assignment(self, level: int) -> int | None:
        """`type(m).x = Mock()`, which the grammar takes for a type alias; any other call in a type is an annotation."""
        statement = self.chain[level - 2] if level >= 2 else None
        if statement is None or statement.type != "type_alias_statement":
            return None
        left, right = statement.child_by_field_name("left"), statement.child_by_field_name("right")
        target = left.named_children[0] if left is not None and left.named_child_count else None
        if target is None or target.type not in {"attribute", "subscript"} or right != self.chain[level - 1]:
            return None
        if self.is_result:
            self.append_target(target)
        return -1

    def widen(self, node: Node) -> None:
        if self.is_result:
            self.result = node

    def attribute(self, level: int, parent: Node) -> int | None:
        """`patch(…).start()` has the double; any other attribute of a call is no longer the call's result."""
        name = parent.child_by_field_name("attribute")
        outer = self.chain[level - 2] if level >= 2 else None
        if (
            self.is_result
            and name is not None
            and outer is not None
            and outer.type == "call"
            and self.text(name) in {"start", "__enter__"}
        ):
            self.result = outer
            return level - 2
        self.is_result = False
        return level - 1

    def argument(self, level: int, child: Node) -> int | None:
        outer = self.chain[level - 2] if level >= 2 else None
        if outer is None:
            return -1
        if outer.type != "call":  # the bases of a class
            self.is_result = False
            return level - 2
        function = outer.child_by_field_name("function")
        path = path_of(function, self.data) if function is not None else ()
        if self.is_result and not self.in_display and path and path[-1] in _HANDED_ON:
            self.result = outer
            return level - 2
        if self.is_result and path:
            self.configured(outer, path, child)
        if self.is_argument:
            self.enclosing.append(Enclosing(path, self.span(outer)))
        self.is_result = False
        return level - 2

    def configured(self, outer: Node, path: Path, child: Node) -> None:
        """`setattr(m, "x", …)`, `m.configure_mock(x=…)` and `m.attach_mock(…, "x")` assign to paths of `m`."""
        if path == ("setattr",) or path[-1] == "setattr":  # also pytest's monkeypatch.setattr
            arguments = outer.child_by_field_name("arguments")
            first = (
                arguments.named_children[0] if arguments is not None and arguments.named_child_count else None
            )
            if first is not None and first != child and (target := path_of(first, self.data)):
                self.targets.append((*target, "?"))
        elif len(path) > 1 and path[-1] in {"configure_mock", "attach_mock"}:
            keyword = child.child_by_field_name("name") if child.type == "keyword_argument" else None
            self.targets.append((*path[:-1], self.text(keyword) if keyword is not None else "?"))

    def assignment(self, child: Node, parent: Node, level: int) -> int:
        if parent.child_by_field_name("right") != child:
            return -1
        if self.is_result:
            left = parent.child_by_field_name("left")
            if left is not None:
                self.assign(left, child)
        return level - 1

    def assign(self, left: Node, value: Node) -> None:
        if left.type not in _PATTERNS:
            self.append_target(left)
            return
        # `a.x, b = Mock(), Mock()`: the result has widened to the whole right side, but each call has its own target.
        targets = left.named_children
        values = [each for each in value.named_children if each.type != "comment"]
        if value.type not in _SEQUENCES or len(values) != len(targets):
            return
        at = self.chain[self.level].start_byte
        for target, each in zip(targets, values, strict=True):
            if each.start_byte <= at < each.end_byte:
                self.result = each
                self.in_display = each.type in _DISPLAYS
                self.append_target(target)

    def append_target(self, node: Node) -> None:
        if path := path_of(node, self.data):
            self.targets.append(path)

    def decorator(self, level: int) -> None:
        definition = self.chain[level - 2] if level >= 2 and self.is_result else None
        if definition is not None and definition.type == "decorated_definition":
            self.decorates = definition.start_byte - self.base
        self.is_result = False

    def hide_parameters(self, node: Node) -> None:
        parameters = node.child_by_field_name("parameters")
        if parameters is not None:
            self.lambda_names.update(names_bound(parameters, self.data))

    def hide_targets(self, node: Node, inner: Node) -> None:
        clauses = [each for each in node.named_children if each.type == "for_in_clause"]
        if clauses and clauses[0] == inner:  # the first iterable is evaluated outside
            return
        for child in clauses:
            left = child.child_by_field_name("left")
            if left is not None:
                self.hidden.update(names_bound(left, self.data))

    def span(self, node: Node) -> tuple[int, int]:
        return node.start_byte - self.base, node.end_byte - self.base

    def text(self, node: Node) -> str:
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "surrogatepass")


def _arguments(call: Node, base: int, data: bytes) -> Iterator[Argument]:
    arguments = call.child_by_field_name("arguments")
    if arguments is None:
        return
    if arguments.type == "generator_expression":
        yield Argument("", (arguments.start_byte - base, arguments.end_byte - base))
        return
    for child in arguments.named_children:
        kind = child.type
        if kind == "comment":
            continue
        value, keyword = child, ""
        if kind == "keyword_argument":
            name, inner = child.child_by_field_name("name"), child.child_by_field_name("value")
            if name is None or inner is None:
                continue
            keyword = data[name.start_byte : name.end_byte].decode("utf-8", "surrogatepass")
            value = inner
        elif kind in {"list_splat", "dictionary_splat"}:
            keyword = "*" if kind == "list_splat" else "**"
        yield Argument(keyword, (value.start_byte - base, value.end_byte - base))
