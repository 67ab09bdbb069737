"""What a test does with a double: each attribute path of it that is set, called, read or handed on, in its scope.

Pure data, by name: a local name is looked for in its function, `self.x` in its class. What is not seen to the end is
said to be handed on, and what hides uses from us altogether is a `doubt`, in words. All places are absolute bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from ssot_lsp.definitions import CLASS, FUNCTION
from ssot_lsp.facts import self_name
from ssot_lsp.nodes import path_of
from ssot_lsp.source import nodes_around

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lsp.definitions import Path
    from ssot_lsp.facts import Facts, Unit
    from ssot_lsp.source import Node

UseKind = Literal["set", "call", "record", "identity", "handed on"]
"""`record`: asks what was called; `identity`: `is None`; `handed on`: from here anything may be done with it."""

RECORDS = frozenset(
    {
        *("called", "call_count", "call_args", "call_args_list", "mock_calls", "method_calls", "await_count"),
        *("await_args", "await_args_list", "assert_called", "assert_called_once", "assert_called_with"),
        *("assert_called_once_with", "assert_any_call", "assert_has_calls", "assert_not_called"),
        *("assert_awaited", "assert_awaited_once", "assert_awaited_with", "assert_awaited_once_with"),
        *("assert_any_await", "assert_has_awaits", "assert_not_awaited", "reset_mock"),
    }
)
"""What a double tells of itself."""

_CONFIGURES = frozenset({"configure_mock", "attach_mock", "mock_add_spec"})
_SEES_ALL = re.compile(rb"\b(?:locals|globals|vars|eval|exec)\s*\(")
_SET_UPS = frozenset({"setUp", "asyncSetUp", "setup_method", "setup", "asyncSetup", "__init__"})
_THROUGH = frozenset({"parenthesized_expression", "conditional_expression", "boolean_operator"})
_FUNCTIONS = frozenset({"function_definition", "lambda"})
_PATTERNS = frozenset({"pattern_list", "tuple_pattern", "list_pattern"})
_BOUND = "bound"
# Why something is no longer in sight, by what stands around it.
_WAYS = {
    "argument_list": "passed on",
    "keyword_argument": "passed on",
    "return_statement": "returned",
    "yield": "yielded",
    "assignment": "stored",
    "named_expression": "stored",
    "pair": "stored",
    "list": "stored",
    "tuple": "stored",
    "set": "stored",
    "expression_list": "stored",
    "default_parameter": "stored",
    "typed_default_parameter": "stored",
    "lambda": "returned",
}


class Use(NamedTuple):
    """One use of the double or of what an attribute path of it is, `return_value` standing for a call's result.

    `start` and `end` are the expression. `value` is what is set. `way`: how it is handed on, in a word or two. With
    `is_early`, it is set before anybody but this function can have touched that path.
    """

    path: Path
    kind: UseKind
    start: int
    end: int
    value: tuple[int, int] | None = None
    is_awaited: bool = False
    is_early: bool = False
    way: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Uses:
    """All uses, in the order of the text. `doubt` says why there may be more of them; empty where there are not."""

    handle: str
    uses: tuple[Use, ...]
    doubt: str = ""

    @property
    def early(self) -> tuple[Use, ...]:
        """What the test sets before anybody else can have looked."""
        return tuple(each for each in self.uses if each.is_early)


class _Handle(NamedTuple):
    """What a double is called: a name, or an attribute of the instance; and where it is looked for."""

    path: Path
    ranges: tuple[tuple[Unit, int, int], ...]
    pattern: re.Pattern[bytes]
    scope: int


def uses_of(facts: Facts, unit: Unit, target: Path, creation: tuple[int, int]) -> Uses:
    """The uses of the double that the expression at the bytes `creation` of `unit` makes and `target` is bound to.

    An empty `target` is a double without a name: it is handed on where it is made.
    """
    start, end = creation
    chain = _chain(unit, start, end)
    if not target:
        way = _way(chain, len(chain) - 1)
        return Uses("", (Use((), "handed on", start, end, way=way),) if way else ())
    handle, doubt = _handle(facts, unit, target, start)
    name = ".".join(target)
    if handle is None:
        return Uses(name, (), doubt)
    found: list[Use] = []
    if flow := _other_flow(chain, target, unit.data):
        found.append(Use((), "handed on", start, end, way=flow))
    for owner, first, last in handle.ranges:
        found += _uses_in(facts, owner, (first, last), handle, unit)
    if handle.scope == 0:
        where = "class" if unit.container.kind == CLASS else "module"
        found.append(Use((), "handed on", end, end, way=f"a name of the {where}"))
    bound = [each for each in found if each.way == _BOUND]
    if any(not each.start < start <= end <= each.end for each in bound):
        doubt = doubt or f"`{name}` is bound more than once"
    found = [each for each in found if each.way != _BOUND]
    found.sort(key=lambda each: (each.start, each.end))
    return Uses(name, tuple(_with_early(found, chain, handle, unit)), doubt)


# --- names


def _handle(facts: Facts, unit: Unit, target: Path, byte: int) -> tuple[_Handle | None, str]:
    scope = unit.scope_at(byte - unit.start)
    name = ".".join(target)
    encoded = [re.escape(part.encode("utf-8", "surrogatepass")) for part in target]
    pattern = re.compile(rb"(?<![\w.])" + rb"\s*\.\s*".join(encoded) + rb"(?!\w)")
    if len(target) == 1:
        return _local(facts, unit, target, scope, pattern)
    container, nested = facts.class_of(unit, scope)
    if len(target) != 2 or target[0] != self_name(unit, scope) or container is None:
        return (
            None,
            f"`{name}` is an attribute of something else" if nested < 0 else f"`{name}` is out of sight",
        )
    ranges = tuple((each, each.start, each.end) for each in container.units)
    doubt = _doubt_of_class(facts, unit, target, scope)
    return _Handle(target, ranges, pattern, scope), doubt


def _local(
    facts: Facts, unit: Unit, target: Path, scope: int, pattern: re.Pattern[bytes]
) -> tuple[_Handle | None, str]:
    (name,) = target
    if scope == 0:
        ranges = tuple((each, each.start, each.end) for each in facts.units)
        return _Handle(target, ranges, pattern, 0), ""
    each = unit.scopes[scope]
    if each.kind == CLASS:
        return _Handle(target, ((unit, unit.start, unit.end),), pattern, 0), ""
    if name in each.outer or name not in each.names:
        return None, f"`{name}` belongs to another scope"
    first, last = unit.start + each.body, unit.start + each.span[1]
    doubt = ""
    if any(name in inner.outer for inner in unit.scopes):
        doubt = f"`{name}` is bound by an inner function too"
    elif len(each.names[name]) > 1:
        doubt = f"`{name}` is bound more than once"
    elif _SEES_ALL.search(unit.data, first, last):
        doubt = "the function looks at all its names at once"
    return _Handle(target, ((unit, first, last),), pattern, scope), doubt


def _doubt_of_class(facts: Facts, unit: Unit, target: Path, scope: int) -> str:
    """Why others may use the attribute too: it is bound again, or the instance is handed on as a whole."""
    container, _ = facts.class_of(unit, scope)
    if container is None:
        return ""
    name = ".".join(target)
    if len([each for each in facts.self_paths(container, target[1]) if len(each[2].path) == 2]) > 1:
        return f"`{name}` is bound more than once"
    if target[1] in container.names:
        return f"`{name}` is bound by the class too"
    for each in container.units:
        first = next((inner.parameters[0].name for inner in each.scopes if inner.parameters), "")
        if not first:
            continue
        whole = re.compile(
            rb"(?<![\w.])" + re.escape(first.encode("utf-8", "surrogatepass")) + rb"(?!\w)(?!\s*\.)"
        )
        for match in whole.finditer(each.data, each.start, each.end):
            nodes = nodes_around(each.node, match.start())
            kinds = [node.type for node in nodes[-3:]]
            if kinds[-1] == "identifier" and not {"parameters", "typed_parameter", "lambda_parameters"} & set(
                kinds
            ):
                return f"`{first}` is handed on as a whole"
    return ""


# --- one occurrence


def _uses_in(facts: Facts, unit: Unit, within: tuple[int, int], handle: _Handle, home: Unit) -> Iterator[Use]:
    data = unit.data
    for match in handle.pattern.finditer(data, *within):
        chain = nodes_around(unit.node, match.start())
        if chain[-1].type != "identifier" or chain[-1].start_byte != match.start():
            continue
        level = len(chain) - 1
        if len(handle.path) == 2:
            level -= 1
            if chain[level].type != "attribute" or chain[level].end_byte != match.end():
                continue
        elif _is_no_reference(chain, level) or not _is_ours(facts, unit, match.start(), handle, home):
            continue
        yield from _Climb(chain, level, data).uses()


def _is_no_reference(chain: Sequence[Node], level: int) -> bool:
    """Whether an identifier is the keyword of an argument, an attribute, or a parameter that is declared."""
    node, parent = chain[level], chain[level - 1] if level else None
    if parent is None:
        return False
    if parent.type == "keyword_argument":
        return parent.child_by_field_name("name") == node
    if parent.type in {"function_definition", "class_definition"}:
        return parent.child_by_field_name("name") == node
    if parent.type == "attribute":
        return parent.child_by_field_name("object") != node
    return parent.type in {
        "parameters",
        "typed_parameter",
        "dotted_name",
        "aliased_import",
        "global_statement",
    }


def _is_ours(facts: Facts, unit: Unit, byte: int, handle: _Handle, home: Unit) -> bool:
    """Whether a name means the handle there: no inner scope, and no other function, binds it."""
    number = unit.scope_at(byte - unit.start)
    if handle.scope == 0:
        bindings, kind = facts.lookup(handle.path[0], unit, number)
        return bool(bindings) and kind != FUNCTION
    while number > handle.scope:
        if handle.path[0] in unit.scopes[number].names and unit.scopes[number].kind == FUNCTION:
            return False
        number = unit.scopes[number].parent
    return unit is home


class _Climb:
    """The way from the double out to where it is no longer in sight."""

    def __init__(self, chain: Sequence[Node], level: int, data: bytes) -> None:
        self.chain = chain
        self.level = level
        self.data = data
        self.path: list[str] = []
        self.start = chain[level].start_byte

    def uses(self) -> Iterator[Use]:
        while self.level > 0:
            node, parent = self.chain[self.level], self.chain[self.level - 1]
            kind = parent.type
            if kind == "attribute" and parent.child_by_field_name("object") == node:
                name = parent.child_by_field_name("attribute")
                word = self.text(name) if name is not None else ""
                self.level -= 1
                if word in RECORDS or word in _CONFIGURES:
                    yield self.of_mock(word)
                    return
                self.path.append(word)
            elif kind == "call" and parent.child_by_field_name("function") == node:
                outer = self.chain[self.level - 2] if self.level >= 2 else None
                yield self.use("call", is_awaited=outer is not None and outer.type == "await")
                self.path.append("return_value")
                self.level -= 1
            elif kind == "subscript" and parent.child_by_field_name("value") == node:
                self.path.append("__getitem__")
                yield self.use("call")
                self.path.append("return_value")
                self.level -= 1
            elif kind == "parenthesized_expression" or (
                kind == "await" and self.path[-1:] == ["return_value"]
            ):
                self.level -= 1
            else:
                yield from self.end(node, parent)
                return
        yield self.use("handed on", way="used")

    def end(self, node: Node, parent: Node) -> Iterator[Use]:
        kind = parent.type
        if kind == "expression_statement":
            if self.path[-1:] != ["return_value"]:
                yield self.use("identity")
        elif kind == "assignment" and parent.child_by_field_name("left") == node:
            yield from self.assigned(parent)
        elif kind == "comparison_operator" and {
            child.type for child in parent.children if not child.is_named
        } <= {"is", "is not", "not"}:
            yield self.use("identity")
        elif kind in {"with_item", "as_pattern"} and self.with_statement() is not None:
            yield from self.entered(parent)
        elif kind == "named_expression" and parent.child_by_field_name("name") == node and not self.path:
            yield Use((), "handed on", self.start, parent.end_byte, way=_BOUND)
        elif kind in _PATTERNS and not self.path:
            outer = next(
                (each for each in reversed(self.chain[: self.level]) if each.type not in _PATTERNS), parent
            )
            yield Use((), "handed on", self.start, outer.end_byte, way=_BOUND)
        else:
            yield self.use("handed on", way=_way(self.chain, self.level) or "used")

    def assigned(self, statement: Node) -> Iterator[Use]:
        value = statement.child_by_field_name("right")
        if not self.path:
            yield Use((), "handed on", self.start, statement.end_byte, way=_BOUND)
        elif self.chain[self.level].type != "attribute":
            yield self.use("handed on", way="used")
        else:
            span = (value.start_byte, value.end_byte) if value is not None else None
            yield self.use("set", value=span)

    def with_statement(self) -> Node | None:
        for node in reversed(self.chain[: self.level]):
            if node.type == "with_statement":
                return node
            if node.type not in {"with_clause", "with_item", "as_pattern"}:
                return None
        return None

    def entered(self, parent: Node) -> Iterator[Use]:
        statement = self.with_statement()
        is_async = (
            statement is not None and statement.child_count > 0 and statement.children[0].type == "async"
        )
        enter, leave = ("__aenter__", "__aexit__") if is_async else ("__enter__", "__exit__")
        above = tuple(self.path)
        node = self.chain[self.level]
        for path, kind in (
            ((*above, enter), "call"),
            ((*above, leave), "call"),
            ((*above, leave, "return_value"), "handed on"),
        ):
            yield Use(
                path,
                "call" if kind == "call" else "handed on",
                self.start,
                node.end_byte,
                is_awaited=is_async,
            )
        if parent.type == "as_pattern":
            yield Use((*above, enter, "return_value"), "handed on", self.start, node.end_byte, way="stored")

    def of_mock(self, word: str) -> Use:
        """`ws.send.assert_called_once_with(1)`; what changes the double goes out of sight."""
        outer = self.chain[self.level - 1] if self.level else None
        is_call = outer is not None and outer.type == "call"
        if word in _CONFIGURES:
            return self.use("handed on", way="configured")
        if word == "reset_mock" and outer is not None and is_call:
            arguments = outer.child_by_field_name("arguments")
            if arguments is not None and arguments.named_child_count:
                return self.use("handed on", way="reset")
        return self.use("record")._replace(name=word)

    def use(
        self,
        kind: UseKind,
        *,
        way: str = "",
        value: tuple[int, int] | None = None,
        is_awaited: bool = False,
    ) -> Use:
        end = self.chain[self.level].end_byte
        return Use(tuple(self.path), kind, self.start, end, value=value, is_awaited=is_awaited, way=way)

    def text(self, node: Node) -> str:
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "surrogatepass")


# --- what is set first


def _with_early(found: list[Use], chain: Sequence[Node], handle: _Handle, unit: Unit) -> list[Use]:
    """Mark what is set straight behind the creation, before anything else can have touched that path."""
    statement, siblings = _siblings(chain, unit)
    if statement is None:
        return found
    if any(each.start < statement.start_byte for each in found if len(handle.path) == 1):
        return found
    if len(handle.path) == 2 and not _runs_first(unit, handle):
        outside = [each for each in found if not unit.start <= each.start < unit.end]
        if outside:
            return found
    early: set[Use] = set()
    seen = [each for each in found if each.start < statement.end_byte]
    if any(each.kind == "handed on" and not each.path for each in seen):
        return found
    for sibling in siblings:
        inside = [each for each in found if sibling.start_byte <= each.start < sibling.end_byte]
        if len(handle.path) == 2 and _exposes(sibling, unit, handle):
            break
        if any(node_type in _FUNCTIONS for node_type in _kinds_inside(sibling, inside)):
            break
        if len(inside) == 1 and inside[0].kind == "set" and _is_plain_set(sibling, inside[0]):
            each = inside[0]
            if not any(touches(before, each.path) for before in seen):
                early.add(each)
        if any(each.kind == "handed on" and not each.path for each in inside):
            break
        seen += inside
    return [each._replace(is_early=True) if each in early else each for each in found]


def touches(use: Use, path: Path) -> bool:
    """Whether a use can tell what stands at `path` of the double, or below it."""
    length = len(use.path)
    if len(path) <= length:
        is_through = use.path[: len(path)] == path
        return is_through and not (use.kind == "set" and len(path) == length)
    if use.path != path[:length]:
        return False
    if use.kind == "call":
        return path[length] == "side_effect"
    return use.kind == "handed on"


def _siblings(chain: Sequence[Node], unit: Unit) -> tuple[Node | None, list[Node]]:
    """The statement that makes the double, and those behind it in the same block."""
    for outer, inner in zip(reversed(chain[:-1]), reversed(chain[1:]), strict=True):
        if outer.type == "block":
            children = outer.named_children
            at = next((index for index, each in enumerate(children) if each == inner), None)
            return (inner, children[at + 1 :]) if at is not None else (None, [])
        if outer.type in _FUNCTIONS:
            return None, []
    units = [each.node for each in unit.container.units if each.start > unit.start]
    return unit.node, units


def _is_plain_set(statement: Node, use: Use) -> bool:
    if statement.type != "expression_statement" or statement.named_child_count != 1:
        return False
    assignment = statement.named_children[0]
    return assignment.type == "assignment" and assignment.start_byte == use.start


def _kinds_inside(statement: Node, uses: Sequence[Use]) -> Iterator[str]:
    """The functions between a statement and the uses in it."""
    if statement.type in {"function_definition", "decorated_definition", "class_definition"} and uses:
        yield "function_definition"
    for each in uses:
        for node in nodes_around(statement, each.start):
            if node.type in _FUNCTIONS:
                yield node.type


def _exposes(statement: Node, unit: Unit, handle: _Handle) -> bool:
    """Whether a statement calls a method of the instance, which may use any of its attributes."""
    first = re.escape(handle.path[0].encode("utf-8", "surrogatepass"))
    pattern = re.compile(rb"(?<![\w.])(?:" + first + rb"\s*\.\s*\w+\s*\(|super\s*\()")
    return pattern.search(unit.data, statement.start_byte, statement.end_byte) is not None


def _runs_first(unit: Unit, handle: _Handle) -> bool:
    """Whether the function that makes the double is one that runs before all others of its class."""
    return unit.scopes[handle.scope].name in _SET_UPS if handle.scope < len(unit.scopes) else False


# --- where the new double goes


def _chain(unit: Unit, start: int, end: int) -> list[Node]:
    chain = nodes_around(unit.node, start)
    while len(chain) > 1 and (chain[-1].end_byte < end or chain[-1].type in {"identifier", "attribute"}):
        if chain[-1].start_byte == start and chain[-1].end_byte == end:
            break
        chain.pop()
    return chain


def _other_flow(chain: Sequence[Node], target: Path, data: bytes) -> str:
    """How the new double goes elsewhere than to its name; empty where it does not."""
    level = len(chain) - 1
    while level > 0:
        parent = chain[level - 1]
        if parent.type == "assignment":
            left = parent.child_by_field_name("left")
            if left is not None and left.type in _PATTERNS:
                return ""
            outer = chain[level - 2] if level >= 2 else None
            if left is not None and path_of(left, data) != target:
                return "stored"
            if outer is None or outer.type != "assignment":
                return ""
        elif parent.type == "named_expression":
            outer = chain[level - 2] if level >= 2 else None
            return "" if outer is not None and outer.type == "expression_statement" else "used"
        elif parent.type not in {*_THROUGH, "expression_list"}:
            return _way(chain, level) or "used"
        level -= 1
    return ""


def _way(chain: Sequence[Node], level: int) -> str:
    """How what stands at a level of the chain is handed on."""
    while level > 0:
        kind = chain[level - 1].type
        if kind in _WAYS:
            return _WAYS[kind]
        if kind.endswith("_statement") or kind == "block":
            return "" if kind == "expression_statement" else "used"
        level -= 1
    return "used"
