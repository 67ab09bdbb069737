"""Set-up and tear-down as text: renamed for another runner, with a call of `super()` or without."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lsp.fixes.base import Withdrawn
from ssot_lsp.fixes.comments import line_end
from ssot_lsp.source import nodes_around
from ssot_lsp.text import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.index.shapes import Function, Method
    from ssot_lsp.source import Node, Source

_INDENTATION = "    "
_ENDS = frozenset({"return_statement", "raise_statement"})


def renamed(source: Source, method: Method, name: str, call: str | None) -> Iterator[Edit]:
    """The edits that call a method `name`, with the parameters that pytest gives to one of that name.

    `call` stands in for its call of the method that it overrides; None where there is nothing to call any more.
    """
    definition = definition_of(source, method)
    yield Edit(_span(source, *method.name_span), name)
    parameters = definition.child_by_field_name("parameters")
    if name in {"setup_method", "teardown_method"} and parameters is not None:
        if len(method.function.parameters) != 1:
            reason = f"`{method.name}` has parameters of its own"
            raise Withdrawn(reason)
        yield Edit(source.span(parameters), f"({method.function.parameters[0]}, method)")
    for node in super_calls(source, method):
        if call is not None:
            yield Edit(source.span(node), call)
        else:
            yield _without(source, definition, node)


def super_calls(source: Source, method: Method) -> Iterator[Node]:
    """The calls in a method of what it overrides: `super().setUp()`, `Base.setUp(self)`, with their `await`."""
    definition = definition_of(source, method)
    body = definition.child_by_field_name("body")
    if body is None:
        return
    word = re.compile(rb"\.\s*" + re.escape(method.name.encode("utf-8", "surrogatepass")) + rb"\s*\(")
    for match in word.finditer(source.data, body.start_byte, body.end_byte):
        chain = nodes_around(definition, match.start())
        calls = [each for each in chain if each.type == "call" and each.end_byte > match.end()]
        if not calls:
            continue
        node = calls[-1]
        index = chain.index(node)
        if chain[index - 1].type == "await":
            node = chain[index - 1]
        yield node


def super_call(method: Function, overridden: Function, name: str | None = None) -> str:
    """The call of what a method overrides, with the arguments that both know; `name` where that is another one."""
    takes = len(overridden.parameters) - 1
    needs = sum("=" not in each and not each.startswith("*") for each in overridden.parameters[1:])
    has = [each.partition(":")[0].partition("=")[0].strip() for each in method.parameters[1:]]
    given = has[:takes] if takes > 0 else []
    if len(given) < needs:
        reason = f"`{overridden.name}` takes what `{method.name}` is not given"
        raise Withdrawn(reason)
    awaited = "await " if overridden.is_async else ""
    return f"{awaited}super().{name or overridden.name}({', '.join(given)})"


def with_super(source: Source, method: Method, call: str) -> Edit:
    """The edit that puts a call first in a set-up, behind its docstring, and last in a tear-down."""
    definition = definition_of(source, method)
    body = definition.child_by_field_name("body")
    statements = [each for each in body.named_children if each.type != "comment"] if body is not None else []
    if body is None or not statements or definition.has_error:
        reason = f"`{method.name}` is not complete"
        raise Withdrawn(reason)
    lines = source.lines
    first, last = statements[0], statements[-1]
    start = source.offset(definition.start_byte)
    line = lines.line_of(source.offset(first.start_byte))
    end = line_end(lines, line)
    if len(statements) == 1 and _does_nothing(source, first):
        return Edit(source.span(first), call)
    if line == lines.line_of(source.span(definition).start) or _stands_behind(source, first):
        indentation = source.text[lines.span_of(lines.line_of(start)).start : start] + _INDENTATION
        if len(statements) > 1 or indentation.strip():
            reason = f"`{method.name}` is written on one line"
            raise Withdrawn(reason)
        span = source.span(first)
        lead = len(source.text[: span.start]) - len(source.text[: span.start].rstrip(" \t"))
        text = source.text[slice(*span)]
        both = (text, call) if _is_tear_down(method.name) else (call, text)
        return Edit(Span(span.start - lead, span.end), "".join(f"{end}{indentation}{each}" for each in both))
    indentation = source.text[lines.span_of(line).start : source.offset(first.start_byte)]
    if _is_tear_down(method.name):
        if last.type in _ENDS:
            at = source.offset(last.start_byte)
            return Edit(Span(at, at), f"{call}{end}{indentation}")
        at = lines.span_of(lines.line_of(source.span(last).end)).end
        return Edit(Span(at, at), f"{end}{indentation}{call}")
    if _is_docstring(first):
        if len(statements) == 1:
            at = lines.span_of(lines.line_of(source.span(first).end)).end
            return Edit(Span(at, at), f"{end}{indentation}{call}")
        first = statements[1]
        if _stands_behind(source, first):
            reason = f"`{method.name}` has several statements on a line"
            raise Withdrawn(reason)
    at = source.offset(first.start_byte)
    return Edit(Span(at, at), f"{call}{end}{indentation}")


def definition_of(source: Source, method: Method) -> Node:
    """The `def` of a method; raises Withdrawn where it is no longer there."""
    for node in reversed(nodes_around(source.root, method.name_span[0])):
        name = node.child_by_field_name("name") if node.type == "function_definition" else None
        if name is not None and (name.start_byte, name.end_byte) == method.name_span:
            return node
    reason = f"`{method.name}` is no longer there"
    raise Withdrawn(reason)


def _without(source: Source, definition: Node, node: Node) -> Edit:
    """Without the statement that a call is all of."""
    body = definition.child_by_field_name("body")
    for each in body.named_children if body is not None else ():
        inner = (
            each.named_children[0] if each.type == "expression_statement" and each.named_child_count else None
        )
        if inner is not None and (inner.start_byte, inner.end_byte) == (node.start_byte, node.end_byte):
            assert body is not None  # noqa: S101 - for the types
            others = [other for other in body.named_children if other.type != "comment" and other != each]
            span = source.span(each)
            lines = source.lines
            first, last = lines.line_of(span.start), lines.line_of(span.end)
            whole = source.text[lines.span_of(first).start : lines.span_of(last).end]
            if not others or whole.strip() != source.text[slice(*span)]:
                return Edit(span, "pass")
            return Edit(
                Span(
                    lines.span_of(first).start, lines.starts[last + 1] if last + 1 < len(lines) else span.end
                ),
                "",
            )
    reason = "the result of its call of `super()` is used"
    raise Withdrawn(reason)


def _stands_behind(source: Source, node: Node) -> bool:
    """Whether something else stands before a statement on its line."""
    at = source.offset(node.start_byte)
    start = source.lines.span_of(source.lines.line_of(at)).start
    return bool(source.text[start:at].strip())


def _does_nothing(source: Source, node: Node) -> bool:
    return source.node_text(node) in {"pass", "..."}


def _is_docstring(node: Node) -> bool:
    return (
        node.type == "expression_statement"
        and bool(node.named_children)
        and node.named_children[0].type == "string"
    )


def _is_tear_down(name: str) -> bool:
    return "teardown" in name.lower()


def _span(source: Source, start: int, end: int) -> Span:
    return Span(source.offset(start), source.offset(end))
