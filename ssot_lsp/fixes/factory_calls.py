"""Mend uses of a factory that cannot work: other names, other arguments, values folded into the call."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from ssot_lsp.files import UnreadableError
from ssot_lsp.fixes.base import Change, Fix, Withdrawn
from ssot_lsp.fixes.comments import line_end
from ssot_lsp.index.arguments import keyword_span, problems
from ssot_lsp.index.factory import Product
from ssot_lsp.index.factory_uses import factory_uses
from ssot_lsp.index.missing import is_missing
from ssot_lsp.index.strings import string_of
from ssot_lsp.index.uses import uses
from ssot_lsp.index.writes import product_target
from ssot_lsp.names import did_you_mean
from ssot_lsp.nodes import path_of
from ssot_lsp.source import nodes_around
from ssot_lsp.text import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.calls import Argument, Call
    from ssot_lsp.facts import Unit
    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes.base import Snapshot
    from ssot_lsp.index.arguments import Problem
    from ssot_lsp.index.factory_uses import FactoryUse
    from ssot_lsp.source import Node, Source

_BLANKS = " \t"
_SIMPLE_STATEMENTS = frozenset({"expression_statement"})
# What may mean something else, or do something, when it is moved.
_NOT_MOVED = frozenset(
    {"call", "await", "yield", "named_expression", "lambda", "list_splat", "dictionary_splat"}
)


# --- another method


def offers_for_method(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """The methods that may be meant: here, and everywhere that the name is used."""
    use = _use_at(analysis, finding)
    if use is None:
        return
    known = [name for name in use.factory.methods if not name.startswith("_")]
    for rank, near in enumerate(did_you_mean(use.name, known)):
        yield Fix(f"Replace `{use.name}` by `{near}`", "review", finding, "rename-factory-method", (near,))
        if not rank:  # without their number: to count them, all files would have to be read for a title
            title = f"Replace all uses of `{use.name}` in the workspace by `{near}`"
            yield Fix(title, "review", finding, "rename-factory-method-everywhere", (near,))


def rename_method(analysis: Snapshot, fix: Fix) -> Change:
    """The other name, and attributes of the double in the place of keywords that the other method does not take."""
    use = _needed_use(analysis, fix.finding)
    edits = _renamed(analysis, fix.finding.path, use, fix.arguments[0])
    if edits is None:
        reason = f"its arguments do not fit `{fix.arguments[0]}`"
        raise Withdrawn(reason)
    return Change(fix.finding.path, tuple(edits))


def rename_method_everywhere(analysis: Snapshot, fix: Fix) -> Change:
    """The same wherever the name is taken from this factory; uses whose arguments would not fit stay as they are."""
    path, (near,) = fix.finding.path, fix.arguments
    here = _needed_use(analysis, fix.finding)
    changes: list[Change] = []
    needle = here.name.encode("utf-8", "surrogatepass")
    for each in sorted({path, *analysis.holders(analysis.config(path).root, [needle])}):
        edits: list[Edit] = []
        for use in _uses_of(analysis, each, here):
            edits += _renamed(analysis, each, use, near) or ()
        if edits:
            changes.append(Change(each, tuple(sorted(edits, key=lambda edit: edit.span))))
    own = next((each for each in changes if each.path == path), None)
    if own is None:
        reason = f"its arguments do not fit `{near}`"
        raise Withdrawn(reason)
    return Change(path, own.edits, elsewhere=tuple(each for each in changes if each is not own))


def _uses_of(analysis: Snapshot, path: str, wanted: FactoryUse) -> Iterator[FactoryUse]:
    """The uses of the same name of the same factory in another file."""
    try:
        spans = {
            each.span
            for each in uses(analysis, path, [wanted.name])
            if (each.factory.path, each.factory.is_module) == (wanted.factory.path, wanted.factory.is_module)
            and (wanted.factory.is_module or each.factory.name == wanted.factory.name)
        }
        found = factory_uses(analysis, path) if spans else iter(())
        yield from (each for each in found if each.span in spans and is_missing(each))
    except UnreadableError:
        return


def _renamed(analysis: Snapshot, path: str, use: FactoryUse, near: str) -> list[Edit] | None:
    """The edits for one use; None where its arguments do not fit."""
    source = analysis.facts(path).source
    method = use.factory.methods.get(near)
    if method is None:
        return None
    edits = [Edit(use.span, near)]
    other = use._replace(name=near)
    misfits = list(problems(other))
    if use.call is None or not misfits:
        return edits
    moved = [
        each.argument for each in misfits if each.kind in {"unknown", "unread"} and each.argument is not None
    ]
    if len(moved) < len(misfits):
        return None
    attributes = _as_attributes(source, other, use.call, moved)
    return [*edits, *attributes] if attributes is not None else None


# --- another argument


def offers_for_argument(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """Another keyword, an attribute of the double, or none at all."""
    found = _problem_at(analysis, finding)
    if found is None:
        return
    use, problem = found
    name, method, call = problem.name, use.method, use.call
    if method is None or call is None:
        return
    if problem.kind in {"unknown", "unread"}:
        given = {each.keyword for each in call.arguments}
        free = [
            each.name for each in method.parameters if method.parameter(each.name) and each.name not in given
        ]
        for near in did_you_mean(name, [*free, *(method.reads_keywords or ())]):
            yield Fix(f"Replace `{name}` by `{near}`", "review", finding, "rename-argument", (near,))
        if (
            _takes_attributes(use)
            and _as_attributes(analysis.facts(finding.path).source, use, call, ()) is not None
        ):
            yield Fix(
                f"Set `{name}` on the double after the call", "review", finding, "argument-to-attribute"
            )
    if problem.argument is not None:
        what = f"`{name}`" if name else "the argument"
        yield Fix(f"Remove {what}", "review", finding, "remove-argument")


def rename_argument(analysis: Snapshot, fix: Fix) -> Change:
    """Another keyword for the same value."""
    _needed_problem(analysis, fix.finding)
    return Change(fix.finding.path, (Edit(fix.finding.span, fix.arguments[0]),))


def remove_argument(analysis: Snapshot, fix: Fix) -> Change:
    """Without the argument, and without the comma that it needed."""
    use, problem = _needed_problem(analysis, fix.finding)
    source = analysis.facts(fix.finding.path).source
    if problem.argument is None or use.call is None:
        raise _gone()
    return Change(fix.finding.path, (_without(source, use.unit, use.call, [problem.argument])[0],))


def argument_to_attribute(analysis: Snapshot, fix: Fix) -> Change:
    """The value on the double, in a statement of its own behind the call's."""
    use, problem = _needed_problem(analysis, fix.finding)
    source = analysis.facts(fix.finding.path).source
    edits = (
        _as_attributes(source, use, use.call, [problem.argument])
        if use.call is not None and problem.argument is not None
        else None
    )
    if edits is None:
        reason = "the double is assigned to no name"
        raise Withdrawn(reason)
    return Change(fix.finding.path, tuple(sorted(edits, key=lambda each: each.span)))


def _as_attributes(
    source: Source, use: FactoryUse, call: Call, arguments: list[Argument] | tuple[Argument, ...]
) -> list[Edit] | None:
    """Keywords as assignments after the statement of the call; None where the double has no plain name there."""
    target = product_target(use)
    statement = _statement(use.unit, call)
    if target is None or statement is None or not _takes_attributes(use):
        return None
    edits = _without(source, use.unit, call, arguments)
    line = source.lines.line_of(source.offset(statement.end_byte))
    start = source.offset(statement.start_byte)
    before = source.text[source.lines.span_of(source.lines.line_of(start)).start : start]
    end = source.lines.span_of(line).end
    rest = source.text[source.offset(statement.end_byte) : end].strip()
    if before.strip() or (rest and not rest.startswith("#")):  # another statement on its lines
        return None
    data, base = use.unit.data, use.unit.start
    new_line = line_end(source.lines, line)
    added = ""
    for each in arguments:
        value = data[base + each.span[0] : base + each.span[1]].decode("utf-8", "surrogatepass")
        if "\n" in value:
            value = f"({value})"
        added += f"{new_line}{before}{'.'.join(target)}.{each.keyword} = {value}"
    return [*edits, Edit(Span(end, end), added)] if added else edits


def _takes_attributes(use: FactoryUse) -> bool:
    """Whether the double is a mock that surely takes any attribute."""
    mocks = {Product.ASYNC_MOCK, Product.MAGIC_MOCK, Product.MOCK}
    return use.method is not None and bool(use.method.products) and use.method.products <= mocks


def _statement(unit: Unit, call: Call) -> Node | None:
    """The statement that assigns the call to something and does nothing else."""
    chain = nodes_around(unit.node, unit.start + call.span[0])
    for node, child in pairwise(chain):
        if node.type == "expression_statement" and child.type == "assignment":
            right = child.child_by_field_name("right")
            if right is not None and right.end_byte == unit.start + call.results[-1][1]:
                return node
    return None


def _without(
    source: Source, unit: Unit, call: Call, arguments: list[Argument] | tuple[Argument, ...]
) -> list[Edit]:
    """Each argument with the comma and the blanks that go with it."""
    order = list(call.arguments)
    edits: list[Edit] = []
    left = [each for each in order if each not in arguments]
    inside = unit.data.find(b"(", unit.start + call.callee[1]) + 1, unit.start + call.span[1] - 1
    if arguments and not left and b"#" not in unit.data[slice(*inside)]:
        return [Edit(Span(source.offset(inside[0]), source.offset(inside[1])), "")]
    for each in arguments:
        start, end = _whole(unit, each)
        index = order.index(each)
        if any(order.index(other) < index for other in left):  # from the end of what stays before it
            start = _whole(unit, order[index - 1])[1]
        elif index + 1 < len(order):  # up to the start of the next
            end = _whole(unit, order[index + 1])[0]
        else:
            rest = re.compile(rb"\s*,").match(unit.data, end)
            end = rest.end() if rest is not None else end
            before = unit.data.rfind(b"\n", 0, start)
            if (
                not unit.data[before + 1 : start].strip() and unit.data[end : end + 1] == b"\n"
            ):  # a line of its own
                start = max(before, unit.start)
        edits.append(Edit(Span(source.offset(start), source.offset(end)), ""))
    return edits


def _whole(unit: Unit, argument: Argument) -> tuple[int, int]:
    """The absolute bytes of an argument with its keyword or stars."""
    start, end = unit.start + argument.span[0], unit.start + argument.span[1]
    return (keyword_span(unit, argument)[0] if argument.keyword not in {"", "*", "**"} else start), end


# --- another string


def offers_for_type(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """The names that the method has something for and that may be meant."""
    for near in _near_types(analysis, finding):
        text = string_text(analysis, finding)
        yield Fix(f"Replace `{text}` by `{near}`", "review", finding, "rename-mock-type", (near,))


def _near_types(analysis: Snapshot, finding: Finding) -> tuple[str, ...]:
    source = analysis.facts(finding.path).source
    at = source.byte(finding.span.start)
    text = string_text(analysis, finding)
    for use in factory_uses(analysis, finding.path):
        call, method = use.call, use.method
        if call is None or method is None or text is None:
            continue
        for each in call.arguments:
            if use.unit.start + each.span[0] <= at < use.unit.start + each.span[1]:
                known = [name for names in method.literals.values() for name in names]
                return did_you_mean(text, known)
    return ()


def string_text(analysis: Snapshot, finding: Finding) -> str | None:
    """The value of the string that a finding is about."""
    source = analysis.facts(finding.path).source
    start, end = source.byte(finding.span.start), source.byte(finding.span.end)
    node = source.node_at(start, end)
    return string_of(node, source.data) if node is not None else None


def rename_type(analysis: Snapshot, fix: Fix) -> Change:
    """Another string in the same quotes."""
    if fix.arguments[0] not in _near_types(analysis, fix.finding):
        raise _gone()
    written = analysis.text(fix.finding.path)[slice(*fix.finding.span)]
    match = re.fullmatch(r"""([rRuU]?)('''|\"""|'|")(.*)\2""", written, re.DOTALL)
    new = fix.arguments[0]
    if match is None or match[2][0] in new or "\\" in new:
        raise _gone()
    return Change(fix.finding.path, (Edit(fix.finding.span, f"{match[1]}{match[2]}{new}{match[2]}"),))


# --- folding a value into the call


def offers_to_fold(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """Give the value to the call, where a parameter matches."""
    if _folded(analysis, finding) is not None:
        name = analysis.text(finding.path)[slice(*finding.span)].rpartition(".")[2]
        yield Fix(f"Pass `{name}` to the factory instead", "review", finding, "fold-into-call")


def fold(analysis: Snapshot, fix: Fix) -> Change:
    """The value as a keyword of the call, without the statement that wrote it."""
    edits = _folded(analysis, fix.finding)
    if edits is None:
        raise _gone()
    return Change(fix.finding.path, tuple(edits))


def _folded(analysis: Snapshot, finding: Finding) -> list[Edit] | None:
    source = analysis.facts(finding.path).source
    at = source.byte(finding.span.start)
    chain = nodes_around(source.root, at)
    place = next((index for index, each in enumerate(chain) if each.type == "assignment"), None)
    left = chain[place].child_by_field_name("left") if place is not None else None
    if place is None or left is None or left.start_byte != at:
        return None
    right = chain[place].child_by_field_name("right")
    path = path_of(left, source.data)
    if right is None or right.type == "assignment" or not _is_movable(right):
        return None
    for use in factory_uses(analysis, finding.path):
        call, method = use.call, use.method
        if (
            call is None
            or method is None
            or product_target(use) != path[:-1]
            or not method.is_signature_known
        ):
            continue
        statement = _statement(use.unit, call)
        own_scope = (
            use.unit.scope_at(at - use.unit.start) == use.scope and use.unit.start <= at < use.unit.end
        )
        if statement is None or not own_scope or method.parameter(path[-1]) is None:
            continue
        if any(each.keyword in {path[-1], "*", "**"} for each in call.arguments):
            continue
        if _is_beside(chain[place - 1], statement, source) and _means_the_same(use, right, statement):
            value = source.node_text(right)
            keyword = _added_keyword(source, use.unit, call, path[-1], value)
            return [keyword, _without_statement(source, chain[place - 1])]
    return None


def _is_movable(node: Node) -> bool:
    pending = [node]
    while pending:
        each = pending.pop()
        if each.type in _NOT_MOVED or each.is_error:
            return False
        pending.extend(each.named_children)
    return True


def _is_beside(write: Node, statement: Node, source: Source) -> bool:
    """Whether two statements stand in one block, each on lines of its own."""
    blocks = [
        next(
            (
                each.start_byte
                for each in reversed(nodes_around(source.root, node.start_byte))
                if each.type == "block"
            ),
            -1,
        )
        for node in (write, statement)
    ]
    lines = source.lines
    start, end = source.offset(write.start_byte), source.offset(write.end_byte)
    before = source.text[lines.span_of(lines.line_of(start)).start : start]
    behind = source.text[end : lines.span_of(lines.line_of(end)).end]
    return blocks[0] == blocks[1] and not before.strip() and not behind.strip()


def _means_the_same(use: FactoryUse, value: Node, statement: Node) -> bool:
    """Whether no name of the value is bound between the call and the write, or first behind the call."""
    scope, base = use.unit.scopes[use.scope], use.unit.start
    pending = [value]
    while pending:
        each = pending.pop()
        if each.type == "identifier":
            name = use.unit.data[each.start_byte : each.end_byte].decode("utf-8", "surrogatepass")
            if any(base + bound.at >= statement.start_byte for bound in scope.names.get(name, ())):
                return False
        pending.extend(each.named_children)
    return True


def _added_keyword(source: Source, unit: Unit, call: Call, name: str, value: str) -> Edit:
    """One more keyword behind the last argument."""
    text = f"{name}={value}"
    if call.arguments:
        end = source.offset(_whole(unit, call.arguments[-1])[1])
        return Edit(Span(end, end), f", {text}")
    close = source.offset(unit.start + call.span[1]) - 1
    return Edit(Span(close, close), text)


def _without_statement(source: Source, node: Node) -> Edit:
    """The lines of a statement, all of them."""
    lines = source.lines
    first, last = lines.line_of(source.offset(node.start_byte)), lines.line_of(source.offset(node.end_byte))
    start = lines.span_of(first).start
    end = lines.starts[last + 1] if last + 1 < len(lines) else lines.span_of(last).end
    return Edit(Span(start, end), "")


# --- where a finding stands


def _use_at(analysis: Snapshot, finding: Finding) -> FactoryUse | None:
    return next((each for each in factory_uses(analysis, finding.path) if each.span == finding.span), None)


def _needed_use(analysis: Snapshot, finding: Finding) -> FactoryUse:
    use = _use_at(analysis, finding)
    if use is None or not is_missing(use):
        raise _gone()
    return use


def _problem_at(analysis: Snapshot, finding: Finding) -> tuple[FactoryUse, Problem] | None:
    source = analysis.facts(finding.path).source
    for use in factory_uses(analysis, finding.path):
        for problem in problems(use):
            if source.offset(problem.span[0]) == finding.span.start:
                return use, problem
    return None


def _needed_problem(analysis: Snapshot, finding: Finding) -> tuple[FactoryUse, Problem]:
    found = _problem_at(analysis, finding)
    if found is None:
        raise _gone()
    return found


def _gone() -> Withdrawn:
    return Withdrawn("it is there no more")
