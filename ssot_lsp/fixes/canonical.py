"""Import the factory, or an SSOT base, from where it is defined, by the name that it has there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lsp.definitions import Import, Kind
from ssot_lsp.fixes.base import Change, Fix, Withdrawn
from ssot_lsp.fixes.imports import added_import, removed_import
from ssot_lsp.source import nodes_around
from ssot_lsp.text import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.facts import Facts
    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes.base import Snapshot
    from ssot_lsp.source import Node, Source


def offers(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """The import that is meant, where it is known which one."""
    place = finding.related[0] if finding.related else None
    if place is None:
        return
    name = analysis.facts(place.path).source.text[slice(*place.span)]
    module = analysis.importable(place.path, finding.path)
    if module is not None:
        yield Fix(f"Import `{name}` from `{module}`", "review", finding, "correct-import", (module, name))


def correct_import(analysis: Snapshot, fix: Fix) -> Change:
    """The other import in the place of this one; another name wherever the file uses it."""
    path, (module, name) = fix.finding.path, fix.arguments
    facts = analysis.facts(path)
    source = facts.source
    statement, node = _imported(facts, fix.finding)
    written = source.node_text(node)
    original, _, alias = (part.strip() for part in written.partition(" as "))
    target = _target(source, statement, original)
    if target == (module, name):
        raise _gone()
    local = alias or original
    edits = [] if alias else _renamed(facts, local, name, (statement.start_byte, statement.end_byte))
    new = f"{name} as {alias}" if alias and alias != name else name
    is_there = any(
        each.kind is Kind.IMPORT and each.target == Import(module, name) and each.name == (alias or name)
        for _, _, each in facts.module_lookup(alias or name)
    )

    def is_first_party(each: str) -> bool:
        # Also where the module is not there, which is what the finding may be about.
        return analysis.module_path(each, path) is not None or each == target[0]

    if not is_there and local != (alias or name) and facts.is_bound(name):
        reason = f"`{name}` is something else in this file"
        raise Withdrawn(reason)
    removed = removed_import(source, local, statement.start_byte)
    if target[0] == module and not is_there:
        edits.append(Edit(source.span(node.child_by_field_name("name") or node), name))
    elif removed:
        edits += removed
        if not is_there:
            edits.append(added_import(source, module, new, is_first_party))
    elif len(statement.children_by_field_name("name")) == 1:
        edits.append(Edit(source.span(statement), f"from {module} import {new}"))
    else:
        edits += _split(source, statement, node, f"from {module} import {new}")
    return Change(path, tuple(sorted(edits, key=lambda each: each.span)))


def _imported(facts: Facts, finding: Finding) -> tuple[Node, Node]:
    """The import statement, and in it the name with its alias."""
    byte = facts.source.byte(finding.span.start)
    chain = nodes_around(facts.source.root, byte)
    for outer in chain:
        if outer.type == "import_from_statement":
            for each in outer.children_by_field_name("name"):
                name = facts.source.node_text(each.child_by_field_name("name") or each)
                if each.start_byte == byte and name == finding.subject.rpartition(".")[2]:
                    return outer, each
    raise _gone()


def _target(source: Source, statement: Node, name: str) -> tuple[str, str]:
    module = statement.child_by_field_name("module_name")
    return (source.node_text(module) if module is not None else "", name)


def _renamed(facts: Facts, old: str, new: str, statement: tuple[int, int]) -> list[Edit]:
    """The new name wherever the file uses the old one as a name of its own."""
    if old == new:
        return []
    source = facts.source
    edits: list[Edit] = []
    for match in re.finditer(rf"(?<![\w.]){re.escape(old)}(?!\w)", source.text):
        byte = source.byte(match.start())
        if statement[0] <= byte < statement[1]:
            continue
        outer, last = nodes_around(source.root, byte)[-2:]
        is_keyword = outer.type == "keyword_argument" and outer.child_by_field_name("name") == last
        if last.type == "identifier" and not is_keyword:
            edits.append(Edit(Span(match.start(), match.end()), new))
    return edits


def _split(source: Source, statement: Node, node: Node, line: str) -> list[Edit]:
    """A line of its own before the statement, which goes on without the name."""
    names = statement.children_by_field_name("name")
    index = names.index(node)
    first = node.start_byte if index == 0 else names[index - 1].end_byte
    last = names[1].start_byte if index == 0 else node.end_byte
    start = source.offset(statement.start_byte)
    number = source.lines.line_of(start)
    indentation = source.text[source.lines.span_of(number).start : start]
    if indentation.strip() or number + 1 >= len(source.lines):
        raise _gone()
    end = source.text[source.lines.span_of(number).end : source.lines.starts[number + 1]]
    without = Edit(Span(source.offset(first), source.offset(last)), "")
    return [Edit(Span(start, start), f"{line}{end}{indentation}"), without]


def _gone() -> Withdrawn:
    return Withdrawn("the import is no longer there")
