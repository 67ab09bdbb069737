"""Flags classes with async tests whose SSOT base is the one for plain tests, where there is one for async tests.

Which one is for async tests is seen from its definition: it derives from `IsolatedAsyncioTestCase`, has set-up that is
awaited, or is called async. Where the base leaves async tests unrun altogether, `async-test-never-awaited` speaks
instead.

## Why is this bad?

A base for plain tests may run each async test in an event loop of its own, apart from its set-up: what was opened
there belongs to another loop, or to none.

## Example

`bases.py`:

```python
import asyncio
import unittest


class SSotBaseTestCase(unittest.TestCase):
    def _callTestMethod(self, method):
        result = method()
        if result is not None:
            asyncio.run(result)


class SSotAsyncTestCase(unittest.IsolatedAsyncioTestCase):
    pass
```

`test_example.py`:

```python
from bases import SSotBaseTestCase


class TestRefund(SSotBaseTestCase):  # error
    async def test_refund(self):
        assert True
```

Use instead:

`test_example.py`:

```python
from bases import SSotAsyncTestCase


class TestRefund(SSotAsyncTestCase):
    async def test_refund(self):
        assert True
```

## Fix safety

The tests run in another way afterwards, so changing the base needs review.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.finding import Finding, Severity
from ssot_lsp.index.classes import ClassKey, display
from ssot_lsp.rules.base import BY_CLASS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.index.classes import Approved, Suite
    from ssot_lsp.index.shapes import Base
    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.HINT
NEEDLES = BY_CLASS


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each class, at the base."""
    classes = ctx.classes
    approved = classes.approved()
    for suite in classes.tests():
        tests = [
            each.name
            for each in suite.info.places
            if each.function.is_async and classes.is_test(suite, each.name)
        ]
        if not tests:
            continue
        ours = [key for order in suite.orders for key in order.classes if approved.is_base(key)]
        if not ours or any(map(classes.is_async_base, ours)):
            continue
        if suite.is_test_case and all(map(classes.is_plain_test_case, suite.orders)):
            continue  # they are not run at all, and another rule says so
        base = _base(ctx, suite, approved)
        if base is not None and any(map(classes.is_async_base, approved.keys)):
            many = f"{len(tests)} async tests" if len(tests) > 1 else "an async test"
            yield Finding(
                "async-test-in-sync-base",
                ctx.path,
                ctx.span(*base.span),
                f"`{suite.info.name}` has {many}, and `{display(ours[0])}` is the base for plain ones",
                SEVERITY,
                subject=f"base of {suite.info.name}",
            )


def _base(ctx: RuleContext, suite: Suite, approved: Approved) -> Base | None:
    for base, options in zip(suite.info.bases, ctx.classes.bases(suite.info), strict=True):
        for key in options:
            if isinstance(key, ClassKey) and any(map(approved.base_in, ctx.classes.lineages.orders(key))):
                return base
    return None
