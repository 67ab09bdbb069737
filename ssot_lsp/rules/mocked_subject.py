"""Flags doubles that take the place of a part of what the test is about.

That is `subject.attribute = Mock()` or `patch.object(subject, …)`, where this test builds `subject` from an imported
class that the test class is called after (`TestRefunds`: `Refunds`) or the file is (`test_refunds.py`). Where the double
has no justification either, that finding says so and this one keeps silent.

## Why is this bad?

The more of the subject is replaced, the less of it is tested. A test of a class whose own methods are doubles proves
that the doubles work.

## Example

`tests/test_refunds.py`:

```python
from unittest.mock import Mock

from shop.refunds import Refunds


class TestRefunds:
    def test_refund(self):
        refunds = Refunds()
        # Mock justification: L1, the limit is a matter of the day
        refunds.is_allowed = Mock(return_value=True)  # error
        assert refunds.refund(3)
```

Use instead:

`tests/test_refunds.py`:

```python
from shop.refunds import Refunds


class TestRefunds:
    def test_refund(self):
        refunds = Refunds(limit=5)
        assert refunds.refund(3)
```

## Fix safety

There is no fix: what the subject needs to be tested as it is, a double in its place cannot tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.HINT
NEEDLES = (b"Mock", b"mock", b"patch", b"autospec")


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each justified double in a subject; of the others `unjustified-mock` tells it."""
    is_told = ctx.config.is_enabled("unjustified-mock", ctx.path) and not ctx.forbids_mocks
    for site in ctx.roots:
        if is_told and ctx.justifications.of(site) is None:
            continue
        found = ctx.subjects.mocked(site)
        if found is not None:
            name, cls = found
            yield Finding(
                "mocked-subject",
                ctx.path,
                site.span,
                f"`{site.name}` takes the place of a part of `{name}`, the `{cls}` that is tested here",
                SEVERITY,
                (),
                ctx.subject(site),
            )
