"""Imports that the edits of a fix need or leave over: added once, removed only where these very edits orphaned them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lsp.definitions import Import, Kind
from ssot_lsp.fixes.imports import added_import, top_imports
from ssot_lsp.nodes import IMPORTS
from ssot_lsp.source import nodes_around
from ssot_lsp.text import Edit, Span, apply_edits

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ssot_lsp.definitions import Binding
    from ssot_lsp.facts import Facts, Unit
    from ssot_lsp.fixes.base import Snapshot
    from ssot_lsp.source import Node, Source

_IMPORT_WORD = re.compile(rb"\bimport\b")


def with_imports(
    analysis: Snapshot,
    path: str,
    edits: Sequence[Edit],
    added: tuple[str, str] | None,
    names: Collection[str],
) -> tuple[Edit, ...]:
    """`edits` with the import of `added` (module, name), and without those of `names` that nothing uses afterwards."""
    facts = analysis.facts(path)
    source = facts.source
    found = list(edits)
    by_statement: dict[tuple[int, int], tuple[Node, set[str]]] = {}
    for name in names:
        node = _orphan(facts, name, edits)
        if node is not None:
            by_statement.setdefault((node.start_byte, node.end_byte), (node, set()))[1].add(name)
    block = list(top_imports(source))
    for node, gone in by_statement.values():
        is_whole = len(gone) == len(_bound_names(source, node))
        if is_whole and added is not None and len(block) == 1 and node == block[0]:
            found.append(Edit(source.span(node), f"from {added[0]} import {added[1]}"))
            added = None
        else:
            found += _removal(source, node, gone, is_whole=is_whole)
    if added is not None:
        found.append(_added_after(analysis, path, found, *added))
    return tuple(sorted(found, key=lambda each: each.span))


def _added_after(analysis: Snapshot, path: str, edits: Sequence[Edit], module: str, name: str) -> Edit:
    """The import as it would be added to the text after `edits`, in terms of the text before them."""
    source = analysis.facts(path).source
    origins = analysis.origins(path)
    after = source.revise(apply_edits(source.text, edits))
    edit = added_import(
        after, module, name, lambda each: any(found.path for found in origins.of_import(Import(each)))
    )
    at = edit.span.start
    for each in sorted(edits, key=lambda each: each.span):
        if each.span.start >= at:
            break
        grown = len(each.text) - (each.span.end - each.span.start)
        at = max(each.span.end, at - grown) if at < each.span.end + grown else at - grown
    return Edit(Span(at, at), edit.text)


def _orphan(facts: Facts, name: str, edits: Sequence[Edit]) -> Node | None:
    """The import statement that binds `name`, if nothing but what the edits take away uses it."""
    source = facts.source
    bound = [
        (unit, binding)
        for unit in facts.matching(_IMPORT_WORD)
        for binding in _imports_of(unit)
        if binding.name == name
    ]
    if len(bound) != 1:
        return None
    unit, binding = bound[0]
    chain = nodes_around(unit.node, unit.start + binding.at)
    node = next((each for each in chain if each.type in IMPORTS), None)
    if node is None or any(each.type == "ERROR" for each in chain):
        return None
    word = re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)")
    if any(word.search(each.text) for each in edits):
        return None
    gone = [each.span for each in edits]
    statement = source.span(node)
    for match in word.finditer(source.text):
        at = match.start()
        if at in statement or any(at in span for span in gone):
            continue
        inner = source.node_at(source.byte(at), source.byte(match.end()))
        if inner is not None and inner.type != "comment":
            return None
    return node


def _imports_of(unit: Unit) -> Iterator[Binding]:
    for binding in unit.memo.outline if unit.node.type in IMPORTS else unit.bindings():
        if binding.kind is Kind.IMPORT:
            yield binding


def _bound_names(source: Source, node: Node) -> list[str]:
    children = node.children_by_field_name("name")
    return [source.node_text(each.child_by_field_name("alias") or each) for each in children]


def _removal(source: Source, node: Node, gone: Collection[str], *, is_whole: bool) -> Iterator[Edit]:
    """Without some of the names that a statement imports, or without all of it."""
    if is_whole:
        yield from _without_statement(source, node)
        return
    names = node.children_by_field_name("name")
    kept = [each for each in names if source.node_text(each.child_by_field_name("alias") or each) not in gone]
    for index, each in enumerate(names):
        if each in kept:
            continue
        following = next((other for other in names[index + 1 :] if other in kept), None)
        if following is not None:
            end = names[index + 1].start_byte
            yield Edit(Span(source.offset(each.start_byte), source.offset(end)), "")
        else:
            start = names[index - 1].end_byte
            yield Edit(Span(source.offset(start), source.offset(each.end_byte)), "")


def _without_statement(source: Source, node: Node) -> Iterator[Edit]:
    """Without the lines of an import, and without one of the blank lines around if it stands alone among them."""
    span = source.span(node)
    lines = source.lines
    first, last = lines.line_of(span.start), lines.line_of(span.end)
    whole = source.text[lines.span_of(first).start : lines.span_of(last).end]
    chain = nodes_around(source.root, node.start_byte)
    block = next((each for each in reversed(chain) if each.type == "block"), None)
    is_only = block is not None and block.named_child_count == 1
    if whole.strip() != source.text[slice(*span)] or is_only:
        return
    following = last + 1
    is_first = block is not None and block.named_children[0] == node
    if is_first or first == 0 or not lines.content(first - 1).strip():
        while following + 1 < len(lines) and not lines.content(following).strip():
            following += 1
            if first and not is_first:
                break
    end = lines.starts[following] if following < len(lines) else len(source.text)
    yield Edit(Span(lines.span_of(first).start, end), "")
