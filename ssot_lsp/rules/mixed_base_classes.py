"""Flags classes that derive from an SSOT base and from a class of unittest as well.

The SSOT bases are those that the configuration names and the workspace defines, and what descends from them. What the
second base does depends on what the first one is: Python may refuse to make the class, another runner may take over,
or nothing may happen at all. Said is what is known of these very definitions.

## Why is this bad?

Where the SSOT base is no `TestCase`, the second base makes unittest run the tests: fixtures in their parameters and
`parametrize` stop working. Where it is one, the second base does nothing, or in the wrong order is a TypeError that
takes the whole file along.

## Example

`bases.py`:

```python
import unittest


class SSotBaseTestCase(unittest.TestCase):
    pass
```

`test_example.py`:

```python
import unittest

from bases import SSotBaseTestCase


class TestRefund(SSotBaseTestCase, unittest.TestCase):  # error
    def test_refund(self):
        self.assertTrue(True)
```

Use instead:

`test_example.py`:

```python
from bases import SSotBaseTestCase


class TestRefund(SSotBaseTestCase):
    def test_refund(self):
        self.assertTrue(True)
```

## Fix safety

Dropping a base that another one derives from leaves the order of classes as it is, and is safe. Where that changes
who runs the tests, or whether they run at all, it needs review.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.finding import Finding, Severity
from ssot_lsp.index.classes import ClassKey, display
from ssot_lsp.index.libraries import ASYNC_TEST_CASE, TEST_CASE
from ssot_lsp.rules.base import BY_CLASS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.index.classes import Mro
    from ssot_lsp.index.shapes import Base, ClassInfo
    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.WARNING
NEEDLES = BY_CLASS


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each base of unittest beside an SSOT base."""
    approved = ctx.classes.approved()
    for info in ctx.classes.all():
        if len(info.bases) < 2 or approved.is_base(info.key):
            continue
        known: list[tuple[Base, ClassKey, Mro]] = []
        for base, options in zip(info.bases, ctx.classes.bases(info), strict=True):
            if len(options) == 1 and isinstance(options[0], ClassKey):
                orders = ctx.classes.lineages.orders(options[0])
                if len(orders) == 1 and orders[0].is_known:
                    known.append((base, options[0], orders[0]))
        ours = [each for each in known if approved.base_in(each[2]) is not None]
        others = [each for each in known if each not in ours and each[2].has(TEST_CASE)]
        if ours and others:
            yield from _judge(ctx, info, ours, others)


def _judge(
    ctx: RuleContext,
    info: ClassInfo,
    ours: list[tuple[Base, ClassKey, Mro]],
    others: list[tuple[Base, ClassKey, Mro]],
) -> Iterator[Finding]:
    base = ours[0][1].name
    order = ctx.classes.order(info)
    for each, key, above in others:
        name = display(key)
        severity = Severity.WARNING
        if order.is_impossible:
            severity = Severity.ERROR
            message = f"`{info.name}` cannot be made: there is no order of `{name}` and `{base}`, a TypeError on import"
        elif not order.is_known:
            continue
        elif any(key in one.classes for _, _, one in ours):
            severity = Severity.HINT
            message = f"`{name}` changes nothing: `{base}` derives from it"
        elif not any(one.has(TEST_CASE) for _, _, one in ours):
            message = f"`{name}` makes unittest run the tests: `{base}` is no `TestCase`, so that fixtures in parameters and `parametrize` do not work"
        elif above.has(ASYNC_TEST_CASE) and not any(one.has(ASYNC_TEST_CASE) for _, _, one in ours):
            message = f"`{name}` makes another runner of `{base}`: each test has an event loop of its own"
        else:
            continue
        yield Finding(
            "mixed-base-classes",
            ctx.path,
            ctx.span(*each.span),
            message,
            severity,
            subject=f"{name} of {info.name}",
        )
        if order.is_impossible:
            return
