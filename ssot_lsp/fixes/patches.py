"""A patch that makes a double, with a factory's call as its `new`: where that keeps its form and is no function."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lsp.candidates import wanted
from ssot_lsp.files import UnreadableError
from ssot_lsp.fixes.base import Withdrawn
from ssot_lsp.text import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.fixes.receiver import Reach
    from ssot_lsp.fixes.swap_plan import Case
    from ssot_lsp.index.factory import FactoryMethod

_RESULTS = frozenset({"return_value", "side_effect"})
# What is asked of a double that is called itself.
_OF_CALLABLES = _RESULTS | {
    *("called", "call_count", "call_args", "call_args_list", "await_count", "await_args", "await_args_list"),
    *("assert_called", "assert_called_once", "assert_called_with", "assert_called_once_with"),
    *("assert_any_call", "assert_not_called", "assert_awaited", "assert_awaited_once", "assert_any_await"),
    *("assert_awaited_with", "assert_awaited_once_with", "assert_not_awaited"),
}
_OF_PATCHERS = frozenset({"start", "stop"})
_PROPERTY = re.compile(rb"@[\w.]*(?:property|Property|\.getter|\.setter)\b[^\n]*\s*$")


def with_new(case: Case, reached: Reach, method: FactoryMethod) -> Edit:
    """`patch("a.b")` with the factory's call as its `new`; raises Withdrawn where that would change what it does."""
    arguments = list(case.call.arguments)
    source = case.facts.source
    count = 2 if case.cls == "patch.object" else 1
    if case.call.decorates >= 0 or len(arguments) != count or any(each.keyword for each in arguments):
        reason = "the patch would pass nothing on any more"
        raise Withdrawn(reason)
    last = case.unit.start + arguments[-1].span[1]
    name = source.slice(case.unit.start + arguments[-1].span[0], last).strip("\"'").rpartition(".")[2]
    if name[:1].isupper():
        reason = f"`{name}` is patched itself, and not an instance of it"
        raise Withdrawn(reason)
    if not any(each.path[0] in _RESULTS for each in method.surface):
        _refuse_functions(case, name)
    needed = [
        each for each in method.parameters if each.default is None and each.kind in {"positional", "keyword"}
    ]
    if needed:
        reason = f"`{method.name}` needs `{needed[0].name}`"
        raise Withdrawn(reason)
    at = source.offset(last)
    return Edit(Span(at, at), f", new={reached.call(method.name)}()")


def _refuse_functions(case: Case, name: str) -> None:
    """Raise Withdrawn where a function is patched: the method's double is no function."""
    used = wanted(case.mocks, case.site).attributes - _OF_PATCHERS
    if used and used <= _OF_CALLABLES:
        reason = "it is called, and has no attributes"
        raise Withdrawn(reason)
    definition = re.compile(
        rb"^[ \t]*(?:async[ \t]+)?def[ \t]+" + re.escape(name.encode()) + rb"\s*\(", re.MULTILINE
    )
    for path in _patched_files(case):
        try:
            data = case.analysis.facts(path).source.data
        except UnreadableError:
            continue
        for match in definition.finditer(data):
            if _PROPERTY.search(data, max(0, match.start() - 200), match.start()) is None:
                reason = f"`{name}` is a function"
                raise Withdrawn(reason)


def _patched_files(case: Case) -> Iterator[str]:
    """The workspace files of the modules and classes of which an attribute is patched."""
    first = case.call.arguments[0].span
    if case.cls == "patch.object":
        path = case.unit.path(first)
        for origin in case.mocks.origins.of_path(path, case.unit, case.scope) if path else ():
            if origin.path:
                yield origin.path
        return
    written = case.facts.source.slice(case.unit.start + first[0], case.unit.start + first[1])
    parts = written.strip("\"'").split(".")[:-1]
    for size in range(len(parts), 0, -1):
        found = case.analysis.module_path(".".join(parts[:size]), case.path)
        if found is not None:
            yield found
            return
