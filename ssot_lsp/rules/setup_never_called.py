"""Flags set-up and tear-down that no runner calls, because the class is not the kind of class that they belong to.

pytest collects a class by its name and calls `setup_method`; `setUp` and `tearDown` are unittest's, and it calls them
on a `TestCase` alone. `asyncSetUp` belongs to `IsolatedAsyncioTestCase`. Flagged is what is certain: pytest collects
the class, all classes above are found, nothing in them speaks of the method, and no class of the workspace that
derives from this one is a `TestCase`.

## Why is this bad?

The tests run without what was prepared for them. Often they fail; those that are left pass on whatever the last test
left behind, and what was to be cleaned up stays.

## Example

```python
class TestCart:
    def setUp(self):  # error
        self.cart = []

    def test_is_empty(self):
        assert self.cart == []
```

Use instead:

```python
class TestCart:
    def setup_method(self, method):
        self.cart = []

    def test_is_empty(self):
        assert self.cart == []
```

## Fix safety

The renamed method runs for the first time, so it always needs review.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lsp.files import UnreadableError
from ssot_lsp.finding import Finding, Severity
from ssot_lsp.index.libraries import TEST_CASE
from ssot_lsp.rules.base import BY_CLASS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.index.classes import Suite
    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.ERROR
NEEDLES = BY_CLASS

_INSTEAD = {
    "setUp": "setup_method",
    "tearDown": "teardown_method",
    "setUpClass": "setup_class",
    "tearDownClass": "teardown_class",
}
_ASYNC = frozenset({"asyncSetUp", "asyncTearDown"})
_TRANSPARENT = frozenset({"classmethod", "staticmethod"})
_CALL = re.compile(rb"(?:setUp|tearDown|SetUp|TearDown)(?:Class)?\b")


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each method that looks like set-up and that nobody calls."""
    for suite in ctx.classes.tests():
        names = {*_INSTEAD, *_ASYNC} if not suite.is_test_case else _ASYNC
        methods = [each for each in suite.info.places if each.name in names]
        if not methods or not _is_certain(ctx, suite):
            continue
        for method in methods:
            dotted = set(ctx.classes.decorators_of(suite.info, method))
            if dotted <= _TRANSPARENT and not ctx.classes.is_mentioned(suite.orders, method.name):
                yield Finding(
                    "setup-never-called",
                    ctx.path,
                    ctx.span(*method.name_span),
                    _message(suite, method.name),
                    SEVERITY,
                    subject=f"{suite.info.name}.{method.name}",
                )


def _message(suite: Suite, name: str) -> str:
    if suite.is_test_case:
        return f"`{name}` is never called: `{suite.info.name}` is no `IsolatedAsyncioTestCase`"
    if name in _ASYNC:
        return f"`{name}` is never called: `{suite.info.name}` is no `IsolatedAsyncioTestCase`, and pytest knows no such name"
    return f"`{name}` is never called: `{suite.info.name}` is no `TestCase`, and what pytest calls is `{_INSTEAD[name]}`"


def _is_certain(ctx: RuleContext, suite: Suite) -> bool:
    classes = ctx.classes
    if suite.is_test_case and not all(map(classes.is_plain_test_case, suite.orders)):
        return False
    if not all(map(classes.runs_as_written, suite.orders)) or _is_called_elsewhere(ctx):
        return False
    heirs = classes.descendants(suite.info.key)
    if heirs is None:
        return False
    orders = [order for key in heirs for order in classes.lineages.orders(key)]
    if suite.is_test_case:
        return all(order.is_known and classes.is_plain_test_case(order) for order in orders)
    return all(order.is_known and not order.has(TEST_CASE) for order in orders) and not any(
        classes.is_mentioned(orders, name) for name in (*_INSTEAD, *_ASYNC)
    )


def _is_called_elsewhere(ctx: RuleContext) -> bool:
    """Whether a function or fixture outside of classes speaks of such a method, here or in a conftest."""
    if any(
        unit.node.type in {"function_definition", "decorated_definition"} and unit.matches(_CALL)
        for unit in ctx.facts.module.units
        if not unit.node.type.startswith("class") and not _is_class(unit.start, ctx)
    ):
        return True
    for conftest in ctx.world.conftests(ctx.path):
        if conftest != ctx.path:
            ctx.dependencies.add(conftest)
            try:
                if _CALL.search(ctx.world.data(conftest)) is not None:
                    return True
            except UnreadableError:
                continue
    return False


def _is_class(start: int, ctx: RuleContext) -> bool:
    return any(each.start == start for each in ctx.facts.classes)
