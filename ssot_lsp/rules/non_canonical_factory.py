"""Flags imports of the factory, or of an SSOT base class, that lead to something else or to nothing.

- The module that it is imported from neither defines nor re-exports it, in this spelling or at all
  (`SsotMockFactory` for `SSotMockFactory`).
- The module is missing from a package of the workspace.
- The name leads to another definition: an alias `SSotMockFactory = OtherFactory` in a module of its own is another
  factory. Which one is meant is known where `factory` and `base-classes` say it with dots, or where only one class of
  that name stands outside of the files that pytest collects; otherwise nothing is said.
- It is a parallel one: an entry of `replacements` that leads to the factory or to an SSOT base
  (`"tests.legacy.MockFactory" = "SSotMockFactory"`). Several names in `factory` are all good; none of them is
  parallel to the first.

What a module brings in cannot always be known: nothing is said of modules outside of the workspace, with
`__getattr__`, with a star import that leads out of sight, with names that are made at run time, or that do not parse,
and of imports inside of `try`, `if` and `with`; nor of missing ones that may be compiled, generated (`.gitignore`
tells, and names like `_version` and `api_pb2`) or put into `sys.modules`.

## Why is this bad?

The import fails, or succeeds with a factory that nobody maintains: its doubles drift away from those of all other
tests, and the methods that completion shows are not the ones that run.

## Example

`shared/__init__.py`:

```python
```

`shared/factory.py`:

```python
class SSotMockFactory:
    @staticmethod
    def create_tool_mock(): ...
```

`shared/tools.py`:

```python
def run_tool(tool): ...
```

`tests/test_tools.py`:

```python
from shared.tools import SSotMockFactory, run_tool  # error


def test_tool():
    assert run_tool(SSotMockFactory.create_tool_mock()) is None
```

Use instead:

`tests/test_tools.py`:

```python
from shared.factory import SSotMockFactory
from shared.tools import run_tool


def test_tool():
    assert run_tool(SSotMockFactory.create_tool_mock()) is None
```

## Fix safety

The import is corrected, and in case of another spelling the name wherever the file uses it. Tests that could not be
imported run again, or run with another factory, so that somebody has to look.
"""

from __future__ import annotations

import os
from fnmatch import fnmatch
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.definitions import Import, Kind
from ssot_lsp.files import UnreadableError
from ssot_lsp.finding import Finding, Related, Severity
from ssot_lsp.index.absent import may_put_in_place, package_without
from ssot_lsp.index.fixtures import class_named
from ssot_lsp.nodes import IMPORTS
from ssot_lsp.source import nodes_around
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.definitions import Binding
    from ssot_lsp.facts import Facts, Unit
    from ssot_lsp.index.origins import Origin
    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.WARNING
NEEDLES: tuple[bytes, ...] = ()
"""See `words`."""

# An import inside of these may be made to fail, or not to run.
_GUARDS = frozenset({"try_statement", "if_statement", "with_statement", "while_statement", "match_statement"})
# Words by which a module gets names that nobody reads: wherever they stand, and in statements of the module itself.
_MADE_AT_RUN_TIME = (b"globals(", b"exec(", b"sys.modules")
_MADE_BY_THE_MODULE = (b"vars(", b"__dict__", b"setattr(")
_DEEPEST = 6


class _Name(NamedTuple):
    """What the configuration names: `short` its last part, `full` all of it."""

    short: str
    full: str
    is_factory: bool


class _Place(NamedTuple):
    """A definition: of the class `name`, in the file at `path`, at the span of its name."""

    path: str
    name: str
    span: Span


def words(config: ProjectConfig) -> Iterator[str]:
    """What is imported has one of these names, in some spelling."""
    for name in (*config.factory, *config.base_classes, *config.replacements):
        yield name.rpartition(".")[2]


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each import of something that is not what the configuration means."""
    wanted = {each.short.lower(): each for each in _names(ctx)}
    parallel = dict(_parallel(ctx, wanted))
    asked = {*wanted, *(key.rpartition(".")[2].lower() for key in parallel)}
    targets = (each.target for each in ctx.facts.imports())
    if not any(each is not None and each.name is not None and each.name.lower() in asked for each in targets):
        return
    for unit in ctx.facts.importing():
        for binding in unit.memo.outline if unit.node.type in IMPORTS else unit.bindings():
            name = binding.target.name if binding.target is not None else None
            if binding.kind is Kind.IMPORT and name is not None and name.lower() in asked:
                found = _listed(ctx, binding, parallel) or _judged(ctx, binding, wanted.get(name.lower()))
                if found is not None and not _is_guarded(unit, binding):
                    yield _finding(ctx, unit, binding, *found)


def _finding(ctx: RuleContext, unit: Unit, binding: Binding, message: str, meant: _Name) -> Finding:
    assert binding.target is not None  # noqa: S101 - for the types
    assert binding.target.name is not None  # noqa: S101 - as above
    source, at = ctx.facts.source, unit.start + binding.at
    start = source.offset(at)
    place = _canonical(ctx, meant)
    related: tuple[Related, ...] = ()
    if place is not None:
        related = (Related(place.path, place.span, f"`{meant.short}` is defined here"),)
    return Finding(
        "non-canonical-factory",
        ctx.path,
        Span(start, start + len(binding.target.name)),
        message,
        SEVERITY,
        related,
        f"{'.' * binding.target.level}{binding.target.module}.{binding.target.name}",
    )


def _names(ctx: RuleContext) -> Iterator[_Name]:
    """The classes that the configuration names as factories and bases."""
    for names, is_factory in ((ctx.config.factory, True), (ctx.config.base_classes, False)):
        for full in names:
            if ctx.world.module_path(full, ctx.path) is None:  # else it is a module of functions
                yield _Name(full.rpartition(".")[2], full, is_factory)


def _parallel(ctx: RuleContext, wanted: dict[str, _Name]) -> Iterator[tuple[str, _Name]]:
    """The dotted names that `replacements` gives one of ours for."""
    for key, replacement in ctx.config.replacements.items():
        meant = wanted.get(replacement.use.rpartition(".")[2].lower())
        if meant is not None and _is_same(replacement.use, meant.full):
            yield key, meant


def _is_same(use: str, full: str) -> bool:
    """Whether both names, with or without their modules, are of one thing."""
    return use == full or use.rpartition(".")[2] == full or full.rpartition(".")[2] == use


def _listed(ctx: RuleContext, binding: Binding, parallel: dict[str, _Name]) -> tuple[str, _Name] | None:
    """A parallel one that the configuration lists."""
    if not parallel or binding.target is None:
        return None
    origins = ctx.mocks.origins
    for origin in origins.of_import(binding.target):
        module = origins.module_of(origin.path) if origin.path else ""
        name = f"{module}.{origin.name}" if origin.path else origin.name
        written = f"{binding.target.module}.{binding.target.name}"
        for key in (name, written):
            meant = parallel.get(key)
            if meant is not None:
                kind = "factory" if meant.is_factory else "base class"
                return f"`{key}` is a {kind} beside `{meant.short}`", meant
    return None


def _judged(ctx: RuleContext, binding: Binding, meant: _Name | None) -> tuple[str, _Name] | None:
    """One of ours that the import does not lead to."""
    target = binding.target
    if meant is None or target is None:
        return None
    origins = ctx.mocks.origins
    module = next((each.path for each in origins.of_import(Import(target.module, None, target.level))), "")
    found = origins.of_import(target)
    shown = f"{'.' * target.level}{target.module}"
    if not found:
        if module and module != ctx.path and _surely_lacks(ctx, module, str(target.name), 0):
            return f"`{shown}` neither defines nor imports `{target.name}`", meant
        return None
    if not any(each.path for each in found):
        if _is_absent(ctx, target):
            return f"there is no module `{shown}`, which `{target.name}` is imported from", meant
        return None
    if target.name != meant.short or not all(each.path and each.name for each in found):
        return None
    place = _canonical(ctx, meant) if meant.is_factory or "." in meant.full else None
    if place is None or any((each.path, each.name) == place[:2] for each in found):
        return None
    if all(_is_class(ctx, each) for each in found):
        return (
            f"`{target.name}` of `{shown}` is another class than the `{meant.short}` that is configured",
            meant,
        )
    return None


def _is_class(ctx: RuleContext, origin: Origin) -> bool:
    """Whether a class surely stands there."""
    facts = _facts(ctx, origin.path)
    return (
        facts is not None and class_named(facts, origin.name) is not None and not facts.source.root.has_error
    )


def _is_guarded(unit: Unit, binding: Binding) -> bool:
    """Whether an import stands where it may fail, or not run at all."""
    return any(node.type in _GUARDS for node in nodes_around(unit.node, unit.start + binding.at))


# --- what a module has


def _surely_lacks(ctx: RuleContext, path: str, name: str, depth: int) -> bool:
    """Whether the module at `path` has nothing by that name, without a doubt."""
    facts = _facts(ctx, path)
    if facts is None or depth > _DEEPEST or not path.endswith(".py") or facts.source.root.has_error:
        return False
    data = facts.source.data
    if facts.module_lookup(name) or facts.module_lookup("__getattr__"):
        return False
    if any(word in data for word in _MADE_AT_RUN_TIME) or _makes_names(facts):
        return False
    try:
        origins = ctx.world.receivers(path).origins
    except UnreadableError:
        return False
    for star in facts.stars():
        found = next((each.path for each in origins.of_import(Import(star.module, None, star.level))), "")
        if not found or not _surely_lacks(ctx, found, name, depth + 1):
            return False
    return True


def _is_absent(ctx: RuleContext, target: Import) -> bool:
    """Whether the module that an import names is missing from a package of the workspace, without a doubt."""
    world = ctx.classes.world
    module = world.workspace_modules().absolute(ctx.path, target.level, target.module)
    if (
        module is None
        or "." not in module
        or package_without(world, module, ctx.path, ctx.dependencies) is None
    ):
        return False
    ctx.is_lasting = False
    return not may_put_in_place(world, (ctx.path, *ctx.world.conftests(ctx.path)), ctx.dependencies)


def _makes_names(facts: Facts) -> bool:
    return any(
        unit.holds(word)
        for word in _MADE_BY_THE_MODULE
        if word in facts.source.data
        for unit in facts.module.units
        if unit.node.type not in {"function_definition", "class_definition", "decorated_definition"}
    )


def _facts(ctx: RuleContext, path: str) -> Facts | None:
    ctx.dependencies.add(path)
    try:
        return ctx.world.facts(path)
    except UnreadableError:
        return None


# --- which one is meant


def _canonical(ctx: RuleContext, meant: _Name) -> _Place | None:
    """The one definition that the configuration means; None where it is not known which."""
    return _canonical_factory(ctx, meant) if meant.is_factory else _canonical_base(ctx, meant)


def _canonical_factory(ctx: RuleContext, meant: _Name) -> _Place | None:
    factories = ctx.world.factories_of(ctx.path)
    found = [each for each in factories.all() if each.known_as == meant.full and not each.is_module]
    ctx.dependencies.update(factories.found.touched)
    if "." not in meant.full:
        found = [each for each in found if each.name == meant.short and not _is_collected(ctx, each.path)]
    if not found or ("." not in meant.full and len(found) > 1):
        return None
    return _Place(found[0].path, found[0].name, found[0].span)


def _canonical_base(ctx: RuleContext, meant: _Name) -> _Place | None:
    module, _, short = meant.full.rpartition(".")
    if module:
        path = ctx.world.module_path(module, ctx.path)
        paths = [path] if path is not None else []
    else:
        needle = b"class " + short.encode("utf-8", "surrogatepass")
        paths = sorted(ctx.world.holders(ctx.config.root, (needle,)))
    found = []
    for path in paths:
        facts = _facts(ctx, path) if not _is_collected(ctx, path) else None
        container = class_named(facts, short) if facts is not None else None
        if facts is not None and container is not None and container.scope is not None:
            at = facts.source.data.find(short.encode("utf-8", "surrogatepass"), container.start)
            start = facts.source.offset(at)
            found.append(_Place(path, short, Span(start, start + len(short))))
    return found[0] if len(found) == 1 else None


def _is_collected(ctx: RuleContext, path: str) -> bool:
    """Whether pytest takes the file for tests: nobody keeps there what others import."""
    name = os.path.basename(path)
    return any(fnmatch(name, pattern) for pattern in ctx.config.pytest.python_files)
