"""What is taken from given names inside of one unit: `F.create_x`, called or not, and what else is given them.

Found by their words, like calls, and memoised by unit: all numbers are bytes relative to the unit's start.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.calls import call_in
from ssot_lsp.definitions import FUNCTION, Kind
from ssot_lsp.nodes import path_of
from ssot_lsp.source import nodes_around
from ssot_lsp.words import ENDS_HERE, STARTS_HERE, any_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.calls import Call
    from ssot_lsp.definitions import Path, Scope
    from ssot_lsp.source import Node

_PARTS = frozenset({"attribute", "call", "parenthesized_expression", "await"})
_LONGEST = 300
_NO_REFERENCE = frozenset({"keyword_argument", "function_definition", "dotted_name", "parameters"})


class Reference(NamedTuple):
    """An attribute path in which one of the names stands, with the last name of it and the call that it is called by.

    `is_stored`: it is assigned to, or deleted. `is_decorator`: it decorates, uncalled.
    """

    path: Path
    span: tuple[int, int]
    name: tuple[int, int]
    call: Call | None
    is_stored: bool
    is_decorator: bool


class References(NamedTuple):
    """All of a unit; `given` are further names that may stand for what the names stand for."""

    taken: tuple[Reference, ...]
    given: frozenset[str]


NOTHING = References((), frozenset())


def references_in(
    node: Node, data: bytes, words: frozenset[str], scopes: tuple[Scope, ...], end: int
) -> References:
    """What is taken from `words` in the unit `node`, up to the byte `end`; in the order of the text."""
    found: dict[tuple[int, int], Reference] = {}
    for match in _pattern(words).finditer(data, node.start_byte, end):
        for each in _taken(node, data, *match.span()):
            found.setdefault(each.name, each)
    given = frozenset(_given(data, node.start_byte, words, scopes))
    return References(tuple(sorted(found.values(), key=lambda each: each.name)), given - words)


@lru_cache(maxsize=256)
def _pattern(words: frozenset[str]) -> re.Pattern[bytes]:
    return re.compile(STARTS_HERE + rb"(?:" + any_of(words) + rb")" + ENDS_HERE)


@lru_cache(maxsize=256)
def _leads_to(words: frozenset[str]) -> re.Pattern[bytes]:
    """An expression that is a name or an attribute that is one of `words`, or a call of that."""
    return re.compile(
        rb"[(\s]*(?:await\s+)?(?:[\w.\s()]*\.\s*)?(?:" + any_of(words) + rb")\s*(?:\([^()]*\))?[)\s]*"
    )


@lru_cache(maxsize=256)
def _annotated(words: frozenset[str]) -> re.Pattern[bytes]:
    return re.compile(rb"\w+\s*:[^=\n#]*" + STARTS_HERE + rb"(?:" + any_of(words) + rb")" + ENDS_HERE)


def _taken(unit: Node, data: bytes, start: int, end: int) -> Iterator[Reference]:
    """The attributes that are taken from the identifier at these bytes, the nearest first, or itself."""
    chain = nodes_around(unit, start)
    level = len(chain) - 1
    last = chain[level]
    if last.type != "identifier" or (last.start_byte, last.end_byte) != (start, end) or level == 0:
        return
    outer = chain[level - 1]
    if outer.type in _NO_REFERENCE and outer.child_by_field_name("value") != last:
        return
    if outer.type != "attribute":
        yield from _reference(chain, level, last, unit.start_byte, data)
    while level > 0 and chain[level - 1].type in _PARTS:
        child, level = chain[level], level - 1
        node = chain[level]
        if node.type == "call" and node.child_by_field_name("function") != child:
            return
        if node.type == "attribute":
            name = node.child_by_field_name("attribute")
            if name is not None:
                yield from _reference(chain, level, name, unit.start_byte, data)


def _reference(chain: list[Node], level: int, name: Node, base: int, data: bytes) -> Iterator[Reference]:
    node = chain[level]
    path = path_of(node, data)
    if not path:
        return
    call, around = None, level - 1
    while around >= 0 and chain[around].type == "parenthesized_expression":
        around -= 1
    outer = chain[around] if around >= 0 else None
    if (
        outer is not None
        and outer.type == "call"
        and outer.child_by_field_name("function") == chain[around + 1]
    ):
        call = call_in(chain, around, data, base)
    is_stored = outer is not None and (
        outer.type == "delete_statement"
        or (
            outer.type in {"assignment", "augmented_assignment"} and outer.child_by_field_name("left") == node
        )
    )
    is_decorator = outer is not None and outer.type == "decorator"
    span = (node.start_byte - base, node.end_byte - base)
    yield Reference(path, span, (name.start_byte - base, name.end_byte - base), call, is_stored, is_decorator)


def _given(data: bytes, base: int, words: frozenset[str], scopes: tuple[Scope, ...]) -> Iterator[str]:
    """Names and attributes that are assigned what `words` stand for, functions that return it, annotated names."""
    leads, annotated = _leads_to(words), _annotated(words)
    mentions = _pattern(words)

    def is_led(value: tuple[int, int] | None) -> bool:
        # What is long is no name, and many brackets would keep the pattern busy.
        if value is None or value[1] - value[0] > _LONGEST:
            return False
        return leads.fullmatch(data, base + value[0], base + value[1]) is not None

    for scope in scopes:
        for bindings in scope.names.values():
            for each in bindings:
                if each.kind is Kind.ASSIGNMENT and (
                    is_led(each.value) or annotated.match(data, base + each.at)
                ):
                    yield each.name
        yield from (each.path[-1] for each in scope.paths if is_led(each.value))
        for parameter in scope.parameters:
            if parameter.annotation and mentions.search(
                parameter.annotation.encode("utf-8", "surrogatepass")
            ):
                yield parameter.name
        if scope.kind == FUNCTION and any(is_led(each.value) for each in scope.results):
            yield scope.name
