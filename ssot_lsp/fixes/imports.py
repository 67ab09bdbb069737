"""One import more or less, where isort would have it: among those at the top of the module, never in a block."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.fixes.comments import line_end
from ssot_lsp.nodes import IMPORTS
from ssot_lsp.text import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ssot_lsp.source import Node, Source

_FUTURE, _STANDARD, _THIRD_PARTY, _FIRST_PARTY, _LOCAL = range(5)
_ALL_IMPORTS = frozenset({*IMPORTS, "future_import_statement"})


class _Place(NamedTuple):
    """Where isort sorts an import: the section, straight imports before `from`, then by name."""

    section: int
    is_from: bool
    module: str


def added_import(source: Source, module: str, name: str, is_first_party: Callable[[str], bool]) -> Edit:
    """`from module import name`, merged into an import of that module, else on a line of its own."""
    block = list(top_imports(source))
    for node in block:
        if _module(source, node) == module and node.type == "import_from_statement":
            names = _names(node)
            if names:
                return _merged(source, names, name)
    line = f"from {module} import {name}"
    place = _Place(_section(module, is_first_party), is_from=True, module=module.lower())
    places = [_place(source, node, is_first_party) for node in block]
    before = max((index for index, each in enumerate(places) if each <= place), default=None)
    if before is not None and before + 1 < len(block):
        following = places[before + 1]
        if place.section == following.section != places[before].section:
            return _before(source, block[before + 1], line, is_same_section=True)
    if before is not None:
        return _after(source, block[before], line, is_same_section=places[before].section == place.section)
    if block:
        return _before(source, block[0], line, is_same_section=places[0].section == place.section)
    return _at_top(source, line)


def removed_import(source: Source, name: str, at: int | None = None) -> list[Edit]:
    """Without `name` in the import at the top that binds it, the one at byte `at` if given; nothing if there is none."""
    for node in top_imports(source):
        if at not in {None, node.start_byte}:
            continue
        names = node.children_by_field_name("name") if node.type in IMPORTS else []
        for index, each in enumerate(names):
            bound = each.child_by_field_name("alias") or each
            if source.node_text(bound) != name:
                continue
            if len(names) > 1:
                first = each.start_byte if index == 0 else names[index - 1].end_byte
                last = names[1].start_byte if index == 0 else each.end_byte
                return [Edit(Span(source.offset(first), source.offset(last)), "")]
            span = source.span(node)
            lines = source.lines
            line, last_line = lines.line_of(span.start), lines.line_of(span.end)
            whole = Span(lines.span_of(line).start, lines.span_of(last_line).end)
            if source.text[slice(*whole)].strip() != source.text[slice(*span)]:
                return []
            end = lines.starts[last_line + 1] if last_line + 1 < len(lines) else whole.end
            return [Edit(Span(whole.start, end), "")]
    return []


def top_imports(source: Source) -> Iterator[Node]:
    """The imports at the top of the module, behind its docstring and before its first other statement."""
    is_first = True
    for node in source.root.named_children:
        if node.type in _ALL_IMPORTS:
            yield node
        elif node.type == "comment":
            continue
        elif not (is_first and _is_docstring(node)):
            return
        is_first = False


def _is_docstring(node: Node) -> bool:
    return node.type == "expression_statement" and node.named_children[0].type == "string"


def _module(source: Source, node: Node) -> str:
    if node.type == "future_import_statement":
        return "__future__"
    field = "module_name" if node.type == "import_from_statement" else "name"
    child = node.child_by_field_name(field)
    if child is not None and child.type == "aliased_import":
        child = child.child_by_field_name("name")
    return source.node_text(child) if child is not None else ""


def _names(node: Node) -> list[Node]:
    return node.children_by_field_name("name") if node.type == "import_from_statement" else []


def _section(module: str, is_first_party: Callable[[str], bool]) -> int:
    if module == "__future__":
        return _FUTURE
    if module.startswith("."):
        return _LOCAL
    if module.partition(".")[0] in sys.stdlib_module_names:
        return _STANDARD
    return _FIRST_PARTY if is_first_party(module) else _THIRD_PARTY


def _place(source: Source, node: Node, is_first_party: Callable[[str], bool]) -> _Place:
    module = _module(source, node)
    return _Place(_section(module, is_first_party), node.type != "import_statement", module.lower())


def _merged(source: Source, names: list[Node], name: str) -> Edit:
    """Among `names`, before the first that sorts behind it."""
    for each in names:
        if _by_type(source.node_text(each)) > _by_type(name):
            span = source.span(each)
            line = source.lines.line_of(span.start)
            indentation = source.text[source.lines.span_of(line).start : span.start]
            separator = f"{line_end(source.lines, line)}{indentation}" if not indentation.strip() else " "
            return Edit(Span(span.start, span.start), f"{name},{separator}")
    span = source.span(names[-1])
    line = source.lines.line_of(span.start)
    indentation = source.text[source.lines.span_of(line).start : span.start]
    separator = f"{line_end(source.lines, line)}{indentation}" if not indentation.strip() else " "
    return Edit(Span(span.end, span.end), f",{separator}{name}")


def _by_type(name: str) -> tuple[int, str]:
    """The order of names as isort has it: constants, classes, the rest."""
    name = name.split(maxsplit=1)[0]
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1, name) if name[:1].isupper() else (2, name)


def _after(source: Source, node: Node, line: str, *, is_same_section: bool) -> Edit:
    lines = source.lines
    last = lines.line_of(source.span(node).end)
    end = line_end(lines, last)
    gap = "" if is_same_section else end
    if last + 1 == len(lines):
        at = lines.span_of(last).end
        return Edit(Span(at, at), f"{end}{gap}{line}")
    at = lines.starts[last + 1]
    return Edit(Span(at, at), f"{gap}{line}{end}")


def _before(source: Source, node: Node, line: str, *, is_same_section: bool) -> Edit:
    number = source.lines.line_of(source.span(node).start)
    end = line_end(source.lines, number)
    at = source.lines.starts[number]
    return Edit(Span(at, at), f"{line}{end}{'' if is_same_section else end}")


def _at_top(source: Source, line: str) -> Edit:
    """Behind the docstring, else before the first statement, with the blank lines that isort leaves."""
    lines = source.lines
    for node in source.root.named_children:
        number = lines.line_of(source.span(node).start)
        last = lines.line_of(source.span(node).end)
        if _is_docstring(node) and last + 1 < len(lines) and not lines.content(last + 1).strip():
            end, at = line_end(lines, last), lines.span_of(last).end
            return Edit(Span(at, at), f"{end}{end}{line}")
        if node.type != "comment" and not _is_docstring(node):
            end, at = line_end(lines, number), lines.starts[number]
            is_definition = node.type.endswith("_definition")
            return Edit(Span(at, at), f"{line}{end * (3 if is_definition else 2)}")
    at = len(source.text)
    return Edit(Span(at, at), f"{line}{line_end(lines, len(lines) - 1)}")
