"""Flags what goes around the one place that a project has for something: calls and imports that `replacements` lists.

Each entry of `[tool.ssot-lsp.replacements]` names something and what to use in its place. A call of it and a
decorator are flagged; an import of it, or from it where it is a module, is flagged where the file does nothing of
the kind. Names are followed through aliases and re-exports. `name(argument)` means only the calls whose first
argument is that: `patch.dict(os.environ)` leaves other dictionaries alone, and `"os.environ"` in quotation marks is
the same. The module that the replacement stands in may use what it wraps.

An entry is a string, or a table that also says that a call keeps its arguments:
`{ use = "shared.containers.start", same-call = true }`. Only then is an edit offered. What starts with `self.` is
taken from the test's base class and needs no import.

An entry that leads to the factory or to an SSOT base is `non-canonical-factory`'s.

## Why is this bad?

A resource that has one owner is started, counted and cleaned up once. A test that goes around it leaves containers
behind, changes the environment of its neighbours, or runs without what the project's own runner sets up.

## Example

```toml
[tool.ssot-lsp.replacements]
"docker.from_env" = { use = "shared.containers.docker_client", same-call = true }
"pytest.main" = "shared.runner.run"
```

```python
import pytest
from docker import from_env


def test_image():
    client = from_env(timeout=5)  # error
    assert client.images


if __name__ == "__main__":
    pytest.main()  # error
```

Use instead:

```python
import pytest
from shared.containers import docker_client


def test_image():
    client = docker_client(timeout=5)
    assert client.images


if __name__ == "__main__":
    pytest.main()  # error
```

## Fix safety

The name and its import are replaced where the entry says `same-call`. Whether the replacement does the same is known
to who wrote the entry, so each edit needs a look. An import that nothing else uses goes with it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.definitions import Kind
from ssot_lsp.finding import Finding, Severity
from ssot_lsp.index.mock_library import PREFIXES
from ssot_lsp.index.ways import units_holding
from ssot_lsp.mocks.creators import MOCKER_FIXTURES
from ssot_lsp.references import references_in
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.definitions import Binding
    from ssot_lsp.facts import Facts, Unit
    from ssot_lsp.index.origins import Origin
    from ssot_lsp.references import Reference
    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.WARNING
NEEDLES: tuple[bytes, ...] = ()
"""See `words`."""

_WRITTEN = re.compile(rb"[\w.\s]+")
_LITERAL = re.compile(rb"""[rbuRBU]*["']([\w.]+)["']\Z""")


class _Entry(NamedTuple):
    """A listed name: `argument` where only calls with that first argument are meant."""

    key: str
    name: str
    argument: str
    use: str


def words(config: ProjectConfig) -> Iterator[str]:
    """Without the last part of a listed name a file does nothing that is listed."""
    return (each.name.rpartition(".")[2] for each in _entries(config))


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each call, decorator or, where there is none, import of something that is replaced."""
    entries = [each for each in _entries(ctx.config) if not _is_at_home(ctx, each)]
    if not entries:
        return
    by_word: dict[str, list[_Entry]] = defaultdict(list)
    for each in entries:
        by_word[each.name.rpartition(".")[2]].append(each)
    imported = list(_imported(ctx, by_word))
    for binding, _, entry in imported:
        if entry not in by_word[binding.name]:
            by_word[binding.name].append(entry)
    called: set[str] = set()
    for unit, reference in _references(ctx.facts, frozenset(by_word)):
        meant = (each for each in by_word[reference.path[-1]] if _is_meant(ctx, unit, reference, each))
        found = next(meant, None)
        if found is not None:
            called.add(found.key)
            start, end = reference.span
            yield _finding(ctx, found, ctx.span(unit.start + start, unit.start + end))
    for _, span, entry in imported:
        if entry.key not in called and not entry.argument:
            yield _finding(ctx, entry, span)


def _entries(config: ProjectConfig) -> Iterator[_Entry]:
    for key, replacement in config.replacements.items():
        name, _, argument = key.rstrip(")").partition("(")
        if replacement.use and not _is_ours(config, replacement.use):
            yield _Entry(key, name.strip(), argument.strip(), replacement.use)


def _is_ours(config: ProjectConfig, use: str) -> bool:
    """Whether it is the factory or an SSOT base, with or without its module."""
    known = (*config.factory, *config.base_classes)
    return any(
        use == full or use == full.rpartition(".")[2] or use.rpartition(".")[2] == full for full in known
    )


def _is_at_home(ctx: RuleContext, entry: _Entry) -> bool:
    """Whether the file is the one that the replacement stands in."""
    module = entry.use
    while module:
        if ctx.world.module_path(module, ctx.path) == ctx.path:
            return True
        module = module.rpartition(".")[0]
    return False


def _finding(ctx: RuleContext, entry: _Entry, span: Span) -> Finding:
    return Finding(
        "bypassed-ssot", ctx.path, span, f"`{entry.key}` bypasses `{entry.use}`", SEVERITY, subject=entry.key
    )


def _imported(ctx: RuleContext, by_word: dict[str, list[_Entry]]) -> Iterator[tuple[Binding, Span, _Entry]]:
    """The names that imports bind to something that is replaced, or to a member of such a module."""
    source = ctx.facts.source
    entries = [entry for found in by_word.values() for entry in found]
    for unit in ctx.facts.importing():
        for binding in unit.bindings():
            target = binding.target
            if binding.kind is not Kind.IMPORT or target is None:
                continue
            modules = [target.loads or target.module, *([] if target.level else [target.module])]
            words = {target.name or "", *(part for each in modules for part in each.split("."))}
            for entry in entries:
                if entry.name.rpartition(".")[2] not in words:
                    continue
                is_from = any(each == entry.name or each.startswith(f"{entry.name}.") for each in modules)
                if is_from or entry.name in _names(ctx, ctx.mocks.origins.of_import(target)):
                    at = unit.start + binding.at
                    written = _WRITTEN.match(source.data, at)
                    end = at + len(written.group().rstrip()) if written is not None else at
                    yield binding, Span(source.offset(at), source.offset(end)), entry
                    break


def _references(facts: Facts, words: frozenset[str]) -> Iterator[tuple[Unit, Reference]]:
    """What is called by one of the names `words`, alone or as an attribute, or decorates; in the order of the text."""
    for unit in units_holding(facts, words):
        for each in references_in(unit.node, unit.data, words, (), unit.end).taken:
            if each.path[-1] in words and (each.call is not None or each.is_decorator):
                yield unit, each


def _is_meant(ctx: RuleContext, unit: Unit, reference: Reference, entry: _Entry) -> bool:
    path, scope = reference.path, unit.scope_at(reference.span[0])
    if "()" in path or "[]" in path:
        return False
    bindings, _ = ctx.facts.lookup(path[0], unit, scope)
    if path[0] in MOCKER_FIXTURES and any(each.kind is Kind.PARAMETER for _, _, each in bindings):
        names = {".".join(path[1:])}
    else:
        names = set(_names(ctx, ctx.mocks.origins.of_path(path, unit, scope)))
    return entry.name in names and (not entry.argument or _has_argument(ctx, unit, reference, entry))


def _has_argument(ctx: RuleContext, unit: Unit, reference: Reference, entry: _Entry) -> bool:
    """Whether the first argument of a call is the one that the entry names, itself or as a string."""
    if reference.call is None or not reference.call.arguments:
        return False
    start, end = span = reference.call.arguments[0].span
    literal = _LITERAL.match(unit.data[unit.start + start : unit.start + end])
    if literal is not None:
        return literal.group(1).decode() == entry.argument
    path = unit.path(span)
    origins = ctx.mocks.origins.of_path(path, unit, unit.scope_at(reference.span[0])) if path else ()
    return entry.argument in _names(ctx, origins)


def _names(ctx: RuleContext, origins: Iterable[Origin]) -> Iterator[str]:
    """What something is called, in full and as people call it."""
    for origin in origins:
        if origin.path:
            module = ctx.mocks.origins.module_of(origin.path)
            yield f"{module}.{origin.name}" if origin.name else module
        else:
            yield origin.name
            # `patch.dict` is what people call it, `unittest.mock.patch.dict` what it is.
            for prefix in PREFIXES:
                if origin.name.startswith(prefix):
                    yield origin.name[len(prefix) :]
