"""Make a method of the factory out of a double that is made by hand, in the factory's own style, and call it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.files import UnreadableError
from ssot_lsp.fixes.base import Change, Fix, Withdrawn
from ssot_lsp.fixes.built import CLASSES
from ssot_lsp.fixes.comments import line_end
from ssot_lsp.fixes.orphans import with_imports
from ssot_lsp.fixes.receiver import Place, reach
from ssot_lsp.fixes.swap import site_of
from ssot_lsp.fixes.swap_plan import Case, is_alone, refused
from ssot_lsp.index.members import is_literal
from ssot_lsp.index.usage import uses_of
from ssot_lsp.names import words
from ssot_lsp.source import nodes_around
from ssot_lsp.text import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes.base import Snapshot
    from ssot_lsp.index.factory import Factory, FactoryMethod
    from ssot_lsp.index.usage import Use
    from ssot_lsp.mocks import Site
    from ssot_lsp.source import Node

_PLAIN = frozenset({"string", "integer", "float", "true", "false", "none"})
_RESULTS = frozenset({"return_value", "side_effect"})
_LEAST = 2


class _Line(NamedTuple):
    """An attribute path of the double and the expression that it is set to; `use` is the statement that goes away."""

    path: str
    node: Node
    use: Use | None = None


def offers(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """One offer: a method that is called after the double."""
    site = site_of(analysis, finding)
    factory = _factory(analysis, finding.path)
    if site is None or factory is None:
        return
    try:
        case = Case(analysis, finding.path, site)
        name = _method_name(case, factory)
    except Withdrawn:
        return
    title = f"Extract to `{factory.name}.{name}`"
    yield Fix(title, "review", finding, "extract", (factory.path, factory.name, name))


def recurs(analysis: Snapshot, finding: Finding) -> bool:
    """Whether the file makes the same double more than once: of the same class, under the same name."""
    site = site_of(analysis, finding)
    if site is None or site.is_patch or not site.call.targets:
        return False
    shape = _shape(site)
    return sum(_shape(each) == shape for each in analysis.mocks(finding.path).roots()) >= _LEAST


def extract(analysis: Snapshot, fix: Fix) -> Change:
    """The method behind the last one of the factory, and its call in the test; raises Withdrawn."""
    path = fix.finding.path
    site = site_of(analysis, fix.finding)
    factory = _factory(analysis, path)
    if site is None or factory is None or (factory.path, factory.name) != fix.arguments[:2]:
        reason = "it is no longer there"
        raise Withdrawn(reason)
    case = Case(analysis, path, site)
    name = _method_name(case, factory)
    model = _model(factory)
    lines = _lines(case)
    reached = reach(analysis, Place(path, case.unit, case.scope, case.start), factory, model)
    source = case.facts.source
    edits = [Edit(source.span(case.node), f"{reached.call(name)}()")]
    edits += [_without(case, each.use) for each in lines if each.use is not None]
    gone = {site.call.path[0]}
    added = (reached.module, reached.name) if reached.module else None
    return Change(
        path,
        with_imports(analysis, path, edits, added, gone),
        elsewhere=(_method(case, factory, model, name, lines),),
    )


# --- what is extracted


def _shape(site: Site) -> tuple[str, tuple[str, ...]]:
    names = [each[-1] for each in site.call.targets]
    return site.name, words(names[0]) if names else ()


def _factory(analysis: Snapshot, path: str) -> Factory | None:
    """The factory that is written to: the first class of the workspace that has methods to go by."""
    for factory in analysis.factories(path):
        if not factory.is_module and factory.module and factory.path != path and factory.methods:
            return factory
    return None


def _method_name(case: Case, factory: Factory) -> str:
    """What the factory would call the double; raises Withdrawn where nothing can be made of it."""
    if case.site.is_patch or case.cls not in CLASSES or not case.target or not case.is_whole_value:
        reason = "it has no name to go by"
        raise Withdrawn(reason)
    if reason := refused(case):
        raise Withdrawn(reason)
    thing = "_".join(words(case.target[-1]))
    if not thing:
        reason = "its name says nothing"
        raise Withdrawn(reason)
    styles = Counter(
        "create_mock_{}" if re.match(r"create_mock_", each) else "create_{}_mock" for each in factory.methods
    )
    name = styles.most_common(1)[0][0].format(thing)
    if factory.has(name):
        reason = f"the factory has a `{name}` already"
        raise Withdrawn(reason)
    return name


def _model(factory: Factory) -> FactoryMethod:
    """The method whose form the new one takes: of the commonest kind."""
    methods = [each for each in factory.methods.values() if not each.is_async and each.path == factory.path]
    if not methods:
        reason = "the factory has no method to go by"
        raise Withdrawn(reason)
    kinds = Counter((each.is_static, each.is_class) for each in methods)
    kind = kinds.most_common(1)[0][0]
    last = [each for each in methods if (each.is_static, each.is_class) == kind]
    return max(last, key=lambda each: each.span.start)


def _lines(case: Case) -> list[_Line]:
    """What is set on the double and can be said anywhere: by the constructor, then by the statements behind it."""
    arguments = case.node.child_by_field_name("arguments")
    found: list[_Line] = []
    for each in arguments.named_children if arguments is not None else ():
        name, value = each.child_by_field_name("name"), each.child_by_field_name("value")
        if each.type != "keyword_argument" or name is None or value is None or not _is_closed(case, value):
            shown = " ".join(case.text(each).split())
            reason = f"`{shown}` belongs to the test"
            raise Withdrawn(reason)
        found.append(_Line(case.text(name), value))
    if any(each.path in {"name", "spec", "spec_set", "wraps", "unsafe"} for each in found):
        reason = "its constructor is told more than the factory's"
        raise Withdrawn(reason)
    for use in uses_of(case.facts, case.unit, case.target, (case.start, case.end)).early:
        if use.value is None:
            continue
        chain = nodes_around(case.unit.node, use.value[0])
        node = next((each for each in chain if (each.start_byte, each.end_byte) == use.value), None)
        if node is None or not _is_closed(case, node) or not is_alone(case, use):
            continue
        found.append(_Line(".".join(use.path), node, use))
    return found


def _is_closed(case: Case, node: Node) -> bool:
    """Whether an expression means the same in the factory: literals, and doubles that are told nothing else."""
    if is_literal(node):
        return True
    site = next(
        (
            each
            for each in case.mocks.sites
            if (each.unit.start + each.call.span[0], each.unit.start + each.call.span[1])
            == (node.start_byte, node.end_byte)
        ),
        None,
    )
    if site is None or site.name not in CLASSES or len(site.call.path) != 1 or site.call.path[0] != site.name:
        return False
    arguments = node.child_by_field_name("arguments")
    return arguments is not None and all(
        each.type == "keyword_argument"
        and (value := each.child_by_field_name("value")) is not None
        and is_literal(value)
        for each in arguments.named_children
    )


def _without(case: Case, use: Use | None) -> Edit:
    assert use is not None  # noqa: S101 - for the types: only statements go away
    source = case.facts.source
    lines = source.lines
    chain = nodes_around(case.unit.node, use.start)
    statement = next(each for each in reversed(chain) if each.type == "expression_statement")
    span = source.span(statement)
    first, last = lines.line_of(span.start), lines.line_of(span.end)
    end = lines.starts[last + 1] if last + 1 < len(lines) else len(source.text)
    return Edit(Span(lines.span_of(first).start, end), "")


# --- the factory


def _method(case: Case, factory: Factory, model: FactoryMethod, name: str, lines: Sequence[_Line]) -> Change:
    analysis = case.analysis
    try:
        facts = analysis.facts(factory.path)
    except UnreadableError as error:
        raise Withdrawn(str(error)) from error
    source = facts.source
    byte = source.byte(model.span.start)
    chain = nodes_around(source.root, byte)
    body = next((each for each in reversed(chain) if each.type == "block"), None)
    if body is None or body.has_error or not body.named_children:
        reason = "the factory's file does not parse"
        raise Withdrawn(reason)
    first = source.span(body.named_children[0])
    line = source.lines.line_of(first.start)
    indentation = source.text[source.lines.span_of(line).start : first.start]
    if indentation.strip():
        reason = "the factory stands on one line"
        raise Withdrawn(reason)
    inner = next(
        (each for each in chain if each.type == "function_definition" and each.start_byte <= byte), None
    )
    step = indentation * 2 if inner is None else _indentation_of(case, factory, inner)
    thing = "_".join(words(case.target[-1]))
    taken = [
        each
        for each in lines
        if "." not in each.path and each.node.type in _PLAIN and each.path not in _RESULTS
    ]
    first_parameter = "" if model.is_static else "cls" if model.is_class else "self"
    parameters = [first_parameter] if first_parameter else []
    parameters += [f"{each.path}={case.text(each.node)}" for each in taken]
    head = (
        []
        if not (model.is_static or model.is_class)
        else ["@staticmethod" if model.is_static else "@classmethod"]
    )
    returns = f" -> {case.cls}" if model.returns else ""
    statements = [f"{thing} = {case.cls}()"]
    for each in lines:
        value = each.path if each in taken else case.text(each.node)
        statements.append(f"{thing}.{each.path} = {value}")
    statements.append(f"return {thing}")
    end = line_end(source.lines, line)
    text = [f"{indentation}{each}" for each in (*head, f"def {name}({', '.join(parameters)}){returns}:")]
    text += [f"{step}{each}" for each in statements]
    at = source.lines.span_of(source.lines.line_of(source.offset(body.named_children[-1].end_byte))).end
    edit = Edit(Span(at, at), "".join(f"{end}{each}" for each in ("", *text)))
    written = " ".join(case.text(line.node) for line in lines)
    needed = {case.cls, *(each for each in CLASSES if re.search(rf"\b{each}\b", written))}
    missing = sorted(each for each in needed if not facts.module_lookup(each))
    if len(missing) > 1:
        reason = f"the factory imports neither `{missing[0]}` nor `{missing[1]}`"
        raise Withdrawn(reason)
    added = ("unittest.mock", missing[0]) if missing else None
    return Change(factory.path, with_imports(analysis, factory.path, [edit], added, ()))


def _indentation_of(case: Case, factory: Factory, function: Node) -> str:
    source = case.analysis.facts(factory.path).source
    body = function.child_by_field_name("body")
    start = source.offset(body.start_byte if body is not None else function.start_byte)
    line = source.lines.line_of(start)
    text = source.text[source.lines.span_of(line).start : start]
    return text if not text.strip() else "        "
