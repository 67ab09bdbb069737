"""Flags test classes whose base is none of the SSOT bases.

The SSOT bases are those that the configuration names and the workspace defines, and what descends from them; bases are
told apart by their definitions, not by their names. Flagged is the class whose own base leads away; classes that
derive from it are mended with it. Classes without a base are left alone unless `require-base` is set. Where a
workspace has no SSOT base, or something above a class is not found, nothing is said.

## Why is this bad?

What the SSOT base does for every test (an environment of its own, clean-up, the factory) is not done for these. And a
name says little: `BaseTestCase` was four different classes in one real code base, one of which ran no async test.

## Example

`bases.py`:

```python
import unittest


class SSotBaseTestCase(unittest.TestCase):
    pass
```

`test_example.py`:

```python
from unittest import TestCase


class TestRefund(TestCase):  # error
    def test_refund(self):
        self.assertEqual(1 + 1, 2)
```

Use instead:

`test_example.py`:

```python
from bases import SSotBaseTestCase


class TestRefund(SSotBaseTestCase):
    def test_refund(self):
        self.assertEqual(1 + 1, 2)
```

## Fix safety

Changing the base is safe where the SSOT base offers all that the class uses, the class has no `__init__`, nothing else
speaks of the methods that are renamed, and the same runner runs the tests. It brings what the SSOT base does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.files import UnreadableError
from ssot_lsp.finding import Finding, Related, Severity
from ssot_lsp.index.classes import ClassKey, is_mixin
from ssot_lsp.index.libraries import TEST_CASE
from ssot_lsp.rules.base import BY_CLASS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.index.classes import Suite
    from ssot_lsp.index.shapes import Base
    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.WARNING
NEEDLES = BY_CLASS


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each test class whose own base leads away from the SSOT bases."""
    classes = ctx.classes
    approved = classes.approved()
    suites = {
        suite.info.key: suite
        for suite in classes.tests()
        if not any(approved.base_in(order) for order in suite.orders)
    }
    if not any(suite.info.bases or ctx.config.require_base for suite in suites.values()):
        return
    if not approved.keys or any(key.path == ctx.path for key in approved.keys):
        return
    for key, suite in suites.items():
        info = suite.info
        leaving = _leaving(ctx, suite)
        if leaving is not None:
            base, above = leaving
            if _is_flagged_itself(ctx, above, suites):
                continue
            span = ctx.span(*base.span)
            message = f"`{info.name}` derives from `{ctx.classes.display(above)}` and not from an SSOT base"
        elif ctx.config.require_base and all(is_mixin(each) for each in _bases(ctx, suite)):
            span = ctx.span(*info.name_span)
            message = f"`{info.name}` derives from no SSOT base"
        else:
            continue
        related = tuple(
            Related(ctx.path, ctx.span(*other.info.name_span), f"`{other.info.name}` derives from it")
            for other in suites.values()
            if other.info.key != key and any(key in order.classes for order in other.orders)
        )
        yield Finding(
            "non-ssot-base-class", ctx.path, span, message, SEVERITY, related, f"base of {info.name}"
        )


def _bases(ctx: RuleContext, suite: Suite) -> list[ClassKey]:
    options = ctx.classes.bases(suite.info)
    return [each for one in options for each in one if isinstance(each, ClassKey)]


def _leaving(ctx: RuleContext, suite: Suite) -> tuple[Base, ClassKey] | None:
    """The base that makes a class a test class of its own kind: a TestCase, or a class of the workspace."""
    for base, options in zip(suite.info.bases, ctx.classes.bases(suite.info), strict=True):
        for key in options:
            if not isinstance(key, ClassKey):
                continue
            if suite.is_test_case:
                if any(order.has(TEST_CASE) for order in ctx.classes.lineages.orders(key)):
                    return base, key
            elif not is_mixin(key) and ctx.classes.is_of_workspace(key):
                return base, key
    return None


def _is_flagged_itself(ctx: RuleContext, key: ClassKey, suites: dict[ClassKey, Suite]) -> bool:
    """Whether the base is a test class too, whose finding is enough."""
    if key.path == ctx.path:
        return key in suites
    if not ctx.classes.is_of_workspace(key) or not ctx.config.is_test_file(key.path):
        return False
    try:
        return any(suite.info.key == key for suite in ctx.world.classes(key.path).tests())
    except UnreadableError:
        return False
