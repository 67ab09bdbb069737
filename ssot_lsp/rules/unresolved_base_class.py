"""Flags base classes that are imported from a module of the workspace which does not define them.

Flagged is what is certain: there is one such module, all of it is read, and neither a star import, a module
`__getattr__`, `globals()` nor compiled code may bring the name. So is a module that is missing from a package of the
workspace, unless it may be compiled, generated (`.gitignore` tells, and names like `_version` and `api_pb2`) or put
into `sys.modules`. An import below `try` or `if` is left alone, and so is one that was meant to be an SSOT base: there
`non-canonical-factory` speaks.

## Why is this bad?

Importing the file fails, and so none of its tests is collected. Where a run of thousands of tests tells of collection
errors in one line, that goes unseen.

## Example

`bases.py`:

```python
import unittest


class PaymentTestCase(unittest.TestCase):
    pass
```

`test_example.py`:

```python
from bases import PaymentsTestCase


class TestRefund(PaymentsTestCase):  # error
    def test_refund(self):
        self.assertTrue(True)
```

Use instead:

`test_example.py`:

```python
from bases import PaymentTestCase


class TestRefund(PaymentTestCase):
    def test_refund(self):
        self.assertTrue(True)
```

## Fix safety

Another name is a guess at what was meant, so it needs review: the tests of the file run again afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.finding import Finding, Severity
from ssot_lsp.index.absent import may_put_in_place
from ssot_lsp.index.classes import Unknown
from ssot_lsp.rules.base import BY_CLASS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.definitions import Import
    from ssot_lsp.index.shapes import Base, ClassInfo
    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.WARNING
NEEDLES = BY_CLASS


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each base that is imported and not there."""
    for info in ctx.classes.all():
        if not info.bases or info.is_guarded or info.has_error:
            continue
        for base, options in zip(info.bases, ctx.classes.bases(info), strict=True):
            if len(options) != 1 or not isinstance(options[0], Unknown) or options[0].missing is None:
                continue
            path, _ = options[0].missing
            if path and path != ctx.path and _is_sure(ctx, info, base, path):
                ctx.is_lasting = False
                yield Finding(
                    "unresolved-base-class",
                    ctx.path,
                    ctx.span(*base.span),
                    f"{options[0].cause}, so that importing this file fails",
                    SEVERITY,
                    subject=f"{'.'.join(base.path)} of {info.name}",
                )


def _is_sure(ctx: RuleContext, info: ClassInfo, base: Base, path: str) -> bool:
    """Whether plain imports lead to one module each, all of which are of the workspace."""
    bounds = ctx.classes.shape.names.get(base.path[0], ())
    imports = [each.target for each in bounds if each.target is not None and not each.guards]
    if not imports or len(imports) < len(bounds) or "." in info.name:
        return False
    if len(imports) > 1 and not all(_is_of_package(each, base.path[0]) for each in imports):
        return False
    if any(_is_said_already(ctx, each) for each in imports):
        return False
    if ctx.classes.world.installed_modules().holds(path):
        return False
    return all(_is_found_once(ctx, _module(ctx, each)) for each in imports) and not may_put_in_place(
        ctx.classes.world, (ctx.path, *ctx.world.conftests(ctx.path)), ctx.dependencies
    )


def _is_of_package(target: Import, name: str) -> bool:
    """Whether it is `import name` or `import name.something`, any number of which mean the same."""
    return target.name is None and not target.level and target.module.partition(".")[0] == name


def _is_found_once(ctx: RuleContext, module: str | None) -> bool:
    if module is None:
        return False
    modules = ctx.classes.world.workspace_modules()
    is_installed = ctx.classes.world.installed_modules().path_of(module) is not None
    return len(modules.paths_of(module, ctx.path)) <= 1 and not is_installed


def _is_said_already(ctx: RuleContext, target: Import) -> bool:
    names = {each.rpartition(".")[2].lower() for each in (*ctx.config.factory, *ctx.config.base_classes)}
    return (target.name or "").lower() in names and ctx.config.is_enabled("non-canonical-factory", ctx.path)


def _module(ctx: RuleContext, target: Import) -> str | None:
    if not target.level:
        return target.loads or target.module
    return ctx.classes.world.workspace_modules().absolute(ctx.path, target.level, target.module)
