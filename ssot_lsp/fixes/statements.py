"""The statement or definition that a finding stands in, in code points."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.source import nodes_around

if TYPE_CHECKING:
    from ssot_lsp.facts import Facts
    from ssot_lsp.source import Source


class Header(NamedTuple):
    """A statement's header: `start` is its offset with decorators, the lines (0-based, both included) hold its code."""

    start: int
    first_line: int
    last_line: int


class Definition(NamedTuple):
    """A function or class: the offset of its `def`, `async` or `class`."""

    start: int
    is_function: bool


def header_around(facts: Facts, offset: int, *, with_decorators: bool = False) -> Header | None:
    """The header of the innermost statement that holds the code point at `offset`; None outside of statements.

    A decorator belongs to what it decorates, or `with_decorators` is a statement of its own.
    """
    source = facts.source
    byte = source.byte(offset)
    statement = facts.header_at(byte) if with_decorators else facts.statement_at(byte)
    if statement is None:
        return None
    start, end = source.offset(statement.start), source.offset(statement.header_end)
    first = source.lines.line_of(start)
    # What follows the colon is no header: skip back over line ends, blank lines and comment lines.
    last = source.lines.line_of(end)
    while last > first and not _has_code(source, last, end):
        last -= 1
    return Header(start, first, last)


def definition_around(facts: Facts, offset: int) -> Definition | None:
    """The innermost function or class whose text, decorators included, holds the code point at `offset`."""
    source = facts.source
    for node in reversed(nodes_around(source.root, source.byte(offset))):
        definition = node
        if node.type == "decorated_definition":
            definition = node.child_by_field_name("definition") or node
        if definition.type in {"function_definition", "class_definition"} and not definition.has_error:
            return Definition(source.offset(definition.start_byte), definition.type == "function_definition")
    return None


def _has_code(source: Source, line: int, end: int) -> bool:
    start = source.lines.span_of(line).start
    code = source.text[start : min(end, source.lines.span_of(line).end)].strip()
    return bool(code) and not code.startswith("#")
