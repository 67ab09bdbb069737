"""Flags set-up and tear-down that take the place of an SSOT base's own without calling it.

Looked at are overrides of what an SSOT base, or a class between it and this one, defines and does something in.
`super().setUp()` and `Base.setUp(self)` both count as a call; so does a call in another method of the class.

## Why is this bad?

What the base prepares is missing, or what it cleans up stays, in the tests of this one class. The failure shows
elsewhere: in whichever test comes next.

## Example

`bases.py`:

```python
import unittest


class SSotBaseTestCase(unittest.TestCase):
    def setUp(self):
        self.events = []
```

`test_example.py`:

```python
from bases import SSotBaseTestCase


class TestRefund(SSotBaseTestCase):
    def setUp(self):  # error
        self.amount = 3

    def test_refund(self):
        self.assertEqual(self.amount, 3)
```

Use instead:

`test_example.py`:

```python
from bases import SSotBaseTestCase


class TestRefund(SSotBaseTestCase):
    def setUp(self):
        super().setUp()
        self.amount = 3

    def test_refund(self):
        self.assertEqual(self.amount, 3)
```

## Fix safety

The call comes after the docstring, in a tear-down last, and is awaited where the method is async. It runs code that
has not run for these tests, so it needs review.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lsp.finding import Finding, Severity
from ssot_lsp.index.shapes import HOOKS
from ssot_lsp.rules.base import BY_CLASS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.index.classes import Approved, Mro
    from ssot_lsp.index.shapes import ClassInfo, Method
    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.WARNING
NEEDLES = BY_CLASS

_COMMENT = re.compile(rb"#[^\n]*")
_ENDS_THE_TEST = re.compile(rb"\bskipTest\s*\(|\braise\b|\bpytest\s*\.\s*(?:skip|fail)\s*\(")


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each override that leaves out what it overrides."""
    classes = ctx.classes
    approved = classes.approved()
    for info in classes.all():
        methods = [each for each in info.places if each.name in HOOKS and info.method(each.name) is each]
        if not methods or approved.is_base(info.key):
            continue
        order = classes.order(info)
        if not order.is_known or approved.base_in(order) is None:
            continue
        for method in methods:
            overridden = _overridden(ctx, order, approved, method.name)
            if overridden is None or _calls_it(ctx, info, method):
                continue
            yield Finding(
                "missing-super-setup",
                ctx.path,
                ctx.span(*method.name_span),
                f"`{method.name}` takes the place of that of `{overridden.name}` and does not call it",
                SEVERITY,
                subject=f"{info.name}.{method.name}",
            )


def _overridden(ctx: RuleContext, order: Mro, approved: Approved, name: str) -> ClassInfo | None:
    """The class of the SSOT tree, or above it, whose method of that name does something."""
    classes = ctx.classes
    last = max(index for index, key in enumerate(order.classes) if approved.is_base(key))
    for index, key in enumerate(order.classes[1:], 1):
        if not classes.is_of_workspace(key):
            continue
        is_ours = index >= last or any(map(approved.base_in, classes.lineages.orders(key)))
        info = classes.info(key)
        method = info.method(name) if info is not None else None
        if info is not None and method is not None and is_ours and not method.function.is_trivial:
            return info
    return None


def _calls_it(ctx: RuleContext, info: ClassInfo, method: Method) -> bool:
    if method.function.decorators and set(ctx.classes.decorators_of(info, method)) != {"classmethod"}:
        return True  # a fixture, or whatever else it is
    if any(method.name in each.function.supers for each in info.places):
        return True
    data = ctx.facts.source.data
    body = _COMMENT.sub(b"", data[method.name_span[1] : method.end])
    calls = re.search(rb"\.\s*" + method.name.encode("utf-8", "surrogatepass") + rb"\s*\(", body)
    return calls is not None or b"super" in body or _ENDS_THE_TEST.search(body) is not None
