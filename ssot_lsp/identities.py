"""Whose something is: the identities that are in scope at a place, and names that tell users apart.

An identity is a value for one of the isolation parameters (`user_id`, `thread_id`, …), known by its name: a local, a
parameter, a loop variable, `self.test_user_id`, a constant. Only what is surely bound when the place is reached
counts: no branch that may not have run, no attribute that nothing sets up.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ssot_lsp.definitions import CLASS, FUNCTION, Kind
from ssot_lsp.facts import self_name
from ssot_lsp.files import UnreadableError
from ssot_lsp.index.fixtures import base_origins, class_named, fixture_name
from ssot_lsp.nodes import names_bound
from ssot_lsp.source import nodes_around

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.definitions import Binding, PathBinding, Scope
    from ssot_lsp.facts import Container, Facts, Unit
    from ssot_lsp.index.origins import Origins
    from ssot_lsp.source import Node

# What may stand before the name of an identity without making it somebody else's.
_PREFIXES = r"(?:_|(?:the|my|our|own|test|sample|default|current|expected|given|dummy|fake|unique)_)*"
_SETS_UP = frozenset({"setUp", "asyncSetUp", "setup_method", "__init__"})
_SETS_UP_CLASS = frozenset({"setUpClass", "setup_class"})
_SUPER = b"super("
_DEEPEST = 8
# What is inside of these may not run; of the statements among them, what is inside of one of their blocks.
_ANY = re.compile("")
_BRANCHES = frozenset(
    {"if_statement", "for_statement", "while_statement", "try_statement", "match_statement"}
)
_CLAUSES = frozenset(
    {
        "elif_clause",
        "else_clause",
        "except_clause",
        "except_group_clause",
        "case_clause",
        "conditional_expression",
        "boolean_operator",
        "lambda",
        "list_comprehension",
        "set_comprehension",
        "dictionary_comprehension",
        "generator_expression",
    }
)
_COMPREHENSIONS = frozenset(
    {"list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"}
)
_VALUES = frozenset({Kind.ASSIGNMENT, Kind.PARAMETER, Kind.LOOP, Kind.WITH, Kind.OTHER})
_ORDINALS = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
)
_PEOPLE = ("alice", "bob", "carol", "charlie", "dave", "eve", "mallory")
_USERS = frozenset({"user", "owner", "customer", "tenant", "account", "member"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


class World(Protocol):
    """What is asked of the workspace."""

    def facts(self, path: str) -> Facts:
        """What a file says; raises UnreadableError."""

    def origins(self, path: str) -> Origins:
        """Where the names of a file come from; raises UnreadableError."""

    def config(self, path: str) -> ProjectConfig:
        """The settings for a file."""


def identities(world: World, path: str, unit: Unit, scope: int, offset: int) -> Mapping[str, str]:
    """The isolation parameters for which a value is in scope at a code point, with the best expression for each.

    In the order of the configuration. `unit` and `scope` are those of the place in the file at `path`. What other
    files say of base classes goes to the `dependencies` of the file's origins. Raises UnreadableError.
    """
    parameters = world.config(path).isolation_parameters
    place = _Place(world, path, unit, scope, world.facts(path).source.byte(offset))
    place.asked = _asked(parameters)
    found = ((each, place.value(each)) for each in parameters)
    return {parameter: text for parameter, text in found if text is not None}


def names_in_scope(world: World, path: str, unit: Unit, scope: int, offset: int) -> tuple[str, ...]:
    """All that is surely bound at a code point but for names of the module: locals, then attributes of `self`."""
    place = _Place(world, path, unit, scope, world.facts(path).source.byte(offset))
    me = self_name(unit, scope)
    return (*place.local_names(), *(f"{me}.{each}" for each in place.attributes()))


@lru_cache(maxsize=8)
def _asked(parameters: tuple[str, ...]) -> re.Pattern[str]:
    """The names that matter at all, so that nothing is asked about the others: of values, and of what has an `id`."""
    objects = [each.removesuffix("_id") for each in parameters if each.endswith("_id")]
    names = "|".join(re.escape(each) for each in (*parameters, *objects))
    return re.compile(rf"{_PREFIXES}(?:{names})\Z", re.IGNORECASE)


@lru_cache(maxsize=64)
def _patterns(parameter: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str] | None]:
    """The names of a parameter's value, exactly and nearly, and of an object that may have it as its `id`."""
    name = re.escape(parameter)
    stem, _, last = parameter.rpartition("_")
    has_object = last == "id" and stem and "_" not in stem
    return (
        re.compile(rf"{name}\Z", re.IGNORECASE),
        re.compile(rf"{_PREFIXES}{name}\Z", re.IGNORECASE),
        re.compile(rf"(?:test_)?{re.escape(stem)}\Z") if has_object else None,
    )


class _Place:
    """A place, and what is bound there."""

    def __init__(self, world: World, path: str, unit: Unit, scope: int, byte: int) -> None:
        self.world = world
        self.path = path
        self.facts = world.facts(path)
        self.unit = unit
        self.scope = scope
        self.byte = byte
        self.chain = nodes_around(unit.node, byte)
        self.asked = _ANY
        self._locals: tuple[str, ...] | None = None
        self._attributes: tuple[str, ...] | None = None

    def value(self, parameter: str) -> str | None:
        """The best expression for a parameter."""
        exact, near, _ = _patterns(parameter)
        for pattern in (exact, near):
            found = next((name for name in self.local_names() if pattern.match(name)), None)
            if found is not None:
                return found
            found = next((name for name in self.attributes() if pattern.match(name)), None)
            if found is not None:
                return f"{self_name(self.unit, self.scope)}.{found}"
        of_object = self.of_object(parameter)
        if of_object is not None:
            return of_object
        return next((name for name in self.module_names() if near.match(name)), None)

    # --- names

    def local_names(self) -> tuple[str, ...]:
        """The names that are surely bound by the functions around, the innermost first, the last bound first."""
        if self._locals is None:
            self._locals = tuple(dict.fromkeys(self.find_locals()))
        return self._locals

    def find_locals(self) -> Iterator[str]:
        yield from _names_of_expressions(self.chain, self.byte, self.facts.source.data)
        scopes, number, at = self.unit.scopes, self.scope, self.byte
        is_first = True
        while number > 0:
            scope = scopes[number]
            if is_first or scope.kind != CLASS:
                yield from self.names_bound(scope, at)
            is_first = False
            at = self.unit.start + scope.span[0]
            number = scope.parent
        if is_first:
            yield from self.names_bound(scopes[0], at)

    def names_bound(self, scope: Scope, at: int) -> Iterator[str]:
        found: list[tuple[int, str]] = []
        for name, bindings in scope.names.items():
            if name in scope.outer or self.asked.match(name) is None:
                continue
            before = [each for each in bindings if _is_bound(self.unit, each, at)]
            last = max(before, key=lambda each: each.at, default=None)
            # What may be None is no identity yet, and what is one in the one branch may be none after the other.
            if last is not None and not _may_be_none(self.unit, bindings, last, at):
                found.append((-last.at, name))
        yield from (name for _, name in sorted(found))

    def module_names(self) -> Iterator[str]:
        """Constants of the module or, in a class body, of the class."""
        is_inside = self.scope > 0
        containers = [self.facts.module]
        if self.unit.container.kind == CLASS and not is_inside:
            containers.insert(0, self.unit.container)
        for container in containers:
            for name, bound in container.names.items():
                is_constant = name.isupper() or container.kind == CLASS or not is_inside
                if (
                    is_constant
                    and self.asked.match(name)
                    and any(
                        (is_inside or owner.end <= self.unit.start)
                        and _is_value(binding)
                        and _is_certain(owner, binding.at, None)
                        and not _is_none(owner, binding.value)
                        for owner, binding in bound
                    )
                ):
                    yield name

    def of_object(self, parameter: str) -> str | None:
        """`user.id` where that is how this code spells it: known by its use, as nothing tells what a user has."""
        pattern = _patterns(parameter)[2]
        if pattern is None:
            return None
        data = self.facts.source.data
        for name in self.local_names():
            if not pattern.match(name):
                continue
            used = re.compile(
                rb"(?<![\w.])" + re.escape(name.encode()) + rb"\.(id|" + parameter.encode() + rb")(?!\w)"
            )
            match = used.search(data, self.unit.start, self.unit.end)
            if match is not None:
                return f"{name}.{match.group(1).decode()}"
        return None

    # --- attributes

    def attributes(self) -> tuple[str, ...]:
        """The attributes of `self` that are surely set."""
        if self._attributes is None:
            self._attributes = tuple(dict.fromkeys(self.find_attributes()))
        return self._attributes

    def find_attributes(self) -> Iterator[str]:
        container, _ = self.facts.class_of(self.unit, self.scope)
        me = self_name(self.unit, self.scope)
        if container is None or not me:
            return
        function = _method_around(self.unit, self.scope)
        here = self.unit.scopes[function]
        is_class_method = any(each.path[-1:] == ("classmethod",) for each in here.decorators)
        for each in reversed(here.paths):
            if self.asked.match(each.path[-1]) is None:
                continue
            value = _own_value(each, me, self.unit, self.byte)
            if value is not None and self.unit.start + value[1] <= self.byte:
                yield each.path[1]
        is_set_up = _sets_up(here, self.unit) or here.name in _SETS_UP_CLASS
        calls_bases = self.facts.source.data.find(_SUPER, self.unit.start, self.byte) >= 0
        yield from self.of_class(
            container,
            is_class_method=is_class_method,
            own=not is_set_up,
            inherited=not is_set_up or calls_bases,
        )

    def of_class(
        self, container: Container, *, is_class_method: bool, own: bool, inherited: bool
    ) -> Iterator[str]:
        """What the class and its bases in the workspace give each instance before a test runs."""
        pending: list[tuple[str, str, int]] = []
        yield from _attributes_of(container, self.asked, is_class_method=is_class_method, with_methods=own)
        pending += self.bases(self.path, container, 0)
        seen: set[tuple[str, str]] = set()
        while pending:
            path, name, depth = pending.pop(0)
            if (path, name) in seen or depth > _DEEPEST:
                continue
            seen.add((path, name))
            try:
                base = class_named(self.world.facts(path), name)
            except UnreadableError:
                continue
            self.world.origins(self.path).dependencies.add(path)
            if base is not None:
                yield from _attributes_of(
                    base, self.asked, is_class_method=is_class_method, with_methods=inherited
                )
                pending += self.bases(path, base, depth + 1)

    def bases(self, path: str, container: Container, depth: int) -> list[tuple[str, str, int]]:
        try:
            facts, origins = self.world.facts(path), self.world.origins(path)
        except UnreadableError:
            return []
        found = base_origins(container, facts, origins)
        if path != self.path:
            self.world.origins(self.path).dependencies.update(origins.dependencies)
        return [(each.path, each.name, depth) for each in found if each.path and each.name]


def _attributes_of(
    container: Container, asked: re.Pattern[str], *, is_class_method: bool, with_methods: bool
) -> Iterator[str]:
    """What a class sets in its body, and in the methods that run before each test, in no branch."""
    for name, bound in container.names.items():
        if asked.match(name) and any(
            binding.kind is Kind.ASSIGNMENT
            and binding.value is not None
            and _is_certain(owner, binding.at, None)
            and not _is_none(owner, binding.value)
            for owner, binding in bound
        ):
            yield name
    for unit in container.units if with_methods else ():
        if not (unit.holds(b"self") or unit.holds(b"cls")):
            continue
        for scope in unit.scopes:
            if scope.kind != FUNCTION or scope.parent != 0 or not scope.parameters:
                continue
            if scope.name in _SETS_UP_CLASS or (not is_class_method and _sets_up(scope, unit)):
                for each in scope.paths:
                    if (
                        asked.match(each.path[-1])
                        and _own_value(each, scope.parameters[0].name, unit, None) is not None
                    ):
                        yield each.path[1]


def _own_value(bound: PathBinding, me: str, unit: Unit, byte: int | None) -> tuple[int, int] | None:
    """The value that is surely given to an attribute of `me`, and is something."""
    if len(bound.path) != 2 or bound.path[0] != me or bound.value is None:
        return None
    is_value = _is_certain(unit, bound.value[0], byte) and not _is_none(unit, bound.value)
    return bound.value if is_value else None


def _sets_up(scope: Scope, unit: Unit) -> bool:
    """Whether a method runs before each test of its class."""
    if scope.name in _SETS_UP:
        return True
    if fixture_name(scope, unit) is None:
        return False
    for each in scope.decorators:
        if each.arguments is not None and each.path[-1:] == ("fixture",):
            start, end = each.arguments
            if b"autouse=True" in unit.data[unit.start + start : unit.start + end].replace(b" ", b""):
                return True
    return False


def _method_around(unit: Unit, scope: int) -> int:
    """The number of the outermost function around a scope that is a method."""
    number = scope
    while unit.scopes[number].parent > 0:
        number = unit.scopes[number].parent
    return number


def _names_of_expressions(chain: Sequence[Node], byte: int, data: bytes) -> Iterator[str]:
    """The names that comprehensions and lambdas around a byte bind, the innermost first."""
    for index in range(len(chain) - 1, -1, -1):
        node = chain[index]
        if node.type == "lambda":
            body, parameters = node.child_by_field_name("body"), node.child_by_field_name("parameters")
            if parameters is not None and body is not None and body.start_byte <= byte:
                yield from names_bound(parameters, data)
        elif node.type in _COMPREHENSIONS:
            clauses = [each for each in node.named_children if each.type == "for_in_clause"]
            for clause in clauses:
                left = clause.child_by_field_name("left")
                if left is None or clause.start_byte <= byte < clause.end_byte:
                    break  # what it runs through is asked for before its own name is bound
                yield from names_bound(left, data)


def _is_bound(unit: Unit, binding: Binding, byte: int) -> bool:
    """Whether a name has surely been bound, here, when the execution comes to `byte`."""
    if binding.kind is Kind.PARAMETER:
        return True
    if not _is_value(binding) or unit.start + binding.at >= byte:
        return False
    return _is_certain(unit, binding.at, byte)


def _is_value(binding: Binding) -> bool:
    """Whether a name is bound to a value, and to no module, class or function; an import tells by its name only."""
    if binding.kind is Kind.IMPORT:
        return binding.target is not None and binding.target.name is not None and binding.name.isupper()
    return binding.kind in _VALUES


def _is_certain(unit: Unit, at: int, byte: int | None) -> bool:
    """Whether what binds a name at `at` (relative) surely runs before `byte`, or before what follows its function."""
    start = unit.start + at
    chain = nodes_around(unit.node, start)
    for outer, inner in pairwise(chain):
        kind = outer.type
        if kind in {"assignment", "augmented_assignment", "named_expression"}:
            if byte is not None and byte < outer.end_byte:
                return False  # its own value is what the place stands in
            right = outer.child_by_field_name("right")
            if right is not None and right.start_byte == start:
                return True  # the branches inside of a value do not matter
        elif kind in _CLAUSES:
            if byte is None or not outer.start_byte <= byte < outer.end_byte:
                return False
        elif kind in _BRANCHES:
            block = _branch(outer, inner)
            if block is not None and (byte is None or not block.start_byte <= byte < block.end_byte):
                return False
    return True


def _branch(outer: Node, inner: Node) -> Node | None:
    """The part of a statement that may not run in which something is bound; None for what always runs."""
    if inner.type == "block":
        return inner
    if outer.type == "for_statement":  # the loop variable, which is bound in the body and perhaps behind it
        left, body = outer.child_by_field_name("left"), outer.child_by_field_name("body")
        return body if left == inner else None
    return None


def _may_be_none(unit: Unit, bindings: Iterable[Binding], last: Binding, byte: int) -> bool:
    """Whether a name may be None at a place: bound to it last, or by default, or later in a branch."""
    if _is_none(unit, last.value):
        return True
    later = (each for each in bindings if last.at < each.at and unit.start + each.at < byte)
    return any(_is_none(unit, each.value) for each in later)


def _is_none(unit: Unit, value: tuple[int, int] | None) -> bool:
    return value is not None and unit.data[unit.start + value[0] : unit.start + value[1]] == b"None"


# --- different users


class Marked(NamedTuple):
    """A name without its user marker: `stem` is the rest of its words, `marker` what tells the user.

    `is_of_user`: the name speaks of users, so that the marker is not that of a second thing of the same one.
    """

    stem: tuple[str, ...]
    marker: str
    is_of_user: bool


def marked(name: str) -> tuple[Marked, ...]:
    """The ways in which a name may be that of something of one user among several: `user_a_ws`, `ws_1`, `secondBus`.

    What stands beside the word of a user, or is a person's name, says more than any other marker: `user_a_tab_1` and
    `user_a_tab_2` are of one user.
    """
    words = [word.lower() for word in _WORD.findall(name)]
    markers = [
        index for index, word in enumerate(words) if _may_mark(word) and (len(words) > 1 or word in _PEOPLE)
    ]
    of_users = [
        index
        for index in markers
        if words[index] in _PEOPLE or not _USERS.isdisjoint(words[max(0, index - 1) : index + 2])
    ]
    return tuple(
        Marked((*words[:index], "", *words[index + 1 :]), words[index], bool(of_users))
        for index in of_users or markers
    )


def _may_mark(word: str) -> bool:
    return word.isdigit() or len(word) == 1 or word in _ORDINALS or word in _PEOPLE


def different_users(names: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """The groups of names that differ only by a user marker, each with two or more, in the order given."""
    by_stem: dict[tuple[str, ...], dict[str, list[str]]] = defaultdict(dict)
    for name in dict.fromkeys(names):
        for stem, marker, _ in marked(name):
            by_stem[stem].setdefault(marker, []).append(name)
    groups = [
        tuple(name for found in by_marker.values() for name in found)
        for by_marker in by_stem.values()
        if len(by_marker) > 1 and _is_one_kind(by_marker)
    ]
    return tuple(dict.fromkeys(groups))


def _is_one_kind(markers: Iterable[str]) -> bool:
    """Whether markers are of one kind: `a` and `b`, `1` and `2`, but not `a` and `2`."""
    kinds = {
        "digit"
        if each.isdigit()
        else "letter"
        if len(each) == 1
        else "person"
        if each in _PEOPLE
        else "ordinal"
        for each in markers
    }
    return len(kinds) == 1
