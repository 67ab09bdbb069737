"""Flags async tests that pass without running, because nobody awaits them.

`unittest.TestCase` calls a test and looks at nothing that it returns, so that an `async def test_…` makes a coroutine,
which is dropped: it passes, whatever it says. The same holds for async `setUp` and `tearDown`, and for an async
`setup_method` under pytest. Flagged is what is certain: all classes above are found, `unittest.TestCase` is one of
them, and none of the others runs tests in a way of its own, as those of Django, Twisted and Tornado do.

## Why is this bad?

The test is green and tests nothing, `assert False` included. Under pytest it is no different, with pytest-asyncio or
without: what runs the tests of a `TestCase` is unittest. There is one DeprecationWarning, and an error under
`-W error`.

## Example

```python
from unittest import TestCase


class TestRefund(TestCase):
    async def test_refund(self):  # error
        assert False
```

Use instead:

```python
from unittest import IsolatedAsyncioTestCase


class TestRefund(IsolatedAsyncioTestCase):
    async def test_refund(self):
        assert False
```

## Fix safety

The fix brings dead tests to life, so it always needs review: they have never run, and some will fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.finding import Finding, Severity
from ssot_lsp.index.libraries import ASYNC_TEST_CASE
from ssot_lsp.rules.base import BY_CLASS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.index.classes import Mro, Suite
    from ssot_lsp.index.shapes import Method
    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.ERROR
NEEDLES = BY_CLASS

_UNITTEST_HOOKS = frozenset({"setUp", "tearDown", "setUpClass", "tearDownClass"})
_PYTEST_HOOKS = frozenset({"setup_method", "teardown_method", "setup_class", "teardown_class"})
_TRANSPARENT = (
    "unittest.mock.patch",
    "mock.patch",
    "unittest.skip",
    "pytest.mark.",
    "classmethod",
    "staticmethod",
)


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each async method that its runner calls and nobody awaits."""
    for suite in ctx.classes.tests():
        methods = [each for each in suite.info.places if each.function.is_async and _counts(suite, each)]
        if not methods or not all(map(ctx.classes.runs_as_written, suite.orders)):
            continue
        for method in methods:
            why = _why(ctx, suite, method)
            if why is not None and _is_transparent(ctx, suite, method):
                yield Finding(
                    "async-test-never-awaited",
                    ctx.path,
                    ctx.span(*method.name_span),
                    why,
                    SEVERITY,
                    subject=f"{suite.info.name}.{method.name}",
                )


def _counts(suite: Suite, method: Method) -> bool:
    """Whether no later method of the same name takes its place."""
    return suite.info.method(method.name) is method


def _why(ctx: RuleContext, suite: Suite, method: Method) -> str | None:
    name = method.name
    is_plain = suite.is_test_case and all(map(ctx.classes.is_plain_test_case, suite.orders))
    if name.startswith("test"):
        if is_plain:
            return f"`{name}` passes without running: `TestCase` does not await it; fails under `-W error`"
        return None
    if ctx.classes.is_mentioned(suite.orders, name):
        return None
    if name in _UNITTEST_HOOKS:
        if is_plain:
            return f"`{name}` never runs: `TestCase` calls it and does not await it"
        if all(_is_async_test_case(ctx, order) for order in suite.orders):
            return f"`{name}` never runs: `IsolatedAsyncioTestCase` calls it and does not await it"
    if name in _PYTEST_HOOKS:
        return f"`{name}` never runs: pytest calls it and does not await it"
    return None


def _is_async_test_case(ctx: RuleContext, order: Mro) -> bool:
    """Whether it is nothing but `IsolatedAsyncioTestCase` that runs the tests."""
    return order.has(ASYNC_TEST_CASE) and not any(
        info.defines(name)
        for info in ctx.classes.sources_of(order)
        for name in (
            "run",
            "__call__",
            "_callSetUp",
            "_callTearDown",
            "__getattribute__",
            "__init_subclass__",
        )
    )


def _is_transparent(ctx: RuleContext, suite: Suite, method: Method) -> bool:
    return all(dotted.startswith(_TRANSPARENT) for dotted in ctx.classes.decorators_of(suite.info, method))
