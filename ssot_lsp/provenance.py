"""Where the name of a mock comes from, line by line: the imports and assignments that lead to `unittest.mock`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.definitions import Kind
from ssot_lsp.files import UnreadableError
from ssot_lsp.index.mock_library import MODULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.analysis import Analysis
    from ssot_lsp.definitions import Binding
    from ssot_lsp.facts import Facts, Unit
    from ssot_lsp.mocks import Site
    from ssot_lsp.rules.base import RuleContext

_LONGEST = 12  # files and aliases; real chains have three
_LIBRARY = frozenset({*MODULES, "pytest_mock"})
_WIDEST = 100  # code points of a statement that are quoted


class _Step(NamedTuple):
    """A name as a scope of a file has it; None for the unit where it is the module's."""

    path: str
    name: str
    unit: Unit | None
    scope: int


def provenance(analysis: Analysis, context: RuleContext, site: Site) -> str:
    """What the name of a site is, and each line that leads there, in Markdown."""
    written = ".".join(site.call.path)
    head = site.call.path[0]
    what = (
        f"`{site.name}` of pytest-mock" if site.name.startswith("mocker.") else f"`unittest.mock.{site.name}`"
    )
    start = _Step(context.path, head, site.unit, site.scope)
    lines = [
        f"line {line} has `{text}`"
        if path == context.path
        else f"`{_shown(analysis, path)}:{line}` has `{text}`"
        for path, line, text in _way(analysis, start)
    ]
    if not lines:
        return f"`{written}` is {what}: nothing in the file binds `{head}`, and it reads like it."
    return f"`{written}` is {what}: {', '.join(lines)}."


def _shown(analysis: Analysis, path: str) -> str:
    root = analysis.config(path).root.rstrip(os.sep) + os.sep
    return path.removeprefix(root).replace(os.sep, "/")


def _way(analysis: Analysis, start: _Step) -> Iterator[tuple[str, int, str]]:
    """The statements that lead from a name to where it comes from: file, 1-based line and text of each."""
    seen: set[tuple[str, str]] = set()
    step: _Step | None = start
    while step is not None and len(seen) < _LONGEST and (step.path, step.name) not in seen:
        seen.add((step.path, step.name))
        try:
            facts = analysis.facts(step.path)
            found = _binding(facts, step)
            if found is None:
                star = _star(analysis, facts, step)
                if star is not None:
                    yield step.path, *_statement(facts, star[0].start)
                step = star[1] if star is not None else None
                continue
            unit, scope, binding = found
            yield step.path, *_statement(facts, unit.start + binding.at)
            step = _next(analysis, step, unit, scope, binding)
        except UnreadableError:
            return


def _binding(facts: Facts, step: _Step) -> tuple[Unit, int, Binding] | None:
    if step.unit is None:
        bindings = facts.module_lookup(step.name)
    else:
        bindings, _ = facts.lookup(step.name, step.unit, step.scope)
    return bindings[0] if bindings else None


def _next(analysis: Analysis, step: _Step, unit: Unit, scope: int, binding: Binding) -> _Step | None:
    if binding.kind is Kind.IMPORT and binding.target is not None:
        module = analysis.origins(step.path).file_of(binding.target)
        if module is None or binding.target.name is None:
            return None
        return _Step(module, binding.target.name, None, 0)
    if binding.alias and binding.alias[0] != binding.name:
        return _Step(step.path, binding.alias[0], unit, scope)
    return None


def _star(analysis: Analysis, facts: Facts, step: _Step) -> tuple[Unit, _Step | None] | None:
    """The star import that brings a name, and where it is in the module."""
    for unit in facts.holding(b"*"):
        for star in (each for scope in unit.scopes for each in scope.stars):
            module = analysis.origins(step.path).file_of(star)
            if module is None:
                if star.module in _LIBRARY:
                    return unit, None
                continue
            other = analysis.facts(module)
            if other.module_lookup(step.name) or any(True for _ in other.stars()):
                return unit, _Step(module, step.name, None, 0)
    return None


def _statement(facts: Facts, byte: int) -> tuple[int, str]:
    """The 1-based line of a byte and its text."""
    source = facts.source
    line = source.lines.line_of(source.offset(byte))
    text = " ".join(source.lines.content(line).split())
    return line + 1, text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"
